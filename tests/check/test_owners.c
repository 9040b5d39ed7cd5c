/* test_owners.c - the checker of owners: correct histories of variables, and changes by a group
 * that does not own the variable. */
#include "tests/check/ownership.h"
#include "tests/lib/harness.h"

START_TEST(a_variable_may_move_several_times)
{
    gives(0, X, 1, 10);
    ck_assert(takes(1, X, 0, 10));
    gives(1, X, 2, 20);
    ck_assert(takes(2, X, 1, 20));
    gives(2, X, 0, 30);
    ck_assert(takes(0, X, 2, 30));
    assert_none_failed();
}
END_TEST

START_TEST(a_variable_may_be_lent_several_times)
{
    for (uint64_t timestamp = 10; timestamp < 100; timestamp += 10) {
        lends(0, X, 1 + timestamp / 10 % 2, timestamp);
        has_back(0, X, 1 + timestamp / 10 % 2, timestamp);
    }
    gives(0, X, 1, 100);
    takes(1, X, 0, 100);
    lends(1, X, 0, 110);
    has_back(1, X, 0, 110);
    assert_none_failed();
}
END_TEST

START_TEST(a_deleted_variable_may_be_created_again)
{
    creates(2, Z, 10);
    gives(2, Z, 0, 20);
    takes(0, Z, 2, 20);
    deletes(0, Z, 30);
    creates(1, Z, 40);
    deletes(1, Z, 50);
    assert_none_failed();
}
END_TEST

START_TEST(a_command_may_delete_a_variable_lent_or_sent_to_it)
{
    lends(0, X, 1, 10);
    has_back(0, X, 1, 10);
    deletes(0, X, 10);
    gives(1, Y, 2, 20);
    takes(2, Y, 1, 20);
    deletes(2, Y, 20);
    creates(0, X, 30);
    lends(0, X, 1, 40);
    deletes(0, X, 40); /* no return is pending */
    assert_none_failed();
}
END_TEST

START_TEST(an_unknown_variable_may_be_created)
{
    creates(1, 17, 10);
    lends(1, 17, 0, 20);
    has_back(1, 17, 0, 20);
    assert_none_failed();
}
END_TEST

/* ---- one owner ------------------------------------------------------------------------------- */

START_TEST(a_give_by_another_group_than_the_owner_is_detected)
{
    gives(2, X, 1, 10);
    assert_only(OWNERS_ONE, "p2 gave x to p1 under timestamp 10, at 0.001000000 s, but p0 had it "
                            "from the start");
}
END_TEST

START_TEST(a_second_give_is_detected)
{
    gives(0, X, 1, 10);
    gives(0, X, 2, 20);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 20, at 0.002000000 s, but p0 gave it "
                            "to p1 under timestamp 10");
}
END_TEST

START_TEST(a_give_of_a_missing_variable_is_detected)
{
    gives(0, Z, 1, 10);
    assert_only(OWNERS_ONE, "p0 gave z to p1 under timestamp 10, at 0.001000000 s, but it did not "
                            "exist at the start");
}
END_TEST

START_TEST(a_take_without_a_give_is_detected_in_the_end)
{
    ck_assert(takes(1, X, 0, 10));
    assert_none_failed();
    check_in_the_end();
    assert_only(OWNERS_ONE, "p1 took x from p0 under timestamp 10, but p0 never gave it");
}
END_TEST

START_TEST(a_take_from_another_group_than_the_owner_is_detected)
{
    ck_assert(!takes(1, X, 2, 10));
    assert_only(OWNERS_ONE, "p1 took x from p2 under timestamp 10, at 0.001000000 s, but p0 had it "
                            "from the start");
}
END_TEST

