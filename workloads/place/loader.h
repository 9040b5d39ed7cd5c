/* loader.h - loads clients with the commands of a workload: the core's struct command_source.
 *
 * Translates a trace command into a command on the wire (places, destinations, costs) and
 * distributes the commands to the clients. A command that names its client in the trace goes to
 * client (number modulo clients), and the commands of one trace client keep their order; others go
 * to the first client that asks. Not thread-safe. */
#ifndef AVIARY_WORKLOADS_PLACE_LOADER_H
#define AVIARY_WORKLOADS_PLACE_LOADER_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/client/client.h"
#include "workloads/place/placement.h"
#include "workloads/trace/workload.h"

enum { LOADER_AHEAD_MAX = 100000 }; /* commands read ahead on behalf of other clients */

enum loader_pace {
    LOADER_CLOSED,  /* a client gets a command whenever it asks */
    LOADER_POISSON, /* at `rate_per_second` over all clients */
    LOADER_TRACE,   /* at the times of the trace */
};

struct loader_setup {
    struct workload *workload;         /* rewound; borrowed */
    const struct placement *placement; /* borrowed; where each variable is */
    bool partitioned;                  /* false: everything is in group 0 */
    uint32_t clients;
    enum loader_pace pace;
    double rate_per_second;
    uint64_t seed;
    uint64_t commands_max; /* UINT64_MAX: no limit */
    uint64_t until_ns;     /* no command is issued from then on; UINT64_MAX: no limit */
    /* Execution cost of a kind whose trace gives none. */
    uint64_t (*kind_cost_ns)(void *context, const char *kind);
    void *context;
};

struct loader *loader_create(const struct loader_setup *setup);
void loader_destroy(struct loader *l);

struct command_source *loader_source(struct loader *l);
/* Ends issuing, as if `until_ns` were reached. */
void loader_stop(struct loader *l);
/* NULL, or the workload's error, which ended issuing early. */
const struct error *loader_error(const struct loader *l);

#endif
