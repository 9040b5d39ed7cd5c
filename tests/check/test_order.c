/*
 * The checkers of atomic multicast, and the ledger's multicasts that they check. Each test reports
 * events by hand (followed.h).
 */
#include "analysis/check/order.h"
#include "base/random.h"
#include "tests/lib/followed.h"

/* Only this order property fails, with that reason. */
static void assert_only(enum order_property property, const char *reason)
{
    for (int i = 0; i < ORDER_PROPERTIES; i++)
        if (i != (int)property)
            ck_assert_msg(order.properties[i].result == RESULT_OK, "%s: %s",
                          order.properties[i].name, order.properties[i].reason);
    assert_fails(&order.properties[property], reason);
}

static void assert_all_ok(void)
{
    ck_assert_msg(verdict_of(order.properties, ORDER_PROPERTIES) == RESULT_OK, "%s%s%s",
                  order.properties[ORDER_ACYCLIC].reason, order.properties[ORDER_PREFIX].reason,
                  order.properties[ORDER_UNIFORM].reason);
}

/* ---- delivery order ------------------------------------------------------------------------- */

START_TEST(equal_orders_of_groups_are_accepted)
{
    uint32_t a = issue(0, 3), b = issue(1, 3), c = issue(2, 1);
    deliver(0, a);
    deliver(0, c);
    deliver(0, b);
    deliver(1, a);
    deliver(1, b);
    check_order(true);
    assert_all_ok();
}
END_TEST

START_TEST(a_delivery_of_a_command_never_issued_is_detected)
{
    order_delivered(&order, 0, 0, LEDGER_NONE, (struct command_id){.client = 3, .seq = 9}, 1);
    assert_only(ORDER_INTEGRITY, "p0.r0 delivered c3.9, which was not multicast");
}
END_TEST

START_TEST(a_delivery_to_a_group_that_is_no_destination_is_detected)
{
    deliver_at(1, 0, issue(0, 1));
    assert_only(ORDER_INTEGRITY, "p1.r0 delivered c0.1, which is not addressed to p1");
}
END_TEST

START_TEST(a_double_delivery_is_detected)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    deliver_at(0, 1, a);
    assert_only(ORDER_INTEGRITY, "p0.r1 delivered c0.1 twice");
}
END_TEST

START_TEST(a_double_delivery_of_a_follower_is_detected)
{
    uint32_t a = issue(0, 1), b = issue(0, 1);
    deliver_at(0, 0, a);
    deliver_at(0, 0, b);
    deliver_at(0, 1, a);
    deliver_at(0, 1, a);
    deliver_at(0, 1, b);
    check_order(true);
    assert_only(ORDER_INTEGRITY, "p0.r1 delivered c0.1 twice");
}
END_TEST

START_TEST(a_replica_that_skips_a_delivery_is_detected)
{
    uint32_t a = issue(0, 1), b = issue(0, 1), c = issue(1, 1);
    deliver(0, a);
    deliver_at(0, 0, b);
    deliver_at(0, 0, c);
    deliver_at(0, 1, c);
    check_order(true);
    assert_only(ORDER_AGREEMENT,
                "p0.r1 delivered c1.1 as number 2, where another replica of p0 delivered c0.2");
}
END_TEST

START_TEST(decreasing_timestamps_are_detected)
{
    uint32_t a = issue(0, 1), b = issue(0, 1);
    order_delivered(&order, 0, 0, a, id_of(a), 70);
    order_delivered(&order, 0, 0, b, id_of(b), 70);
    assert_only(ORDER_TIMESTAMPS, "p0.r0 delivered c0.2 with timestamp 70 after one with 70");
}
END_TEST

START_TEST(opposite_orders_in_two_groups_are_a_cycle)
{
    uint32_t a = issue(0, 3), b = issue(1, 3);
    deliver(0, a);
    deliver(0, b);
    deliver(1, b);
    deliver(1, a);
    check_order(true);
    assert_only(ORDER_ACYCLIC,
                "a cycle: p1 delivered c1.1 before c0.1; p0 delivered c0.1 before c1.1");
}
END_TEST

