/* storage_watch.c - see storage_watch.h. */
#include "tests/lib/storage_watch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/node/decorator.h"
#include "proto/order/group_state.h"
#include "tests/lib/harness.h"

enum { SLOTS_MAX = 1 << 14, SYNCS_MAX = 1 << 12 };

#define FIRST_BALLOT (UINT64_C(1) << 8) /* which all have promised at the start */
#define LATE_COOKIE (UINT64_MAX - 1)    /* of syncs that were reported before */

struct watched {
    struct decorator base;
    struct storage_watch *watch;
    uint32_t group;
    /* Records: what they promise, or the slot and the ballot of its value. */
    struct record {
        uint64_t ballot, slot;
    } * record;
    uint64_t appended, stored;
    uint64_t sync[SYNCS_MAX]; /* records of the syncs under way, in order */
    uint32_t syncs;
    uint64_t ballot;   /* the highest one stored */
    uint64_t *slot_in; /* the highest ballot in which a slot's value is stored; 0: none */
    uint64_t decided;  /* all slots <= decided are, as the replica has been told */
};

struct storage_watch {
    const struct topology *topology;
    bool early;
    struct watched *node;
    uint64_t checked;
    char wrong[200];
};

static struct watched *watched_of(const struct transport *t)
{
    return (struct watched *)decorator_of(t);
}

/* ---- what is stored -------------------------------------------------------------------------- */

static void store(struct watched *n, uint64_t through)
{
    for (; n->stored < through; n->stored++) {
        const struct record *r = &n->record[n->stored];
        uint64_t *best = r->slot ? &n->slot_in[r->slot] : &n->ballot;
        if (*best < r->ballot) *best = r->ballot;
    }
}

static void append(struct transport *t, const void *record, uint32_t bytes)
{
    struct watched *n = watched_of(t);
    const struct message *m = record;
    const struct message_accept *large = record;
    const struct message_group *small = record;
    ck_assert_uint_ge(m->bytes, sizeof(*small));
    ck_assert_uint_eq(m->bytes, bytes);
    bool slotted = group_message_slotted(m);
    ck_assert(slotted || m->kind == MESSAGE_PROMISE);
    struct record r = {small->ballot, 0};
    if (slotted) r = (struct record){large->accepted_ballot, large->slot};
    ck_assert_uint_lt(r.slot, SLOTS_MAX);
    n->record = realloc(n->record, (n->appended + 1) * sizeof(*n->record));
    n->record[n->appended++] = r;
    n->base.inner->ops->append(n->base.inner, record, bytes);
}

static void compute_nothing(void *argument)
{
    (void)argument;
}

static void sync_watched(struct transport *t, uint64_t cookie)
{
    struct watched *n = watched_of(t);
    ck_assert_uint_lt(n->syncs, SYNCS_MAX);
    n->sync[n->syncs++] = n->appended;
    bool early = n->watch->early;
    if (early) n->base.inner->ops->work(n->base.inner, compute_nothing, NULL, 1, cookie);
    n->base.inner->ops->sync(n->base.inner, early ? LATE_COOKIE : cookie);
}

/* ---- what is sent ---------------------------------------------------------------------------- */

static void found_wrong(struct watched *n, const struct message *m, const char *why, uint64_t slot)
{
    if (n->watch->wrong[0]) return;
    snprintf(n->watch->wrong, sizeof(n->watch->wrong), "%s of %u: %s (slot %" PRIu64 ")",
             message_kind_name(m->kind), n->base.inner->self, why, slot);
}

static void check_ballot(struct watched *n, const struct message *m, uint64_t ballot)
{
    n->watch->checked++;
    if (ballot > FIRST_BALLOT && ballot > n->ballot)
        found_wrong(n, m, "the ballot is not stored", 0);
}

static void check_accepted(struct watched *n, const struct message_group *m)
{
    check_ballot(n, &m->m, m->ballot);
    for (uint64_t slot = 1; slot <= m->through; slot++)
        if (slot > n->decided && n->slot_in[slot] < m->ballot)
            found_wrong(n, &m->m, "a value is not stored", slot);
    for (uint64_t slot = 1; slot <= m->applied; slot++)
        if (!n->slot_in[slot]) found_wrong(n, &m->m, "what is applied is not stored", slot);
}

