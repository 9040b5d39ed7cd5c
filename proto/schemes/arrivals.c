/* arrivals.c - see arrivals.h. */
#include "proto/schemes/arrivals.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/search.h"

const struct plant plant_lost_value_transfer = {
    "lost-value-transfer", "of every 20th variable that a plan moves the value is lost"};
const struct plant plant_objects_again = {"objects-again",
                                          "a plan's objects that come twice undo later writes"};

enum state {
    AWAY,
    WANTED,
    ASKED, /* a FETCH for it is under way */
    HERE,
};

/* FETCHes under way, by what they are for. */
enum way { WAY_WANTED, WAY_TURN, WAYS };

/* What one plan brings from another partition. */
struct arrival {
    struct arrival *next;
    uint64_t version;
    uint64_t timestamp; /* of the plan */
    uint32_t group;
    uint32_t left; /* still on their way */
    uint32_t turn; /* all before have been asked for */
    uint32_t count;
    uint32_t *variables; /* ascending */
    uint8_t *states;     /* parallel: enum state */
    uint32_t *wanted;    /* indices, a FIFO queue */
    uint32_t wanted_first, wanted_end, wanted_room;
    struct inquiry *under_way[WAYS]; /* NULL: there is none */
};

void holding_set(uint8_t *holding, uint32_t variable, enum holding to)
{
    static const bool allowed[HOLDING_COUNT][HOLDING_COUNT] = {
        [HOLDING_NONE] = {[HOLDING_OWNED] = true, [HOLDING_COMING] = true},
        [HOLDING_COMING] = {[HOLDING_OWNED] = true},
        [HOLDING_OWNED] = {[HOLDING_NONE] = true},
    };
    ASSERT(allowed[holding[variable]][to]);
    holding[variable] = (uint8_t)to;
}

void executor_ownership(struct executor *e, enum ownership what, uint32_t other, uint32_t variable,
                        uint64_t timestamp)
{
    struct observer *o = e->setup.observer;
    if (!o || !o->ops->ownership) return;
    struct ownership_event event = {what, e->setup.group, other, variable, timestamp};
    o->ops->ownership(o, e->t->self, transport_now(e->t), &event);
}

/* The variable's index in the arrival, or UINT32_MAX. */
static uint32_t index_of(const struct arrival *a, uint32_t variable)
{
    uint64_t at = search_key(a->variables, sizeof(*a->variables), a->count, variable);
    return at < a->count && a->variables[at] == variable ? (uint32_t)at : UINT32_MAX;
}

/* ---- requests ------------------------------------------------------------------------------ */

/* A FETCH that is being filled. */
struct fetch_draft {
    struct message_fetch *m;
    uint32_t bytes; /* of the objects */
};

static bool fetch_draft_full(const struct fetch_draft *b)
{
    return b->m->count == FETCH_VARIABLES_MAX || b->bytes >= FETCH_BYTES_MAX;
}

static struct fetch_draft fetch_draft_new(struct arrivals *as, const struct arrival *a)
{
    uint32_t size =
        (uint32_t)sizeof(struct message_fetch) + FETCH_VARIABLES_MAX * (uint32_t)sizeof(uint32_t);
    struct message_fetch *m =
        (struct message_fetch *)transport_message_new(as->e->t, size, MESSAGE_FETCH);
    m->version = a->version;
    m->count = 0;
    m->number = ++as->fetches;
    return (struct fetch_draft){m, 0};
}

static void fetch_draft_add(struct arrivals *as, struct arrival *a, struct fetch_draft *b,
                            uint32_t index)
{
    ASSERT(a->states[index] == WANTED || a->states[index] == AWAY);
    ASSERT(b->m->count < FETCH_VARIABLES_MAX);
    a->states[index] = ASKED;
    b->m->variables[b->m->count++] = a->variables[index];
    b->bytes += as->e->setup.variables->bytes[a->variables[index]];
}

static struct inquiry *fetch_draft_send(struct arrivals *as, const struct arrival *a,
                                        struct fetch_draft *b)
{
    ASSERT(b->m->count > 0);
    ASSERT(b->m->version <= as->e->plan_version);
    if (b->m->count % 2) b->m->variables[b->m->count] = 0;
    b->m->m.bytes =
        (uint32_t)(sizeof(*b->m) + (b->m->count + b->m->count % 2) * sizeof(b->m->variables[0]));
    return inquire(as->inquiries, a->group, &b->m->m);
}

