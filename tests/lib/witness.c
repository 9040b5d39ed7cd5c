/* witness.c - see witness.h. */
#include "tests/lib/witness.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct cast {
    struct idmap_node node;
    struct group_set dests, delivered;
};

static struct observer *recorder_of(struct observer *o)
{
    return recorder_observer(((struct witness *)o)->world.recorder);
}

/* ---- what the recorder is told of deliveries ------------------------------------------------- */

static void tell(struct witness *w, uint32_t node, uint32_t group, uint64_t now_ns,
                 const struct command *c, uint64_t timestamp)
{
    struct observer *recorder = recorder_of(&w->observer);
    struct cast *cast = (struct cast *)idmap_find(&w->casts, c->id);
    if (cast) group_set_add(&cast->delivered, group);
    recorder->ops->delivered(recorder, node, group, now_ns, c, timestamp);
}

/* Reports a command and the next one the other way round. */
static void tell_swapped(struct witness *w, uint32_t node, uint64_t now_ns, const struct command *c,
                         uint64_t timestamp)
{
    uint32_t replica = node % w->world.setup.replicas;
    if (c->id.seq == 3) {
        w->held[replica].command = command_copy(c);
        w->held[replica].timestamp = timestamp;
        return;
    }
    tell(w, node, 1, now_ns, c, w->held[replica].timestamp);
    tell(w, node, 1, now_ns, w->held[replica].command, timestamp);
    free(w->held[replica].command);
    w->held[replica].command = NULL;
}

static void tell_lie(struct witness *w, uint32_t node, uint32_t group, uint64_t now_ns,
                     const struct command *c, uint64_t timestamp)
{
    uint64_t number = c->id.seq;
    bool first = node % w->world.setup.replicas == 0;
    if (w->lie == LIE_LOST && number == 3) return;
    if (w->lie == LIE_SKIPPED && group == 1 && first && number == w->last) return;
    if (w->lie == LIE_PARTED && number == w->last - group) return;
    if (w->lie == LIE_SWAPPED && group == 1 && (number == 3 || number == 4)) {
        tell_swapped(w, node, now_ns, c, timestamp);
        return;
    }
    tell(w, node, group, now_ns, c, timestamp);
    if (w->lie == LIE_TWICE && group == 0 && first && number == 3)
        tell(w, node, group, now_ns, c, timestamp + 1);
}

static void on_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         const struct command *c, uint64_t timestamp)
{
    struct witness *w = (struct witness *)o;
    if (node < sizeof(w->first_ns) / sizeof(w->first_ns[0]) && !w->first_ns[node])
        w->first_ns[node] = now_ns;
    w->deliveries++;
    tell_lie(w, node, group, now_ns, c, timestamp);
}

/* ---- all else ------------------------------------------------------------------------------- */

static void on_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct command *c)
{
    struct witness *w = (struct witness *)o;
    struct observer *recorder = recorder_of(o);
    recorder->ops->multicast(recorder, node, now_ns, c);
    if (idmap_find(&w->casts, c->id)) return;
    struct cast *cast = calloc(1, sizeof(*cast));
    cast->node.id = c->id;
    cast->dests = c->dests;
    idmap_add(&w->casts, &cast->node);
}

static void on_issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    struct observer *recorder = recorder_of(o);
    recorder->ops->issued(recorder, node, now_ns, c);
}

static void on_answered(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                        const struct reply_view *reply, uint32_t attempts)
{
    struct observer *recorder = recorder_of(o);
    recorder->ops->answered(recorder, node, now_ns, c, reply, attempts);
}

static void on_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                       const struct command *c)
{
    struct observer *recorder = recorder_of(o);
    recorder->ops->started(recorder, node, group, now_ns, c);
}

static void on_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                        const struct command *c, uint64_t digest, const uint64_t *seen,
                        uint64_t state_hash)
{
    struct observer *recorder = recorder_of(o);
    recorder->ops->executed(recorder, node, group, now_ns, c, digest, seen, state_hash);
}

static void on_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                       uint64_t ballot)
{
    struct observer *recorder = recorder_of(o);
    recorder->ops->leading(recorder, node, group, now_ns, ballot);
}

static void on_ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct ownership_event *e)
{
    struct observer *recorder = recorder_of(o);
    recorder->ops->ownership(recorder, node, now_ns, e);
}

static const struct observer_ops witness_ops = {
    .issued = on_issued,
    .multicast = on_multicast,
    .answered = on_answered,
    .delivered = on_delivered,
    .started = on_started,
    .executed = on_executed,
    .leading = on_leading,
    .ownership = on_ownership,
};

/* ---- from begin to end ----------------------------------------------------------------------- */

void witness_begin(struct witness *w, struct world_setup *setup)
{
    w->observer.ops = &witness_ops;
    idmap_init(&w->casts);
    setup->observer = &w->observer;
    world_begin(&w->world, setup);
}

struct validity {
    const struct witness *witness;
    struct property property;
};

static bool examine(void *context, struct idmap_node *node)
{
    struct validity *v = context;
    const struct world *world = &v->witness->world;
    const struct cast *cast = (const struct cast *)node;
    struct group_set missing = cast->dests;
    group_set_subtract(&missing, &cast->delivered);
    uint32_t sender = topology_sender_node(&world->cluster.setup.nodes.topology, node->id.client);
    bool alive = sim_crash_ns(world->cluster.sim, sender) > sim_now(world->cluster.sim);
    uint32_t group = group_set_next(&missing, 0);
    if (alive && group < GROUPS_MAX)
        property_fail(&v->property, "c%u.%u was not delivered by p%u", node->id.client,
                      (unsigned)node->id.seq, group);
    return true;
}

const struct property *witness_check(struct witness *w, const char *property, bool valid)
{
    static struct validity v;
    const struct property *first = world_check(&w->world);
    v = (struct validity){.witness = w};
    property_init(&v.property, "validity");
    if (valid) idmap_filter(&w->casts, examine, &v);
    const struct run_result *r = &w->world.result;
    for (uint32_t i = 0; i < r->property_count; i++)
        if (r->properties[i].result == RESULT_FAIL && strcmp(r->properties[i].name, property) == 0)
            return &r->properties[i];
    return v.property.result == RESULT_FAIL ? &v.property : first;
}

static bool drop(void *context, struct idmap_node *node)
{
    (void)context;
    free(node);
    return false;
}

void witness_end(struct witness *w)
{
    idmap_filter(&w->casts, drop, NULL);
    idmap_finish(&w->casts);
    for (uint32_t i = 0; i < REPLICAS_MAX; i++) free(w->held[i].command);
    world_end(&w->world);
}