static void check_decided(struct watched *n, const struct message *m, uint64_t commit)
{
    const struct topology *t = n->watch->topology;
    n->watch->checked++;
    for (uint64_t slot = n->decided + 1; slot <= commit; slot++) {
        uint32_t holders = 0;
        for (uint32_t i = 0; i < t->replicas; i++)
            holders += n->watch->node[topology_replica(t, n->group, i)].slot_in[slot] > 0;
        if (holders < t->replicas / 2 + 1) found_wrong(n, m, "no majority has stored it", slot);
    }
    if (n->decided < commit) n->decided = commit;
}

static void check(struct watched *n, const uint32_t *to, uint32_t count, const struct message *m)
{
    const struct message_group *small = (const struct message_group *)m;
    const struct message_accept *large = (const struct message_accept *)m;
    const struct topology *t = n->watch->topology;
    if (count == 0) return;
    switch (m->kind) {
    case MESSAGE_PREPARE:
    case MESSAGE_PROMISE:
        check_ballot(n, m, small->ballot);
        break;
    case MESSAGE_ACCEPTED: /* to others it is a refusal */
        if (to[0] == topology_replica(t, n->group, ballot_owner(small->ballot)))
            check_accepted(n, small);
        break;
    case MESSAGE_ACCEPT:
        check_decided(n, m, large->commit);
        break;
    case MESSAGE_HEARTBEAT:
        check_decided(n, m, small->commit);
        break;
    default:
        break;
    }
}

static void message_send(struct transport *t, const uint32_t *to, uint32_t count,
                         struct message *message)
{
    struct watched *n = watched_of(t);
    check(n, to, count, message);
    n->base.inner->ops->message_send(n->base.inner, to, count, message);
}

/* ---- events ---------------------------------------------------------------------------------- */

/* What others say is decided; what is learnt is so by itself. */
static void on_message(void *node, struct message *m)
{
    struct watched *n = node;
    const struct message_group *small = (const struct message_group *)m;
    const struct message_accept *large = (const struct message_accept *)m;
    uint64_t commit = m->kind == MESSAGE_ACCEPT      ? large->commit
                      : m->kind == MESSAGE_HEARTBEAT ? small->commit
                      : m->kind == MESSAGE_LEARN     ? large->slot
                                                     : 0;
    if (m->kind == MESSAGE_PROMISED && large->accepted_ballot == DECIDED) commit = large->slot;
    if (n->decided < commit) n->decided = commit;
    n->base.node->on_message(n->base.state, m);
}

static void on_completion(void *node, uint64_t cookie, enum completion how)
{
    struct watched *n = node;
    bool synced = cookie == GROUP_SYNC_COOKIE && !n->watch->early;
    if (synced || cookie == LATE_COOKIE) {
        ck_assert_uint_gt(n->syncs, 0);
        store(n, n->sync[0]);
        memmove(n->sync, n->sync + 1, --n->syncs * sizeof(n->sync[0]));
    }
    if (cookie != LATE_COOKIE) n->base.node->on_completion(n->base.state, cookie, how);
}

/* ---- begin and end --------------------------------------------------------------------------- */

struct storage_watch *storage_watch_create(const struct topology *topology, bool early)
{
    struct storage_watch *w = calloc(1, sizeof(*w));
    w->topology = topology;
    w->early = early;
    w->node = calloc(topology->groups * topology->replicas, sizeof(*w->node));
    return w;
}

void storage_watch_destroy(struct storage_watch *w)
{
    for (uint32_t i = 0; i < w->topology->groups * w->topology->replicas; i++) {
        free(w->node[i].record);
        free(w->node[i].slot_in);
    }
    free(w->node);
    free(w);
}

void storage_watch_node(struct storage_watch *w, uint32_t node, const struct node_ops **ops,
                        void **state)
{
    struct watched *n = &w->node[node];
    n->watch = w;
    n->group = topology_group(w->topology, node);
    n->slot_in = calloc(SLOTS_MAX, sizeof(*n->slot_in));
    struct decorator *d = &n->base;
    decorator_put(d, ops, state);
    d->calls.append = append;
    d->calls.sync = sync_watched;
    d->calls.message_send = message_send;
    d->events.on_message = on_message;
    d->events.on_completion = on_completion;
}

uint64_t storage_watch_checked(const struct storage_watch *w)
{
    return w->checked;
}

const char *storage_watch_wrong(const struct storage_watch *w)
{
    return w->wrong;
}