/* No two groups disagree on two commands; only all three together do. */
START_TEST(a_cycle_over_three_groups_is_detected)
{
    uint32_t ab = issue(0, 3), bc = issue(1, 6), ca = issue(2, 5);
    uint32_t local = issue(3, 1);
    deliver(0, ab);
    deliver(0, local);
    deliver(0, ca);
    deliver(1, bc);
    deliver(1, ab);
    deliver(2, ca);
    deliver(2, bc);
    check_order(true);
    assert_only(ORDER_ACYCLIC, "a cycle: p1 delivered c1.1 before c0.1; p2 delivered c2.1 before "
                               "c1.1; p0 delivered c0.1 before c2.1");
}
END_TEST

START_TEST(a_gap_before_a_common_command_breaks_prefix_order)
{
    uint32_t a = issue(0, 3), b = issue(1, 3);
    deliver(0, a);
    deliver(0, b);
    deliver(1, b);
    check_order(false);
    assert_fails(&order.properties[ORDER_PREFIX],
                 "c0.1 and c1.1 are addressed to p0 and p1: p0 delivered c0.1, not after c1.1, "
                 "which p1 delivered without c0.1");
    ck_assert_int_eq(order.properties[ORDER_ACYCLIC].result, RESULT_OK);
}
END_TEST

START_TEST(two_groups_each_lacking_a_command_of_the_other_break_prefix_order)
{
    uint32_t a = issue(0, 3), b = issue(1, 3);
    deliver(0, a);
    deliver(1, b);
    check_order(false);
    ck_assert_int_eq(order.properties[ORDER_PREFIX].result, RESULT_FAIL);
}
END_TEST

START_TEST(a_group_that_is_behind_keeps_prefix_order)
{
    uint32_t a = issue(0, 3), b = issue(1, 3), local = issue(2, 2);
    deliver(0, a);
    deliver(0, b);
    deliver(1, a);
    deliver(1, local);
    check_order(false);
    ck_assert_int_eq(order.properties[ORDER_PREFIX].result, RESULT_OK);
    ck_assert_int_eq(order.properties[ORDER_UNIFORM].result, RESULT_UNKNOWN);
}
END_TEST

START_TEST(a_group_that_never_delivers_a_command_is_detected)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    check_order(true);
    assert_only(ORDER_UNIFORM, "c0.1 was delivered by p0 but never by p1.r0");
}
END_TEST

START_TEST(a_replica_that_never_delivers_a_command_is_detected)
{
    uint32_t a = issue(0, 1);
    deliver_at(0, 0, a);
    crashed[topology_replica(&topology, 0, 0)] = true; /* uniform: crashed replicas count too */
    crashed[topology_replica(&topology, 0, 2)] = false;
    check_order(true);
    assert_only(ORDER_UNIFORM, "c0.1 was delivered by p0 but never by p0.r1");
}
END_TEST

START_TEST(crashed_replicas_need_not_deliver)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver_at(1, 1, a);
    deliver_at(1, 2, a);
    crashed[topology_replica(&topology, 1, 0)] = true;
    crashed[topology_replica(&topology, 1, 2)] = false;
    check_order(true);
    assert_all_ok();
}
END_TEST

/* ---- multicasts: rounds, purposes, replicas that multicast ----------------------------------- */

START_TEST(each_round_of_a_command_is_a_separate_multicast)
{
    /* c0.1 is refused by p0, queried at p3, and executed by p1; the rounds are reported out of
     * order. */
    uint32_t first = issue(0, 1), third = again(first, 2, PURPOSE_EXECUTE, 2);
    uint32_t second = again(first, 1, PURPOSE_CONSULT, 8);
    ck_assert_uint_eq(ledger_find_cast(&ledger, id_of(first)), first);
    ck_assert_uint_eq(ledger_find_cast(&ledger, id_of(second)), second);
    ck_assert_uint_eq(ledger_find_cast(&ledger, id_of(third)), third);
    struct command_id never = {.client = 0, .round = 3, .seq = 1};
    ck_assert_uint_eq(ledger_find_cast(&ledger, never), LEDGER_NONE);
    ck_assert_uint_eq(ledger.command_count, 1);
    ck_assert_uint_eq(ledger.casts[first].next, second);
    ck_assert_uint_eq(ledger.casts[second].next, third);
    ck_assert_str_eq(ledger_cast_name(&ledger, second).text, "c0.1/1 (consult)");
    ck_assert_str_eq(ledger_cast_name(&ledger, third).text, "c0.1/2");
    deliver(0, first);
    deliver(3, second);
    deliver(1, third);
    check_order(true);
    assert_all_ok();
}
END_TEST

