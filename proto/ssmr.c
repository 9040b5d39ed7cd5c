/* ssmr.c - see ssmr.h for the protocol. */
#include "proto/ssmr.h"

#include <stdlib.h>

#include "proto/memory.h"
#include "proto/plant.h"

struct ssmr {
    struct executor base;
};

static bool owns(const struct executor *e, const struct access *a)
{
    return a->group == e->setup.group;
}

/* The other partitions whose message the command cannot do without. */
static struct group_set awaited(const struct executor *e, const struct command *c)
{
    struct group_set others = c->dests;
    if (e->setup.plant == PLANT_NO_SIGNALS) {
        others = (struct group_set){{0}};
        for (uint32_t i = 0; i < c->access_count; i++)
            if (c->accesses[i].mode & ACCESS_READ) group_set_add(&others, c->accesses[i].group);
    }
    group_set_remove(&others, e->setup.group);
    return others;
}

static struct message_values *values_new(struct executor *e, const struct command *c,
                                         uint64_t timestamp)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->access_count; i++)
        count += owns(e, &c->accesses[i]) && c->accesses[i].mode & ACCESS_READ;
    struct message_values *m = exchange_new(&e->exchange, MESSAGE_VALUES, c, timestamp, count);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (owns(e, a) && a->mode & ACCESS_READ)
            exchange_add(&e->exchange, m, a->variable, store_get(&e->store, a->variable), true);
    }
    return m;
}

static void ssmr_start(struct executor *e, const struct command *c, uint64_t timestamp)
{
    if (group_set_single(&c->dests)) return;
    struct message_values *m = values_new(e, c, timestamp);
    if (e->setup.plant == PLANT_NO_SIGNALS && m->count == 0)
        e->t->ops->message_release(e->t, &m->m);
    else
        exchange_push(&e->exchange, &c->dests, m);
}

static struct variable_state remote_state(const struct inbox *inbox, const struct access *a)
{
    const struct pushed_value *v = exchange_value(exchange_from(inbox, a->group), a->variable);
    return v ? v->state : (struct variable_state){VERSION_UNSEEN, 0};
}

static bool ssmr_finish(struct executor *e, const struct command *c, uint64_t timestamp)
{
    const struct inbox *inbox = NULL;
    if (!group_set_single(&c->dests)) {
        struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(e, c));
        if (group_set_next(&missing, 0) < GROUPS_MAX) return false;
        inbox = exchange_inbox(&e->exchange, c->id);
    }
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        e->states[i] = owns(e, a) ? store_get(&e->store, a->variable) : remote_state(inbox, a);
    }
    uint64_t digest = executor_apply(e, c);
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (owns(e, a) && a->mode & ~ACCESS_READ) executor_write(e, a->variable, e->states[i]);
    }
    executor_conclude(e, c, timestamp,
                      &(struct outcome){REPLY_OK, c->target == e->setup.group, digest, e->seen});
    return true;
}

static void ssmr_ask(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct group_set missing = exchange_missing(&e->exchange, c->id, awaited(e, c));
    exchange_ask(&e->exchange, &missing, timestamp);
}

/* The planted bug: a signal without values leaves while earlier commands still wait. */
static void ssmr_queued(struct executor *e, const struct command *c, uint64_t timestamp)
{
    if (e->setup.plant != PLANT_SIGNALS_AT_ENQUEUE || group_set_single(&c->dests)) return;
    struct message_values *m = values_new(e, c, timestamp);
    uint32_t to[GROUPS_MAX * REPLICAS_MAX];
    bool sends = e->leading && m->count == 0;
    uint32_t count = sends ? exchange_replicas(&e->exchange, &c->dests, to) : 0;
    e->t->ops->message_send(e->t, to, count, &m->m);
}

static struct executor *ssmr_create(const struct executor_setup *setup)
{
    struct ssmr *s = allocate_zeroed(1, sizeof(*s));
    executor_init(&s->base, &ssmr_executor, setup);
    return &s->base;
}

static void ssmr_destroy(struct executor *e)
{
    if (!e) return;
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
