/* Stories of plans, hints and retries when replicas are down and links broken: what is asked of
 * which replica, how long it takes, and how many messages. Steps take 1 ms, a leader time-out is
 * 100 ms. Where plans are made, a partition tells the oracle what it has executed at 20 ms; at 29
 * ms the plan is delivered and its replicas ask what it moves, at 31 ms they fetch that. */
#include <stdio.h>

#include "tests/lib/figures.h"
#include "tests/lib/stories.h"

#define STORY(script, ...)                                                               \
    (struct story)                                                                       \
    {                                                                                    \
        .scheme = "dynastar", .commands = (script), .count = COUNT(script), .groups = 2, \
        __VA_ARGS__                                                                      \
    }

/* Two of the variables are in p0, which therefore executes. */
#define TRIPLE ON(0, 0, RW), ON(1, 1, RW), ON(2, 0, RW)

enum {
    P0 = 1,
    P1 = 2,
    TRIPLE_CHANGES = 6, /* three accesses, three pairs */
    REPLICAS = 3,
    PARTITION_REPLICAS = 2 * REPLICAS,
};

static const uint32_t all_to_p1[STORY_VERTICES_MAX] = {1, 1, 1, 1, 1, 1, 1, 1};

/* Half a leader time-out as long as nothing has been measured; after one answer, which takes two
 * steps, that and sixteen times half of it. */
#define PATIENCE_AT_FIRST (50 * MS)
#define PATIENCE_MEASURED ((2 + 16 * 1) * MS)

/* ---- what is asked of replicas that are down ------------------------------------------------ */

/* Two plans; the second one moves nothing. */
static const struct scripted two_plans[] = {AT(1, 0, TRIPLE), AT(201, 0, TRIPLE)};

START_TEST(the_oracle_s_replica_of_the_same_number_is_asked)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct told *t =
        told_well(&STORY(two_plans, .clients = 1, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(t->world.result.plan_count, 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], 2 * PARTITION_REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], REPLICAS);
    told_end(t);
}
END_TEST

START_TEST(a_crashed_replica_of_the_oracle_is_asked_once)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct told *t = told_well(&STORY(two_plans, .clients = 1, .options = &options,
                                      .parts = all_to_p1, .faults = "at 10ms crash oracle.r2\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], 2 * PARTITION_REPLICAS + 2);
    told_end(t);
}
END_TEST

START_TEST(a_replica_whose_link_is_down_is_not_asked)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct told *t =
        told_well(&STORY(two_plans, .clients = 1, .options = &options, .parts = all_to_p1,
                         .faults = "at 10ms break p1.r2 oracle.r2\n"
                                   "at 10ms break p1.r1 p0.r1\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_PLAN_NEED], 2 * PARTITION_REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], REPLICAS);
    told_end(t);
}
END_TEST

/* p1's clients want v0 and v2, which the plan brings there; what they are told when. */
static const struct scripted then_v0_v2[] = {AT(1, 0, TRIPLE), AT(65, 1, ON(0, 1, RW)),
                                             AT(165, 1, ON(2, 1, RW))};
struct times {
    uint64_t v0_ns, v2_ns;
};

static struct times answered(const char *faults, uint32_t fetches)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct told *t = told_well(&STORY(then_v0_v2, .clients = 2, .options = &options,
                                      .parts = all_to_p1, .faults = faults));
    struct times times = {answer_to(t, 1, 1)->now_ns, answer_to(t, 1, 2)->now_ns};
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert_uint_eq(executed_by(t, 1, 2).word[0], P1);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], fetches);
    told_end(t);
    return times;
}

/* FETCHes leave p1.r0 at 68 and at 168 ms. */
START_TEST(what_is_asked_when_a_link_breaks_is_asked_elsewhere_at_once)
{
    struct times calm = answered("", 2 * REPLICAS);
    struct times broken = answered("at 68.5ms break p1.r0 p0.r0\n", 2 * REPLICAS + 1);
    ck_assert_uint_eq(broken.v0_ns, calm.v0_ns + MS / 2);
    ck_assert_uint_eq(broken.v2_ns, calm.v2_ns);
}
END_TEST