START_TEST(a_take_of_a_variable_sent_to_another_group_is_detected)
{
    gives(0, X, 1, 10);
    ck_assert(!takes(2, X, 0, 10));
    assert_only(OWNERS_ONE, "p2 took x from p0 under timestamp 10, at 0.002000000 s, but p0 gave "
                            "it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_take_for_another_command_is_detected)
{
    gives(0, X, 1, 10);
    ck_assert(!takes(1, X, 0, 20));
    assert_only(OWNERS_ONE, "p1 took x from p0 under timestamp 20, at 0.002000000 s, but p0 gave "
                            "it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_second_creation_is_detected)
{
    creates(0, Z, 10);
    creates(0, Z, 20);
    assert_only(OWNERS_ONE, "p0 created z under timestamp 20, at 0.002000000 s, but p0 created it "
                            "under timestamp 10");
}
END_TEST

START_TEST(a_creation_of_a_variable_in_transit_is_detected)
{
    gives(0, X, 1, 10);
    creates(1, X, 20);
    assert_only(OWNERS_ONE, "p1 created x under timestamp 20, at 0.002000000 s, but p0 gave it to "
                            "p1 under timestamp 10");
}
END_TEST

START_TEST(a_creation_of_another_group_s_variable_is_detected)
{
    creates(1, X, 20);
    assert_none_failed();
    check_in_the_end();
    assert_only(OWNERS_ONE, "x was created under timestamp 20, but p0 had it and never deleted it");
}
END_TEST

START_TEST(a_give_by_the_owner_before_a_creation_is_detected)
{
    creates(1, X, 20);
    gives(0, X, 2, 30);
    assert_only(OWNERS_ONE, "p0 gave x to p2 under timestamp 30, at 0.002000000 s, but p1 created "
                            "it under timestamp 20");
}
END_TEST

START_TEST(a_deletion_by_another_group_than_the_owner_is_detected)
{
    deletes(1, X, 10);
    assert_only(OWNERS_ONE, "p1 deleted x under timestamp 10, at 0.001000000 s, but p0 had it from "
                            "the start");
}
END_TEST

START_TEST(a_deletion_of_a_missing_variable_is_detected)
{
    deletes(0, X, 10);
    deletes(0, X, 20);
    assert_only(OWNERS_ONE, "p0 deleted x under timestamp 20, at 0.002000000 s, but p0 deleted it "
                            "under timestamp 10");
}
END_TEST

START_TEST(a_wrong_step_counts_as_one_failure)
{
    gives(2, X, 1, 10);
    takes(1, X, 2, 10);
    gives(1, X, 0, 20);
    ck_assert_uint_eq(owners.properties[OWNERS_ONE].failures, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("owners");
    TCase *c = tcase_create("owners");
    tcase_add_checked_fixture(c, ownership_begin, ownership_end);
    tcase_add_test(c, a_variable_may_move_several_times);
    tcase_add_test(c, a_variable_may_be_lent_several_times);
    tcase_add_test(c, a_deleted_variable_may_be_created_again);
    tcase_add_test(c, a_command_may_delete_a_variable_lent_or_sent_to_it);
    tcase_add_test(c, an_unknown_variable_may_be_created);
    tcase_add_test(c, a_give_by_another_group_than_the_owner_is_detected);
    tcase_add_test(c, a_second_give_is_detected);
    tcase_add_test(c, a_give_of_a_missing_variable_is_detected);
    tcase_add_test(c, a_take_without_a_give_is_detected_in_the_end);
    tcase_add_test(c, a_take_from_another_group_than_the_owner_is_detected);
    tcase_add_test(c, a_take_of_a_variable_sent_to_another_group_is_detected);
    tcase_add_test(c, a_take_for_another_command_is_detected);
    tcase_add_test(c, a_second_creation_is_detected);
    tcase_add_test(c, a_creation_of_a_variable_in_transit_is_detected);
    tcase_add_test(c, a_creation_of_another_group_s_variable_is_detected);
    tcase_add_test(c, a_give_by_the_owner_before_a_creation_is_detected);
    tcase_add_test(c, a_deletion_by_another_group_than_the_owner_is_detected);
    tcase_add_test(c, a_deletion_of_a_missing_variable_is_detected);
    tcase_add_test(c, a_wrong_step_counts_as_one_failure);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
