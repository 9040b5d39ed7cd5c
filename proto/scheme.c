/* scheme.c - the table of schemes. */
#include "proto/scheme.h"

#include <string.h>

#include "proto/ssmr.h"

static const struct scheme table[] = {
    /* Classic SMR is S-SMR with one partition: more servers cannot help it. */
    {"smr", "classic SMR: one group, every replica executes everything", false, &ssmr_executor},
    {"ssmr", "S-SMR: static partitions, signals and values exchanged at the start", true,
     &ssmr_executor},
};

const struct scheme *scheme_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const struct scheme *scheme_find(const char *name)
{
    for (uint32_t i = 0; scheme_at(i); i++)
        if (strcmp(scheme_at(i)->name, name) == 0) return scheme_at(i);
    return NULL;
}