/* No report of the broken link comes: it is cut for less than the connection's time-out. */
START_TEST(what_is_not_answered_is_asked_elsewhere_and_the_next_there_first)
{
    struct times calm = answered("", 2 * REPLICAS);
    struct times cut = answered("at 68.5ms cut p1.r0 p0.r0 for 400ms\n", 2 * REPLICAS + 1);
    ck_assert_uint_eq(cut.v0_ns, calm.v0_ns + PATIENCE_AT_FIRST);
    ck_assert_uint_eq(cut.v2_ns, calm.v2_ns);
}
END_TEST

START_TEST(how_long_an_answer_is_waited_for_is_measured)
{
    struct times calm = answered("", 2 * REPLICAS);
    struct times cut = answered("at 168.5ms cut p1.r0 p0.r0 for 400ms\n", 2 * REPLICAS + 1);
    ck_assert_uint_eq(cut.v0_ns, calm.v0_ns);
    ck_assert_uint_eq(cut.v2_ns, calm.v2_ns + PATIENCE_MEASURED);
}
END_TEST

/* ---- what is fetched -------------------------------------------------------------------------
 */

#define THREE(of, g) ON(of, g, RW), ON((of) + 2, g, RW), ON((of) + 4, g, RW)

START_TEST(what_a_command_needs_is_one_fetch)
{
    static const struct scripted script[] = {AT(1, 0, THREE(0, 0)), AT(65, 1, THREE(0, 1))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct told *t =
        told_well(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P1);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_OBJECTS], REPLICAS);
    ck_assert_uint_eq(t->kinds[MESSAGE_RECEIVED], REPLICAS * REPLICAS);
    told_end(t);
}
END_TEST

