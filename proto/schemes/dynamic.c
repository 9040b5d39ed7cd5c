/* dynamic.c - see dynamic.h. */
#include "proto/schemes/dynamic.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "proto/oracle/hints.h"
#include "proto/schemes/transfer.h"

const struct plant plant_own_target = {
    "own-target", "a lender whose variable left lends to the last plan's place"};
const struct plant plant_impatient_lender = {
    "impatient-lender", "a lender with nothing to lend does not await the return"};
const struct plant plant_incomplete_set = {"incomplete-set",
                                           "the target executes without what a lender lacks"};
const struct plant plant_lost_value_loan = {
    "lost-value-loan", "of every 20th variable that is lent the value is lost"};
const struct plant plant_lost_value_return = {
    "lost-value-return", "of every 20th variable that is returned the value is lost"};
const struct plant plant_lost_value_move = {"lost-value-move",
                                            "of every 20th variable that moves the value is lost"};

struct dynamic {
    struct executor base;
    struct transfer transfer;
    struct hints hints;
    bool pushed;   /* the head's message to the others has left */
    uint32_t lent; /* variables, for the head: they come back before it ends */
};

static const uint8_t WRITES = ACCESS_WRITE | ACCESS_CREATE | ACCESS_DELETE;

static bool owned(const struct dynamic *d, uint32_t variable)
{
    return transfer_holding(&d->transfer, variable) == HOLDING_OWNED;
}

static bool absent(const struct dynamic *d, uint32_t variable)
{
    return transfer_holding(&d->transfer, variable) == HOLDING_NONE;
}

static bool here(const struct dynamic *d, const struct access *a)
{
    return a->group == d->base.setup.group;
}

static bool lends(const struct command *c)
{
    return c->purpose == PURPOSE_EXECUTE && c->execution == EXECUTION_LEND;
}

static bool moves(const struct command *c)
{
    return c->purpose == PURPOSE_MOVE || c->execution == EXECUTION_MOVE;
}

/* Are all variables here that the command believes to be? Those it creates need not be. Nothing is
 * made or unmade without the oracle. */
static enum reply_status own_verdict(const struct dynamic *d, const struct command *c)
{
    uint32_t oracle = topology_oracle(d->base.setup.topology);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        bool makes = a->mode & (ACCESS_CREATE | ACCESS_DELETE);
        if (makes && !group_set_has(&c->dests, oracle)) return REPLY_RETRY;
        if (here(d, a) && !(a->mode & ACCESS_CREATE) && !owned(d, a->variable)) return REPLY_RETRY;
    }
    return REPLY_OK;
}

static enum reply_status worse(enum reply_status a, enum reply_status b)
{
    if (a == REPLY_RETRY || b == REPLY_RETRY) return REPLY_RETRY;
    return a == REPLY_NOK || b == REPLY_NOK ? REPLY_NOK : REPLY_OK;
}

static struct group_set only(uint32_t group)
{
    struct group_set set = {{0}};
    group_set_add(&set, group);
    return set;
}

static void ownership(struct dynamic *d, enum ownership what, uint32_t other,
                      const struct access *a, uint64_t timestamp)
{
    executor_ownership(&d->base, what, other, a->variable, timestamp);
}

/* ---- pushing ------------------------------------------------------------------------------- */

/* The variables that this partition owns, of those that c believes to be here, or of all
 * (`everything`). */
static struct message_values *owned_values(struct dynamic *d, enum message_kind kind,
                                           const struct command *c, uint64_t timestamp,
                                           bool everything)
{
    struct exchange *x = &d->base.exchange;
    struct message_values *m = exchange_new(x, kind, c, timestamp, c->access_count);
    m->verdict = (uint16_t)(everything ? REPLY_OK : own_verdict(d, c));
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!owned(d, a->variable) || (!everything && !here(d, a))) continue;
        bool exchanged = moves(c) || a->mode & ACCESS_READ;
        exchange_add(x, m, a->variable, store_get(&d->base.store, a->variable), exchanged);
    }
    ASSERT(m->count <= c->access_count);
    return m;
}

/* The command's target. The planted bug recomputes it from the last plan, as the published
 * pseudo-code does. */
