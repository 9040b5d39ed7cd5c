/* recorder.c - forwards the core's reports to ledger, checkers and statistics (recorder.h). */
#include "analysis/check/recorder.h"

#include <stddef.h>
#include <stdlib.h>

#include "analysis/check/answers.h"
#include "analysis/check/atomicity.h"
#include "analysis/check/attempts.h"
#include "analysis/check/counts.h"
#include "analysis/check/history.h"
#include "analysis/check/leaders.h"
#include "analysis/check/order.h"
#include "analysis/check/owners.h"
#include "analysis/check/plan_gains.h"
#include "analysis/check/plans.h"
#include "analysis/check/refusals.h"
#include "analysis/check/replicas.h"
#include "analysis/check/rules.h"
#include "analysis/check/statistics.h"
#include "analysis/check/survival.h"
#include "analysis/check/values.h"
#include "base/assert.h"
#include "base/memory.h"

struct recorder {
    struct observer observer; /* first: observers are cast back */
    struct finals finals;
    struct recorder_options options;
    uint64_t answered;
    bool *crashed; /* by node */
    struct ledger ledger;
    struct answers answers;
    struct order order;
    struct replicas replicas;
    struct leaders leaders;
    struct owners owners;
    struct plans plans;
    struct rules rules;
    struct values values;
    struct refusals refusals;
    struct survival survival; /* from the end on */
    struct counts_series counts;
    uint32_t leader[GROUPS_MAX]; /* node that leads, as last reported */
    struct property atomicity;
    struct property attempts;
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
    ASSERT(c->id.client < r->options.topology.clients);
    rules_issued(&r->rules, c);
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

static void count_cast(struct recorder *r, uint64_t now_ns, const struct command *c)
{
    bool query = c->purpose == PURPOSE_CONSULT || c->purpose == PURPOSE_ASK;
    bool fallback =
        c->purpose == PURPOSE_EXECUTE && c->execution == EXECUTION_EVERYWHERE && c->id.round > 0;
    if (query) counts_at(&r->counts, now_ns)->oracle_queries++;
    if (fallback) counts_at(&r->counts, now_ns)->fallbacks++;
}

static void multicast(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    struct recorder *r = recorder_of(o);
    uint32_t cast;
    ASSERT(c->id.client < topology_senders(&r->options.topology));
    switch (ledger_multicast(&r->ledger, c, &cast)) {
    case LEDGER_NEW:
        count_cast(r, now_ns, c);
        break;
    case LEDGER_KNOWN:
        break;
    case LEDGER_DIFFERS:
        order_differs(&r->order, node, cast);
        break;
    case LEDGER_UNISSUED:
        order_unissued(&r->order, node, c->id);
        break;
    }
}

static struct ledger_slot *slot_of(struct recorder *r, uint32_t cast, uint32_t group)
{
    return cast == LEDGER_NONE ? NULL : ledger_slot(&r->ledger, cast, group);
}

static void delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      const struct command *c, uint64_t timestamp)
{
    struct recorder *r = recorder_of(o);
    if (!r->options.check) return;
    uint32_t cast = ledger_find_cast(&r->ledger, c->id);
    order_delivered(&r->order, node, group, cast, c->id, timestamp);
    if (c->purpose == PURPOSE_PLAN) plans_delivered(&r->plans, node, now_ns, c->id.seq);
    struct ledger_slot *slot = slot_of(r, cast, group);
    if (slot && node == r->leader[group]) slot->leader_delivered_ns = now_ns;
}

static void started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                    const struct command *c)
{
    struct recorder *r = recorder_of(o);
    if (!r->options.check) return;
    struct ledger_slot *slot = slot_of(r, ledger_find_cast(&r->ledger, c->id), group);
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
        .cast = ledger_find_cast(&r->ledger, c->id),
        .digest = digest,
        .state_hash = state_hash,
        .seen = seen,
        .access_count = c->access_count,
    };
    if (x.cast == LEDGER_NONE) return; /* its delivery has been reported already */
    replicas_executed(&r->replicas, &x);
    struct ledger_slot *slot = slot_of(r, x.cast, group);
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

/* Kept without checks, too, to count moves. */
static void ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                      const struct ownership_event *e)
{
    struct recorder *r = recorder_of(o);
    (void)node;
    if (owners_event(&r->owners, now_ns, e)) counts_at(&r->counts, now_ns)->moves++;
}

static void exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                      uint64_t variables, uint64_t bytes)
{
    struct counts *counts = counts_at(&recorder_of(o)->counts, now_ns);
    (void)node, (void)group;
    counts->exchanged += variables;
    counts->exchanged_bytes += bytes;
}

static void planned(struct observer *o, uint32_t node, uint64_t now_ns,
                    const struct plan_report *plan)
{
    plans_planned(&recorder_of(o)->plans, node, now_ns, plan);
}

static const struct observer_ops ops = {
    .issued = issued,
    .answered = answered,
    .multicast = multicast,
    .delivered = delivered,
    .started = started,
    .executed = executed,
    .leading = leading,
    .ownership = ownership,
    .exchanged = exchanged,
    .planned = planned,
};

