/* ledger.c - the commands and multicasts of a run, once (ledger.h). */
#include "analysis/check/ledger.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

void ledger_init(struct ledger *l, const struct catalogue *catalogue,
                 const struct topology *topology, enum ledger_keeps keeps)
{
    *l = (struct ledger){.catalogue = catalogue, .clients = UINT32_MAX, .keeps = keeps};
    if (!topology) return;
    l->topology = *topology;
    l->clients = topology->clients;
}

void ledger_finish(struct ledger *l)
{
    for (uint32_t i = 0; i < l->sender_count; i++) free(l->senders[i].number);
    free(l->senders);
    free(l->commands);
    free(l->casts);
    free(l->slots);
    free(l->accesses);
    *l = (struct ledger){0};
}

static struct ledger_sender *sender_of(struct ledger *l, uint32_t sender)
{
    ASSERT(sender < LEDGER_NONE);
    if (sender >= l->sender_count) {
        uint64_t room = l->sender_room;
        l->senders = array_grow(l->senders, &room, (uint64_t)sender + 1, sizeof(*l->senders));
        l->sender_room = (uint32_t)room;
        while (l->sender_count <= sender) l->senders[l->sender_count++] = (struct ledger_sender){0};
    }
    return &l->senders[sender];
}

/* The slot for the number of this sender and seq. */
static uint32_t *place_of(struct ledger *l, struct command_id id)
{
    ASSERT(id.seq < LEDGER_NONE);
    struct ledger_sender *sender = sender_of(l, id.client);
    if (id.seq >= sender->room) {
        uint64_t room = sender->room;
        sender->number = array_grow(sender->number, &room, id.seq + 1, sizeof(uint32_t));
        sender->room = room < LEDGER_NONE ? (uint32_t)room : LEDGER_NONE;
    }
    while (sender->count <= id.seq) sender->number[sender->count++] = LEDGER_NONE;
    return &sender->number[id.seq];
}

static uint32_t append(struct ledger *l, struct command_id id, struct ledger_command command)
{
    ASSERT(l->command_count < LEDGER_NONE);
    ASSERT(l->access_count < LEDGER_NONE);
    if (l->command_count == l->command_room)
        l->commands =
            array_grow(l->commands, &l->command_room, l->command_count + 1, sizeof(*l->commands));
    command.client = id.client;
    command.seq = (uint32_t)id.seq;
    command.executed_by = LEDGER_NONE;
    if (l->keeps >= LEDGER_CASTS) command.cast_first = LEDGER_NONE;
    command.access_first = (uint32_t)l->access_count;
    l->commands[l->command_count] = command;
    return (uint32_t)l->command_count++;
}

void ledger_add_access(struct ledger *l, uint32_t variable, uint8_t mode, uint64_t version)
{
    ASSERT(l->command_count);
    if (l->access_count == l->access_room)
        l->accesses =
            array_grow(l->accesses, &l->access_room, l->access_count + 1, sizeof(*l->accesses));
    l->accesses[l->access_count++] = (struct ledger_access){
        .variable = variable, .mode = mode, .version = version, .group = GROUPS_MAX};
    l->commands[l->command_count - 1].access_count++;
}

uint32_t ledger_add(struct ledger *l, const struct command *c, uint64_t issued_ns)
{
    struct ledger_command command = {
        .issued_ns = issued_ns,
        .returned_ns = LEDGER_NEVER,
        .kind = c->kind,
        .status = LEDGER_UNANSWERED,
    };
    uint32_t *place = place_of(l, c->id);
    if (*place != LEDGER_NONE) return LEDGER_NONE;
    uint32_t number = *place = append(l, c->id, command);
    if (l->keeps == LEDGER_ACCESSES)
        for (uint32_t i = 0; i < c->access_count; i++)
            ledger_add_access(l, c->accesses[i].variable, c->accesses[i].mode, VERSION_UNSEEN);
    return number;
}