static uint32_t lends_to(const struct dynamic *d, const struct command *c)
{
    uint32_t target = c->target;
    for (uint32_t i = 0; d->base.setup.plant == &plant_own_target && i < c->access_count; i++)
        if (here(d, &c->accesses[i]) && !owned(d, c->accesses[i].variable))
            target = transfer_gone_to(&d->transfer, c->accesses[i].variable, target);
    return target;
}

static void push_loan(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    struct message_values *m = owned_values(d, MESSAGE_LOAN, c, timestamp, false);
    struct group_set target = only(lends_to(d, c));
    ASSERT(c->target != d->base.setup.group);
    for (uint32_t i = 0; i < c->access_count; i++) {
        if (!here(d, &c->accesses[i]) || !owned(d, c->accesses[i].variable)) continue;
        ownership(d, OWNERSHIP_LENT, c->target, &c->accesses[i], timestamp);
        d->lent++;
    }
    ASSERT(d->lent == m->count);
    exchange_push(&d->base.exchange, &target, m);
}

/* The variables to the target, a signal to all others. */
static void push_moving(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    struct exchange *x = &d->base.exchange;
    struct group_set others = c->dests, target = only(c->target);
    group_set_remove(&others, d->base.setup.group);
    if (c->target != d->base.setup.group) {
        group_set_remove(&others, c->target);
        exchange_push(x, &target, owned_values(d, MESSAGE_VALUES, c, timestamp, false));
    }
    if (group_set_next(&others, 0) < GROUPS_MAX)
        exchange_push(x, &others, exchange_new(x, MESSAGE_VALUES, c, timestamp, 0));
}

static void push(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    ASSERT(!d->pushed);
    ASSERT(d->lent == 0);
    d->pushed = true;
    if (group_set_single(&c->dests)) return;
    if (moves(c))
        push_moving(d, c, timestamp);
    else if (!lends(c))
        exchange_push(&d->base.exchange, &c->dests,
                      owned_values(d, MESSAGE_VALUES, c, timestamp, true));
    else if (c->target != d->base.setup.group)
        push_loan(d, c, timestamp);
}

/* The planted bug: a lender of nothing does not wait. */
static bool impatient(const struct dynamic *d, const struct command *c)
{
    if (d->base.setup.plant != &plant_impatient_lender) return false;
    for (uint32_t i = 0; i < c->access_count; i++)
        if (here(d, &c->accesses[i]) && owned(d, c->accesses[i].variable)) return false;
    return lends(c) && c->target != d->base.setup.group;
}

static struct variable_state arrived(const struct dynamic *d, const struct plant *loses,
                                     const struct pushed_value *v)
{
    return plant_arrived(d->base.setup.plant, loses, v->variable, v->state);
}

/* The groups whose messages this partition needs. */
static struct group_set awaited(const struct dynamic *d, const struct command *c)
{
    if (group_set_single(&c->dests) || impatient(d, c)) return (struct group_set){{0}};
    return lends(c) && c->target != d->base.setup.group ? only(c->target) : c->dests;
}

/* ---- executing ----------------------------------------------------------------------------- */

/* Stores the result of one access if the variable is this partition's. What is made is not there
 * before, unless the oracle's map is wrong. */
static void settle_access(struct dynamic *d, const struct access *a, struct variable_state state,
                          uint64_t timestamp)
{
    uint32_t group = d->base.setup.group;
    if (!(a->mode & WRITES)) return;
    executor_write(&d->base, a->variable, state);
    if (a->mode & ACCESS_CREATE && absent(d, a->variable)) {
        holding_set(d->transfer.holding, a->variable, HOLDING_OWNED);
        ownership(d, OWNERSHIP_CREATED, group, a, timestamp);
    }
    if (a->mode & ACCESS_DELETE && owned(d, a->variable)) {
        holding_set(d->transfer.holding, a->variable, HOLDING_NONE);
        store_remove(&d->base.store, a->variable);
        ownership(d, OWNERSHIP_DELETED, group, a, timestamp);
    }
}

/* Executes over e->states and keeps what is this partition's. */
static uint64_t execute(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    struct executor *e = &d->base;
    uint64_t digest = executor_apply(e, c);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        bool mine = a->mode & ACCESS_CREATE ? here(d, a) : owned(d, a->variable);
        if (mine) settle_access(d, a, e->states[i], timestamp);
    }
    hints_remember(&d->hints, c);
    return digest;
}

