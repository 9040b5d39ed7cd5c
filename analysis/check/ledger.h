/* ledger.h - every command and every multicast of a run, once: the memory that all checkers share.
 *
 * Commands get dense numbers in the order they are issued, casts (multicasts) in the order they are
 * first made. A command's casts are chained by round. Both are found by id through one array per
 * sender, since senders are dense and their seqs nearly consecutive: by (client, seq) the command,
 * whose first cast is at hand; by (sender, seq) the cast of a replica. Per destination group of a
 * cast there is a slot; per access of a command the version that was seen. 60 bytes per command, 84
 * for each of its casts to one group, and 16 per access. The same memory holds a history that was
 * read back from a database. */
#ifndef AVIARY_ANALYSIS_CHECK_LEDGER_H
#define AVIARY_ANALYSIS_CHECK_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/command.h"
#include "proto/observer.h"
#include "proto/topology.h"
#include "workloads/trace/workload.h"

#define LEDGER_NONE UINT32_MAX
#define LEDGER_NEVER UINT64_MAX /* infinity */

enum { LEDGER_UNANSWERED = 255 }; /* a status beside enum reply_status */

/* Levels of detail; each includes those before it. */
enum ledger_keeps {
    LEDGER_COMMANDS, /* and the number of its multicasts: enough for figures without checks */
    LEDGER_CASTS,
    LEDGER_ACCESSES,
};

struct ledger_command {
    uint64_t issued_ns;
    uint64_t returned_ns; /* LEDGER_NEVER while unanswered */
    uint64_t digest;      /* of its execution, if `digested` */
    uint32_t access_first;
    union {
        uint32_t cast_first; /* its cast of the lowest round, LEDGER_NONE: none yet */
        uint32_t rounds;     /* where casts are not kept: those up to the highest multicast */
    };
    uint32_t executed_by; /* the first cast that executed it, LEDGER_NONE: none seen */
    uint32_t client;
    uint32_t seq;
    uint32_t attempts;
    uint16_t kind;
    uint16_t access_count; /* 0 where accesses are not kept */
    uint16_t partitions;   /* the maximum over its casts that execute or move */
    uint8_t status;        /* enum reply_status, or LEDGER_UNANSWERED */
    bool executed : 1;     /* by some replica */
    bool digested : 1;     /* a replica has reported its result */
};

/* One multicast. */
struct ledger_cast {
    uint32_t command; /* LEDGER_NONE: made by a replica on its own behalf, a hint or a plan */
    uint32_t next;    /* the same command's (or the same id's) cast of the next round */
    uint32_t slot_first;
    uint32_t sender, seq, round; /* its command_id */
    uint16_t group_count;        /* destination groups */
    uint8_t purpose;             /* enum purpose */
    uint8_t execution;           /* enum execution */
};

/* A cast at one of its destination groups; in the order of the groups' numbers. */
struct ledger_slot {
    uint64_t started_ns;          /* earliest over the replicas, LEDGER_NEVER: none */
    uint64_t ended_ns;            /* the same of the end of the execution */
    uint64_t leader_delivered_ns; /* at the group's leader, LEDGER_NEVER: not seen there */
    uint64_t leader_started_ns;
    uint64_t leader_ended_ns;
    uint64_t digest;   /* of the first replica that was done with it */
    uint32_t position; /* in the group's delivery sequence, LEDGER_NONE: not delivered */
    uint16_t group;
    bool done;     /* a replica is done with it, */
    bool executed; /* and it was executed here: the group did not only take part */
};

struct ledger_access {
    uint64_t version; /* seen before the execution; VERSION_UNSEEN: unknown */
    uint32_t variable;
    uint16_t group; /* the first group that reported it, GROUPS_MAX: none */
    uint8_t mode;   /* enum access_mode, or-ed */
};

/* Numbers of a client's commands, or a replica's casts, by seq. */
struct ledger_sender {
    uint32_t *number; /* a client's: of the command; a replica's: of its cast */
    uint32_t count, room;
};

struct ledger {
    struct ledger_command *commands;
    struct ledger_cast *casts;
    struct ledger_slot *slots;
    struct ledger_access *accesses;
    uint64_t command_count, command_room;
    uint64_t cast_count, cast_room;
    uint64_t slot_count, slot_room;
    uint64_t access_count, access_room;
    struct ledger_sender *senders;
    uint32_t sender_count, sender_room;
    uint32_t clients;                  /* senders from there on are replicas */
    struct topology topology;          /* zeroes: none */
    const struct catalogue *catalogue; /* names, for reasons; may be NULL */
    /* Bound on the clock error between two clients, or two replicas. */
    uint64_t clock_error_ns;
    enum ledger_keeps keeps;
};

