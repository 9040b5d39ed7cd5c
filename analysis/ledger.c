/* ledger.c - the commands of a run, once (ledger.h). */
#include "analysis/ledger.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/room.h"

void ledger_init(struct ledger *l, const struct catalogue *catalogue, bool keep_accesses)
{
    *l = (struct ledger){.catalogue = catalogue, .keep_accesses = keep_accesses};
}

void ledger_finish(struct ledger *l)
{
    for (uint32_t i = 0; i < l->client_count; i++) free(l->clients[i].command);
    free(l->clients);
    free(l->commands);
    free(l->slots);
    free(l->accesses);
    *l = (struct ledger){0};
}

static struct ledger_client *client_of(struct ledger *l, uint32_t client)
{
    assert(client < LEDGER_NONE);
    if (client >= l->client_count) {
        uint64_t room = l->client_room;
        l->clients = room_grow(l->clients, &room, (uint64_t)client + 1, sizeof(*l->clients));
        l->client_room = (uint32_t)room;
        while (l->client_count <= client) l->clients[l->client_count++] = (struct ledger_client){0};
    }
    return &l->clients[client];
}

/* The place for the command's number by (client, seq). */
static uint32_t *place_of(struct ledger *l, struct command_id id)
{
    assert(id.seq < LEDGER_NONE);
    struct ledger_client *client = client_of(l, id.client);
    if (id.seq >= client->room) {
        uint64_t room = client->room;
        client->command = room_grow(client->command, &room, id.seq + 1, sizeof(uint32_t));
        client->room = room < LEDGER_NONE ? (uint32_t)room : LEDGER_NONE;
    }
    while (client->count <= id.seq) client->command[client->count++] = LEDGER_NONE;
    return &client->command[id.seq];
}

static uint32_t add(struct ledger *l, struct command_id id, struct ledger_command command)
{
    uint32_t *place = place_of(l, id);
    if (*place != LEDGER_NONE) return LEDGER_NONE;
    assert(l->command_count < LEDGER_NONE);
    assert(l->slot_count < LEDGER_NONE);
    if (l->command_count == l->command_room)
        l->commands =
            room_grow(l->commands, &l->command_room, l->command_count + 1, sizeof(*l->commands));
    command.client = id.client;
    command.seq = (uint32_t)id.seq;
    command.slot_first = (uint32_t)l->slot_count;
    command.access_first = l->access_count;
    *place = (uint32_t)l->command_count;
    l->commands[l->command_count] = command;
    return (uint32_t)l->command_count++;
}

void ledger_add_access(struct ledger *l, uint32_t variable, uint8_t mode, uint64_t version)
{
    assert(l->command_count);
    if (l->access_count == l->access_room)
        l->accesses =
            room_grow(l->accesses, &l->access_room, l->access_count + 1, sizeof(*l->accesses));
    l->accesses[l->access_count++] = (struct ledger_access){
        .variable = variable, .mode = mode, .version = version, .group = GROUPS_MAX};
    l->commands[l->command_count - 1].access_count++;
}

static void add_slot(struct ledger *l, uint32_t group)
{
    if (l->slot_count == l->slot_room)
        l->slots = room_grow(l->slots, &l->slot_room, l->slot_count + 1, sizeof(*l->slots));
    l->slots[l->slot_count++] = (struct ledger_slot){.started_ns = LEDGER_NEVER,
                                                     .ended_ns = LEDGER_NEVER,
                                                     .leader_delivered_ns = LEDGER_NEVER,
                                                     .leader_started_ns = LEDGER_NEVER,
                                                     .leader_ended_ns = LEDGER_NEVER,
                                                     .position = LEDGER_NONE,
                                                     .group = (uint16_t)group};
}

uint32_t ledger_add(struct ledger *l, const struct command *c, uint64_t issued_ns)
{
    struct ledger_command command = {
        .issued_ns = issued_ns,
        .returned_ns = LEDGER_NEVER,
        .kind = c->kind,
        .group_count = (uint16_t)group_set_count(&c->dests),
        .status = LEDGER_UNANSWERED,
    };
    uint32_t number = add(l, c->id, command);
    if (number == LEDGER_NONE) return LEDGER_NONE;
    group_set_each (group, &c->dests) add_slot(l, group);
    if (l->keep_accesses)
        for (uint32_t i = 0; i < c->access_count; i++)
            ledger_add_access(l, c->accesses[i].variable, c->accesses[i].mode, VERSION_UNSEEN);
    return number;
}

uint32_t ledger_add_bare(struct ledger *l, struct command_id id, uint16_t kind, uint64_t issued_ns,
                         uint64_t returned_ns)
{
    struct ledger_command command = {
        .issued_ns = issued_ns,
        .returned_ns = returned_ns,
        .kind = kind,
        .status = returned_ns == LEDGER_NEVER ? LEDGER_UNANSWERED : REPLY_OK,
        .executed = true,
    };
    return add(l, id, command);
}

struct ledger_text ledger_name(const struct ledger *l, uint32_t command)
{
    struct ledger_text t;
    const struct ledger_command *c = &l->commands[command];
    const struct catalogue *names = l->catalogue;
    if (names && names->kinds && c->kind < names_count(names->kinds))
        snprintf(t.text, sizeof(t.text), "c%u.%u %s", c->client, c->seq,
                 names_get(names->kinds, c->kind));
    else
        snprintf(t.text, sizeof(t.text), "c%u.%u", c->client, c->seq);
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

struct ledger_text ledger_id_name(struct command_id id)
{
    struct ledger_text t;
    snprintf(t.text, sizeof(t.text), "c%u.%llu", id.client, (unsigned long long)id.seq);
    return t;
}

struct ledger_text ledger_node_name(const struct topology *t, uint32_t node)
{
    struct ledger_text text;
    if (topology_group(t, node) < GROUPS_MAX)
        snprintf(text.text, sizeof(text.text), "p%u.r%u", node / t->replicas, node % t->replicas);
    else
        snprintf(text.text, sizeof(text.text), "c%u", node - t->groups * t->replicas);
    return text;
}
