/* copies.h - the copies of each other's variables that S-SMR's partitions keep between commands.
 *
 * Bezerra, Pedone, van Renesse: Scalable State-Machine Replication, DSN 2014, section on caching. A
 * partition keeps what it has read of a remote variable x, and what commands delivered to it made
 * of x. The owner of x delivers every command on x, so it knows which groups hold its present
 * value:
 *
 *   a command that          is addressed to Q: Q's copy    is not addressed to Q: Q's copy
 *   reads x                 is present: sent, or had       stays as it is
 *   reads and writes x      is present: sent and computed  is stale
 *   writes x blindly        is stale: no version to write  is stale
 *
 * Both halves change by delivered commands alone, in their order: all replicas of a partition have
 * equal ones, and the owner's record of a reader matches the reader's copies. Copies are never
 * evicted, so that no reader has to request one: 32 bytes or so for each remote variable that was
 * ever read, and as much at its owner. */
#ifndef AVIARY_PROTO_SCHEMES_COPIES_H
#define AVIARY_PROTO_SCHEMES_COPIES_H

#include "proto/execution/store.h"

struct holders;

struct copies {
    struct store here;       /* the reader's half: the last known states of remote variables */
    struct holders *holders; /* the owner's half: of each variable that was ever sent */
    uint64_t capacity;       /* of holders, a power of two */
    uint64_t count;
};

void copies_init(struct copies *s);
void copies_finish(struct copies *s);

/* The owner: which groups have the present value of its variable. */
struct group_set copies_holders(const struct copies *s, uint32_t variable);
/* The owner has started a command, addressed to the groups `others` too, that makes this access to
 * its variable. */
void copies_spread(struct copies *s, const struct access *a, const struct group_set *others);

/* The reader: its copy of the variable, which may be stale, or NULL. Valid until the next change.
 */
const struct variable_state *copies_find(const struct copies *s, uint32_t variable);
/* The reader has executed a command that makes this access to a remote variable and leaves it as
 * `state`. */
void copies_follow(struct copies *s, const struct access *a, struct variable_state state);

#endif
