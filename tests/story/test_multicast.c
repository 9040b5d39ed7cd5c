/* Atomic multicast: the events that are a protocol's own, and the faults that BaseCast tolerates.
 * What every protocol does is tested by test_multicast_conformance.c. */
#include <stdio.h>
#include <stdlib.h>

#include "proto/cookie.h"
#include "proto/order/basecast.h"
#include "proto/order/multicast_kit.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

/* ---- events of its own ----------------------------------------------------------------------- */

/* BaseCast with a computation, which begins when a member becomes the leader. */
static struct multicast_ops computing;
static uint32_t completions, broken, restored;

enum { NUMBER = 7 };

static void compute(void *argument)
{
    (void)argument;
}

static void on_leading(struct multicast *m)
{
    basecast_ops.leading(m);
    m->t->ops->work(m->t, compute, NULL, 1000, cookie_make(COOKIE_MULTICAST, NUMBER));
}

static void on_completion(struct multicast *m, uint64_t number, enum completion how)
{
    ck_assert(multicast_leading(m));
    ck_assert_uint_eq(number, NUMBER);
    ck_assert_int_eq(how, COMPLETION_OK);
    completions++;
}

static void on_peer(struct multicast *m, uint32_t peer, bool up)
{
    ck_assert_uint_eq(m->t->self + peer, 1);
    ++*(up ? &restored : &broken);
}

static struct multicast *create(const struct multicast_setup *setup)
{
    struct multicast *m = basecast_ops.create(setup);
    m->ops = &computing;
    return m;
}

START_TEST(completions_and_broken_links_are_told_to_a_multicast)
{
    struct script_source source;
    struct world w;
    computing = basecast_ops;
    computing.create = create;
    computing.leading = on_leading;
    computing.on_completion = on_completion;
    computing.on_peer = on_peer;
    completions = broken = restored = 0;
    script_source_init(&source, NULL, 0, 1);
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .multicast = &computing,
                                          .model = world_steps_model,
                                          .groups = 2,
                                          .replicas = 1,
                                          .clients = 1,
                                          .outstanding = 1,
                                          .source = &source.source,
                                          .faults = "at 5ms cut p0.r0 p1.r0 for 3s\n",
                                          .seed = 1});
    sim_run(w.cluster.sim, 6000 * MS, NULL);
    world_end(&w);
    script_source_finish(&source);
    ck_assert_uint_eq(completions, 2);
    ck_assert_uint_eq(broken, 2);
    ck_assert_uint_eq(restored, 2);
}
END_TEST

/* ---- faults -----------------------------------------------------------------------------------
 */

/* The first violated property after 2 groups of 3 have served 4 clients with 50 commands each under
 * a fault script; "" if none. */
static const char *violation_under(const char *faults, uint64_t limit_ns)
{
    struct random_source source;
    struct world w;
    random_source_init(
        &source,
        &(struct random_source_setup){
            .seed = 7, .groups = 2, .variables = 20, .each = 50, .multi_pct = 30, .clients = 4});
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = world_lan_model,
                                          .groups = 2,
                                          .replicas = 3,
                                          .clients = 4,
                                          .outstanding = 2,
                                          .source = &source.source,
                                          .faults = faults,
                                          .seed = 7});
    static char message[2048];
    bool done = world_run(&w, limit_ns);
    const struct property *failed = world_check(&w);
    message[0] = 0;
    if (failed) snprintf(message, sizeof(message), "%s: %s", failed->name, failed->reason);
    if (!failed && !done) snprintf(message, sizeof(message), "no end");
    if (!failed && w.result.commands != 200) snprintf(message, sizeof(message), "unanswered");
    world_end(&w);
    random_source_finish(&source);
    return message;
}

START_TEST(a_crashed_leader_is_replaced)
{
    ck_assert_str_eq(violation_under("at 2ms crash p0.r0\n", 2000 * MS), "");
}
END_TEST

START_TEST(leaders_of_two_groups_that_crash_at_once_are_replaced)
{
    ck_assert_str_eq(violation_under("at 2ms crash p0.r0\nat 2ms crash p1.r0\n", 2000 * MS), "");
}
END_TEST

START_TEST(a_follower_catches_up_after_a_cut)
{
    ck_assert_str_eq(violation_under("at 1ms cut p0.r2 * for 30ms\n", 2000 * MS), "");
}
END_TEST

START_TEST(a_leader_that_receives_no_acknowledgements_is_replaced)
{
    /* It can still send, so followers receive its heartbeats, but no acknowledgement reaches it. */
    ck_assert_str_eq(violation_under("at 1ms cut-oneway p0.r1,p0.r2 p0.r0 for 200ms\n", 2000 * MS),
                     "");
}
END_TEST

START_TEST(commands_are_correct_under_loss_duplication_and_reordering)
{
    ck_assert_str_eq(violation_under("at 0s loss 10% * * for 1s\nat 0s duplicate 10% * * for 1s\n"
                                     "at 0s reorder 20% * * for 1s\n",
                                     20000 * MS),
                     "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("multicast");
    TCase *events = tcase_create("events");
    tcase_add_test(events, completions_and_broken_links_are_told_to_a_multicast);
    suite_add_tcase(suite, events);
    TCase *faults = tcase_create("faults");
    tcase_add_test(faults, a_crashed_leader_is_replaced);
    tcase_add_test(faults, leaders_of_two_groups_that_crash_at_once_are_replaced);
    tcase_add_test(faults, a_follower_catches_up_after_a_cut);
    tcase_add_test(faults, a_leader_that_receives_no_acknowledgements_is_replaced);
    tcase_add_test(faults, commands_are_correct_under_loss_duplication_and_reordering);
    suite_add_tcase(suite, faults);
    return test_main(suite);
}