static void fetch_wanted(struct arrivals *as, struct arrival *a)
{
    ASSERT(!a->under_way[WAY_WANTED]);
    ASSERT(a->wanted_first < a->wanted_end);
    struct fetch_draft b = fetch_draft_new(as, a);
    for (; a->wanted_first < a->wanted_end && !fetch_draft_full(&b); a->wanted_first++)
        if (a->states[a->wanted[a->wanted_first]] == WANTED)
            fetch_draft_add(as, a, &b, a->wanted[a->wanted_first]);
    if (a->wanted_first == a->wanted_end) a->wanted_first = a->wanted_end = 0;
    if (b.m->count)
        a->under_way[WAY_WANTED] = fetch_draft_send(as, a, &b);
    else
        as->e->t->ops->message_release(as->e->t, &b.m->m);
}

static void fetch_in_turn(struct arrivals *as, struct arrival *a)
{
    ASSERT(!a->under_way[WAY_TURN]);
    while (a->turn < a->count && a->states[a->turn] != AWAY) a->turn++;
    if (a->turn == a->count) return;
    struct fetch_draft b = fetch_draft_new(as, a);
    for (; a->turn < a->count && !fetch_draft_full(&b); a->turn++)
        if (a->states[a->turn] == AWAY) fetch_draft_add(as, a, &b, a->turn);
    ASSERT(a->turn <= a->count);
    a->under_way[WAY_TURN] = fetch_draft_send(as, a, &b);
}

static void pull(struct arrivals *as, struct arrival *a)
{
    if (!a->under_way[WAY_WANTED] && a->wanted_first < a->wanted_end) fetch_wanted(as, a);
    if (!a->under_way[WAY_TURN] && !as->e->setup.options->lazy) fetch_in_turn(as, a);
}

void arrivals_pull(struct arrivals *as)
{
    for (struct arrival *a = as->list; a; a = a->next) pull(as, a);
}

static void want(struct arrival *a, uint32_t index)
{
    ASSERT(index < a->count);
    if (a->states[index] != AWAY) return;
    a->states[index] = WANTED;
    if (a->wanted_end == a->wanted_room) {
        a->wanted_room = a->wanted_room ? 2 * a->wanted_room : 16;
        a->wanted = reallocate(a->wanted, a->wanted_room * sizeof(*a->wanted));
    }
    a->wanted[a->wanted_end++] = index;
    ASSERT(a->wanted_first < a->wanted_end);
    ASSERT(a->wanted_end <= a->wanted_room);
}

void arrivals_want(struct arrivals *as, uint32_t variable)
{
    for (struct arrival *a = as->list; a; a = a->next) {
        uint32_t index = index_of(a, variable);
        if (index != UINT32_MAX) want(a, index);
    }
}

/* ---- creating and ending arrivals ----------------------------------------------------------- */

void arrivals_expect(struct arrivals *as, uint64_t version, uint64_t timestamp, uint32_t group,
                     uint32_t *variables, uint32_t count)
{
    ASSERT(version == as->e->plan_version);
    ASSERT(group != as->e->setup.group);
    ASSERT(!as->list || as->list->version <= version);
    struct arrival *a = allocate(sizeof(*a));
    *a = (struct arrival){.next = as->list,
                          .version = version,
                          .timestamp = timestamp,
                          .group = group,
                          .left = count,
                          .count = count,
                          .variables = variables,
                          .states = allocate_zeroed(count, sizeof(*a->states))};
    as->list = a;
    as->coming += count;
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(i == 0 || variables[i - 1] < variables[i]);
        holding_set(as->holding, variables[i], HOLDING_COMING);
    }
    pull(as, a);
}

static void arrival_free(struct arrivals *as, struct arrival *a)
{
    for (uint32_t i = 0; i < WAYS; i++)
        if (a->under_way[i]) inquiry_end(as->inquiries, a->under_way[i]);
    free(a->variables);
    free(a->states);
    free(a->wanted);
    free(a);
}

/* All of it is here: the old owner may forget it. The acknowledgement is cumulative over plans, so
 * that a lost one is covered by the next. */
