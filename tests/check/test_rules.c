/* test_rules.c - the rules of an application's state become a property: checked for the newest
 * values once no command is pending; undecided if a command was not executed. */
#include <stdio.h>
#include <stdlib.h>

#include "analysis/check/rules.h"
#include "tests/lib/harness.h"

enum { VARIABLES = 3 };

/* The first two variables are equal; the third is undecided. */
static enum rules_kept equal(const struct application *a, const struct variable_state *states,
                             char reason[static APPLICATION_REASON_BYTES])
{
    (void)a;
    snprintf(reason, APPLICATION_REASON_BYTES, "%u is not %u", (unsigned)states[0].value,
             (unsigned)states[1].value);
    if (states[2].value) return RULES_UNDECIDED;
    return states[0].value == states[1].value ? RULES_KEPT : RULES_BROKEN;
}

static const struct application_ops ops = {.name = "twins", .rules = "twins-equal", .kept = equal};
static const struct application twins = {&ops};

static struct rules rules;

static void issue(uint8_t mode)
{
    struct command *c = calloc(1, command_bytes(1));
    c->access_count = 1;
    c->accesses[0].mode = mode;
    rules_issued(&rules, c);
    free(c);
}

static void report_value(uint32_t variable, uint64_t version, uint64_t value)
{
    rules_value(&rules, variable, (struct variable_state){version, value});
}

static void expect(bool drained, uint64_t unexecuted, enum result result, const char *reason)
{
    rules_check(&rules, drained, unexecuted);
    ck_assert_str_eq(rules.property.name, "twins-equal");
    ck_assert_str_eq(rules.property.reason, reason);
    ck_assert_int_eq(rules.property.result, result);
    rules_finish(&rules);
}

START_TEST(a_state_that_satisfies_the_rules_passes)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_WRITE);
    report_value(0, 1, 7);
    report_value(1, 4, 7);
    report_value(VARIABLES, 1, 9); /* not one of the workload's */
    expect(true, 0, RESULT_OK, "");
}
END_TEST

START_TEST(a_state_that_violates_the_rules_fails)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_WRITE);
    report_value(0, 1, 7);
    expect(true, 0, RESULT_FAIL, "in the end 7 is not 0");
}
END_TEST

START_TEST(violated_rules_are_undecided_if_a_command_was_never_executed)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_WRITE);
    report_value(0, 1, 7);
    expect(true, 2, RESULT_UNKNOWN, "up to 2 commands were never executed, and 7 is not 0");
}
END_TEST

START_TEST(a_state_that_the_application_cannot_decide_is_unknown)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_WRITE);
    report_value(0, 1, 7);
    report_value(2, 1, 1);
    expect(true, 0, RESULT_UNKNOWN, "7 is not 0");
}
END_TEST

START_TEST(the_newer_of_two_values_of_a_variable_is_checked)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_WRITE);
    report_value(0, 5, 7);
    report_value(0, 4, 6);
    report_value(1, 1, 7);
    expect(true, 0, RESULT_OK, "");
}
END_TEST

static const char restless[] = "the replicas did not become quiescent and report their values";

START_TEST(an_incomplete_run_is_not_checked)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_WRITE);
    report_value(0, 1, 7);
    expect(false, 0, RESULT_UNKNOWN, restless);
}
END_TEST

START_TEST(a_run_with_writes_but_without_values_is_not_checked)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_READ);
    issue(ACCESS_READ | ACCESS_WRITE);
    expect(true, 0, RESULT_UNKNOWN, restless);
}
END_TEST

START_TEST(a_run_of_reads_needs_no_values)
{
    rules_init(&rules, &twins, VARIABLES);
    issue(ACCESS_READ);
    expect(true, 0, RESULT_OK, "");
}
END_TEST

START_TEST(the_digest_application_has_no_rules)
{
    rules_init(&rules, &digest_application, VARIABLES);
    ck_assert_ptr_null(rules.application);
    issue(ACCESS_WRITE);
    report_value(0, 1, 7);
    rules_check(&rules, true, 0);
    ck_assert_ptr_null(rules.property.name);
    rules_finish(&rules);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules");
    TCase *c = tcase_create("rules");
    tcase_add_test(c, a_state_that_satisfies_the_rules_passes);
    tcase_add_test(c, a_state_that_violates_the_rules_fails);
    tcase_add_test(c, violated_rules_are_undecided_if_a_command_was_never_executed);
    tcase_add_test(c, a_state_that_the_application_cannot_decide_is_unknown);
    tcase_add_test(c, the_newer_of_two_values_of_a_variable_is_checked);
    tcase_add_test(c, an_incomplete_run_is_not_checked);
    tcase_add_test(c, a_run_with_writes_but_without_values_is_not_checked);
    tcase_add_test(c, a_run_of_reads_needs_no_values);
    tcase_add_test(c, the_digest_application_has_no_rules);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
