/* transports.c - the table of transports (transports.h). */
#include "analysis/experiment/transports.h"

#include <stddef.h>

static const struct transport_kind table[] = {
    [EXPERIMENT_LOOP] = {"loop", "threads of this process, over shared memory"},
    [EXPERIMENT_VERBS] = {"verbs", "processes, over RDMA"},
    [EXPERIMENT_SIM] = {"sim", "the simulator; for `aviary compare`"},
};

const struct transport_kind *transport_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? &table[i] : NULL;
}

const char *transport_name(uint32_t i)
{
    return transport_at(i) ? transport_at(i)->name : NULL;
}