/* The catalogue is borrowed and may grow meanwhile. topology NULL: every sender is a client, and
 * there are no casts. */
void ledger_init(struct ledger *l, const struct catalogue *catalogue,
                 const struct topology *topology, enum ledger_keeps keeps);
void ledger_finish(struct ledger *l);

/* Notes an issued command and returns its number, or LEDGER_NONE if it had been issued before.
 * Out of memory ends the program. */
uint32_t ledger_add(struct ledger *l, const struct command *c, uint64_t issued_ns);
/* Appends a command without casts whose accesses are appended by ledger_add_access, each of another
 * variable: for histories read from a database, or made by a test. seq below 2^32, not returned
 * before issued. The caller must give distinct ids; ledger_find does not find them; memory is 16
 * bytes for each client up to the largest. */
uint32_t ledger_add_bare(struct ledger *l, struct command_id id, uint16_t kind, uint64_t issued_ns,
                         uint64_t returned_ns);
void ledger_add_access(struct ledger *l, uint32_t variable, uint8_t mode, uint64_t version);

enum ledger_report {
    LEDGER_NEW,
    LEDGER_KNOWN,    /* reported before with the same purpose and destinations */
    LEDGER_DIFFERS,  /* reported before with another purpose or other destinations */
    LEDGER_UNISSUED, /* on behalf of a command that was never issued; not noted */
};
/* Notes a multicast; *cast is its number, LEDGER_NONE if unissued. Where casts are not kept it has
 * none, and the result only tells whether a command's is new, since rounds are consecutive. */
enum ledger_report ledger_multicast(struct ledger *l, const struct command *c, uint32_t *cast);

/* Of an answered command; never negative: a node's clock may be behind the client's by what it has
 * been charged. */
static inline uint64_t ledger_latency_ns(const struct ledger_command *c)
{
    return c->returned_ns > c->issued_ns ? c->returned_ns - c->issued_ns : 0;
}

/* The number that is noted for a sender's seq, or LEDGER_NONE. */
static inline uint32_t ledger_number(const struct ledger *l, struct command_id id)
{
    if (id.client >= l->sender_count) return LEDGER_NONE;
    const struct ledger_sender *sender = &l->senders[id.client];
    return id.seq < sender->count ? sender->number[id.seq] : LEDGER_NONE;
}

/* The command's number, or LEDGER_NONE: never issued, or not a client's. */
static inline uint32_t ledger_find(const struct ledger *l, struct command_id id)
{
    return id.client < l->clients ? ledger_number(l, id) : LEDGER_NONE;
}

/* The cast's number, or LEDGER_NONE: never multicast, or casts are not kept. */
static inline uint32_t ledger_find_cast(const struct ledger *l, struct command_id id)
{
    if (l->keeps < LEDGER_CASTS) return LEDGER_NONE;
    uint32_t cast = ledger_number(l, id);
    if (cast != LEDGER_NONE && id.client < l->clients) cast = l->commands[cast].cast_first;
    while (cast != LEDGER_NONE && l->casts[cast].round < id.round) cast = l->casts[cast].next;
    return cast != LEDGER_NONE && l->casts[cast].round == id.round ? cast : LEDGER_NONE;
}

/* The cast's slot at a group, or NULL: not a destination. */
static inline struct ledger_slot *ledger_slot(const struct ledger *l, uint32_t cast, uint32_t group)
{
    const struct ledger_cast *c = &l->casts[cast];
    struct ledger_slot *slot = &l->slots[c->slot_first];
    uint32_t low = 0, high = c->group_count; /* in [low, high) */
    while (high - low > 1) {
        uint32_t middle = (low + high) / 2;
        if (slot[middle].group <= group)
            low = middle;
        else
            high = middle;
    }
    return low < high && slot[low].group == group ? &slot[low] : NULL;
}

struct ledger_text {
    char text[96];
};
/* "c3.17 post", for reasons; the text lives in the returned value. Numbers where no name is known.
 */
struct ledger_text ledger_name(const struct ledger *l, uint32_t command);
/* "c3.17 post", "c3.17/2 post" in round 2, "c3.17 post (consult)", "hint 5 of p0.r1", "plan 3". */
struct ledger_text ledger_cast_name(const struct ledger *l, uint32_t cast);
struct ledger_text ledger_variable_name(const struct ledger *l, uint32_t variable);
/* "c3.17" or "c3.17/2" of an id that may never have been issued. */
struct ledger_text ledger_id_name(const struct ledger *l, struct command_id id);
/* "p2", or "oracle". */
struct ledger_text ledger_group_name(const struct topology *t, uint32_t group);
/* "p2.r0", "oracle.r0": replica 0 of a group; "c7": client 7. */
struct ledger_text ledger_node_name(const struct topology *t, uint32_t node);

#endif