START_TEST(a_delivery_of_a_round_never_multicast_is_detected)
{
    issue(0, 1);
    order_delivered(&order, 0, 0, LEDGER_NONE,
                    (struct command_id){.client = 0, .round = 1, .seq = 1}, 1);
    assert_only(ORDER_INTEGRITY, "p0.r0 delivered c0.1/1, which was not multicast");
}
END_TEST

START_TEST(rounds_count_in_the_order_over_groups)
{
    uint32_t a = issue(0, 3), b = issue(1, 1);
    uint32_t moved = again(b, 1, PURPOSE_MOVE, 3);
    deliver(0, a);
    deliver(0, moved);
    deliver(1, moved);
    deliver(1, a);
    check_order(true);
    ck_assert_str_eq(order.properties[ORDER_ACYCLIC].reason,
                     "a cycle: p1 delivered c1.1/1 (move) before c0.1; p0 delivered c0.1 before "
                     "c1.1/1 (move)");
}
END_TEST

START_TEST(hints_and_plans_are_multicast_by_replicas)
{
    struct command_id hint = {
        .client = topology_sender(&topology, topology_replica(&topology, 1, 0)), .seq = 1};
    struct command_id plan = {
        .client = topology_sender(&topology, topology_replica(&topology, 3, 0)), .seq = 1};
    uint32_t a, b;
    ck_assert_int_eq(multicast(hint, PURPOSE_HINT, 8, &a), LEDGER_NEW);
    ck_assert_int_eq(multicast(plan, PURPOSE_PLAN, 15, &b), LEDGER_NEW);
    ck_assert_str_eq(ledger_cast_name(&ledger, a).text, "hint 1 of p1.r0");
    ck_assert_str_eq(ledger_cast_name(&ledger, b).text, "plan 1");
    ck_assert_uint_eq(ledger.command_count, 0);
    deliver(3, a);
    for (uint32_t group = 0; group < GROUPS; group++) deliver(group, b);
    check_order(true);
    assert_all_ok();
    ck_assert_uint_eq(ledger_find_cast(&ledger, plan), b);
    plan.seq = 2;
    order_delivered(&order, 0, 0, ledger_find_cast(&ledger, plan), plan, clock_ns++);
    assert_only(ORDER_INTEGRITY, "p0.r0 delivered multicast 2 of p3.r0, which was not multicast");
}
END_TEST

START_TEST(successive_leaders_may_report_a_plan_again_but_not_another)
{
    struct command_id plan = {
        .client = topology_sender(&topology, topology_replica(&topology, 3, 0)), .seq = 1};
    uint32_t first, cast;
    multicast(plan, PURPOSE_PLAN, 15, &first);
    ck_assert_int_eq(multicast(plan, PURPOSE_PLAN, 15, &cast), LEDGER_KNOWN);
    ck_assert_uint_eq(cast, first);
    ck_assert_uint_eq(ledger.cast_count, 1);
    ck_assert_int_eq(multicast(plan, PURPOSE_PLAN, 7, &cast), LEDGER_DIFFERS);
    ck_assert_int_eq(multicast(plan, PURPOSE_REPARTITION, 15, &cast), LEDGER_DIFFERS);
    ck_assert_uint_eq(cast, first);
    order_differs(&order, topology_replica(&topology, 3, 1), cast);
    assert_only(ORDER_INTEGRITY,
                "p3.r1 multicast plan 1 again, with another purpose or to other groups");
}
END_TEST

START_TEST(a_multicast_of_a_command_never_issued_is_detected)
{
    uint32_t cast;
    struct command_id id = {.client = 4, .round = 1, .seq = 7};
    ck_assert_int_eq(multicast(id, PURPOSE_ASK, 8, &cast), LEDGER_UNISSUED);
    ck_assert_uint_eq(cast, LEDGER_NONE);
    order_unissued(&order, topology_replica(&topology, 3, 0), id);
    assert_only(ORDER_INTEGRITY, "p3.r0 multicast c4.7/1, which no client issued");
}
END_TEST

