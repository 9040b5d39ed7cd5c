/* ssmr.c - see ssmr.h for the protocol. */
#include "proto/schemes/ssmr.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/schemes/copies.h"

const struct plant plant_no_signals = {"no-signals",
                                       "partitions wait for values only, not for signals"};
const struct plant plant_signals_at_enqueue = {"signals-at-enqueue",
                                               "signals leave at delivery, not at the start"};
const struct plant plant_stale_cache = {"stale-cache",
                                        "with --value-cache a copy is used despite a newer value"};

struct ssmr {
    struct executor base;
    struct copies copies; /* unless value_cache is none */
    bool guessed;         /* the head has been executed with copies that may prove stale */
    uint64_t digest;      /* of the head's last execution */
};

/* A remote variable that is written blindly. */
static const struct variable_state unseen = {VERSION_UNSEEN, 0};

static bool owns(const struct executor *e, const struct access *a)
{
    return a->group == e->setup.group;
}

/* The other partitions whose message the command needs. */
static struct group_set awaited(const struct executor *e, const struct command *c)
{
    struct group_set others = c->dests;
    if (e->setup.plant == &plant_no_signals) {
        others = (struct group_set){{0}};
        for (uint32_t i = 0; i < c->access_count; i++)
            if (c->accesses[i].mode & ACCESS_READ) group_set_add(&others, c->accesses[i].group);
    }
    group_set_remove(&others, e->setup.group);
    return others;
}

static bool caches(const struct executor *e)
{
    return e->setup.options->value_cache != VALUE_CACHE_NONE;
}

static bool reads_own(const struct executor *e, const struct access *a)
{
    return owns(e, a) && a->mode & ACCESS_READ;
}

static bool reads_remote(const struct executor *e, const struct access *a)
{
    return !owns(e, a) && a->mode & ACCESS_READ;
}

/* ---- the owner's side ---------------------------------------------------------------------- */

/* Those of `others` that get the same message as the first of them: they hold present copies of the
 * same variables. All, without caching. */
static struct group_set alike(const struct ssmr *s, const struct command *c,
                              struct group_set others)
{
    uint32_t first = group_set_next(&others, 0);
    ASSERT(first < s->base.setup.topology->groups);
    for (uint32_t i = 0; caches(&s->base) && i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!reads_own(&s->base, a)) continue;
        struct group_set holders = copies_holders(&s->copies, a->variable);
        if (group_set_has(&holders, first))
            group_set_intersect(&others, &holders);
        else
            group_set_subtract(&others, &holders);
    }
    ASSERT(group_set_has(&others, first));
    return others;
}

/* The message to `receivers`, the same for all. */
static struct message_values *values_new(struct ssmr *s, const struct command *c,
                                         uint64_t timestamp, const struct group_set *receivers)
{
    struct executor *e = &s->base;
    uint32_t count = 0, first = group_set_next(receivers, 0);
    for (uint32_t i = 0; i < c->access_count; i++) count += reads_own(e, &c->accesses[i]);
    struct message_values *m = exchange_new(&e->exchange, MESSAGE_VALUES, c, timestamp, count);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!reads_own(e, a)) continue;
        struct group_set holders = {{0}};
        if (caches(e)) holders = copies_holders(&s->copies, a->variable);
        if (group_set_has(&holders, first))
            exchange_add_valid(m, a->variable);
        else
            exchange_add(&e->exchange, m, a->variable, store_get(&e->store, a->variable), true);
    }
    ASSERT(m->count == count);
    return m;
}

static void push(struct ssmr *s, const struct command *c, uint64_t timestamp,
                 struct group_set others)
{
    struct executor *e = &s->base;
    ASSERT(!group_set_has(&others, e->setup.group));
    while (group_set_next(&others, 0) < GROUPS_MAX) {
        struct group_set receivers = alike(s, c, others);
        struct message_values *m = values_new(s, c, timestamp, &receivers);
        if (e->setup.plant == &plant_no_signals && m->count == 0)
            e->t->ops->message_release(e->t, &m->m);
        else
            exchange_push(&e->exchange, &receivers, m);
        group_set_subtract(&others, &receivers);
    }
}

/* ---- the reader's side --------------------------------------------------------------------- */

/* The owner's message decides; the planted bug uses a copy that the owner marked stale. */
static bool copy_counts(const struct ssmr *s, const struct pushed_value *v,
                        const struct variable_state *copy)
{
    return v->flags & PUSHED_STILL_VALID || (copy && s->base.setup.plant == &plant_stale_cache);
}

static struct variable_state remote_state(const struct ssmr *s, const struct inbox *inbox,
                                          const struct access *a)
{
    const struct pushed_value *v = exchange_value(exchange_from(inbox, a->group), a->variable);
    if (!v) return unseen;
    const struct variable_state *copy =
        caches(&s->base) ? copies_find(&s->copies, a->variable) : NULL;
    /* The owner's record of copies matches them, unless its message was forged. */
    return copy && copy_counts(s, v, copy) ? *copy : v->state;
}