static void conclude(struct dynamic *d, const struct command *c, uint64_t timestamp,
                     enum reply_status status, uint64_t digest)
{
    bool executed = status == REPLY_OK;
    executor_conclude(&d->base, c, timestamp,
                      &(struct outcome){status, c->target == d->base.setup.group,
                                        executed ? digest : (uint64_t)status,
                                        executed ? d->base.seen : NULL});
}

/* It took part, and does not answer. */
static void conclude_aside(struct dynamic *d, const struct command *c, uint64_t timestamp,
                           uint64_t what)
{
    executor_conclude(&d->base, c, timestamp, &(struct outcome){REPLY_OK, false, what, NULL});
}

/* OK: all variables are this partition's. */
static void execute_alone(struct dynamic *d, const struct command *c, uint64_t timestamp,
                          enum reply_status status)
{
    struct executor *e = &d->base;
    for (uint32_t i = 0; i < c->access_count; i++)
        e->states[i] = store_get(&e->store, c->accesses[i].variable);
    if (status == REPLY_RETRY) transport_mark(e->t, MARK_PLACE_STALE);
    uint64_t digest = status == REPLY_OK ? execute(d, c, timestamp) : 0;
    conclude(d, c, timestamp, status, digest);
}

/* ---- lending ------------------------------------------------------------------------------- */

/* To one destination: the new values of what it lent or is to create; to the oracle: of what is
 * created and deleted. Refused: an empty message, without effect. */
static void push_return(struct dynamic *d, const struct command *c, uint64_t timestamp,
                        uint32_t group, enum reply_status status)
{
    ASSERT(c->target == d->base.setup.group);
    ASSERT(group != d->base.setup.group);
    struct executor *e = &d->base;
    struct group_set to = only(group);
    bool oracle = group == topology_oracle(e->setup.topology);
    struct message_values *m =
        exchange_new(&e->exchange, MESSAGE_RETURN, c, timestamp, c->access_count);
    m->verdict = (uint16_t)status;
    for (uint32_t i = 0; status == REPLY_OK && i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        bool concerned = oracle ? a->mode & (ACCESS_CREATE | ACCESS_DELETE)
                                : a->group == group && a->mode & WRITES;
        if (concerned) exchange_add(&e->exchange, m, a->variable, e->states[i], !oracle);
    }
    exchange_push(&e->exchange, &to, m);
}

static void finish_as_target(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    ASSERT(c->target == d->base.setup.group);
    ASSERT(d->lent == 0);
    struct executor *e = &d->base;
    const struct inbox *inbox = exchange_inbox(&e->exchange, c->id);
    uint32_t oracle = topology_oracle(e->setup.topology);
    bool incomplete = e->setup.plant == &plant_incomplete_set;
    enum reply_status status = own_verdict(d, c);
    group_set_each (g, &c->dests)
        if (g != e->setup.group && !incomplete)
            status = worse(status, (enum reply_status)exchange_from(inbox, g)->verdict);
    for (uint32_t i = 0; status == REPLY_OK && i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        bool local = here(d, a) && !(a->mode & ACCESS_CREATE);
        const struct pushed_value *v = NULL;
        if (!local)
            v = exchange_value(exchange_from(inbox, a->mode & ACCESS_CREATE ? oracle : a->group),
                               a->variable);
        if (!local && !v && !incomplete) status = REPLY_RETRY;
        e->states[i] = local ? store_get(&e->store, a->variable)
                       : v   ? arrived(d, &plant_lost_value_loan, v)
                             : (struct variable_state){0, 0};
    }
    if (status == REPLY_RETRY) transport_mark(e->t, MARK_LOAN_UNUSED);
    uint64_t digest = status == REPLY_OK ? execute(d, c, timestamp) : 0;
    group_set_each (g, &c->dests)
        if (g != e->setup.group) push_return(d, c, timestamp, g, status);
    conclude(d, c, timestamp, status, digest);
}

