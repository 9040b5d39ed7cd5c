/* test_timers.c - timers fire by time, and those of one time in the order in which they were set.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rdma/wire/timers.h"
#include "tests/lib/harness.h"
#include "tests/unit/stage.h"

/* The heap against a table that is searched linearly. */
START_TEST(timers_fire_by_time_then_by_the_order_of_setting)
{
    enum { IDS = 200, STEPS = 20000 };
    struct timers t = {0};
    struct timer set[IDS] = {0};
    struct random r = {1};
    timers_grow(&t, IDS);
    for (uint64_t step = 1; step < STEPS; step++) {
        uint32_t id = (uint32_t)random_below(&r, IDS), taken = IDS, first = IDS;
        if (random_chance(&r, 1, 2)) {
            set[id] = (struct timer){1 + random_below(&r, 50), step, id};
            timers_set(&t, id, set[id].due_ns);
        } else if (random_chance(&r, 1, 2)) {
            set[id].order = 0;
            timers_cancel(&t, id);
        }
        for (uint32_t i = 0; i < IDS; i++) {
            if (!set[i].order) continue;
            bool sooner = first == IDS || set[i].due_ns < set[first].due_ns ||
                          (set[i].due_ns == set[first].due_ns && set[i].order < set[first].order);
            if (sooner) first = i;
        }
        ck_assert_uint_eq(timers_next_ns(&t), first < IDS ? set[first].due_ns : TIMERS_NEVER);
        uint64_t now_ns = random_below(&r, 30);
        bool due = first < IDS && set[first].due_ns <= now_ns;
        ck_assert(timers_take(&t, now_ns, &taken) == due);
        if (due) ck_assert_uint_eq(taken, first);
        if (due) set[first].order = 0;
    }
    timers_finish(&t);
}
END_TEST

enum { CLIENTS = 1000, SETS = 5 };

static uint64_t fired, last_due_ns, misfired;

/* Its timer numbers are due at `due_ns`, the odd ones are cancelled. */
struct client {
    struct transport *t;
    uint64_t due_ns[TIMERS_MAX];
};

static void client_init(void *node, struct transport *t)
{
    struct client *c = node;
    struct random *r = t->ops->random(t, "delays");
    c->t = t;
    for (uint32_t i = 0; i < SETS; i++) {
        uint64_t delay_ns = 1 + random_below(r, 20000000);
        c->due_ns[i] = transport_now(t) + delay_ns;
        t->ops->timer_set(t, i, delay_ns);
        if (i % 2) t->ops->timer_cancel(t, i);
    }
}

static void client_timer(void *node, uint32_t timer)
{
    struct client *c = node;
    bool early = transport_now(c->t) < c->due_ns[timer];
    if (timer % 2 || early || c->due_ns[timer] < last_due_ns) misfired++;
    last_due_ns = c->due_ns[timer];
    fired++;
}

static bool fires_on(void *context)
{
    (void)context;
    return fired < CLIENTS * (SETS / 2 + 1);
}

START_TEST(timers_of_a_thousand_nodes_fire_in_time_and_in_order)
{
    static const struct node_ops ops = {client_init, actor_message, client_timer, actor_completion,
                                        actor_peer,  NULL,          NULL};
    static const uint32_t all_here[CLIENTS];
    const struct members one = {1, CLIENTS, all_here};
    struct client *client = allocate_zeroed(CLIENTS, sizeof *client);
    struct script_wire *wire = allocate_zeroed(1, sizeof *wire);
    wire->wire.ops = &script_wire_ops;
    struct host *h = host_create(
        &(struct host_setup){.seed = 1, .members = &one, .self = 0, .wire = &wire->wire});
    for (uint32_t i = 0; i < CLIENTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        host_add_node(
            h, &(struct host_node){.node = i, .name = name, .ops = &ops, .state = &client[i]});
    }
    fired = misfired = last_due_ns = 0;
    host_run(h, 1000000, fires_on, NULL);
    for (int i = 0; i < 10; i++) actor_round(h);
    ck_assert_uint_eq(fired, CLIENTS * (SETS / 2 + 1));
    ck_assert_uint_eq(misfired, 0);
    host_destroy(h);
    free(wire);
    free(client);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timers");
    TCase *c = tcase_create("timers");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, timers_fire_by_time_then_by_the_order_of_setting);
    tcase_add_test(c, timers_of_a_thousand_nodes_fire_in_time_and_in_order);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
