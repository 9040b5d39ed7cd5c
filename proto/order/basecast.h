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
 * retransmission reaches the next one.)
 *
 * The clock and the timestamps change only by the log, so a new leader continues where the old one
 * stopped. A group keeps the timestamp it gave until all other destinations have delivered, which
 * they report in `through`.
 *
 * Losses are detected by later messages. Each HARD names the timestamp that its group gave before
 * to a command with the same destination: a gap is requested at once (MISSED). A HARD that overtook
 * the command's START is answered by a request for the command. Losses that no later message
 * reveals are requested after a measured time-out. A new leader announces itself (LEADER) to all
 * nodes: other groups' leaders send it what they still wait for, and with it the commands; clients
 * send again.
 *
 * Broken links. Any replica that has applied a timestamp can send it. While the link to a leader is
 * down, a HARD or a START goes to another replica of its group, which relays it. */
#ifndef AVIARY_PROTO_ORDER_BASECAST_H
#define AVIARY_PROTO_ORDER_BASECAST_H

#include "proto/order/multicast.h"

/* Its kinds of messages. */
#define MESSAGE_HARD MESSAGE_MULTICAST_1
#define MESSAGE_MISSED MESSAGE_MULTICAST_2

enum hard_flag {
    HARD_ASKS = 1,         /* the sender misses the receiver's timestamp */
    HARD_ASKS_COMMAND = 2, /* the sender does not know the command */
    HARD_CARRIES = 4,      /* the command follows */
    HARD_RELAY = 8,        /* the sender cannot reach the leader: pass it on */
    HARD_FLAGS = 15,       /* all of them */
};

/* HARD: what one group decided for a command. */
struct message_hard {
    struct message m;
    struct command_id id;
    uint64_t timestamp; /* of `group`, 0: none given yet */
    uint64_t previous;  /* that it gave before to a command also for the receiver; 0: unknown */
    uint64_t through;   /* `group` has delivered everything with a final timestamp <= through */
    uint32_t group;
    uint32_t flags;           /* enum hard_flag */
    struct command command[]; /* if it carries it */
};

/* MISSED: HARDs of the receiver's group, for commands also addressed to `group`, are missing. */
struct message_missed {
    struct message m;
    uint64_t after, through; /* timestamps of the receiver's group: after < t <= through */
    uint32_t group;
    uint32_t reserved;
};

_Static_assert(sizeof(struct message_hard) == 64, "no padding");
_Static_assert(sizeof(struct message_missed) == 40, "no padding");

extern const struct multicast_ops basecast_ops;

#endif
