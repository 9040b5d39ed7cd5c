/* group_messages.c - which messages of a group's log are possible (group.h has their layouts). */
#include "base/assert.h"
#include "proto/order/group_state.h"

bool group_message_slotted(const struct message *m)
{
    return m->kind == MESSAGE_ACCEPT || m->kind == MESSAGE_PROMISED || m->kind == MESSAGE_LEARN;
}

/* Each entry lies within the batch. */
static bool framed(const struct message_accept *a)
{
    for (uint32_t at = 0; at < a->entry_bytes;) {
        if (a->entry_bytes - at < sizeof(struct entry)) return false;
        uint32_t bytes = ((const struct entry *)(a->entries + at))->bytes;
        if (bytes < sizeof(struct entry) || bytes % 8 || bytes > a->entry_bytes - at) return false;
        at += bytes;
    }
    return true;
}

/* By the owner of its ballot? */
static bool led(const struct message *m, uint64_t ballot, const struct topology *t)
{
    return ballot_owner(ballot) == m->from % t->replicas;
}

static bool slotted_valid(const struct message *m, const struct limits *l)
{
    const struct message_accept *a = (const struct message_accept *)m;
    if (m->bytes < sizeof(*a) || a->entry_bytes != m->bytes - sizeof(*a)) return false;
    if (!ballot_believable(a->ballot, l->topology)) return false;
    if (a->slot == 0 || a->stable > a->commit || a->more > (m->kind == MESSAGE_LEARN)) return false;
    bool decided = a->accepted_ballot == DECIDED && m->kind != MESSAGE_ACCEPT;
    if (!decided && !ballot_believable(a->accepted_ballot, l->topology)) return false;
    if (!decided && a->accepted_ballot > a->ballot) return false;
    if (m->kind == MESSAGE_LEARN && !decided) return false;
    if (m->kind == MESSAGE_ACCEPT && !led(m, a->ballot, l->topology)) return false;
    return framed(a);
}

bool group_message_valid(const struct message *m, const struct limits *l)
{
    ASSERT(message_layer(m->kind) == LAYER_GROUP);
    if (!limits_replica(l, m->from)) return false;
    if (group_message_slotted(m)) return slotted_valid(m, l);
    const struct message_group *g = (const struct message_group *)m;
    if (m->bytes != sizeof(*g) || !ballot_believable(g->ballot, l->topology)) return false;
    switch (m->kind) {
    case MESSAGE_HEARTBEAT:
        return led(m, g->ballot, l->topology) && g->through <= 1 && g->applied <= g->commit;
    case MESSAGE_PREPARE:
        return led(m, g->ballot, l->topology);
    case MESSAGE_ACCEPTED:
        return g->applied <= g->through && g->through <= g->commit;
    default:
        return true;
    }
}