static void finish_as_lender(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    ASSERT(c->target != d->base.setup.group);
    const struct message_values *m =
        impatient(d, c) ? NULL : exchange_from(exchange_inbox(&d->base.exchange, c->id), c->target);
    uint32_t verdict = m ? m->verdict : 0;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!here(d, a)) continue;
        const struct pushed_value *v = exchange_value(m, a->variable);
        if (owned(d, a->variable)) {
            ASSERT(d->lent > 0);
            d->lent--;
            ownership(d, OWNERSHIP_RETURNED, c->target, a, timestamp);
        }
        if (v && verdict == REPLY_OK)
            settle_access(d, a, arrived(d, &plant_lost_value_return, v), timestamp);
    }
    ASSERT(d->lent == 0); /* what was lent is back */
    conclude_aside(d, c, timestamp, verdict);
}

/* ---- moving -------------------------------------------------------------------------------- */

static void give_away(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    ASSERT(c->target != d->base.setup.group);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!here(d, a) || !owned(d, a->variable)) continue;
        holding_set(d->transfer.holding, a->variable, HOLDING_NONE);
        store_remove(&d->base.store, a->variable);
        executor_charge(&d->base, d->base.setup.options->move_cost_ns);
        executor_note(&d->base, a->variable);
        ownership(d, OWNERSHIP_GIVEN, c->target, a, timestamp);
    }
    conclude_aside(d, c, timestamp, 0);
}

static void take_in(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    ASSERT(c->target == d->base.setup.group);
    const struct inbox *inbox = exchange_inbox(&d->base.exchange, c->id);
    enum reply_status status = own_verdict(d, c);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (here(d, a)) continue;
        const struct pushed_value *v = exchange_value(exchange_from(inbox, a->group), a->variable);
        /* Not at its believed place: refused even if it is here, or on its way, since replicas
         * would differ in that. */
        if (!v || !absent(d, a->variable)) {
            transport_mark(d->base.t, MARK_MOVE_MISSED);
            status = REPLY_RETRY;
            continue;
        }
        holding_set(d->transfer.holding, a->variable, HOLDING_OWNED);
        store_put(&d->base.store, a->variable, arrived(d, &plant_lost_value_move, v));
        executor_charge(&d->base, d->base.setup.options->move_cost_ns);
        executor_note(&d->base, a->variable);
        ownership(d, OWNERSHIP_TAKEN, a->group, a, timestamp);
    }
    if (c->purpose == PURPOSE_EXECUTE)
        execute_alone(d, c, timestamp, status);
    else
        conclude_aside(d, c, timestamp, 0);
}

/* ---- everywhere ---------------------------------------------------------------------------- */

/* Each owner has sent its variables to all: a variable that no group sent does not exist. */
static void execute_everywhere(struct dynamic *d, const struct command *c, uint64_t timestamp)
{
    struct executor *e = &d->base;
    const struct inbox *inbox = exchange_inbox(&e->exchange, c->id);
    enum reply_status status = REPLY_OK;
    transport_mark(e->t, MARK_EXECUTED_EVERYWHERE);
    group_set_each (g, &c->dests)
        if (g != e->setup.group)
            status = worse(status, (enum reply_status)exchange_from(inbox, g)->verdict);
    for (uint32_t i = 0; status == REPLY_OK && i < c->access_count; i++) {
        uint32_t variable = c->accesses[i].variable;
        const struct pushed_value *v = NULL;
        bool local = owned(d, variable);
        group_set_each (g, &c->dests)
            if (!local && !v) v = exchange_value(exchange_from(inbox, g), variable);
        if (!local && !v) status = REPLY_NOK;
        if (local)
            e->states[i] = store_get(&e->store, variable);
        else if (v)
            e->states[i] = v->state;
    }
    uint64_t digest = status == REPLY_OK ? execute(d, c, timestamp) : 0;
    conclude(d, c, timestamp, status, digest);
}

/* ---- the executor -------------------------------------------------------------------------- */

/* Each plan once, in order, but for those discarded; another number has no effect. */
static bool next_plan(const struct dynamic *d, const struct command *c)
{
    return c->purpose == PURPOSE_PLAN && c->id.seq % 2 == 0 && c->id.seq / 2 > d->base.plan_version;
}

static void dynamic_start(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct dynamic *d = (struct dynamic *)e;
    (void)timestamp;
    ASSERT(d->lent == 0); /* no loan outlives its command: a plan finds none */
    d->pushed = false;
    if (next_plan(d, c)) transfer_plan_begin(&d->transfer, c->id.seq / 2);
}

