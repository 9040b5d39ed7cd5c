/* plan.h - a plan as the oracle sends it to partitions: the moves, in parts (transfer.h). */
#ifndef AVIARY_PROTO_ORACLE_PLAN_H
#define AVIARY_PROTO_ORACLE_PLAN_H

#include <stdint.h>

#include "proto/message.h"

enum { PLAN_PART_MAX = 4096 }; /* entries in one PLAN_PART */

/* One variable that a plan moves. */
struct plan_entry {
    uint32_t variable;
    uint16_t from, to;
};

struct message_plan_need {
    struct message m;
    uint64_t version;
    uint64_t from; /* index in the whole plan at which to go on */
};

struct message_plan_part {
    struct message m;
    uint64_t version;
    uint64_t from;
    uint64_t next; /* where the next part begins; UINT64_MAX: this is the last one */
    uint32_t count;
    uint32_t reserved;
    struct plan_entry entries[]; /* by variable */
};

_Static_assert(sizeof(struct plan_entry) == 8, "no padding");
_Static_assert(sizeof(struct message_plan_need) == 32, "no padding");
_Static_assert(sizeof(struct message_plan_part) == 48, "no padding");

#endif