START_TEST(partitions_of_a_command_are_counted_without_its_questions)
{
    uint32_t a = issue(0, 1);
    again(a, 1, PURPOSE_CONSULT, 15);
    ck_assert_uint_eq(ledger.commands[0].partitions, 1);
    again(a, 2, PURPOSE_MOVE, 3);
    ck_assert_uint_eq(ledger.commands[0].partitions, 2);
    again(a, 3, PURPOSE_EXECUTE, 1);
    ck_assert_uint_eq(ledger.commands[0].partitions, 2);
}
END_TEST

START_TEST(the_oracle_has_a_name_and_is_no_partition)
{
    struct topology with = topology;
    with.oracle = true;
    tear_down();
    set_up();
    ledger.topology = with;
    issue(0, 11); /* p0, p1 and the last group */
    ck_assert_uint_eq(ledger.commands[0].partitions, 2);
    ck_assert_str_eq(ledger_node_name(&with, topology_replica(&with, 3, 1)).text, "oracle.r1");
    ck_assert_str_eq(ledger_node_name(&with, topology_replica(&with, 2, 1)).text, "p2.r1");
    ck_assert_str_eq(ledger_node_name(&with, topology_client(&with, 0)).text, "c0");
    ck_assert_str_eq(ledger_group_name(&with, 3).text, "oracle");
}
END_TEST

/* ---- random orders, against the definitions ------------------------------------------------- */

enum { CHANCE_COMMANDS = 8 };

/* Where each group delivers each command, -1: never. */
struct chance {
    uint32_t dests[CHANCE_COMMANDS];
    int position[GROUPS][CHANCE_COMMANDS];
};

static bool has_cycle(const struct chance *c)
{
    bool before[CHANCE_COMMANDS][CHANCE_COMMANDS] = {{false}};
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < CHANCE_COMMANDS; i++)
            for (int j = 0; j < CHANCE_COMMANDS; j++)
                if (c->position[g][i] >= 0 && c->position[g][j] > c->position[g][i])
                    before[i][j] = true;
    for (int k = 0; k < CHANCE_COMMANDS; k++)
        for (int i = 0; i < CHANCE_COMMANDS; i++)
            for (int j = 0; j < CHANCE_COMMANDS; j++)
                before[i][j] = before[i][j] || (before[i][k] && before[k][j]);
    for (int i = 0; i < CHANCE_COMMANDS; i++)
        if (before[i][i]) return true;
    return false;
}

/* g delivers i and h delivers j, both addressed to both: one of them must have delivered the other
 * command before. */
static bool breaks_prefix(const struct chance *c, int g, int h, int i, int j)
{
    uint32_t both = 1u << g | 1u << h;
    if ((c->dests[i] & both) != both || (c->dests[j] & both) != both) return false;
    if (c->position[g][i] < 0 || c->position[h][j] < 0) return false;
    bool g_first = c->position[g][j] >= 0 && c->position[g][j] < c->position[g][i];
    bool h_first = c->position[h][i] >= 0 && c->position[h][i] < c->position[h][j];
    return !g_first && !h_first;
}

static bool prefix_broken(const struct chance *c)
{
    for (int g = 0; g < GROUPS; g++)
        for (int h = 0; h < GROUPS; h++)
            for (int i = 0; i < CHANCE_COMMANDS; i++)
                for (int j = 0; j < CHANCE_COMMANDS; j++)
                    if (g != h && i != j && breaks_prefix(c, g, h, i, j)) return true;
    return false;
}

