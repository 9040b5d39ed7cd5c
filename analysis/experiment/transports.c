/* transports.c - the table of transports (transports.h). */
#include "analysis/experiment/transports.h"

#include <string.h>

#include "analysis/experiment/topics.h"

static const struct transport_kind table[] = {
    [EXPERIMENT_LOOP] = {"loop", "threads of this process, over shared memory"},
    [EXPERIMENT_VERBS] = {"verbs", "processes, over RDMA"},
};

const struct transport_kind *transport_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

int transport_find(const char *name, enum experiment_transport *out, struct error *error)
{
    uint32_t i = 0;
    while (transport_at(i) && strcmp(transport_at(i)->name, name) != 0) i++;
    if (!transport_at(i)) return topic_refuse("transports", name, error);
    *out = (enum experiment_transport)i;
    return 0;
}
