/* Atomic multicast: the number of steps, the groups that participate, and the faults that it
 * tolerates. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

/* Records when each replica delivered its first command. */
struct notebook {
    struct observer observer;
    uint64_t first_ns[64]; /* by node; 0: never */
    uint32_t deliveries;
};

static void note_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c, uint64_t timestamp)
{
    struct notebook *n = (struct notebook *)o;
    (void)group, (void)c, (void)timestamp;
    if (!n->first_ns[node]) n->first_ns[node] = now_ns;
    n->deliveries++;
}

static void ignore_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           uint64_t ballot)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)ballot;
}

static void ignore_issued(struct observer *o, uint32_t node, uint64_t now_ns,
                          const struct command *c)
{
    (void)o, (void)node, (void)now_ns, (void)c;
}

static void ignore_answered(struct observer *o, uint32_t node, uint64_t now_ns,
                            const struct command *c, const struct reply_view *reply,
                            uint32_t attempts)
{
    (void)o, (void)node, (void)now_ns, (void)c, (void)reply, (void)attempts;
}

static void ignore_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c;
}

static void ignore_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                            const struct command *c, uint64_t digest, const uint64_t *seen,
                            uint64_t state_hash)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c, (void)digest, (void)seen;
    (void)state_hash;
}

static const struct observer_ops notes = {
    .issued = ignore_issued,
    .multicast = ignore_issued,
    .answered = ignore_answered,
    .delivered = note_delivered,
    .started = ignore_started,
    .executed = ignore_executed,
    .leading = ignore_leading,
};

static const struct scripted to_one_group[] = {
    {.client = 0, .accesses = {{.variable = 0, .group = 0, .mode = ACCESS_WRITE}}},
};
static const struct scripted to_two_groups[] = {
    {.client = 0,
     .accesses = {{.variable = 0, .group = 0, .mode = ACCESS_WRITE},
                  {.variable = 1, .group = 1, .mode = ACCESS_WRITE}}},
};

/* One command into three groups of `replicas`; the notebook is complete after 100 ms. */
static void multicast_once(struct notebook *n, const struct scripted *command, uint32_t replicas)
{
    struct script_source source;
    struct world w;
    *n = (struct notebook){.observer = {&notes}};
    script_source_init(&source, command, command ? 1 : 0, 1);
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = world_steps_model,
                                          .groups = 3,
                                          .replicas = replicas,
                                          .clients = 1,
                                          .outstanding = 1,
                                          .source = &source.source,
                                          .observer = &n->observer,
                                          .seed = 1});
    sim_run(w.cluster.sim, 100 * MS, NULL);
    world_end(&w);
    script_source_finish(&source);
}

START_TEST(one_group_delivers_after_three_steps)
{
    /* 0 ms client: START; 1 ms leader: ACCEPT; 2 ms follower: ACCEPTED; 3 ms leader: delivered. */
    struct notebook n;
    multicast_once(&n, to_one_group, 3);
    ck_assert_uint_eq(n.first_ns[0], 3 * MS);
    multicast_once(&n, to_one_group, 5);
    ck_assert_uint_eq(n.first_ns[0], 3 * MS);
}
END_TEST

START_TEST(several_groups_deliver_after_six_steps)
{
    /* 3 ms: both groups have decided SET_HARD; 4 ms: the other leader has HARD; 6 ms: SYNC_HARD is
     * decided. */
    struct notebook n;
    multicast_once(&n, to_two_groups, 3);
    ck_assert_uint_eq(n.first_ns[0], 6 * MS);
    ck_assert_uint_eq(n.first_ns[3], 6 * MS);
}
END_TEST

START_TEST(followers_deliver_by_the_next_heartbeat)
{
    struct notebook n;
    multicast_once(&n, to_two_groups, 3);
    for (uint32_t node = 0; node < 6; node++) {
        ck_assert_uint_ge(n.first_ns[node], 6 * MS);
        ck_assert_uint_le(n.first_ns[node], 21 * MS);
    }
    ck_assert_uint_eq(n.deliveries, 6);
}
END_TEST

/* Messages that group 2 handles within 100 ms. */
static uint64_t traffic_of_group_two(const struct scripted *command)
{
    struct script_source source;
    struct world w;
    script_source_init(&source, command, command ? 1 : 0, 1);
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = world_steps_model,
                                          .groups = 3,
                                          .replicas = 3,
                                          .clients = 1,
                                          .outstanding = 1,
                                          .source = &source.source,
                                          .seed = 1});
    sim_run(w.cluster.sim, 100 * MS, NULL);
    uint64_t handled = 0;
    for (uint32_t node = 6; node < 9; node++)
        handled += sim_node_stats(w.cluster.sim, node)->messages_in;
    world_end(&w);
    script_source_finish(&source);
    return handled;
}

START_TEST(only_sender_and_destinations_take_part)
{
    /* Genuine: group 2 receives the same messages as without any command (its own heartbeats). */
    ck_assert_uint_eq(traffic_of_group_two(to_two_groups), traffic_of_group_two(NULL));
}
END_TEST

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
    TCase *steps = tcase_create("steps");
    tcase_add_test(steps, one_group_delivers_after_three_steps);
    tcase_add_test(steps, several_groups_deliver_after_six_steps);
    tcase_add_test(steps, followers_deliver_by_the_next_heartbeat);
    tcase_add_test(steps, only_sender_and_destinations_take_part);
    suite_add_tcase(suite, steps);
    TCase *faults = tcase_create("faults");
    tcase_add_test(faults, a_crashed_leader_is_replaced);
    tcase_add_test(faults, leaders_of_two_groups_that_crash_at_once_are_replaced);
    tcase_add_test(faults, a_follower_catches_up_after_a_cut);
    tcase_add_test(faults, a_leader_that_receives_no_acknowledgements_is_replaced);
    tcase_add_test(faults, commands_are_correct_under_loss_duplication_and_reordering);
    suite_add_tcase(suite, faults);
    return test_main(suite);
}
