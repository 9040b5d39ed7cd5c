/* oracle.c - see oracle.h. */
#include "proto/oracle/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "proto/oracle/planner.h"
#include "proto/reply.h"

const struct plant plant_wrong_nok = {"wrong-nok", "the oracle refuses every 20th question"};
const struct plant plant_unheard_moves = {"unheard-moves",
                                          "moves do not change the map of the oracle"};

struct oracle {
    struct executor base;
    uint16_t *place; /* by variable, PLACE_NONE: it does not exist */
    /* base.store holds the last states of deleted variables, in case they are created again */
    uint64_t questions; /* answered, for a planted bug */
    struct planner planner;
};

static const uint8_t CREATE_OR_DELETE = ACCESS_CREATE | ACCESS_DELETE;

static uint16_t place_of(const struct oracle *o, uint32_t variable)
{
    return variable < o->base.setup.variables->count ? o->place[variable] : PLACE_NONE;
}

/* ---- target and places --------------------------------------------------------------------- */

uint32_t oracle_target(const struct command *c, enum target_rule rule)
{
    uint16_t votes[GROUPS_MAX] = {0};
    struct group_set places = command_places(c);
    for (uint32_t i = 0; i < c->access_count; i++) votes[c->accesses[i].group]++;
    uint16_t most = 0;
    group_set_each (g, &places)
        if (votes[g] > most) most = votes[g];
    uint32_t candidates[GROUPS_MAX];
    uint32_t count = 0;
    group_set_each (g, &places)
        if (rule == TARGET_RANDOM || votes[g] == most) candidates[count++] = g;
    return count ? candidates[hash_add(c->id.client, c->id.seq) % count] : 0;
}

/* The partition of a variable that is created: its granule's if that has moved, else its home. */
static uint16_t initial_partition(const struct oracle *o, uint32_t variable)
{
    const struct variables *variables = o->base.setup.variables;
    uint32_t granule = variables->granule[variable];
    uint16_t with = granule == variable ? PLACE_NONE : place_of(o, granule);
    return with == PLACE_NONE ? variables->home[variable] : with;
}

/* Fills in the places of c; REPLY_NOK: a variable does not exist, or one to be created does. */
static enum reply_status locate(const struct oracle *o, struct command *c)
{
    enum reply_status status = REPLY_OK;
    for (uint32_t i = 0; i < c->access_count; i++) {
        struct access *a = &c->accesses[i];
        uint16_t place = place_of(o, a->variable);
        bool creates = a->mode & ACCESS_CREATE;
        if (a->variable >= o->base.setup.variables->count || creates == (place != PLACE_NONE)) {
            status = REPLY_NOK;
            continue;
        }
        a->group = creates ? initial_partition(o, a->variable) : place;
        ASSERT(a->group < topology_partitions(o->base.setup.topology));
    }
    return status;
}

/* ---- queries of clients -------------------------------------------------------------------- */

/* Makes the command that the oracle multicasts on an ASK. */
static void address(const struct oracle *o, struct command *c)
{
    const struct executor_setup *setup = &o->base.setup;
    bool existing = !command_creates_or_deletes(c);
    c->id.round++;
    c->purpose = PURPOSE_EXECUTE;
    c->dests = command_places(c);
    c->target = (uint16_t)oracle_target(c, setup->options->target);
    ASSERT(!group_set_has(&c->dests, setup->group));
    ASSERT(c->target < topology_partitions(setup->topology));
    bool stays = existing && !setup->options->returns && !group_set_single(&c->dests);
    c->execution = stays ? EXECUTION_MOVE : EXECUTION_LEND;
    if (stays || !existing) group_set_add(&c->dests, setup->group);
}

static void dispatch(struct oracle *o, const struct command *c, uint32_t attempt)
{
    ASSERT(c->purpose == PURPOSE_EXECUTE);
    ASSERT(c->id.round > 0);
    struct executor *e = &o->base;
    if (!e->leading) return;
    observe_multicast(e->setup.observer, e->t->self, transport_now(e->t), c);
    multicast_submit(e->setup.multicast, c, attempt);
}

static void answer(struct oracle *o, const struct command *c, uint64_t timestamp)
{
    struct executor *e = &o->base;
    uint32_t size = (uint32_t)sizeof(struct message_prophecy) + c->bytes;
    struct message_prophecy *m =
        (struct message_prophecy *)transport_message_new(e->t, size, MESSAGE_PROPHECY);
    m->id = c->id;
    m->plan_version = e->plan_version;
    m->reserved = 0;
    memcpy(m->command, c, c->bytes);
    executor_charge(e, e->setup.options->oracle_cost_ns);
    enum reply_status status = locate(o, m->command);
    if (++o->questions % PLANT_AT == 0 && e->setup.plant == &plant_wrong_nok) status = REPLY_NOK;
    m->status = (uint16_t)status;
    if (status != REPLY_OK) transport_mark(e->t, MARK_QUESTION_REFUSED);
    if (status == REPLY_OK && c->purpose == PURPOSE_ASK) {
        address(o, m->command);
        dispatch(o, m->command, 1);
    }
    uint64_t digest = hash_add(hash_mix(status), o->base.plan_version);
    for (uint32_t i = 0; i < c->access_count; i++)
        digest = hash_add(digest, m->command->accesses[i].group);
    executor_conclude_with(e, c, timestamp, &(struct outcome){status, true, digest, NULL}, &m->m);
}

