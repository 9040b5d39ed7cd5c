/* Stories about DynaStar: who executes, what is lent, when the oracle is asked, what a plan moves,
 * and what crashes and cuts in the wrong moment lead to. */
#include "tests/stories.h"

enum { P0 = 1, P1 = 2, P2 = 4, ORACLE2 = 4 }; /* sets of groups; the oracle beside two partitions */

/* Two of the variables are in p0, which therefore executes. */
#define TRIPLE ON(0, 0, RW), ON(1, 1, RW), ON(2, 0, RW)

/* ---- without plans ------------------------------------------------------------------------- */

START_TEST(one_partition_is_one_multicast)
{
    static const struct scripted script[] = {AT(1, 0, ON(0, 0, RW), ON(2, 0, R))};
    struct told *t = told_well(&(struct story){"dynastar", script, 1, 2, 1});
    ck_assert_uint_eq(t->multicast_count, 1);
    ck_assert_uint_eq(t->kinds[MESSAGE_PROPHECY], 0);
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 4, 0.05);
    told_end(t);
}
END_TEST

START_TEST(two_partitions_lend_and_return)
{
    static const struct scripted script[] = {AT(1, 0, TRIPLE)};
    struct told *t = told_well(&(struct story){"dynastar", script, 1, 2, 1});
    ck_assert_uint_eq(t->multicast_count, 1);
    ck_assert_uint_eq(t->multicasts[0].target, 0);
    ck_assert_uint_eq(executed_by(t, 0, 1).word[0], P0);
    ck_assert_uint_eq(t->kinds[MESSAGE_LOAN], 3); /* to each replica of the target */
    ck_assert_uint_eq(t->kinds[MESSAGE_RETURN], 3);
    ck_assert_uint_eq(t->kinds[MESSAGE_VALUES], 0);
    ck_assert_double_eq_tol(steps(t, script, 0, 1), 8, 0.05);
    ck_assert_uint_eq(owner(t, 1), 1);
    told_end(t);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dynastar");
    TCase *calm = tcase_create("calm");
    tcase_add_test(calm, one_partition_is_one_multicast);
    tcase_add_test(calm, two_partitions_lend_and_return);
    suite_add_tcase(suite, calm);
    return test_main(suite);
}
