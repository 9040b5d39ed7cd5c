/* recorder.c - passes what the core reports on to ledger, checkers and statistics (recorder.h). */
#include "analysis/recorder.h"

#include <assert.h>
#include <stdlib.h>

#include "analysis/answers.h"
#include "analysis/atomicity.h"
#include "analysis/history.h"
#include "analysis/leaders.h"
#include "analysis/order.h"
#include "analysis/replicas.h"
#include "analysis/room.h"
#include "analysis/statistics.h"

struct recorder {
    struct observer observer; /* first: observers are cast back */
    struct recorder_options options;
    uint64_t answered;
    bool *crashed; /* by client */
    struct ledger ledger;
    struct answers answers;
    struct order order;
    struct replicas replicas;
    struct leaders leaders;
    uint32_t leader[GROUPS_MAX]; /* node that leads, as last reported */
    struct property atomicity;
    struct property history;
    struct statistics statistics;
};

static struct recorder *recorder_of(struct observer *o)
{
    return (struct recorder *)o;
}

/* ---- the observer --------------------------------------------------------------------------- */

static void issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    struct recorder *r = recorder_of(o);
    (void)node;
    assert(c->id.client < r->options.topology.clients);
    if (ledger_add(&r->ledger, c, now_ns) == LEDGER_NONE) answers_issued_twice(&r->answers, c->id);
}

static void answered(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                     const struct reply_view *view, uint32_t attempts)
{
    struct recorder *r = recorder_of(o);
    struct answers_reply reply = {
        .command = ledger_find(&r->ledger, c->id),
        .id = c->id,
        .now_ns = now_ns,
        .attempts = attempts,
        .view = view,
        .access_count = c->access_count,
    };
    (void)node;
    if (answers_answered(&r->answers, &reply, r->options.check)) r->answered++;
}

static struct ledger_slot *slot_of(struct recorder *r, uint32_t command, uint32_t group)
{
    return command == LEDGER_NONE ? NULL : ledger_slot(&r->ledger, command, group);
}

static void delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      const struct command *c, uint64_t timestamp)
{
    struct recorder *r = recorder_of(o);
    if (!r->options.check) return;
    uint32_t command = ledger_find(&r->ledger, c->id);
    order_delivered(&r->order, node, group, command, c->id, timestamp);
    struct ledger_slot *slot = slot_of(r, command, group);
    if (slot && node == r->leader[group]) slot->leader_delivered_ns = now_ns;
}

static void started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    const struct command *c)
{
    struct recorder *r = recorder_of(o);
    if (!r->options.check) return;
    struct ledger_slot *slot = slot_of(r, ledger_find(&r->ledger, c->id), group);
    if (!slot) return;
    atomicity_started(slot, now_ns);
    if (node == r->leader[group]) slot->leader_started_ns = now_ns;
}

static void executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                     const struct command *c, uint64_t digest, const uint64_t *seen,
                     uint64_t state_hash)
{
    struct recorder *r = recorder_of(o);
    if (!r->options.check) return;
    struct replicas_execution x = {
        .node = node,
        .group = group,
        .command = ledger_find(&r->ledger, c->id),
        .digest = digest,
        .state_hash = state_hash,
        .seen = seen,
        .access_count = c->access_count,
    };
    if (x.command == LEDGER_NONE) return; /* its delivery has been reported already */
    replicas_executed(&r->replicas, &x);
    struct ledger_slot *slot = slot_of(r, x.command, group);
    if (!slot) return;
    atomicity_ended(slot, now_ns);
    if (node == r->leader[group]) slot->leader_ended_ns = now_ns;
}

static void leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    uint64_t ballot)
{
    struct recorder *r = recorder_of(o);
    (void)now_ns;
    leaders_leading(&r->leaders, node, group, ballot);
    r->leader[group] = node;
}

static const struct observer_ops ops = {
    .issued = issued,
    .answered = answered,
    .delivered = delivered,
    .started = started,
    .executed = executed,
    .leading = leading,
};

/* ---- life ----------------------------------------------------------------------------------- */