static void execute(struct ssmr *s, const struct command *c, const struct inbox *inbox)
{
    struct executor *e = &s->base;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        e->states[i] = owns(e, a) ? store_get(&e->store, a->variable) : remote_state(s, inbox, a);
    }
    s->digest = executor_apply(e, c);
}

/* Speculation: executes c with the copies, if these suffice. The result stays in executor.states
 * and seen until the owners have confirmed or refuted the copies. */
static bool guess(struct ssmr *s, const struct command *c)
{
    ASSERT(caches(&s->base));
    ASSERT(!s->guessed);
    struct executor *e = &s->base;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        const struct variable_state *copy =
            reads_remote(e, a) ? copies_find(&s->copies, a->variable) : &unseen;
        if (!copy) return false;
        e->states[i] = owns(e, a) ? store_get(&e->store, a->variable) : *copy;
    }
    s->digest = executor_apply(e, c);
    return true;
}

/* Have the owners confirmed all copies that were used? */
static bool guess_stands(const struct ssmr *s, const struct command *c, const struct inbox *inbox)
{
    ASSERT(s->guessed);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!reads_remote(&s->base, a)) continue;
        const struct pushed_value *v = exchange_value(exchange_from(inbox, a->group), a->variable);
        if (!v || !copy_counts(s, v, copies_find(&s->copies, a->variable))) return false;
    }
    return true;
}

/* ---- the executor -------------------------------------------------------------------------- */

static void ssmr_start(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct ssmr *s = (struct ssmr *)e;
    struct group_set others = c->dests;
    group_set_remove(&others, e->setup.group);
    s->guessed = false;
    push(s, c, timestamp, others);
    for (uint32_t i = 0; caches(e) && i < c->access_count; i++)
        if (owns(e, &c->accesses[i])) copies_spread(&s->copies, &c->accesses[i], &others);
    bool speculates = e->setup.options->value_cache == VALUE_CACHE_SPECULATIVE;
    if (speculates && !group_set_single(&c->dests)) s->guessed = guess(s, c);
}

static bool ssmr_finish(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct ssmr *s = (struct ssmr *)e;
    const struct inbox *inbox = NULL;
    if (!group_set_single(&c->dests)) {
        struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(e, c));
        if (group_set_next(&missing, 0) < GROUPS_MAX) return false;
        inbox = exchange_inbox(&e->exchange, c->id);
    }
    ASSERT(!s->guessed || !group_set_single(&c->dests));
    bool stands = s->guessed && guess_stands(s, c, inbox);
    if (s->guessed) transport_mark(e->t, stands ? MARK_GUESS_CONFIRMED : MARK_GUESS_REFUTED);
    if (!stands) execute(s, c, inbox);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (owns(e, a) && a->mode & ~ACCESS_READ) executor_write(e, a->variable, e->states[i]);
        if (!owns(e, a) && caches(e)) copies_follow(&s->copies, a, e->states[i]);
    }
    executor_conclude(e, c, timestamp,
                      &(struct outcome){REPLY_OK, c->target == e->setup.group, s->digest, e->seen});
    return true;
}

static void ssmr_ask(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(e, c));
    exchange_ask(&e->exchange, &missing, c->id, timestamp, e->asked_count);
}

/* The planted bug: a signal without values leaves while earlier commands still wait. */
static void ssmr_queued(struct executor *e, const struct command *c, uint64_t timestamp)
{
    if (e->setup.plant != &plant_signals_at_enqueue || group_set_single(&c->dests)) return;
    struct message_values *m = values_new((struct ssmr *)e, c, timestamp, &c->dests);
    uint32_t to[GROUPS_MAX * REPLICAS_MAX];
    bool sends = e->leading && m->count == 0;
    const struct route *route = multicast_route(e->setup.multicast);
    uint32_t count = sends ? route_replicas(route, &c->dests, e->setup.group, to) : 0;
    e->t->ops->message_send(e->t, to, count, &m->m);
}

static struct executor *ssmr_create(const struct executor_setup *setup)
{
    struct ssmr *s = allocate_zeroed(1, sizeof(*s));
    executor_init(&s->base, &ssmr_executor, setup);
    copies_init(&s->copies);
    if (setup->options->signals == SIGNALS_WRITE && setup->topology->groups > 1)
        exchange_use_signals(&s->base.exchange);
    return &s->base;
}

static void ssmr_destroy(struct executor *e)
{
    if (!e) return;
    copies_finish(&((struct ssmr *)e)->copies);
    executor_finish(e);
    free(e);
}

const struct executor_ops ssmr_executor = {
    .create = ssmr_create,
    .destroy = ssmr_destroy,
    .start = ssmr_start,
    .finish = ssmr_finish,
    .ask = ssmr_ask,
    .queued = ssmr_queued,
};