/* ---- final places and values ----------------------------------------------------------------- */

static struct recorder *recorder_of_finals(struct finals *f)
{
    return (struct recorder *)((char *)f - offsetof(struct recorder, finals));
}

static void final_owner(struct finals *f, uint32_t group, uint32_t variable)
{
    owners_final_owner(&recorder_of_finals(f)->owners, group, variable);
}

static void final_location(struct finals *f, uint32_t variable, uint16_t group)
{
    owners_final_place(&recorder_of_finals(f)->owners, variable, group);
}

static void final_value(struct finals *f, uint32_t group, uint32_t variable,
                        struct variable_state state)
{
    struct recorder *r = recorder_of_finals(f);
    rules_value(&r->rules, variable, state);
    if (r->options.application && r->options.check_history)
        values_final(&r->values, group, variable, state);
}

/* ---- life ----------------------------------------------------------------------------------- */

static enum ledger_keeps keeps(const struct recorder_options *o)
{
    if (!o->check) return LEDGER_COMMANDS;
    return o->check_history || o->keep_history ? LEDGER_ACCESSES : LEDGER_CASTS;
}

struct recorder *recorder_create(const struct recorder_options *options)
{
    const struct topology *topology = &options->topology;
    ASSERT(options->interval_ns > 0);
    ASSERT(topology->groups <= GROUPS_MAX);
    struct recorder *r = allocate_zeroed(1, sizeof(*r));
    r->observer.ops = &ops;
    r->finals = (struct finals){final_owner, final_location, final_value};
    r->options = *options;
    if (options->keep_history) r->options.check = true;
    r->crashed = allocate_zeroed(topology_nodes(topology), sizeof(*r->crashed));
    r->counts.interval_ns = options->interval_ns;
    ledger_init(&r->ledger, options->catalogue, topology, keeps(&r->options));
    answers_init(&r->answers, &r->ledger);
    order_init(&r->order, &r->ledger, topology);
    replicas_init(&r->replicas, &r->ledger, topology);
    leaders_init(&r->leaders, topology);
    r->ledger.clock_error_ns = options->clock_error_ns;
    owners_init(&r->owners, &r->ledger, topology, options->variables);
    r->owners.lazy = options->moves_lazily;
    plans_init(&r->plans, &r->ledger, topology);
    rules_init(&r->rules, options->application,
               options->application ? names_count(options->catalogue->variables) : 0);
    refusals_init(&r->refusals, &r->ledger, options->variables);
    values_init(&r->values, &r->ledger, options->application);
    if (!options->application || (!r->rules.application && !options->check_history))
        r->finals.value = NULL;
    property_init(&r->survival.property, SURVIVAL_PROPERTY); /* for a run without checks */
    property_init(&r->atomicity, "execution-atomicity");
    property_init(&r->attempts, "bounded-attempts");
    property_init(&r->history, "strict-serializability");
    return r;
}

void recorder_destroy(struct recorder *r)
{
    if (!r) return;
    statistics_finish(&r->statistics);
    counts_finish(&r->counts);
    survival_finish(&r->survival);
    refusals_finish(&r->refusals);
    values_finish(&r->values);
    rules_finish(&r->rules);
    plans_finish(&r->plans);
    owners_finish(&r->owners);
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
    ASSERT(node < topology_nodes(&r->options.topology));
    r->crashed[node] = true;
}

struct finals *recorder_finals(struct recorder *r)
{
    return &r->finals;
}

uint64_t recorder_issued(const struct recorder *r)
{
    return r->ledger.command_count;
}

uint64_t recorder_answered(const struct recorder *r)
{
    return r->answered;
}

/* ---- causes --------------------------------------------------------------------------------- */

bool recorder_knows_sender(const struct recorder *r, struct command_id id)
{
    return id.client >= r->options.topology.clients || ledger_find(&r->ledger, id) != LEDGER_NONE;
}

bool recorder_knows_multicast(const struct recorder *r, struct command_id id)
{
    return !r->options.check || ledger_find_cast(&r->ledger, id) != LEDGER_NONE;
}

bool recorder_knows_answer(const struct recorder *r, const struct command *c,
                           const struct reply_view *view)
{
    struct answers_reply reply = {.command = ledger_find(&r->ledger, c->id),
                                  .id = c->id,
                                  .view = view,
                                  .access_count = c->access_count};
    if (!r->options.check || view->status != REPLY_OK) return true;
    return reply.command != LEDGER_NONE && answers_supported(&r->ledger, &reply);
}

/* ---- the end -------------------------------------------------------------------------------- */

/* A client that crashed may have taken one more command, not issued yet. */
static uint64_t unexecuted(const struct recorder *r)
{
    const struct topology *t = &r->options.topology;
    uint64_t count = 0;
    for (uint32_t i = 0; i < r->ledger.command_count; i++) count += !r->ledger.commands[i].executed;
    for (uint32_t i = 0; i < t->clients; i++) count += r->crashed[topology_client(t, i)];
    return count;
}