static void arrival_end(struct arrivals *as, struct arrival *ended)
{
    ASSERT(ended->left == 0);
    ASSERT(ended->version <= as->e->plan_version);
    struct executor *e = as->e;
    const struct multicast *multicast = e->setup.multicast;
    struct message_received *m =
        (struct message_received *)transport_message_new(e->t, sizeof(*m), MESSAGE_RECEIVED);
    m->version = e->plan_version;
    for (struct arrival **at = &as->list; *at;) {
        struct arrival *a = *at;
        if (a != ended && a->group == ended->group && a->version <= m->version)
            m->version = a->version - 1;
        if (a == ended)
            *at = a->next;
        else
            at = &a->next;
    }
    struct group_set from = {{0}};
    uint32_t to[REPLICAS_MAX];
    group_set_add(&from, ended->group);
    uint32_t count = route_replicas(multicast_route(multicast), &from, GROUPS_MAX, to);
    e->t->ops->message_send(e->t, to, count, &m->m);
    arrival_free(as, ended);
}

/* ---- receiving ----------------------------------------------------------------------------- */

static void take(struct arrivals *as, struct arrival *a, uint32_t index,
                 struct variable_state state)
{
    struct executor *e = as->e;
    uint32_t variable = a->variables[index];
    ASSERT(a->states[index] != HERE);
    ASSERT(a->left > 0);
    ASSERT(as->coming >= a->left);
    a->states[index] = HERE;
    a->left--;
    as->coming--;
    ASSERT(as->holding[variable] == HOLDING_COMING);
    holding_set(as->holding, variable, HOLDING_OWNED);
    store_put(&e->store, variable,
              plant_arrived(e->setup.plant, &plant_lost_value_transfer, variable, state));
    executor_charge(e, e->setup.options->move_cost_ns);
    executor_ownership(e, OWNERSHIP_TAKEN, a->group, variable, a->timestamp);
}

static void report_exchanged(const struct executor *e, const struct message_objects *m)
{
    struct observer *o = e->setup.observer;
    if (o && o->ops->exchanged && e->leading)
        o->ops->exchanged(o, e->t->self, e->setup.group, transport_now(e->t), m->count,
                          m->m.opaque_bytes);
}

/* The answer to a pending FETCH ends it. What it left out is requested again. */
static void close_fetch(struct arrivals *as, struct arrival *a, const struct message_objects *m)
{
    for (uint32_t way = 0; way < WAYS; way++) {
        struct inquiry *i = a->under_way[way];
        const struct message_fetch *fetch = i ? (const struct message_fetch *)i->message : NULL;
        if (!fetch || fetch->number != m->number) continue;
        for (uint32_t at = 0; at < fetch->count; at++) {
            uint32_t index = index_of(a, fetch->variables[at]);
            ASSERT(index < a->count);
            if (a->states[index] != ASKED) continue;
            a->states[index] = AWAY;
            want(a, index);
        }
        inquiry_answered(as->inquiries, i, m->m.from);
        a->under_way[way] = NULL;
    }
}

/* Of a FETCH that was repeated. The planted bug takes it. */
static void on_object_again(struct executor *e, const struct pushed_value *v)
{
    transport_mark(e->t, MARK_OBJECTS_AGAIN);
    if (e->setup.plant == &plant_objects_again) store_put(&e->store, v->variable, v->state);
}

void arrivals_on_objects(struct arrivals *as, const struct message_objects *m)
{
    struct executor *e = as->e;
    if (topology_group(e->setup.topology, m->m.from) != m->group) return;
    struct arrival *a = as->list;
    while (a && (a->version != m->version || a->group != m->group)) a = a->next;
    if (!a) return;
    uint32_t before = a->left;
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t index = index_of(a, m->values[i].variable);
        if (index != UINT32_MAX && a->states[index] != HERE)
            take(as, a, index, m->values[i].state);
        else if (index != UINT32_MAX)
            on_object_again(e, &m->values[i]);
    }
    ASSERT(a->left <= before);
    bool news = a->left < before;
    if (news) report_exchanged(e, m);
    close_fetch(as, a, m);
    if (a->left == 0)
        arrival_end(as, a);
    else
        pull(as, a);
    if (news) executor_resume(e);
}

/* ---- life ---------------------------------------------------------------------------------- */

void arrivals_init(struct arrivals *as, struct executor *e, struct inquiries *inquiries,
                   uint8_t *holding)
{
    *as = (struct arrivals){.e = e, .inquiries = inquiries, .holding = holding};
}

void arrivals_finish(struct arrivals *as)
{
    for (struct arrival *a = as->list, *next; a; a = next) {
        next = a->next;
        arrival_free(as, a);
    }
}
