/* scene.c - see scene.h. */
#include "tests/sim/scene.h"

#include <stdlib.h>

#include "tests/lib/harness.h"

static void hear(struct actor *a, char what, uint32_t detail)
{
    ck_assert_uint_lt(a->heard, HEARD_MAX);
    a->log[a->heard].what = what;
    a->log[a->heard].detail = detail;
    a->log[a->heard++].at_ns = transport_now(a->t);
}

static void actor_init(void *node, struct transport *t)
{
    struct actor *a = node;
    a->t = t;
    if (a->play->init) a->play->init(a);
}

static void actor_message(void *node, struct message *m)
{
    struct actor *a = node;
    hear(a, 'm', m->from);
    if (a->play->message) a->play->message(a, m);
}

static void actor_timer(void *node, uint32_t timer)
{
    struct actor *a = node;
    hear(a, 't', timer);
    if (a->play->timer) a->play->timer(a, timer);
}

static void actor_completion(void *node, uint64_t cookie, enum completion how)
{
    hear(node, 'c', (uint32_t)(10 * cookie) + how);
}

static void actor_peer(void *node, uint32_t peer, bool up)
{
    hear(node, 'p', 10 * peer + up);
}

const struct node_ops scene_actor_ops = {actor_init, actor_message, actor_timer, actor_completion,
                                         actor_peer};

enum { SCENES_MAX = 2 };

static struct scene scenes[SCENES_MAX];
static uint32_t scene_count;

struct scene *scene_begin(const struct play *play, uint32_t count, const char *model,
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
        s->actor[i].play = play;
        sim_add_node(s->sim, &(struct sim_node_config){.ops = &scene_actor_ops,
                                                       .state = &s->actor[i],
                                                       .name = name,
                                                       .role = SIM_REPLICA,
                                                       .site = i});
    }
    ck_assert_msg(sim_start(s->sim, &e) == 0, "%s", e.text);
    return s;
}

struct scene *scene_run(const struct play *play, uint32_t count, const char *model,
                        const char *faults)
{
    struct scene *s = scene_begin(play, count, model, faults);
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
    ck_assert_uint_lt(index, a->heard);
    ck_assert_int_eq(a->log[index].what, what);
    ck_assert_uint_eq(a->log[index].detail, detail);
    ck_assert_uint_eq(a->log[index].at_ns, at_ns);
}

uint32_t count_heard(const struct actor *a, char what)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < a->heard; i++) count += a->log[i].what == what;
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

static void say_and_go_on(struct actor *a, uint32_t timer)
{
    (void)timer;
    a->heard--; /* only events from others are logged */
    send_to(a, 1 - a->t->self, 1 - a->t->self, 16);
    if (transport_now(a->t) < 2000000) set_timer_100us(a);
}

const struct play every_100us = {.init = set_timer_100us, .timer = say_and_go_on};
