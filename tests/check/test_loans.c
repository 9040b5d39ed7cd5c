/* test_loans.c - the checker of owners: loans of variables that the lender does not own, and
 * returns without a loan. */
#include "tests/check/ownership.h"
#include "tests/lib/harness.h"

START_TEST(a_loan_by_another_group_than_the_owner_is_detected)
{
    lends(1, X, 2, 10);
    assert_only(OWNERS_LOANS, "p1 lent x to p2 under timestamp 10, at 0.001000000 s, but p0 had it "
                              "from the start");
}
END_TEST

START_TEST(a_loan_of_a_lent_variable_is_detected)
{
    lends(0, X, 1, 10);
    lends(0, X, 2, 20);
    assert_only(OWNERS_LOANS, "p0 lent x to p2 under timestamp 20, at 0.002000000 s, but p0 lent "
                              "it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_return_without_a_loan_is_detected)
{
    has_back(0, X, 1, 10);
    assert_only(OWNERS_LOANS, "p0 had x back from p1 under timestamp 10, at 0.001000000 s, but p0 "
                              "had it from the start");
}
END_TEST

START_TEST(a_return_by_another_command_is_detected)
{
    lends(0, X, 1, 10);
    has_back(0, X, 1, 20);
    assert_only(OWNERS_LOANS, "p0 had x back from p1 under timestamp 20, at 0.002000000 s, but p0 "
                              "lent it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_return_from_another_group_is_detected)
{
    lends(0, X, 1, 10);
    has_back(0, X, 2, 10);
    assert_only(OWNERS_LOANS, "p0 had x back from p2 under timestamp 10, at 0.002000000 s, but p0 "
                              "lent it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_plan_s_move_of_a_lent_variable_is_detected)
{
    lends(0, X, 1, 10);
    gives(0, X, 2, 20);
    assert_only(OWNERS_LOANS, "p0 gave x to p2 under timestamp 20, at 0.002000000 s, but p0 lent "
                              "it to p1 under timestamp 10");
}
END_TEST

START_TEST(a_deletion_of_a_variable_lent_to_another_command_is_detected)
{
    lends(0, X, 1, 10);
    deletes(0, X, 20);
    assert_only(OWNERS_LOANS, "p0 deleted x under timestamp 20, at 0.002000000 s, but p0 lent it "
                              "to p1 under timestamp 10");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loans");
    TCase *c = tcase_create("loans");
    tcase_add_checked_fixture(c, ownership_begin, ownership_end);
    tcase_add_test(c, a_loan_by_another_group_than_the_owner_is_detected);
    tcase_add_test(c, a_loan_of_a_lent_variable_is_detected);
    tcase_add_test(c, a_return_without_a_loan_is_detected);
    tcase_add_test(c, a_return_by_another_command_is_detected);
    tcase_add_test(c, a_return_from_another_group_is_detected);
    tcase_add_test(c, a_plan_s_move_of_a_lent_variable_is_detected);
    tcase_add_test(c, a_deletion_of_a_variable_lent_to_another_command_is_detected);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
