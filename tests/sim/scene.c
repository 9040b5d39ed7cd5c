/* scene.c - see scene.h. */
#include "tests/sim/scene.h"

#include <stdlib.h>

#include "tests/lib/harness.h"

static void log_event(struct actor *a, char what, uint32_t detail)
{
    ck_assert_uint_lt(a->logged, LOG_MAX);
    a->log[a->logged].what = what;
    a->log[a->logged].detail = detail;
    a->log[a->logged++].at_ns = transport_now(a->t);
}

static void actor_init(void *node, struct transport *t)
{
    struct actor *a = node;
    a->t = t;
    if (a->behaviour->init) a->behaviour->init(a);
}

static void actor_message(void *node, struct message *m)
{
    struct actor *a = node;
    log_event(a, 'm', m->from);
    if (a->behaviour->message) a->behaviour->message(a, m);
}

static void actor_timer(void *node, uint32_t timer)
{
    struct actor *a = node;
    log_event(a, 't', timer);
    if (a->behaviour->timer) a->behaviour->timer(a, timer);
}

static void actor_completion(void *node, uint64_t cookie, enum completion how)
{
    log_event(node, 'c', (uint32_t)(10 * cookie) + how);
}

static void actor_peer(void *node, uint32_t peer, bool up)
{
    log_event(node, 'p', 10 * peer + up);
}

static void actor_write(void *node, uint32_t region, uint32_t writer)
{
    log_event(node, 'w', 10 * region + writer);
}

const struct node_ops scene_actor_ops = {
    .init = actor_init,
    .on_message = actor_message,
    .on_timer = actor_timer,
    .on_completion = actor_completion,
    .on_peer = actor_peer,
    .on_write = actor_write,
};

enum { SCENES_MAX = 2 };

static struct scene scenes[SCENES_MAX];
static uint32_t scene_count;

struct scene *scene_begin(const struct behaviour *behaviour, uint32_t count, const char *model,
                          const char *faults)
{
    struct error e;
    ck_assert_uint_lt(scene_count, SCENES_MAX);
    struct scene *s = &scenes[scene_count++];
    *s = (struct scene){.model = model_parse(model, "model", &e)};
    ck_assert_msg(s->model != NULL, "%s", e.text);
    if (faults) s->faults = faults_parse(faults, "faults", &e);
    ck_assert_msg(!faults || s->faults, "%s", e.text);
    s->actor = calloc(count, sizeof *s->actor);
    s->sim = sim_create(&(struct sim_config){.seed = 1, .model = s->model, .faults = s->faults});
    for (uint32_t i = 0; i < count; i++) {
        char name[] = {(char)('a' + i), 0};
        s->actor[i].behaviour = behaviour;
        sim_add_node(
            s->sim, &(struct sim_node_config){.ops = &scene_actor_ops,
                                              .state = &s->actor[i],
                                              .name = behaviour->names ? behaviour->names[i] : name,
                                              .role = SIM_REPLICA,
                                              .number = i});
    }
    ck_assert_msg(sim_start(s->sim, &e) == 0, "%s", e.text);
    return s;
}

struct scene *scene_run(const struct behaviour *behaviour, uint32_t count, const char *model,
                        const char *faults)
{
    struct scene *s = scene_begin(behaviour, count, model, faults);
    ck_assert(!sim_run(s->sim, UINT64_MAX, NULL));
    return s;
}

static void scene_end(struct scene *s)
{
    sim_destroy(s->sim);
    faults_destroy(s->faults);
    model_close(s->model);
    free(s->actor);
}

void scenes_end(void)
{
    while (scene_count) scene_end(&scenes[--scene_count]);
}

void expect(const struct actor *a, uint32_t index, char what, uint32_t detail, uint64_t at_ns)
{
    ck_assert_uint_lt(index, a->logged);
    ck_assert_int_eq(a->log[index].what, what);
    ck_assert_uint_eq(a->log[index].detail, detail);
    ck_assert_uint_eq(a->log[index].at_ns, at_ns);
}

uint32_t count_logged(const struct actor *a, char what)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->logged; i++) count += a->log[i].what == what;
    return count;
}

/* ---- behaviours ------------------------------------------------------------------------------ */

bool is_first(const struct actor *a)
{
    return a->t->self == 0;
}

void send_to(struct actor *a, uint32_t first, uint32_t last, uint32_t bytes)
{
    uint32_t to[ACTORS_MAX], count = 0;
    for (uint32_t i = first; i <= last; i++) to[count++] = i;
    a->t->ops->message_send(a->t, to, count, transport_message_new(a->t, bytes, MESSAGE_PROBE));
}

void all_to_the_first(struct actor *a)
{
    if (!is_first(a)) send_to(a, 0, 0, 1000);
}

void charge_and_answer(struct actor *a, struct message *m)
{
    a->t->ops->charge(a->t, 5000);
    if (m->from != a->t->self && is_first(a)) send_to(a, m->from, m->from, 16);
}

static void set_timer_100us(struct actor *a)
{
    a->t->ops->timer_set(a->t, 0, 100000);
}

static void send_and_continue(struct actor *a, uint32_t timer)
{
    (void)timer;
    a->logged--; /* only events from others are logged */
    send_to(a, 1 - a->t->self, 1 - a->t->self, 16);
    if (transport_now(a->t) < 2000000) set_timer_100us(a);
}

const struct behaviour every_100us = {.init = set_timer_100us, .timer = send_and_continue};