/* The client lacks the prophecy, so the multicast may be lost too. */
static void oracle_asked_again(struct executor *e, struct command_id id)
{
    const struct message_prophecy *m =
        (const struct message_prophecy *)sessions_reply(e->setup.sessions, id);
    if (!m || m->m.kind != MESSAGE_PROPHECY || m->status != REPLY_OK ||
        m->command->purpose != PURPOSE_EXECUTE)
        return;
    transport_mark(e->t, MARK_DISPATCHED_AGAIN);
    dispatch((struct oracle *)e, m->command, 2);
}

/* ---- commands that change the map ---------------------------------------------------------- */

/* The oracle's loan for c: whether c may execute, and the last states of what it creates. */
static void push_say(struct oracle *o, const struct command *c, uint64_t timestamp)
{
    ASSERT(c->target != o->base.setup.group);
    struct executor *e = &o->base;
    bool lends = c->purpose == PURPOSE_EXECUTE && c->execution == EXECUTION_LEND;
    struct message_values *m = exchange_new(&e->exchange, lends ? MESSAGE_LOAN : MESSAGE_VALUES, c,
                                            timestamp, c->access_count);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        bool creates = a->mode & ACCESS_CREATE;
        bool known = a->variable < e->setup.variables->count;
        bool fits = known && creates == (place_of(o, a->variable) == PLACE_NONE);
        if (command_creates_or_deletes(c) && !fits) m->verdict = REPLY_NOK;
        if (creates)
            exchange_add(&e->exchange, m, a->variable, store_get(&e->store, a->variable), false);
    }
    struct group_set to = c->dests;
    if (lends) {
        to = (struct group_set){{0}};
        group_set_add(&to, c->target);
    }
    exchange_push(&e->exchange, &to, m);
}

static struct group_set awaited(const struct command *c)
{
    struct group_set from = c->dests;
    if (c->purpose == PURPOSE_EXECUTE && c->execution == EXECUTION_LEND) {
        from = (struct group_set){{0}};
        group_set_add(&from, c->target);
    }
    return from;
}

/* Did all partitions together execute it? Then the state of each variable is known. */
static bool executed_everywhere(const struct oracle *o, const struct command *c)
{
    const struct inbox *inbox = exchange_inbox(&o->base.exchange, c->id);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        bool creates = a->mode & ACCESS_CREATE;
        if (creates == (place_of(o, a->variable) != PLACE_NONE)) return false;
        bool found = creates;
        group_set_each (g, &c->dests)
            found = found || exchange_value(exchange_from(inbox, g), a->variable);
        if (!found) return false;
    }
    return true;
}

/* The version of a variable after c, from the one before c that some partition reported. */
static struct variable_state tombstone(const struct oracle *o, const struct command *c,
                                       uint32_t variable)
{
    const struct inbox *inbox = exchange_inbox(&o->base.exchange, c->id);
    bool returned = c->execution == EXECUTION_LEND;
    group_set_each (g, &c->dests) {
        const struct pushed_value *v = exchange_value(exchange_from(inbox, g), variable);
        if (v) return (struct variable_state){v->state.version + !returned, 0};
    }
    return store_get(&o->base.store, variable);
}

static void make_and_unmake(struct oracle *o, const struct command *c)
{
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!(a->mode & CREATE_OR_DELETE)) continue;
        bool creates = a->mode & ACCESS_CREATE && !(a->mode & ACCESS_DELETE);
        if (creates)
            store_remove(&o->base.store, a->variable);
        else
            store_put(&o->base.store, a->variable, tombstone(o, c, a->variable));
        o->place[a->variable] = creates ? a->group : PLACE_NONE;
        ASSERT(creates == (o->place[a->variable] < topology_partitions(o->base.setup.topology)));
        executor_note(&o->base, (uint64_t)a->variable << 16 | o->place[a->variable]);
    }
}

/* Variables at their believed places move; others stay, as at their partitions. */
static void move(struct oracle *o, const struct command *c)
{
    ASSERT(c->target < topology_partitions(o->base.setup.topology));
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (place_of(o, a->variable) != a->group) continue;
        if (o->base.setup.plant == &plant_unheard_moves) continue;
        o->place[a->variable] = c->target;
        executor_note(&o->base, (uint64_t)a->variable << 16 | c->target);
    }
}