/* Groups deliver in one common order, each up to some point; then a few deliveries are changed. */
static void draw(struct chance *c, struct random *random)
{
    for (int i = 0; i < CHANCE_COMMANDS; i++)
        c->dests[i] = 1 + (uint32_t)random_below(random, (1u << GROUPS) - 1);
    for (int g = 0; g < GROUPS; g++) {
        uint32_t sequence[CHANCE_COMMANDS], count = 0;
        uint64_t stop = 4 + random_below(random, CHANCE_COMMANDS);
        for (uint32_t i = 0; i < CHANCE_COMMANDS && i < stop; i++)
            if (c->dests[i] >> g & 1 && !random_chance(random, 1, 40)) sequence[count++] = i;
        if (count > 1 && random_chance(random, 1, 8)) {
            uint64_t at = random_below(random, count - 1);
            uint32_t first = sequence[at];
            sequence[at] = sequence[at + 1];
            sequence[at + 1] = first;
        }
        for (int i = 0; i < CHANCE_COMMANDS; i++) c->position[g][i] = -1;
        for (uint32_t i = 0; i < count; i++) {
            c->position[g][sequence[i]] = (int)i;
            deliver((uint32_t)g, sequence[i]);
        }
    }
}

START_TEST(random_orders_agree_with_the_definitions)
{
    uint32_t cycles = 0, broken = 0;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct random random = random_named(seed, "test", "order");
        struct random again = random;
        struct chance c;
        tear_down();
        set_up();
        for (int i = 0; i < CHANCE_COMMANDS; i++)
            issue((uint32_t)i, 1 + (uint32_t)random_below(&again, (1u << GROUPS) - 1));
        draw(&c, &random);
        check_order(false);
        bool cycle = has_cycle(&c), prefix = prefix_broken(&c);
        ck_assert_msg((order.properties[ORDER_ACYCLIC].result == RESULT_FAIL) == cycle,
                      "seed %llu: %d, %s", (unsigned long long)seed, cycle,
                      order.properties[ORDER_ACYCLIC].reason);
        /* Opposite orders of two commands break both; the checker reports the cycle. */
        if (!cycle)
            ck_assert_msg((order.properties[ORDER_PREFIX].result == RESULT_FAIL) == prefix,
                          "seed %llu: %d, %s", (unsigned long long)seed, prefix,
                          order.properties[ORDER_PREFIX].reason);
        cycles += cycle;
        broken += prefix && !cycle;
    }
    ck_assert_uint_gt(cycles, 300);
    ck_assert_uint_gt(broken, 300);
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

static void add_order(Suite *suite)
{
    TCase *c = tcase_create("order");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, equal_orders_of_groups_are_accepted);
    tcase_add_test(c, a_delivery_of_a_command_never_issued_is_detected);
    tcase_add_test(c, a_delivery_to_a_group_that_is_no_destination_is_detected);
    tcase_add_test(c, a_double_delivery_is_detected);
    tcase_add_test(c, a_double_delivery_of_a_follower_is_detected);
    tcase_add_test(c, a_replica_that_skips_a_delivery_is_detected);
    tcase_add_test(c, decreasing_timestamps_are_detected);
    tcase_add_test(c, opposite_orders_in_two_groups_are_a_cycle);
    tcase_add_test(c, a_cycle_over_three_groups_is_detected);
    tcase_add_test(c, a_gap_before_a_common_command_breaks_prefix_order);
    tcase_add_test(c, two_groups_each_lacking_a_command_of_the_other_break_prefix_order);
    tcase_add_test(c, a_group_that_is_behind_keeps_prefix_order);
    tcase_add_test(c, a_group_that_never_delivers_a_command_is_detected);
    tcase_add_test(c, a_replica_that_never_delivers_a_command_is_detected);
    tcase_add_test(c, crashed_replicas_need_not_deliver);
    tcase_add_test(c, each_round_of_a_command_is_a_separate_multicast);
    tcase_add_test(c, a_delivery_of_a_round_never_multicast_is_detected);
    tcase_add_test(c, rounds_count_in_the_order_over_groups);
    tcase_add_test(c, hints_and_plans_are_multicast_by_replicas);
    tcase_add_test(c, successive_leaders_may_report_a_plan_again_but_not_another);
    tcase_add_test(c, a_multicast_of_a_command_never_issued_is_detected);
    tcase_add_test(c, partitions_of_a_command_are_counted_without_its_questions);
    tcase_add_test(c, the_oracle_has_a_name_and_is_no_partition);
    tcase_add_test(c, random_orders_agree_with_the_definitions);
    suite_add_tcase(suite, c);
}

int main(void)
{
    Suite *suite = suite_create("order");
    add_order(suite);
    return test_main(suite);
}