static bool everything(const struct command *c)
{
    return c->purpose == PURPOSE_EXECUTE && c->execution == EXECUTION_EVERYWHERE;
}

static bool dynamic_finish(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct dynamic *d = (struct dynamic *)e;
    if (c->purpose == PURPOSE_PLAN) {
        if (next_plan(d, c) && !transfer_plan_go_on(&d->transfer, timestamp)) return false;
        ASSERT(!next_plan(d, c)); /* it is in force */
        conclude_aside(d, c, timestamp, 0);
        return true;
    }
    if (!d->pushed) {
        if (!transfer_ready(&d->transfer, c)) return false;
        push(d, c, timestamp);
    }
    struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(d, c));
    if (group_set_next(&missing, 0) < GROUPS_MAX) return false;
    bool target = c->target == e->setup.group;
    ASSERT(d->pushed);
    if (everything(c))
        execute_everywhere(d, c, timestamp);
    else if (group_set_single(&c->dests))
        execute_alone(d, c, timestamp, own_verdict(d, c));
    else if (moves(c))
        (target ? take_in : give_away)(d, c, timestamp);
    else
        (target ? finish_as_target : finish_as_lender)(d, c, timestamp);
    return true;
}

static void dynamic_ask(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct dynamic *d = (struct dynamic *)e;
    if (c->purpose == PURPOSE_PLAN || !d->pushed) return; /* the transfer sends its own requests */
    struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(d, c));
    exchange_ask(&e->exchange, &missing, c->id, timestamp, e->asked_count);
}

static bool dynamic_on_timer(struct executor *e, uint32_t timer)
{
    struct dynamic *d = (struct dynamic *)e;
    if (timer == TIMER_TRANSFER)
        inquiries_on_timer(&d->transfer.inquiries);
    else if (timer == TIMER_HINT)
        hints_on_timer(&d->hints);
    return timer == TIMER_TRANSFER || timer == TIMER_HINT;
}

static void dynamic_on_peer(struct executor *e, uint32_t peer, bool up)
{
    inquiries_on_peer(&((struct dynamic *)e)->transfer.inquiries, peer, up);
}

static void dynamic_leading(struct executor *e, bool leading)
{
    hints_leading(&((struct dynamic *)e)->hints, leading);
}

static bool dynamic_on_message(struct executor *e, struct message *m)
{
    struct dynamic *d = (struct dynamic *)e;
    if (m->kind != MESSAGE_REPLY) return transfer_on_message(&d->transfer, m);
    hints_on_reply(&d->hints, (const struct message_reply *)m);
    return true;
}

static bool dynamic_owns(const struct executor *e, uint32_t variable)
{
    return transfer_holding(&((const struct dynamic *)e)->transfer, variable) != HOLDING_NONE;
}

static void dynamic_each_departed(const struct executor *e,
                                  void (*call)(void *context, uint32_t variable,
                                               struct variable_state state),
                                  void *context)
{
    departures_each(&((const struct dynamic *)e)->transfer.departures, call, context);
}

static bool dynamic_settled(const struct executor *e)
{
    return e->setup.options->lazy || ((const struct dynamic *)e)->transfer.arrivals.coming == 0;
}

static struct executor *dynamic_create(const struct executor_setup *setup)
{
    struct dynamic *d = allocate_zeroed(1, sizeof(*d));
    executor_init(&d->base, &dynamic_executor, setup);
    transfer_init(&d->transfer, &d->base);
    hints_init(&d->hints, &d->base);
    return &d->base;
}

static void dynamic_destroy(struct executor *e)
{
    if (!e) return;
    struct dynamic *d = (struct dynamic *)e;
    transfer_finish(&d->transfer);
    hints_finish(&d->hints);
    executor_finish(e);
    free(d);
}

const struct executor_ops dynamic_executor = {
    .create = dynamic_create,
    .destroy = dynamic_destroy,
    .start = dynamic_start,
    .finish = dynamic_finish,
    .ask = dynamic_ask,
    .leading = dynamic_leading,
    .on_message = dynamic_on_message,
    .on_peer = dynamic_on_peer,
    .on_timer = dynamic_on_timer,
    .owns = dynamic_owns,
    .each_departed = dynamic_each_departed,
    .settled = dynamic_settled,
};
