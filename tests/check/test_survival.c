/* Permanent faults: which groups remain operational, and which commands need not be answered.
 * Events are reported by hand (followed.h): p0 to p3 have three replicas each, all alive unless the
 * test reports a crash. */
#include <string.h>

#include "tests/lib/followed.h"

enum { CUTS_MAX = 64 };

static struct {
    uint32_t a, b;
} cuts[CUTS_MAX];
static uint32_t cut_count;

static uint32_t replica(uint32_t group, uint32_t index)
{
    return topology_replica(&topology, group, index);
}

static bool linked(void *context, uint32_t a, uint32_t b)
{
    (void)context;
    for (uint32_t i = 0; i < cut_count; i++)
        if ((cuts[i].a == a && cuts[i].b == b) || (cuts[i].a == b && cuts[i].b == a)) return false;
    return true;
}

static void cut(uint32_t a, uint32_t b)
{
    ck_assert_uint_lt(cut_count, CUTS_MAX);
    cuts[cut_count].a = a;
    cuts[cut_count++].b = b;
}

static void cut_groups(uint32_t g, uint32_t h)
{
    for (uint32_t i = 0; i < REPLICAS; i++)
        for (uint32_t j = 0; j < REPLICAS; j++) cut(replica(g, i), replica(h, j));
}

static void all_replicas_alive(void)
{
    set_up();
    cut_count = 0;
    memset(crashed, 0, sizeof(crashed));
}

static void assess(void)
{
    survival_finish(&survival);
    survival_init(&survival, &ledger, crashed, &(struct survival_links){linked, NULL});
    order_check(&order, &survival, true);
    answers_check(&answers, crashed + topology_client(&topology, 0), &survival, true);
}

static void expect(enum result result, const char *reason)
{
    assess();
    ck_assert_str_eq(survival.property.reason, reason);
    ck_assert_int_eq(survival.property.result, result);
}

static uint32_t command_of(uint32_t cast)
{
    return ledger.casts[cast].command;
}

static enum result all_answered(void)
{
    return answers.properties[ANSWERS_EVERY].result;
}

/* ---- groups --------------------------------------------------------------------------------- */

START_TEST(a_minority_may_crash)
{
    crashed[replica(1, 2)] = true;
    expect(RESULT_OK, "");
}
END_TEST

START_TEST(a_majority_that_crashes_is_named)
{
    crashed[replica(1, 0)] = crashed[replica(1, 2)] = true;
    expect(RESULT_UNKNOWN, "p1 has no connected majority left: r0, r2 crashed");
}
END_TEST

START_TEST(a_majority_without_links_is_lost)
{
    cut(replica(1, 0), replica(1, 1));
    cut(replica(1, 0), replica(1, 2));
    expect(RESULT_OK, "");
    cut(replica(1, 1), replica(1, 2));
    expect(RESULT_UNKNOWN, "p1 has no connected majority left: its links are cut");
}
END_TEST

/* It counts as crashed. */
START_TEST(a_disconnected_replica_need_not_deliver)
{
    uint32_t a = issue(0, 1);
    deliver_at(0, 0, a);
    deliver_at(0, 1, a);
    assess();
    assert_fails(&order.properties[ORDER_UNIFORM], "c0.1 was delivered by p0 but never by p0.r2");
    order.properties[ORDER_UNIFORM].result = RESULT_OK;
    cut(replica(0, 0), replica(0, 2));
    cut(replica(0, 1), replica(0, 2));
    expect(RESULT_OK, "");
    ck_assert_int_eq(order.properties[ORDER_UNIFORM].result, RESULT_OK);
}
END_TEST

/* r1 receives everything through r2. */
START_TEST(a_replica_connected_to_another_one_must_deliver)
{
    uint32_t a = issue(0, 1);
    deliver_at(0, 0, a);
    deliver_at(0, 2, a);
    cut(replica(0, 0), replica(0, 1));
    expect(RESULT_OK, "");
    assert_fails(&order.properties[ORDER_UNIFORM], "c0.1 was delivered by p0 but never by p0.r1");
}
END_TEST

/* ---- pending commands ----------------------------------------------------------------------- */

START_TEST(a_command_that_needs_a_lost_group_need_not_be_answered)
{
    uint32_t lost = issue(0, 1 << 1 | 1 << 0);
    crashed[replica(1, 0)] = crashed[replica(1, 1)] = true;
    assess();
    ck_assert_uint_eq(survival_blocking_group(&survival, command_of(lost)),
                      0); /* and p0 waits for p1 */
    ck_assert_int_eq(all_answered(), RESULT_UNKNOWN);
}
END_TEST

