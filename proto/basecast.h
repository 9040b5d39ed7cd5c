/* basecast.h - BaseCast: genuine atomic multicast, Skeen's algorithm over replicated groups.
 *
 * The protocol DynaStar uses (fault-tolerant Skeen over Paxos; Coelho, Schiper, Pedone: Fast Atomic
 * Multicast, DSN 2017, calls it BaseCast). Each destination group g proposes a timestamp from its
 * clock; the largest is final; messages are delivered in the order of final timestamps.
 *
 *   START(c)      client -> leader of each destination group                     1 step
 *   log SET_HARD  g decides c: hts_g = ++clock_g                                 2 steps
 *   HARD          leader of g -> leaders of the other destinations: (c, hts_g)   1 step
 *   log SYNC_HARD g decides (c, hts_h); with the last one ts = max of all,
 *                 clock_g = max(clock_g, ts)                                     2 steps
 *   deliver c     when no undelivered message can still get a smaller timestamp
 *
 * So a leader delivers after 3 steps with one destination and after 6 with several; followers one
 * step later (they learn decisions from the leader's next message).
 *
 * A command that follows others of its sender is held back by each leader until the timestamps of
 * those are final here: its own is then larger. (If the leader changes meanwhile, the sender's
 * retransmission brings it to the next one.)
 *
 * The clock and the timestamps change only as the log says, so a new leader continues where the old
 * one stopped. Losses: each group asks for the timestamps it misses (HARD with `wants`, which
 * carries the command, so a group that never got it from the client gets it from here). A group
 * remembers the timestamp it gave until all other destinations have delivered, which they say in
 * `through`. */
#ifndef AVIARY_PROTO_BASECAST_H
#define AVIARY_PROTO_BASECAST_H

#include "proto/multicast.h"

/* HARD: what one group decided for a command. */
struct message_hard {
    struct message m;
    struct command_id id;
    uint64_t timestamp; /* hts of `group` */
    uint64_t through;   /* `group` has delivered everything with a final timestamp <= through */
    uint32_t group;
    uint32_t wants;           /* 1: the sender misses the receiver's timestamp */
    struct command command[]; /* with wants: the command itself */
};

_Static_assert(sizeof(struct message_hard) == 56, "no padding");

extern const struct multicast_ops basecast_ops;

bool basecast_message_valid(const struct message *m);
/* The entries of a log batch whose framing is known to be sound (group_message_valid). */
bool basecast_entries_valid(const uint8_t *entries, uint32_t bytes);

#endif
