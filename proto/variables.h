/* variables.h - the state of a run: what is known of its variables from the start.
 *
 * Shared by all nodes of a process and never changed: ownership is kept by each replica. */
#ifndef AVIARY_PROTO_VARIABLES_H
#define AVIARY_PROTO_VARIABLES_H

#include <stdint.h>

struct graph_item;

#define PLACE_NONE UINT16_MAX /* it does not exist */

struct variables {
    uint32_t count;
    const uint32_t *bytes;   /* by variable: its size, for what its value costs on the wire */
    const uint32_t *granule; /* by variable: the variable whose place it shares; often itself */
    const uint16_t *place;   /* by variable: its partition at the start, or PLACE_NONE */
    const uint16_t *home;    /* by variable: where it is put when it is created */
    /* The graph of accesses before the run, as far as it is known: where the oracle's begins. */
    const struct graph_item *graph;
    uint32_t graph_count;
};

#endif
