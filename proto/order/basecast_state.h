/* basecast_state.h - the inside of a BaseCast member, shared by basecast.c (records, the order, the
 * log) and basecast_messages.c (messages between groups). Users need basecast.h. */
#ifndef AVIARY_PROTO_ORDER_BASECAST_STATE_H
#define AVIARY_PROTO_ORDER_BASECAST_STATE_H

#include "proto/idmap.h"
#include "proto/order/basecast.h"
#include "proto/order/multicast_kit.h"
#include "proto/patience.h"

/* Kinds of log entries. */
enum { ENTRY_SET_HARD = 1, ENTRY_SYNC_HARD = 2 };

struct entry_sync_hard {
    struct command_id id;
    uint64_t timestamp;
    uint64_t through;
    uint32_t group;
    uint32_t reserved;
};

/* A command from its first message here until no other group can request its timestamp. */
struct record {
    struct idmap_node node;  /* among basecast's records, if it has several destinations */
    struct command *command; /* NULL while only other groups' timestamps are known, or delivered */
    uint64_t hard;           /* this group's timestamp, 0: not yet given */
    uint64_t largest;        /* of those known */
    uint64_t final;          /* 0: not known */
    struct group_set dests;
    struct group_set known; /* groups whose timestamp is known */
    /* The rest is not replicated. */
    struct group_set
        proposed;          /* leader: groups whose timestamp is known or on its way to the log; */
    bool command_proposed; /* and so is the command itself */
    uint64_t early_ns;     /* leader: when a HARD came without its START; 0: none */
    uint64_t since_ns;     /* since when this group waits for the missing timestamps, */
    uint64_t asked_ns;     /* the same, or when they were last requested, */
    uint32_t asked;        /* number of requests */
};

struct pending {
    uint64_t bound; /* the command's final timestamp is at least this */
    struct record *record;
};

/* A timestamp that this group gave to a command with several destinations. */
struct given {
    uint64_t hard;
    struct command_id id;
};

/* A command known only by another group's timestamp: when to request it. */
struct early {
    uint64_t due_ns;
    struct command_id id;
    uint32_t group;
};

struct basecast {
    struct multicast base;

    uint64_t batches; /* of the log, applied */
    uint64_t clock;
    uint64_t through[GROUPS_MAX];

    struct pending *heap; /* undelivered commands with a timestamp of this group */
    uint32_t heap_count;
    uint32_t heap_capacity;

    struct idmap records; /* multi-group commands */
    uint32_t sweep_at;    /* forget delivered records when there are so many */
    struct record *spare;

    struct given *given; /* by timestamp; the oldest whose record is kept comes first */
    uint32_t given_count;
    uint32_t given_capacity;
    uint64_t given_last[GROUPS_MAX]; /* the last timestamp of a command also addressed to a group */
    uint64_t received_through[GROUPS_MAX]; /* leader: of that group's HARDs; 0: unknown */

    bool timer_set;               /* leader: TIMER_MULTICAST is */
    struct patience answers;      /* from this group's timestamp to the last of the others' */
    struct patience start_delays; /* of a START behind the first HARD */
    struct early *early;          /* by due_ns */
    uint32_t early_first, early_count, early_capacity;
};

/* ---- basecast.c ---------------------------------------------------------------------------- */

struct record *basecast_find(const struct basecast *b, struct command_id id);
struct record *basecast_add(struct basecast *b, struct command_id id);

/* ---- basecast_messages.c ------------------------------------------------------------------- */

/* This group has given a command its timestamp: sends it to the leaders of the other
 * destinations. */
void basecast_announce(struct basecast *b, const struct record *r);
/* Leader: sets the timer for requests of missing timestamps and commands. */
void basecast_watch(struct basecast *b);
void basecast_look_after(struct basecast *b);

/* multicast_ops.started, leading, leader_changed and on_message. */
void basecast_started(struct multicast *m, const struct command *c);
void basecast_take_over(struct multicast *m);
void basecast_leader_changed(struct multicast *m, uint32_t group);
void basecast_on_message(struct multicast *base, struct message *m);

/* multicast_ops.messages. */
extern const struct multicast_message basecast_messages[];
enum { BASECAST_MESSAGES = 2 };

#endif