START_TEST(a_command_that_needs_no_lost_group_must_be_answered)
{
    uint32_t other = issue(0, 1 << 2);
    crashed[replica(1, 0)] = crashed[replica(1, 1)] = true;
    assess();
    ck_assert_uint_eq(survival_blocking_group(&survival, command_of(other)), GROUPS_MAX);
    ck_assert_int_eq(all_answered(), RESULT_FAIL);
}
END_TEST

/* p2 executes in order, so commands behind one that involves p1 wait. */
START_TEST(a_command_queued_behind_one_for_a_lost_group_need_not_be_answered)
{
    issue(0, 1 << 1 | 1 << 2);
    issue(1, 1 << 2 | 1 << 3);
    uint32_t behind = issue(2, 1 << 3);
    crashed[replica(1, 0)] = crashed[replica(1, 1)] = true;
    assess();
    ck_assert_uint_eq(survival_blocking_group(&survival, command_of(behind)), 3);
}
END_TEST

START_TEST(an_executed_command_for_a_lost_group_delays_no_others)
{
    uint32_t done = issue(0, 1 << 1 | 1 << 2), behind = issue(1, 1 << 2);
    deliver(1, done);
    deliver(2, done);
    execute_at(1, 0, done, (struct outcome){.digest = 7});
    execute_at(2, 0, done, (struct outcome){.digest = 7});
    crashed[replica(1, 0)] = crashed[replica(1, 1)] = true;
    assess();
    ck_assert_uint_eq(survival_blocking_group(&survival, command_of(behind)), GROUPS_MAX);
}
END_TEST

/* ---- links ---------------------------------------------------------------------------------- */

START_TEST(groups_without_a_common_command_need_no_link)
{
    cut_groups(0, 1);
    issue(0, 1 << 0 | 1 << 2);
    expect(RESULT_OK, "");
}
END_TEST

START_TEST(groups_with_a_common_command_need_a_link)
{
    cut_groups(0, 1);
    issue(0, 1 << 0 | 1 << 1);
    expect(RESULT_UNKNOWN, "p0 and p1 cannot reach each other");
    cut_count--; /* one is enough */
    expect(RESULT_OK, "");
}
END_TEST

START_TEST(a_client_needs_a_link_to_the_groups_of_its_commands)
{
    for (uint32_t i = 0; i < REPLICAS; i++) cut(topology_client(&topology, 3), replica(2, i));
    uint32_t near = issue(3, 1 << 0);
    expect(RESULT_OK, "");
    uint32_t far = issue(3, 1 << 2);
    expect(RESULT_UNKNOWN, "c3 cannot reach p2");
    ck_assert_uint_eq(survival_blocking_group(&survival, command_of(far)), 2);
    ck_assert_uint_eq(survival_blocking_group(&survival, command_of(near)), GROUPS_MAX);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("survival");
    TCase *groups = tcase_create("groups");
    tcase_add_checked_fixture(groups, all_replicas_alive, tear_down);
    tcase_add_test(groups, a_minority_may_crash);
    tcase_add_test(groups, a_majority_that_crashes_is_named);
    tcase_add_test(groups, a_majority_without_links_is_lost);
    tcase_add_test(groups, a_disconnected_replica_need_not_deliver);
    tcase_add_test(groups, a_replica_connected_to_another_one_must_deliver);
    suite_add_tcase(suite, groups);
    TCase *waits = tcase_create("pending commands");
    tcase_add_checked_fixture(waits, all_replicas_alive, tear_down);
    tcase_add_test(waits, a_command_that_needs_a_lost_group_need_not_be_answered);
    tcase_add_test(waits, a_command_that_needs_no_lost_group_must_be_answered);
    tcase_add_test(waits, a_command_queued_behind_one_for_a_lost_group_need_not_be_answered);
    tcase_add_test(waits, an_executed_command_for_a_lost_group_delays_no_others);
    suite_add_tcase(suite, waits);
    TCase *links = tcase_create("links");
    tcase_add_checked_fixture(links, all_replicas_alive, tear_down);
    tcase_add_test(links, groups_without_a_common_command_need_no_link);
    tcase_add_test(links, groups_with_a_common_command_need_a_link);
    tcase_add_test(links, a_client_needs_a_link_to_the_groups_of_its_commands);
    suite_add_tcase(suite, links);
    return test_main(suite);
}
