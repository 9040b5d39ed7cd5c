/* ledger.h - every command of a run, once: the memory that all checkers share.
 *
 * Commands get dense numbers in the order they are issued. A command is found by (client, seq)
 * through one array per client, since clients are dense and their seqs nearly consecutive. Per
 * destination group there is a slot; per access the version that was seen. About 100 bytes per
 * single-group command and 16 per access. The same memory holds a history that was read back from a
 * database. */
#ifndef AVIARY_ANALYSIS_LEDGER_H
#define AVIARY_ANALYSIS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/command.h"
#include "proto/observer.h"
#include "proto/topology.h"
#include "workloads/workload.h"

#define LEDGER_NONE UINT32_MAX
#define LEDGER_NEVER UINT64_MAX /* a time that has not come */

enum { LEDGER_UNANSWERED = 255 }; /* a status beside enum reply_status */

struct ledger_command {
    uint64_t issued_ns;
    uint64_t returned_ns; /* LEDGER_NEVER while unanswered */
    uint64_t access_first;
    uint32_t slot_first;
    uint32_t client;
    uint32_t seq;
    uint32_t attempts;
    uint16_t kind;
    uint16_t access_count; /* 0 where accesses are not kept */
    uint16_t group_count;  /* destination groups */
    uint8_t status;        /* enum reply_status, or LEDGER_UNANSWERED */
    bool executed;         /* by some replica */
};

/* A command at one of its destination groups; in the order of the groups' numbers. */
struct ledger_slot {
    uint64_t started_ns;          /* earliest over the replicas, LEDGER_NEVER: none */
    uint64_t ended_ns;            /* the same of the end of the execution */
    uint64_t leader_delivered_ns; /* at the group's leader, LEDGER_NEVER: not seen there */
    uint64_t leader_started_ns;
    uint64_t leader_ended_ns;
    uint64_t digest;   /* of the first execution */
    uint32_t position; /* in the group's delivery sequence, LEDGER_NONE: not delivered */
    uint16_t group;
    bool executed;
};

struct ledger_access {
    uint64_t version; /* seen before the execution; VERSION_UNSEEN: nobody has told */
    uint32_t variable;
    uint16_t group; /* the first group that told, GROUPS_MAX: none */
    uint8_t mode;   /* enum access_mode, or-ed */
};

struct ledger_client {
    uint32_t *command; /* by seq */
    uint32_t count, room;
};

struct ledger {
    struct ledger_command *commands;
    struct ledger_slot *slots;
    struct ledger_access *accesses;
    uint64_t command_count, command_room;
    uint64_t slot_count, slot_room;
    uint64_t access_count, access_room;
    struct ledger_client *clients;
    uint32_t client_count, client_room;
    const struct catalogue *catalogue; /* names, for reasons; may be NULL */
    bool keep_accesses;
};

/* The catalogue is borrowed and may grow meanwhile. */
void ledger_init(struct ledger *l, const struct catalogue *catalogue, bool keep_accesses);
void ledger_finish(struct ledger *l);

/* Notes an issued command and returns its number, or LEDGER_NONE if it had been issued before.
 * Ends the program with a message when memory ends. */
uint32_t ledger_add(struct ledger *l, const struct command *c, uint64_t issued_ns);
/* The same for a command without destinations whose accesses are appended by ledger_add_access:
 * what is read back from a database, or written by hand in a test. seq below 2^32. */
uint32_t ledger_add_bare(struct ledger *l, struct command_id id, uint16_t kind, uint64_t issued_ns,
                         uint64_t returned_ns);
void ledger_add_access(struct ledger *l, uint32_t variable, uint8_t mode, uint64_t version);

/* The command's number, or LEDGER_NONE: never issued. */
static inline uint32_t ledger_find(const struct ledger *l, struct command_id id)
{
    if (id.client >= l->client_count) return LEDGER_NONE;
    const struct ledger_client *client = &l->clients[id.client];
    return id.seq < client->count ? client->command[id.seq] : LEDGER_NONE;
}

/* The command's slot at a group, or NULL: not a destination. */
static inline struct ledger_slot *ledger_slot(const struct ledger *l, uint32_t command,
                                              uint32_t group)
{
    const struct ledger_command *c = &l->commands[command];
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
struct ledger_text ledger_variable_name(const struct ledger *l, uint32_t variable);
/* "c3.17" of a command that may never have been issued. */
struct ledger_text ledger_id_name(struct command_id id);
/* "p2.r0": replica 0 of group 2. */
struct ledger_text ledger_node_name(const struct topology *t, uint32_t node);

#endif
