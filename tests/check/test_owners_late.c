/* test_owners_late.c - the checker of owners: changes that slow replicas report again, late, or out
 * of order. */
#include "tests/check/ownership.h"
#include "tests/lib/harness.h"

START_TEST(steps_repeated_by_slow_replicas_count_once)
{
    gives(0, X, 1, 10);
    ck_assert(takes(1, X, 0, 10));
    ck_assert(!takes(1, X, 0, 10));
    gives(0, X, 1, 10); /* the second replica of p0, after p1 has received x */
    gives(1, X, 2, 20);
    gives(1, X, 2, 20);
    ck_assert(takes(2, X, 1, 20));
    ck_assert(!takes(1, X, 0, 10)); /* p1's second replica */
    ck_assert(!takes(2, X, 1, 20));
    assert_none_failed();
}
END_TEST

START_TEST(steps_older_than_the_kept_history_are_ignored)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
    for (uint64_t timestamp = 20; timestamp < 60; timestamp += 10) {
        lends(1, X, 2, timestamp);
        has_back(1, X, 2, timestamp);
    }
    gives(0, X, 1, 10);
    ck_assert(!takes(1, X, 0, 10));
    for (uint64_t timestamp = 20; timestamp < 60; timestamp += 10) {
        lends(1, X, 2, timestamp);
        has_back(1, X, 2, timestamp);
    }
    assert_none_failed();
    gives(1, X, 0, 60); /* the current state is unchanged */
    ck_assert(takes(0, X, 1, 60));
    assert_none_failed();
}
END_TEST

START_TEST(a_slow_replica_that_contradicts_a_step_is_detected)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
    gives(0, X, 2, 10);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 10, at 0.003000000 s, but p1 took it "
                            "from p0 under timestamp 10");
}
END_TEST

START_TEST(a_step_between_two_adjacent_ones_is_detected)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
    gives(1, X, 0, 30);
    gives(1, X, 2, 20);
    assert_only(OWNERS_ONE, "p1 gave x to p2 under timestamp 20, at 0.004000000 s, but p1 gave it "
                            "to p0 under timestamp 30");
}
END_TEST

START_TEST(a_take_may_be_reported_before_its_give)
{
    /* p0 has sent x, and reports it after the messages of all groups. */
    ck_assert(takes(1, X, 0, 10));
    gives(1, X, 2, 20);
    ck_assert(takes(2, X, 1, 20));
    gives(0, X, 1, 10);
    ck_assert(!takes(1, X, 0, 10));
    gives(0, X, 1, 10);
    check_in_the_end();
    assert_none_failed();
}
END_TEST

START_TEST(a_give_and_a_take_by_different_groups_are_detected)
{
    takes(1, X, 0, 10);
    gives(0, X, 2, 10);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 10, at 0.002000000 s, but p1 took it "
                            "from p0 under timestamp 10");
}
END_TEST

START_TEST(a_loan_by_a_former_owner_is_detected)
{
    takes(1, X, 0, 10);
    lends(0, X, 2, 20);
    assert_only(OWNERS_LOANS, "p0 lent x to p2 under timestamp 20, at 0.002000000 s, but p1 took "
                              "it from p0 under timestamp 10");
}
END_TEST

START_TEST(a_creation_may_be_reported_before_the_loan_that_deleted_ends)
{
    lends(0, X, 1, 10);
    creates(2, X, 20);
    has_back(0, X, 1, 10);
    deletes(0, X, 10);
    lends(0, X, 1, 10); /* p0's other replica has not reported any of it */
    has_back(0, X, 1, 10);
    deletes(0, X, 10);
    gives(2, X, 1, 30);
    takes(1, X, 2, 30);
    check_in_the_end();
    assert_none_failed();
}
END_TEST

START_TEST(a_creation_may_be_reported_before_the_deletion_it_follows)
{
    /* The oracle has learned of the deletion in p0, and p1 relies on the oracle. */
    creates(1, X, 20);
    lends(1, X, 2, 30);
    deletes(0, X, 10);
    deletes(0, X, 10); /* p0's other replica */
    has_back(1, X, 2, 30);
    check_in_the_end();
    assert_none_failed();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("late reports");
    TCase *c = tcase_create("late reports");
    tcase_add_checked_fixture(c, ownership_begin, ownership_end);
    tcase_add_test(c, steps_repeated_by_slow_replicas_count_once);
    tcase_add_test(c, steps_older_than_the_kept_history_are_ignored);
    tcase_add_test(c, a_slow_replica_that_contradicts_a_step_is_detected);
    tcase_add_test(c, a_step_between_two_adjacent_ones_is_detected);
    tcase_add_test(c, a_take_may_be_reported_before_its_give);
    tcase_add_test(c, a_give_and_a_take_by_different_groups_are_detected);
    tcase_add_test(c, a_loan_by_a_former_owner_is_detected);
    tcase_add_test(c, a_creation_may_be_reported_before_the_loan_that_deleted_ends);
    tcase_add_test(c, a_creation_may_be_reported_before_the_deletion_it_follows);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
