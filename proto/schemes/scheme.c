/* scheme.c - the table of schemes. */
#include "proto/schemes/scheme.h"

#include <string.h>

#include "proto/schemes/dynamic.h"
#include "proto/oracle/oracle.h"
#include "proto/schemes/ssmr.h"

static const struct scheme table[] = {
    /* Classic SMR is S-SMR with one partition: more servers do not increase its throughput. */
    {"smr", "classic SMR: one group, every replica executes everything", false, &ssmr_executor,
     NULL, &ssmr_proxy, TARGET_MOST, false},
    {"ssmr", "S-SMR: static partitions, signals and values exchanged at the start", true,
     &ssmr_executor, NULL, &ssmr_proxy, TARGET_MOST, false},
    {"dssmr", "DS-SMR: clients consult an oracle and move variables to one partition", true,
     &dynamic_executor, &oracle_executor, &dssmr_proxy, TARGET_RANDOM, false},
    {"dynastar", "DynaStar: variables are lent; an oracle plans their placement", true,
     &dynamic_executor, &oracle_executor, &dynastar_proxy, TARGET_MOST, true},
};

struct attempts_bound scheme_attempts(const struct scheme *s, const struct scheme_options *options,
                                      bool makes)
{
    if (!s->oracle) return (struct attempts_bound){1, 1};
    uint32_t most = options->retries + 1;
    bool stay = s->proxy->lends && options->returns && !makes;
    return (struct attempts_bound){stay ? 2 : most, most};
}

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
