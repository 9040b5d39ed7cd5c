/* multicast.c - the table of atomic multicast protocols. */
#include "proto/order/multicast.h"

#include <stddef.h>
#include <string.h>

#define MULTICASTS(X) /* a new protocol is one line: name, for name_ops in a file of its own */ \
    X(basecast)

#define X(name) extern const struct multicast_ops name##_ops;
MULTICASTS(X)
#undef X

static const struct multicast_ops *const table[] = {
#define X(name) &name##_ops,
    MULTICASTS(X)
#undef X
};

const struct multicast_ops *multicast_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? table[i] : NULL;
}

const struct multicast_ops *multicast_find(const char *name)
{
    for (uint32_t i = 0; multicast_at(i); i++)
        if (strcmp(multicast_at(i)->name, name) == 0) return multicast_at(i);
    return NULL;
}

const struct multicast_message *multicast_message(const struct multicast_ops *ops, uint32_t kind)
{
    for (uint32_t i = 0; ops && i < ops->message_count; i++)
        if ((uint32_t)ops->messages[i].kind == kind) return &ops->messages[i];
    return NULL;
}

static bool is_numbered(uint32_t kind)
{
    return kind == MESSAGE_MULTICAST_1 || kind == MESSAGE_MULTICAST_2 ||
           message_layer(kind) == LAYER_MORE_MULTICAST;
}

const char *multicast_kind_name(const struct multicast_ops *ops, uint32_t kind)
{
    const struct multicast_message *own = multicast_message(ops, kind);
    if (own) return own->name;
    return is_numbered(kind) ? NULL : message_kind_name(kind);
}

bool multicast_carried_valid(const struct limits *l, const struct message *m,
                             const struct command *c)
{
    uint64_t before = (uint64_t)((const uint8_t *)c - (const uint8_t *)m);
    return m->bytes > before && limits_command(l, c, m->bytes - before) &&
           limits_command_from(l, c, m->from);
}

static bool start_valid(const struct message *m, const struct limits *l)
{
    const struct message_start *s = (const struct message_start *)m;
    if (m->bytes <= sizeof(*s) || s->relay > 1 || s->inquiry > 1) return false;
    return multicast_carried_valid(l, m, s->command) &&
           m->opaque_bytes == (s->inquiry ? 0 : s->command->request_bytes);
}

static bool wanted_valid(const struct message *m, const struct limits *l)
{
    const struct message_wanted *w = (const struct message_wanted *)m;
    return m->bytes == sizeof(*w) && limits_id(l, w->id) && limits_replica(l, m->from) &&
           w->group == topology_group(l->topology, m->from);
}

static bool leader_valid(const struct message *m, const struct limits *l)
{
    const struct message_leader *s = (const struct message_leader *)m;
    if (m->bytes != sizeof(*s) || !limits_replica(l, m->from)) return false;
    if (s->group != topology_group(l->topology, m->from)) return false;
    return s->group == topology_group(l->topology, s->node) &&
           ballot_believable(s->ballot, l->topology) &&
           ballot_owner(s->ballot) == s->node % l->topology->replicas;
}

bool multicast_message_valid(const struct message *m, const struct limits *l)
{
    const struct multicast_message *own;
    switch (m->kind) {
    case MESSAGE_START:
        return start_valid(m, l);
    case MESSAGE_WANTED:
        return wanted_valid(m, l);
    case MESSAGE_LEADER:
        return leader_valid(m, l);
    default:
        own = multicast_message(l->multicast, m->kind);
        return own && own->valid(m, l);
    }
}