struct recorder *recorder_create(const struct recorder_options *options)
{
    const struct topology *topology = &options->topology;
    assert(options->interval_ns > 0);
    assert(topology->groups <= GROUPS_MAX);
    struct recorder *r = room_zeroed(1, sizeof(*r));
    r->observer.ops = &ops;
    r->options = *options;
    if (options->keep_history) r->options.check = true;
    r->crashed = room_zeroed(topology->clients, sizeof(*r->crashed));
    ledger_init(&r->ledger, options->catalogue,
                r->options.check && (options->check_history || options->keep_history));
    answers_init(&r->answers, &r->ledger);
    order_init(&r->order, &r->ledger, topology);
    replicas_init(&r->replicas, &r->ledger, topology);
    leaders_init(&r->leaders, topology);
    property_init(&r->atomicity, "execution-atomicity");
    property_init(&r->history, "strict-serializability");
    return r;
}

void recorder_destroy(struct recorder *r)
{
    if (!r) return;
    statistics_finish(&r->statistics);
    leaders_finish(&r->leaders);
    replicas_finish(&r->replicas);
    order_finish(&r->order);
    ledger_finish(&r->ledger);
    free(r->crashed);
    free(r);
}

struct observer *recorder_observer(struct recorder *r)
{
    return &r->observer;
}

void recorder_crashed(struct recorder *r, uint32_t node)
{
    const struct topology *topology = &r->options.topology;
    assert(node < topology_nodes(topology));
    order_crashed(&r->order, node);
    if (topology_group(topology, node) == GROUPS_MAX)
        r->crashed[node - topology_client(topology, 0)] = true;
}

uint64_t recorder_issued(const struct recorder *r)
{
    return r->ledger.command_count;
}

uint64_t recorder_answered(const struct recorder *r)
{
    return r->answered;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void judge(struct recorder *r, const struct recorder_end *end)
{
    order_check(&r->order, end->drained);
    answers_check(&r->answers, r->crashed, end->drained);
    atomicity_check(&r->ledger, &r->atomicity);
    leaders_check(&r->leaders);
    if (r->options.check_history)
        history_check(&r->ledger, &r->history);
    else
        property_unknown(&r->history, "off");
    if (!r->ledger.keep_accesses)
        property_unknown(&r->replicas.properties[REPLICAS_VIEWS], "versions: off");
}

static void hand_out(struct run_result *result, const struct property *properties, uint32_t count,
                     bool checked)
{
    for (uint32_t i = 0; i < count; i++) {
        assert(result->property_count < RESULT_PROPERTIES_MAX);
        struct property *p = &result->properties[result->property_count++];
        *p = properties[i];
        if (!checked) property_unknown(p, "off");
    }
}

static uint64_t last_answer_ns(const struct ledger *l)
{
    uint64_t last_ns = 0;
    for (uint64_t i = 0; i < l->command_count; i++) {
        uint64_t returned_ns = l->commands[i].returned_ns;
        if (returned_ns != LEDGER_NEVER && returned_ns > last_ns) last_ns = returned_ns;
    }
    return last_ns;
}

void recorder_finish(struct recorder *r, const struct recorder_end *end, struct run_result *result)
{
    bool checked = r->options.check;
    if (checked) judge(r, end);
    result->property_count = 0;
    hand_out(result, r->order.properties, ORDER_PROPERTIES, checked);
    hand_out(result, &r->leaders.property, 1, checked);
    hand_out(result, r->replicas.properties, REPLICAS_PROPERTIES, checked);
    hand_out(result, &r->atomicity, 1, checked);
    hand_out(result, r->answers.properties, ANSWERS_PROPERTIES, checked);
    hand_out(result, &r->history, 1, checked);
    result->verdict = verdict_of(result->properties, result->property_count);
    result->history = r->options.keep_history ? &r->ledger : NULL;

    uint64_t end_ns = end->window_end_ns;
    if (end_ns == UINT64_MAX) end_ns = last_answer_ns(&r->ledger) + 1;
    struct statistics_window window = {
        .begin_ns = end->warmup_ns == UINT64_MAX ? end_ns / 10 : end->warmup_ns,
        .end_ns = end_ns,
        .interval_ns = r->options.interval_ns,
    };
    statistics_compute(&r->statistics, &r->ledger, &window, result);
}