uint32_t ledger_add_bare(struct ledger *l, struct command_id id, uint16_t kind, uint64_t issued_ns,
                         uint64_t returned_ns)
{
    ASSERT(id.seq < LEDGER_NONE);
    ASSERT(returned_ns >= issued_ns);
    sender_of(l, id.client);
    struct ledger_command command = {
        .issued_ns = issued_ns,
        .returned_ns = returned_ns,
        .kind = kind,
        .status = returned_ns == LEDGER_NEVER ? LEDGER_UNANSWERED : REPLY_OK,
        .executed = true,
    };
    return append(l, id, command);
}

/* ---- multicasts ----------------------------------------------------------------------------- */

static void add_slot(struct ledger *l, uint32_t group)
{
    ASSERT(l->slot_count < LEDGER_NONE);
    if (l->slot_count == l->slot_room)
        l->slots = array_grow(l->slots, &l->slot_room, l->slot_count + 1, sizeof(*l->slots));
    l->slots[l->slot_count++] = (struct ledger_slot){.started_ns = LEDGER_NEVER,
                                                     .ended_ns = LEDGER_NEVER,
                                                     .leader_delivered_ns = LEDGER_NEVER,
                                                     .leader_started_ns = LEDGER_NEVER,
                                                     .leader_ended_ns = LEDGER_NEVER,
                                                     .position = LEDGER_NONE,
                                                     .group = (uint16_t)group};
}

static bool same(const struct ledger *l, uint32_t cast, const struct command *c)
{
    const struct ledger_cast *known = &l->casts[cast];
    if (known->purpose != c->purpose || known->group_count != group_set_count(&c->dests))
        return false;
    for (uint32_t i = 0; i < known->group_count; i++)
        if (!group_set_has(&c->dests, l->slots[known->slot_first + i].group)) return false;
    return true;
}

/* The number of partitions of a command; the oracle is none. */
static void count_partitions(struct ledger *l, const struct command *c, uint32_t command)
{
    if (c->purpose != PURPOSE_EXECUTE && c->purpose != PURPOSE_MOVE) return;
    struct group_set partitions = c->dests;
    if (l->topology.oracle) group_set_remove(&partitions, topology_oracle(&l->topology));
    uint16_t count = (uint16_t)group_set_count(&partitions);
    if (count > l->commands[command].partitions) l->commands[command].partitions = count;
}

static uint32_t append_cast(struct ledger *l, const struct command *c, uint32_t command)
{
    ASSERT(l->cast_count < LEDGER_NONE);
    if (l->cast_count == l->cast_room)
        l->casts = array_grow(l->casts, &l->cast_room, l->cast_count + 1, sizeof(*l->casts));
    l->casts[l->cast_count] = (struct ledger_cast){
        .command = command,
        .next = LEDGER_NONE,
        .slot_first = (uint32_t)l->slot_count,
        .sender = c->id.client,
        .seq = (uint32_t)c->id.seq,
        .round = c->id.round,
        .group_count = (uint16_t)group_set_count(&c->dests),
        .purpose = c->purpose,
        .execution = c->execution,
    };
    group_set_each (group, &c->dests) add_slot(l, group);
    return (uint32_t)l->cast_count++;
}

/* Where casts are not kept. */
static enum ledger_report count_round(struct ledger *l, const struct command *c, uint32_t command)
{
    if (command == LEDGER_NONE) return LEDGER_KNOWN; /* a replica's own: not counted */
    struct ledger_command *of = &l->commands[command];
    if (c->id.round < of->rounds) return LEDGER_KNOWN;
    of->rounds = c->id.round + 1;
    count_partitions(l, c, command);
    return LEDGER_NEW;
}

enum ledger_report ledger_multicast(struct ledger *l, const struct command *c, uint32_t *cast)
{
    bool client = c->id.client < l->clients;
    uint32_t command = ledger_find(l, c->id);
    *cast = ledger_find_cast(l, c->id);
    if (client && command == LEDGER_NONE) return LEDGER_UNISSUED;
    if (l->keeps < LEDGER_CASTS) return count_round(l, c, command);
    if (*cast != LEDGER_NONE) return same(l, *cast, c) ? LEDGER_KNOWN : LEDGER_DIFFERS;
    *cast = append_cast(l, c, command);
    if (client) count_partitions(l, c, command);
    /* Into the chain, behind the rounds before its own. */
    uint32_t *link = client ? &l->commands[command].cast_first : place_of(l, c->id);
    while (*link != LEDGER_NONE && l->casts[*link].round < c->id.round)
        link = &l->casts[*link].next;
    l->casts[*cast].next = *link;
    *link = *cast;
    return LEDGER_NEW;
}

