/* test_owners_end.c - the checker of owners: final owners, according to the groups, to the last
 * changes, and to the oracle. */
#include "tests/check/ownership.h"
#include "tests/lib/harness.h"

/* x in p1, y in p1, z nowhere: the test fills in the reports of the groups and of the oracle. */
static void move_x(void)
{
    gives(0, X, 1, 10);
    takes(1, X, 0, 10);
}

static void report_oracle_map(uint16_t x, uint16_t y, uint16_t z)
{
    owners_final_place(&owners, X, x);
    owners_final_place(&owners, Y, y);
    owners_final_place(&owners, Z, z);
}

START_TEST(equal_final_owners_and_map_are_accepted)
{
    move_x();
    owners_final_owner(&owners, 1, X);
    owners_final_owner(&owners, 1, Y);
    report_oracle_map(1, 1, PLACE_NONE);
    check_in_the_end();
    ck_assert_int_eq(verdict_of(owners.properties, OWNERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(two_final_owners_are_detected)
{
    owners_final_owner(&owners, 0, X);
    owners_final_owner(&owners, 2, X);
    assert_only(OWNERS_ONE, "in the end p0 and p2 both own x");
}
END_TEST

START_TEST(a_lost_variable_is_detected)
{
    move_x();
    owners_final_owner(&owners, 1, Y);
    check_in_the_end();
    assert_only(OWNERS_ONE,
                "in the end no group owns x, but p1 took it from p0 under timestamp 10");
}
END_TEST

START_TEST(variables_of_a_lost_group_are_not_reported)
{
    bool operational[GROUPS_MAX] = {false, true, true, true};
    owners_final_owner(&owners, 1, Y);
    owners_check(&owners, operational, true);
    assert_none_failed();
}
END_TEST

START_TEST(a_final_owner_that_differs_from_the_last_step_is_detected)
{
    owners_final_owner(&owners, 2, X);
    owners_final_owner(&owners, 1, Y);
    check_in_the_end();
    assert_only(OWNERS_ONE, "in the end p2 owns x, but p0 had it from the start");
}
END_TEST

START_TEST(a_final_owner_of_a_missing_variable_is_detected)
{
    owners_final_owner(&owners, 0, X);
    owners_final_owner(&owners, 1, Y);
    owners_final_owner(&owners, 1, Z);
    check_in_the_end();
    assert_only(OWNERS_ONE, "in the end p1 owns z, but it did not exist at the start");
}
END_TEST

START_TEST(a_give_that_is_never_taken_is_detected)
{
    gives(0, X, 1, 10);
    check_in_the_end();
    assert_only(OWNERS_ONE, "p0 gave x to p1 under timestamp 10, and that was its end");
}
END_TEST

START_TEST(an_open_lazy_move_known_to_its_new_owner_is_accepted)
{
    owners.lazy = true;
    gives(0, X, 1, 10);
    owners_final_owner(&owners, 1, X);
    owners_final_owner(&owners, 1, Y);
    report_oracle_map(1, 1, PLACE_NONE);
    check_in_the_end();
    ck_assert_int_eq(verdict_of(owners.properties, OWNERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(an_open_lazy_move_unknown_to_its_new_owner_is_detected)
{
    owners.lazy = true;
    gives(0, X, 1, 10);
    owners_final_owner(&owners, 1, Y);
    check_in_the_end();
    assert_only(OWNERS_ONE, "in the end no group owns x, but p0 gave it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_loan_that_never_ends_is_detected)
{
    lends(0, X, 1, 10);
    check_in_the_end();
    assert_only(OWNERS_LOANS, "p0 lent x to p1 under timestamp 10, and that was its end");
}
END_TEST

START_TEST(an_incomplete_run_leaves_the_properties_unknown)
{
    gives(0, X, 1, 10);
    lends(1, Y, 0, 20);
    owners_check(&owners, all_operational, false);
    ck_assert_int_eq(owners.properties[OWNERS_ONE].result, RESULT_UNKNOWN);
    ck_assert_int_eq(owners.properties[OWNERS_LOANS].result, RESULT_UNKNOWN);
    ck_assert_str_eq(owners.properties[OWNERS_MAP].reason, "the run was cut off");
}
END_TEST

START_TEST(without_the_oracle_s_map_its_property_is_unknown)
{
    check_in_the_end();
    ck_assert_int_eq(owners.properties[OWNERS_ONE].result, RESULT_OK);
    ck_assert_int_eq(owners.properties[OWNERS_MAP].result, RESULT_UNKNOWN);
    ck_assert_str_eq(owners.properties[OWNERS_MAP].reason, "the oracle's map was not reported");
}
END_TEST

START_TEST(a_move_missing_in_the_oracle_s_map_is_detected)
{
    move_x();
    report_oracle_map(0, 1, PLACE_NONE);
    check_in_the_end();
    assert_only(OWNERS_MAP,
                "the oracle believes x in p0, but p1 took it from p0 under timestamp 10");
}
END_TEST

START_TEST(a_variable_missing_in_the_oracle_s_map_is_detected)
{
    report_oracle_map(PLACE_NONE, 1, PLACE_NONE);
    check_in_the_end();
    assert_only(OWNERS_MAP, "the oracle knows no place of x, but p0 had it from the start");
}
END_TEST

START_TEST(a_deleted_variable_in_the_oracle_s_map_is_detected)
{
    deletes(0, X, 10);
    report_oracle_map(0, 1, PLACE_NONE);
    check_in_the_end();
    assert_only(OWNERS_MAP, "the oracle believes x in p0, but p0 deleted it under timestamp 10");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("the end");
    TCase *c = tcase_create("the end");
    tcase_add_checked_fixture(c, ownership_begin, ownership_end);
    tcase_add_test(c, equal_final_owners_and_map_are_accepted);
    tcase_add_test(c, two_final_owners_are_detected);
    tcase_add_test(c, a_lost_variable_is_detected);
    tcase_add_test(c, variables_of_a_lost_group_are_not_reported);
    tcase_add_test(c, a_final_owner_that_differs_from_the_last_step_is_detected);
    tcase_add_test(c, a_final_owner_of_a_missing_variable_is_detected);
    tcase_add_test(c, a_give_that_is_never_taken_is_detected);
    tcase_add_test(c, an_open_lazy_move_known_to_its_new_owner_is_accepted);
    tcase_add_test(c, an_open_lazy_move_unknown_to_its_new_owner_is_detected);
    tcase_add_test(c, a_loan_that_never_ends_is_detected);
    tcase_add_test(c, an_incomplete_run_leaves_the_properties_unknown);
    tcase_add_test(c, without_the_oracle_s_map_its_property_is_unknown);
    tcase_add_test(c, a_move_missing_in_the_oracle_s_map_is_detected);
    tcase_add_test(c, a_variable_missing_in_the_oracle_s_map_is_detected);
    tcase_add_test(c, a_deleted_variable_in_the_oracle_s_map_is_detected);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