static void check_serializability(struct recorder *r, bool rested)
{
    if (!r->options.check_history) {
        property_unknown(&r->history, "off");
        property_unknown(&r->values.property, "off");
        property_unknown(&r->refusals.property, "off");
        return;
    }
    uint32_t *order = allocate_zeroed(r->ledger.command_count, sizeof(*order));
    uint64_t count = history_check(&r->ledger, order, &r->history);
    bool serial = r->history.result == RESULT_OK;
    if (r->options.application) values_check(&r->values, serial ? order : NULL, count, rested);
    refusals_check(&r->refusals);
    free(order);
}

static void judge(struct recorder *r, const struct recorder_end *end)
{
    bool operational[GROUPS_MAX];
    const bool *clients = r->crashed + topology_client(&r->options.topology, 0);
    survival_init(&r->survival, &r->ledger, r->crashed, &end->links);
    order_check(&r->order, &r->survival, end->drained);
    answers_check(&r->answers, clients, &r->survival, end->drained);
    atomicity_check(&r->ledger, &r->atomicity);
    leaders_check(&r->leaders);
    for (uint32_t g = 0; g < GROUPS_MAX; g++) operational[g] = !r->survival.halted[g];
    owners_check(&r->owners, operational, end->drained);
    attempts_check(&r->ledger, r->options.attempts, &r->plans, &r->attempts);
    rules_check(&r->rules, end->drained, unexecuted(r));
    check_serializability(r, end->drained);
    if (r->ledger.keeps < LEDGER_ACCESSES)
        property_unknown(&r->replicas.properties[REPLICAS_VIEWS], "versions: off");
}

static void hand_out(struct run_result *result, const struct property *properties, uint32_t count,
                     bool checked)
{
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(result->property_count < RESULT_PROPERTIES_MAX);
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

/* The progress of a run that a limit ended. */
static struct property completed(const struct recorder *r, const struct recorder_end *end)
{
    struct property p;
    property_init(&p, "completed");
    property_unknown(&p,
                     "it ended after %s, at %.6f s; %llu of %llu commands issued were answered, "
                     "the last at %.6f s",
                     end->limit, (double)end->limit_ns / 1e9, (unsigned long long)r->answered,
                     (unsigned long long)r->ledger.command_count,
                     (double)last_answer_ns(&r->ledger) / 1e9);
    return p;
}

/* The begin of the measured window, and the rule that was followed. */
static uint64_t warmup(const struct recorder *r, const struct recorder_end *end, uint64_t end_ns,
                       enum warmup_rule *rule)
{
    uint64_t warmup_ns = end->warmup_ns;
    *rule = end->warmup_rule;
    bool planned = end->steady && plans_between(&r->plans, 0, end_ns) > 0;
    if (*rule == WARMUP_MSER && (planned || !warmup_determine(&r->ledger, end_ns, &warmup_ns)))
        *rule = WARMUP_TENTH;
    return *rule == WARMUP_TENTH ? end_ns / 10 : warmup_ns;
}

void recorder_finish(struct recorder *r, const struct recorder_end *end, struct run_result *result)
{
    bool checked = r->options.check;
    if (checked) judge(r, end);
    result->property_count = 0;
    if (end->limit) {
        struct property p = completed(r, end);
        hand_out(result, &p, 1, true);
    }
    hand_out(result, &r->survival.property, 1, checked);
    hand_out(result, r->order.properties, ORDER_PROPERTIES, checked);
    hand_out(result, &r->leaders.property, 1, checked);
    hand_out(result, r->replicas.properties, REPLICAS_PROPERTIES, checked);
    hand_out(result, &r->atomicity, 1, checked);
    hand_out(result, r->answers.properties, ANSWERS_PROPERTIES, checked);
    if (r->options.attempts.most) hand_out(result, &r->attempts, 1, checked);
    if (r->options.variables) hand_out(result, r->owners.properties, OWNERS_PROPERTIES, checked);
    if (r->options.topology.oracle) hand_out(result, &r->plans.property, 1, checked);
    if (r->rules.application) hand_out(result, &r->rules.property, 1, checked);
    hand_out(result, &r->history, 1, checked);
    if (r->options.application) hand_out(result, &r->values.property, 1, checked);
    hand_out(result, &r->refusals.property, 1, checked);
    result->verdict = verdict_of(result->properties, result->property_count);
    result->history = r->options.keep_history ? &r->ledger : NULL;
    result->values = &r->values;
    result->refusals = &r->refusals;
    result->plans = r->plans.rows;
    result->plan_count = (uint32_t)r->plans.count;

    uint64_t end_ns = end->window_end_ns;
    if (end_ns == UINT64_MAX) end_ns = last_answer_ns(&r->ledger) + 1;
    struct statistics_window window = {
        .begin_ns = warmup(r, end, end_ns, &result->warmup_rule),
        .end_ns = end_ns,
        .interval_ns = r->options.interval_ns,
    };
    statistics_compute(&r->statistics, &r->ledger, &r->counts, &window, result);
    plan_gains(&r->plans, &r->ledger, &window, result);
}