START_TEST(what_the_commands_behind_need_is_fetched_with_it)
{
    /* The three are ordered together. The first one does not wait for the others to be queued. */
    static const struct scripted script[] = {AT(1, 0, THREE(0, 0)), AT(65, 1, ON(0, 1, RW)),
                                             AT(65, 2, ON(2, 1, RW)), AT(65, 3, ON(4, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct told *t =
        told_well(&STORY(script, .clients = 4, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], 2 * REPLICAS);
    told_end(t);
}
END_TEST

START_TEST(what_has_not_come_and_is_to_leave_again_is_one_fetch)
{
    /* The first plan brings v6, v8 and v10 to p1, the second one back, and v0, v2 and v4 there. */
    static const uint32_t parts[STORY_VERTICES_MAX] = {1, 1, 1, 0, 0, 0};
    static const struct scripted script[] = {AT(1, 0, THREE(6, 0)), AT(101, 0, THREE(0, 0)),
                                             AT(201, 1, THREE(6, 0))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, true);
    struct told *t = told_well(&STORY(script, .clients = 2, .options = &options, .parts = parts));
    ck_assert_uint_ge(t->world.result.plan_count, 2);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P0);
    ck_assert_uint_eq(t->kinds[MESSAGE_FETCH], (1 + 1) * REPLICAS);
    told_end(t);
}
END_TEST

#define TPCC "-s dynastar -k 4 -p random -w tpcc:warehouses=4,customers=60,items=500 --clients 64 "

START_TEST(lazy_takes_no_more_messages_than_eager)
{
    static const char line[] = TPCC "--rate 4k/s --duration 3s --hints 200ms --plan-every 1s ";
    char lazy_line[256];
    snprintf(lazy_line, sizeof(lazy_line), "%s--transfer lazy", line);
    struct figures eager = figures_of(line), lazy = figures_of(lazy_line);
    ck_assert_uint_ge(lazy.plans, 2);
    ck_assert_double_le(lazy.messages_per_command, 1.1 * eager.messages_per_command);
}
END_TEST

/* ---- hints ---------------------------------------------------------------------------------- */

static const struct scripted once[] = {AT(1, 0, TRIPLE)};

/* When the first multicast of that purpose was made, and by which node. */
static const struct told_multicast *first(const struct told *t, enum purpose purpose)
{
    for (uint32_t i = 0; i < t->multicast_count; i++)
        if (t->multicasts[i].purpose == purpose) return &t->multicasts[i];
    ck_abort_msg("no multicast of purpose %d", (int)purpose);
    return NULL;
}

START_TEST(a_hint_is_answered_and_not_repeated)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct told *t = told_well(&STORY(once, .clients = 1, .options = &options, .parts = all_to_p1));
    ck_assert_uint_eq(first(t, PURPOSE_HINT)->now_ns, 20 * MS);
    /* The command's to two leaders, the hint's to one, the plan's to two. */
    ck_assert_uint_eq(t->kinds[MESSAGE_START], 2 + 1 + 2);
    ck_assert_uint_eq(t->kinds[MESSAGE_REPLY], 2);
    told_end(t);
}
END_TEST

START_TEST(a_lost_hint_is_repeated)
{
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct story story = STORY(once, .clients = 1, .options = &options, .parts = all_to_p1);
    struct told *calm = told_well(&story);
    story.faults = "at 19ms cut p0.r0 oracle.* for 20ms\n";
    struct told *t = told_well(&story);
    ck_assert_uint_eq(multicasts(t, PURPOSE_HINT), 1);
    ck_assert_uint_eq(first(t, PURPOSE_PLAN)->now_ns,
                      first(calm, PURPOSE_PLAN)->now_ns + PATIENCE_AT_FIRST);
    told_end(t);
    told_end(calm);
}
END_TEST

START_TEST(plans_go_on_without_the_oracle_s_first_leader)
{
    /* It takes the hint of 20 ms with it. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(1000, 1, ON(3, 1, RW))};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    struct told *t = told_well(&STORY(script, .clients = 2, .options = &options, .parts = all_to_p1,
                                      .faults = "at 20.5ms crash oracle.r0\n"));
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    ck_assert_uint_eq(owner(t, 0), 1);
    told_end(t);
}
END_TEST

START_TEST(a_partition_s_next_leader_tells_what_is_executed_then)
{
    /* What the former one has seen is lost; it would have told of it at 50 ms. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(505, 0, TRIPLE)};
    struct scheme_options options = with_plans(TRIPLE_CHANGES, false);
    options.hint_ns = 50 * MS;
    struct told *t = told_well(&STORY(script, .clients = 1, .options = &options, .parts = all_to_p1,
                                      .faults = "at 45ms crash p0.r0\n"));
    ck_assert_uint_eq(multicasts(t, PURPOSE_HINT), 1);
    ck_assert_uint_eq(first(t, PURPOSE_HINT)->node, 1);
    ck_assert_uint_eq(first(t, PURPOSE_HINT)->now_ns, 550 * MS);
    ck_assert_uint_eq(t->world.result.plan_count, 1);
    told_end(t);
}
END_TEST

/* ---- bounded attempts ----------------------------------------------------------------------- */

START_TEST(after_its_retries_all_partitions_execute_it)
{
    /* v1 stays in p0, where it was borrowed; the second client does not know. */
    static const struct scripted script[] = {AT(1, 0, TRIPLE), AT(60, 1, ON(1, 1, RW))};
    struct scheme_options options = world_options("dynastar");
    options.returns = false;
    options.retries = 1;
    struct told *t = told_well(&STORY(script, .clients = 2, .options = &options));
    ck_assert_uint_eq(answer_to(t, 1, 1)->attempts, 2);
    ck_assert_uint_eq(answer_to(t, 1, 1)->seen, 1);
    ck_assert_uint_eq(executed_by(t, 1, 1).word[0], P0 | P1);
    ck_assert_uint_eq(multicasts(t, PURPOSE_ASK), 0);
    ck_assert_uint_eq(owner(t, 1), 0);
    told_end(t);
}
END_TEST

START_TEST(commands_that_take_variables_from_each_other_come_to_an_end)
{
    struct figures f = figures_of(
        "-s dynastar -k 2 -w tpcc:warehouses=1,customers=20,items=50,orders=20 -m rdma-xl170 "
        "-p random --clients 3 --rate 100k/s --duration 10ms --hints off --return no");
    ck_assert_uint_gt(f.fallbacks, 0);
    figures_of("-s dynastar -k 4 -w kv:variables=20,multi-put=50,keys=3 -p random --clients 32 "
               "--commands 2000 --return no --retries 2");
}
END_TEST

/* ---- rates ---------------------------------------------------------------------------------- */

/* Clients whose plans find everything: with 1000 users the load of a community is even. */
#define CHIRPER "-s dynastar -k 4 -p random -w chirper:users=1000,communities=4 "
#define PATIENT "-m cluster-2014:timeout.retry=10s,connection.timeout=10s "

static double last_half_per_s(const struct figures *f)
{
    double sum = 0;
    uint32_t first = f->intervals / 2;
    for (uint32_t i = first; i < f->intervals; i++) sum += f->interval[i].throughput_per_s;
    return sum / (f->intervals - first);
}

/* A replica that crashes, and how often plans are made. */
static const struct {
    const char *victim, *line;
} crashes[] = {
    {"p0.r0", CHIRPER PATIENT "--plan-every 1s --duration 4s"},
    {"p2.r1", CHIRPER "--plan-every 250ms --hints 100ms --duration 3s --replicas 5"},
    {"oracle.r0", CHIRPER "--plan-every 1s --duration 4s --replicas 5"},
    {"oracle.r1", CHIRPER PATIENT "--plan-every 250ms --hints 100ms --duration 3s"},
    {"p1.r0", CHIRPER PATIENT "--plan-every 250ms --hints 100ms --duration 3s --transfer lazy"},
};

START_TEST(plans_go_on_at_the_rate_of_those_who_are_left)
{
    char faults[64];
    snprintf(faults, sizeof(faults), "at 0ms crash %s\n", crashes[_i].victim);
    struct figures reference = figures_with(faults, crashes[_i].line);
    snprintf(faults, sizeof(faults), "at 700ms crash %s\n", crashes[_i].victim);
    struct figures f = figures_with(faults, crashes[_i].line);
    ck_assert_uint_ge(f.plans, reference.plans - 1);
    ck_assert_msg(last_half_per_s(&f) >= 0.9 * last_half_per_s(&reference),
                  "%s crashes: %.0f commands/s, %.0f with it down from the start",
                  crashes[_i].victim, last_half_per_s(&f), last_half_per_s(&reference));
}
END_TEST

static const char *const leaders_and_followers[] = {"oracle.r0", "oracle.r1", "p0.r0", "p1.r2"};

START_TEST(plans_by_changes_go_on_whoever_crashes)
{
    static const char line[] = CHIRPER "--plan-changes 100000 --hints 500ms --duration 3s";
    char faults[64];
    snprintf(faults, sizeof(faults), "at 700ms crash %s\n", leaders_and_followers[_i]);
    struct figures f = figures_with(faults, line);
    ck_assert_uint_ge(f.plans, 2);
    ck_assert_double_ge(f.last_plan_s, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfer");
    TCase *c = tcase_create("transfer");
    tcase_set_timeout(c, 0);
    tcase_add_test(c, the_oracle_s_replica_of_the_same_number_is_asked);
    tcase_add_test(c, a_crashed_replica_of_the_oracle_is_asked_once);
    tcase_add_test(c, a_replica_whose_link_is_down_is_not_asked);
    tcase_add_test(c, what_is_asked_when_a_link_breaks_is_asked_elsewhere_at_once);
    tcase_add_test(c, what_is_not_answered_is_asked_elsewhere_and_the_next_there_first);
    tcase_add_test(c, how_long_an_answer_is_waited_for_is_measured);
    tcase_add_test(c, what_a_command_needs_is_one_fetch);
    tcase_add_test(c, what_the_commands_behind_need_is_fetched_with_it);
    tcase_add_test(c, what_has_not_come_and_is_to_leave_again_is_one_fetch);
    tcase_add_test(c, lazy_takes_no_more_messages_than_eager);
    tcase_add_test(c, a_hint_is_answered_and_not_repeated);
    tcase_add_test(c, a_lost_hint_is_repeated);
    tcase_add_test(c, plans_go_on_without_the_oracle_s_first_leader);
    tcase_add_test(c, a_partition_s_next_leader_tells_what_is_executed_then);
    tcase_add_test(c, after_its_retries_all_partitions_execute_it);
    tcase_add_test(c, commands_that_take_variables_from_each_other_come_to_an_end);
    tcase_add_loop_test(c, plans_go_on_at_the_rate_of_those_who_are_left, 0, COUNT(crashes));
    tcase_add_loop_test(c, plans_by_changes_go_on_whoever_crashes, 0, COUNT(leaders_and_followers));
    suite_add_tcase(suite, c);
    return test_main(suite);
}