/* ---- names ---------------------------------------------------------------------------------- */

struct ledger_text ledger_id_name(const struct ledger *l, struct command_id id)
{
    struct ledger_text t;
    char round[16] = "";
    unsigned long long seq = id.seq;
    if (id.round) snprintf(round, sizeof(round), "/%u", id.round);
    if (id.client < l->clients)
        snprintf(t.text, sizeof(t.text), "c%u.%llu%s", id.client, seq, round);
    else
        snprintf(t.text, sizeof(t.text), "multicast %llu%s of %.24s", seq, round,
                 ledger_node_name(&l->topology, id.client - l->clients).text);
    return t;
}

/* " post", or "" where no name is known. */
static struct ledger_text kind_name(const struct ledger *l, uint16_t kind)
{
    struct ledger_text t = {""};
    const struct names *kinds = l->catalogue ? l->catalogue->kinds : NULL;
    if (kinds && kind < names_count(kinds))
        snprintf(t.text, sizeof(t.text), " %s", names_get(kinds, kind));
    return t;
}

struct ledger_text ledger_name(const struct ledger *l, uint32_t command)
{
    struct ledger_text t;
    const struct ledger_command *c = &l->commands[command];
    snprintf(t.text, sizeof(t.text), "c%u.%u%.64s", c->client, c->seq, kind_name(l, c->kind).text);
    return t;
}

struct ledger_text ledger_cast_name(const struct ledger *l, uint32_t cast)
{
    static const char *const purposes[PURPOSE_COUNT] = {
        [PURPOSE_EXECUTE] = "",   [PURPOSE_CONSULT] = " (consult)",
        [PURPOSE_ASK] = " (ask)", [PURPOSE_MOVE] = " (move)",
        [PURPOSE_HINT] = "hint",  [PURPOSE_REPARTITION] = "repartition request",
        [PURPOSE_PLAN] = "plan",  [PURPOSE_DISCARD] = "discard",
    };
    struct ledger_text t;
    const struct ledger_cast *c = &l->casts[cast];
    struct command_id id = {.client = c->sender, .round = c->round, .seq = c->seq};
    const char *purpose = c->purpose < PURPOSE_COUNT ? purposes[c->purpose] : "?";
    if (c->command != LEDGER_NONE)
        snprintf(t.text, sizeof(t.text), "%.40s%.36s%s", ledger_id_name(l, id).text,
                 kind_name(l, l->commands[c->command].kind).text, purpose);
    else if (c->purpose == PURPOSE_PLAN || c->purpose == PURPOSE_DISCARD)
        snprintf(t.text, sizeof(t.text), "%s %u", purpose, c->seq);
    else
        snprintf(t.text, sizeof(t.text), "%s %u of %.24s", purpose, c->seq,
                 ledger_node_name(&l->topology, c->sender - l->clients).text);
    return t;
}

struct ledger_text ledger_variable_name(const struct ledger *l, uint32_t variable)
{
    struct ledger_text t;
    const struct catalogue *names = l->catalogue;
    if (names && names->variables && variable < names_count(names->variables))
        snprintf(t.text, sizeof(t.text), "%s", names_get(names->variables, variable));
    else
        snprintf(t.text, sizeof(t.text), "variable %u", variable);
    return t;
}

struct ledger_text ledger_group_name(const struct topology *t, uint32_t group)
{
    struct ledger_text text;
    if (group == topology_oracle(t))
        snprintf(text.text, sizeof(text.text), "oracle");
    else
        snprintf(text.text, sizeof(text.text), "p%u", group);
    return text;
}

struct ledger_text ledger_node_name(const struct topology *t, uint32_t node)
{
    struct ledger_text text;
    uint32_t group = topology_group(t, node);
    if (group < GROUPS_MAX)
        snprintf(text.text, sizeof(text.text), "%.24s.r%u", ledger_group_name(t, group).text,
                 node % t->replicas);
    else
        snprintf(text.text, sizeof(text.text), "c%u", node - t->groups * t->replicas);
    return text;
}
