/* departures.c - see departures.h. */
#include "proto/schemes/departures.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/search.h"

struct departure {
    struct departure *next;
    uint64_t version;
    uint32_t group;
    uint32_t count, room;
    struct pushed_value values[]; /* by variable */
};

struct departure *departures_begin(struct departures *ds, uint64_t version, uint32_t group,
                                   uint32_t count)
{
    struct departure *d = allocate(sizeof(*d) + count * sizeof(d->values[0]));
    ASSERT(version == ds->e->plan_version);
    ASSERT(group != ds->e->setup.group);
    ASSERT(!ds->list || ds->list->version <= version);
    *d = (struct departure){.next = ds->list, .version = version, .group = group, .room = count};
    ds->list = d;
    return d;
}

void departure_add(struct departure *d, uint32_t variable, struct variable_state state)
{
    ASSERT(d->count < d->room);
    ASSERT(d->count == 0 || d->values[d->count - 1].variable < variable);
    d->values[d->count++] = (struct pushed_value){variable, 0, state};
}

/* ---- serving ------------------------------------------------------------------------------- */

static const struct pushed_value *find(const struct departure *d, uint32_t variable)
{
    uint64_t at = search_key(d->values, sizeof(*d->values), d->count, variable);
    return at < d->count && d->values[at].variable == variable ? &d->values[at] : NULL;
}

static void answer(struct departures *ds, const struct message_fetch *m)
{
    struct executor *e = ds->e;
    uint32_t group = topology_group(e->setup.topology, m->m.from);
    const struct departure *d = ds->list;
    while (d && (d->version != m->version || d->group != group)) d = d->next;
    if (!d) return;
    ASSERT(d->version <= e->plan_version);
    ASSERT(d->count == d->room); /* it stands */
    uint32_t size =
        (uint32_t)(sizeof(struct message_objects) + m->count * sizeof(struct pushed_value));
    struct message_objects *objects =
        (struct message_objects *)transport_message_new(e->t, size, MESSAGE_OBJECTS);
    objects->version = m->version;
    objects->group = e->setup.group;
    objects->count = 0;
    objects->number = m->number;
    objects->reserved = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct pushed_value *v = find(d, m->variables[i]);
        if (!v) continue;
        objects->values[objects->count++] = *v;
        objects->m.opaque_bytes += e->setup.variables->bytes[v->variable];
        executor_charge(e, e->setup.options->move_cost_ns);
    }
    ASSERT(objects->count <= m->count);
    objects->m.bytes = (uint32_t)(sizeof(*objects) + objects->count * sizeof(struct pushed_value));
    transport_send_one(e->t, m->m.from, &objects->m);
}

/* The same request, repeated? */
static bool postponed(const struct departures *ds, const struct message_fetch *m)
{
    for (uint32_t i = 0; i < ds->postponed_count; i++) {
        const struct message_fetch *other = (const struct message_fetch *)ds->postponed[i];
        if (other->m.from == m->m.from && other->number == m->number) return true;
    }
    return false;
}

void departures_on_fetch(struct departures *ds, struct message *m)
{
    const struct message_fetch *fetch = (const struct message_fetch *)m;
    if (fetch->version <= ds->e->plan_version) {
        answer(ds, fetch);
    } else if (ds->postponed_count < DEPARTURES_POSTPONED_MAX && !postponed(ds, fetch)) {
        transport_mark(ds->e->t, MARK_FETCH_POSTPONED);
        ds->postponed[ds->postponed_count++] = ds->e->t->ops->message_retain(ds->e->t, m);
    }
    ASSERT(ds->postponed_count <= DEPARTURES_POSTPONED_MAX);
}

/* ---- forgetting ---------------------------------------------------------------------------- */

static bool received(const struct departures *ds, const struct departure *d)
{
    const struct topology *t = ds->e->setup.topology;
    for (uint32_t i = 0; i < t->replicas; i++)
        if (ds->received[topology_replica(t, d->group, i)] < d->version) return false;
    return true;
}

static void forget_received(struct departures *ds)
{
    for (struct departure **at = &ds->list; *at;) {
        struct departure *d = *at;
        if (!received(ds, d)) {
            at = &d->next;
            continue;
        }
        *at = d->next;
        free(d);
    }
}

void departures_on_received(struct departures *ds, const struct message_received *m)
{
    if (topology_group(ds->e->setup.topology, m->m.from) == GROUPS_MAX) return;
    if (m->version <= ds->received[m->m.from]) return;
    ds->received[m->m.from] = m->version;
    forget_received(ds);
}

void departures_stand(struct departures *ds)
{
    struct transport *t = ds->e->t;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < ds->postponed_count; i++) {
        struct message *m = ds->postponed[i];
        if (((const struct message_fetch *)m)->version > ds->e->plan_version) {
            ds->postponed[kept++] = m;
            continue;
        }
        answer(ds, (const struct message_fetch *)m);
        t->ops->message_release(t, m);
    }
    ASSERT(kept <= ds->postponed_count);
    ds->postponed_count = kept;
    forget_received(ds); /* the others may be ahead of this replica */
}

void departures_each(const struct departures *ds,
                     void (*call)(void *context, uint32_t variable, struct variable_state state),
                     void *context)
{
    for (const struct departure *d = ds->list; d; d = d->next)
        for (uint32_t i = 0; i < d->count; i++)
            call(context, d->values[i].variable, d->values[i].state);
}

/* ---- life ---------------------------------------------------------------------------------- */

void departures_init(struct departures *ds, struct executor *e)
{
    const struct topology *t = e->setup.topology;
    *ds = (struct departures){.e = e};
    ds->received = allocate_zeroed((size_t)t->groups * t->replicas, sizeof(*ds->received));
}

void departures_finish(struct departures *ds)
{
    struct transport *t = ds->e->t;
    for (struct departure *d = ds->list, *next; d; d = next) {
        next = d->next;
        free(d);
    }
    for (uint32_t i = 0; i < ds->postponed_count; i++) t->ops->message_release(t, ds->postponed[i]);
    free(ds->received);
}