static bool take_part(struct oracle *o, const struct command *c, uint64_t timestamp)
{
    struct executor *e = &o->base;
    struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(c));
    if (group_set_next(&missing, 0) < GROUPS_MAX) return false;
    bool done = true;
    ASSERT(c->target != e->setup.group);
    if (c->purpose == PURPOSE_MOVE || c->execution == EXECUTION_MOVE) {
        move(o, c);
    } else {
        const struct inbox *inbox = exchange_inbox(&e->exchange, c->id);
        done = c->execution == EXECUTION_LEND ? exchange_from(inbox, c->target)->verdict == REPLY_OK
                                              : executed_everywhere(o, c);
        if (done) make_and_unmake(o, c);
    }
    executor_conclude(e, c, timestamp, &(struct outcome){REPLY_OK, false, done, NULL});
    return true;
}

/* ---- the executor -------------------------------------------------------------------------- */

static void oracle_start(struct executor *e, const struct command *c, uint64_t timestamp)
{
    if (c->purpose == PURPOSE_EXECUTE || c->purpose == PURPOSE_MOVE)
        push_say((struct oracle *)e, c, timestamp);
}

static bool oracle_finish(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct oracle *o = (struct oracle *)e;
    switch ((enum purpose)c->purpose) {
    case PURPOSE_CONSULT:
    case PURPOSE_ASK:
        answer(o, c, timestamp);
        return true;
    case PURPOSE_EXECUTE:
    case PURPOSE_MOVE:
        return take_part(o, c, timestamp);
    case PURPOSE_HINT:
        planner_hint(&o->planner, c);
        break;
    case PURPOSE_REPARTITION:
        planner_repartition(&o->planner, c->id.seq);
        break;
    case PURPOSE_PLAN:
    case PURPOSE_DISCARD:
        if (planner_next(&o->planner, c->id.seq) && !planner_decide(&o->planner, c, timestamp))
            return false;
        break;
    case PURPOSE_COUNT:
        ASSERT(c->purpose != PURPOSE_COUNT);
    }
    bool answers = c->purpose == PURPOSE_HINT;
    executor_conclude(e, c, timestamp, &(struct outcome){REPLY_OK, answers, 0, NULL});
    return true;
}

static void oracle_ask(struct executor *e, const struct command *c, uint64_t timestamp)
{
    bool own = c->purpose == PURPOSE_PLAN || c->purpose == PURPOSE_DISCARD;
    if (own) return; /* waits for its own computation */
    struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(c));
    exchange_ask(&e->exchange, &missing, c->id, timestamp, e->asked_count);
}

static void oracle_leading(struct executor *e, bool leading)
{
    planner_leading(&((struct oracle *)e)->planner, leading);
}

static bool oracle_on_message(struct executor *e, struct message *m)
{
    if (m->kind != MESSAGE_PLAN_NEED) return false;
    planner_on_need(&((struct oracle *)e)->planner, (const struct message_plan_need *)m);
    return true;
}

static bool oracle_on_timer(struct executor *e, uint32_t timer)
{
    if (timer != TIMER_PLAN) return false;
    planner_on_timer(&((struct oracle *)e)->planner);
    return true;
}

static void oracle_on_completion(struct executor *e, uint64_t cookie, enum completion how)
{
    ASSERT(how == COMPLETION_OK); /* work cannot fail */
    (void)cookie;                 /* one computation at a time */
    planner_on_completion(&((struct oracle *)e)->planner);
}

static struct executor *oracle_create(const struct executor_setup *setup)
{
    struct oracle *o = allocate_zeroed(1, sizeof(*o));
    ASSERT(setup->group == topology_oracle(setup->topology));
    uint32_t count = setup->variables->count;
    executor_init(&o->base, &oracle_executor, setup);
    o->place = allocate(count * sizeof(*o->place));
    if (count) memcpy(o->place, setup->variables->place, count * sizeof(*o->place));
    planner_init(&o->planner, &o->base, o->place);
    return &o->base;
}

static void oracle_destroy(struct executor *e)
{
    if (!e) return;
    struct oracle *o = (struct oracle *)e;
    planner_finish(&o->planner);
    free(o->place);
    executor_finish(e);
    free(o);
}

uint16_t oracle_place(const struct executor *e, uint32_t variable)
{
    return place_of((const struct oracle *)e, variable);
}

const struct executor_ops oracle_executor = {
    .create = oracle_create,
    .destroy = oracle_destroy,
    .start = oracle_start,
    .finish = oracle_finish,
    .ask = oracle_ask,
    .asked_again = oracle_asked_again,
    .leading = oracle_leading,
    .on_message = oracle_on_message,
    .on_timer = oracle_on_timer,
    .on_completion = oracle_on_completion,
};
