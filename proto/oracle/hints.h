/* hints.h - a partition's reports to the oracle of the accesses of its commands, the input of plans
 * (DynaStar, ICDCS 2019).
 *
 * The leader collects which granules were accessed, which together, and multicasts it every
 * `hint_ns`. Each such HINT is repeated until the oracle acknowledges its delivery; as long as one
 * is unacknowledged, accesses are only collected. A leader's collection is lost when it is deposed:
 * hints need not be complete. */
#ifndef AVIARY_PROTO_ORACLE_HINTS_H
#define AVIARY_PROTO_ORACLE_HINTS_H

#include "proto/execution/executor.h"
#include "proto/partition/graph.h"
#include "proto/reply.h"

struct hint;

struct hints {
    struct executor *e;
    struct graph *seen; /* since the last hints */
    uint32_t *granules; /* of the command that was executed */
    uint64_t count;     /* multicasts so far: gives each its number */
    struct hint *open;  /* multicast and not answered, by number */
    uint32_t sends;     /* of those that are */
    uint64_t sent_ns;   /* for the last time */
    uint64_t due_ns;    /* when the next are sent */
    struct patience answers;
};

void hints_init(struct hints *h, struct executor *e);
void hints_finish(struct hints *h);

/* This partition has executed c. */
void hints_remember(struct hints *h, const struct command *c);
void hints_leading(struct hints *h, bool leading);
void hints_on_timer(struct hints *h);
void hints_on_reply(struct hints *h, const struct message_reply *m);

#endif
