/* group_storage.c - a group's log on the device: records, and what waits for them (group.h). */
#include "base/assert.h"
#include "proto/order/group_state.h"

static uint64_t append(struct group *g, const struct message *record)
{
    if (!g->t->durable) return 0;
    g->t->ops->append(g->t, record, record->bytes);
    return ++g->appended;
}

void group_record_slot(struct group *g, uint64_t slot)
{
    struct slot *s = slot_at(g, slot);
    s->record = append(g, &s->value->m);
}

void group_record_ballot(struct group *g)
{
    struct message_group record = {
        .m = {.bytes = sizeof(record), .from = g->t->self, .kind = MESSAGE_PROMISE},
        .ballot = g->ballot,
    };
    g->ballot_record = append(g, &record.m);
}

/* One sync at a time: all records appended while it is under way share the next one. */
void group_sync(struct group *g)
{
    if (g->syncing || g->appended == g->synced) return;
    g->syncing = g->appended;
    g->t->ops->sync(g->t, GROUP_SYNC_COOKIE);
}

static bool held(const struct group *g, const struct slot *s)
{
    return s->ballot == g->ballot || s->ballot == DECIDED;
}

void group_advance(struct group *g)
{
    while (g->through < g->last) {
        const struct slot *s = slot_at(g, g->through + 1);
        if (!held(g, s) || !group_on_device(g, s->record)) break;
        g->through++;
    }
    ASSERT(g->through <= g->last);
}

uint64_t group_settled(struct group *g)
{
    while (g->settled < g->applied && group_on_device(g, slot_at(g, g->settled + 1)->record))
        g->settled++;
    ASSERT(g->settled <= g->applied);
    return g->settled;
}

/* ---- a follower's answers ------------------------------------------------------------------- */

/* The newest slot that it holds, if it lacks one before; else `through`. */
static uint64_t newest(const struct group *g)
{
    uint64_t slot = g->through;
    while (slot < g->last && held(g, slot_at(g, slot + 1))) slot++;
    return slot == g->last ? g->through : g->last;
}

void group_acknowledge(struct group *g)
{
    ASSERT(g->leader == ballot_owner(g->ballot)); /* one leader a ballot */
    ASSERT(g->leader != g->self);
    ASSERT(g->applied <= g->commit);
    ASSERT(g->commit <= g->through);
    ASSERT(g->through <= g->last);
    ASSERT(group_on_device(g, g->ballot_record));
    struct message_group *m = group_message_new(g, MESSAGE_ACCEPTED);
    m->commit = newest(g);
    m->through = g->through;
    m->applied = group_settled(g);
    m->progress = g->progress;
    g->sent_ns = transport_now(g->t);
    transport_send_one(g->t, group_peer_node(g, g->leader), &m->m);
}

/* That record was appended for the message to be answered. */
static void answer_later(struct group *g, uint64_t record)
{
    ASSERT(!group_on_device(g, record));
    if (!g->answer_from) g->answer_from = record;
    if (g->answer_to < record) g->answer_to = record;
}

/* Acknowledges before it applies: the leader need not wait while commands execute here. */
void group_follow(struct group *g, uint64_t commit, uint64_t stable, uint64_t record)
{
    group_advance(g);
    if (commit > g->told_commit) g->told_commit = commit;
    if (stable > g->stable) g->stable = stable;
    if (group_on_device(g, record))
        group_acknowledge(g);
    else
        answer_later(g, record);
    group_commit(g, commit < g->through ? commit : g->through);
}

/* One answer for all messages whose records this sync had. */
static void answer(struct group *g)
{
    if (!g->answer_from || !group_on_device(g, g->answer_from)) return;
    if (g->answer_from < g->answer_to) transport_mark(g->t, MARK_ANSWER_SHARED);
    g->answer_from = group_on_device(g, g->answer_to) ? 0 : g->synced + 1;
    group_follow(g, g->told_commit, g->stable, g->ballot_record);
}

bool group_on_completion(struct group *g, uint64_t cookie)
{
    if (cookie != GROUP_SYNC_COOKIE) return false;
    ASSERT(g->syncing > g->synced);
    g->synced = g->syncing;
    g->syncing = 0;
    if (g->role == LEADER) {
        group_advance(g);
        group_decide(g);
    } else if (g->vote_waits) {
        election_vote(g);
        if (!g->vote_waits) transport_mark(g->t, MARK_VOTE_STORED);
    } else {
        answer(g);
    }
    return true;
}
