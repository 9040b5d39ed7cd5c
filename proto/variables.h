/* variables.h - the state of a run: what is known of its variables from the start.
 *
 * Shared by all nodes of a process and never changed: ownership is kept by each replica. */
#ifndef AVIARY_PROTO_VARIABLES_H
#define AVIARY_PROTO_VARIABLES_H

#include <stdint.h>

#define PLACE_NONE UINT16_MAX /* it does not exist */

struct variables {
    uint32_t count;
    const uint32_t *bytes;   /* by variable: its size, for what its value costs on the wire */
    const uint32_t *granule; /* by variable: the variable whose place it shares; often itself */
    const uint16_t *place;   /* by variable: its partition at the start, or PLACE_NONE */
    const uint16_t *home;    /* by variable: where it is put when it is created */
};

#endif
