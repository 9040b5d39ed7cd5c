/* Values that the serial order computes when it is executed again, and refusals: histories by hand,
 * whose digests and values are those of the digest application. */
#include <stdlib.h>
#include <string.h>

#include "analysis/check/history.h"
#include "analysis/check/refusals.h"
#include "analysis/check/values.h"
#include "tests/lib/harness.h"

enum { R = ACCESS_READ, W = ACCESS_WRITE, RW = R | W, CREATE = ACCESS_CREATE };
enum { VARIABLES = 4 };

/* Each command has one access. */
struct step {
    uint32_t variable;
    uint8_t mode;
};

static struct ledger ledger;
static struct values values;
static struct refusals refusals;
static struct variable_state state[VARIABLES]; /* their current values */

static void begin(void)
{
    ledger_init(&ledger, NULL, NULL, LEDGER_ACCESSES);
    values_init(&values, &ledger, &digest_application);
    refusals_init(&refusals, &ledger, NULL);
    memset(state, 0, sizeof(state));
}

static void end(void)
{
    refusals_finish(&refusals);
    values_finish(&values);
    ledger_finish(&ledger);
}

/* The next command of client 0, from ten times its number until five later. */
static struct ledger_command *command(struct step step)
{
    uint64_t seq = ledger.command_count + 1;
    struct command_id id = {.client = 0, .seq = seq};
    uint32_t number = ledger_add_bare(&ledger, id, 0, 10 * seq, 10 * seq + 5);
    ledger_add_access(&ledger, step.variable, step.mode, state[step.variable].version);
    return &ledger.commands[number];
}

/* It is executed correctly on the current values of the variables. */
static void executes(struct step step)
{
    struct ledger_command *c = command(step);
    struct command *as_sent = calloc(1, command_bytes(1));
    as_sent->access_count = 1;
    as_sent->id = (struct command_id){.client = c->client, .seq = c->seq};
    as_sent->accesses[0] = (struct access){.variable = step.variable, .mode = step.mode};
    c->digest =
        digest_application.ops->execute(&digest_application, as_sent, &state[step.variable]);
    c->digested = true;
    free(as_sent);
}

static void tell_finals(void)
{
    for (uint32_t v = 0; v < VARIABLES; v++)
        if (state[v].version) values_final(&values, 0, v, state[v]);
}

static enum result check_values(bool rested)
{
    uint32_t order[16];
    struct property history;
    property_init(&history, "strict-serializability");
    uint64_t count = history_check(&ledger, order, &history);
    ck_assert_int_eq(history.result, RESULT_OK);
    values_check(&values, order, count, rested);
    refusals_check(&refusals);
    return values.property.result;
}

static void expect(enum result result, const char *reason)
{
    ck_assert_int_eq(check_values(true), result);
    ck_assert_msg(strstr(values.property.reason, reason), "%s", values.property.reason);
}

/* ---- values --------------------------------------------------------------------------------- */

START_TEST(values_computed_in_the_serial_order_are_accepted)
{
    begin();
    executes((struct step){0, RW});
    executes((struct step){1, W});
    executes((struct step){0, R});
    executes((struct step){1, RW});
    tell_finals();
    expect(RESULT_OK, "");
    end();
}
END_TEST

START_TEST(a_lost_value_is_detected_by_the_next_digest)
{
    begin();
    executes((struct step){0, RW});
    state[0].value = 0;
    executes((struct step){0, R});
    expect(RESULT_FAIL, "c0.2");
    end();
}
END_TEST

START_TEST(a_wrong_value_that_is_not_read_again_is_detected_in_the_end)
{
    begin();
    executes((struct step){2, RW});
    state[2].value ^= 1;
    tell_finals();
    expect(RESULT_FAIL, "in the end p0 has version 1 of variable 2");
    end();
}
END_TEST

START_TEST(one_version_with_different_values_in_two_groups_is_detected)
{
    begin();
    executes((struct step){2, RW});
    tell_finals();
    values_final(&values, 1, 2, (struct variable_state){1, 7});
    expect(RESULT_FAIL, "in the end version 1 of variable 2");
    end();
}
END_TEST

/* p0 has given it away and keeps its value at that time. */
START_TEST(the_largest_version_is_the_current_one)
{
    begin();
    executes((struct step){2, RW});
    struct variable_state left = state[2];
    executes((struct step){2, RW});
    values_final(&values, 1, 2, state[2]);
    values_final(&values, 0, 2, left);
    expect(RESULT_OK, "");
    end();
}
END_TEST

START_TEST(a_variable_without_a_final_value_is_undecided)
{
    begin();
    executes((struct step){2, RW});
    expect(RESULT_UNKNOWN, "no replica reported the final value of variable 2");
    end();
}
END_TEST

START_TEST(final_values_of_replicas_not_at_rest_are_undecided)
{
    begin();
    executes((struct step){2, RW});
    ck_assert_int_eq(check_values(false), RESULT_UNKNOWN);
    end();
}
END_TEST

START_TEST(a_blind_write_of_unknown_version_leaves_its_readers_undecided)
{
    begin();
    executes((struct step){0, W});
    ledger.accesses[0].version = VERSION_UNSEEN;
    executes((struct step){0, R});
    ledger.commands[1].digest ^= 1;
    tell_finals();
    expect(RESULT_UNKNOWN, "1 commands depend on writes");
    end();
}
END_TEST

/* ---- refusals ------------------------------------------------------------------------------- */

static void refuses(struct step step)
{
    struct ledger_command *c = command(step);
    c->status = REPLY_NOK;
    c->executed = false;
}

static void expect_refusals(enum result result, const char *reason)
{
    check_values(true);
    ck_assert_int_eq(refusals.property.result, result);
    ck_assert_msg(strstr(refusals.property.reason, reason), "%s", refusals.property.reason);
}

START_TEST(a_refusal_of_an_existing_variable_is_detected)
{
    begin();
    refuses((struct step){0, R});
    expect_refusals(RESULT_FAIL, "c0.1");
    end();
}
END_TEST

START_TEST(a_deleted_variable_is_refused_until_it_is_created_again)
{
    begin();
    executes((struct step){0, ACCESS_DELETE});
    refuses((struct step){0, R});
    executes((struct step){0, CREATE});
    expect_refusals(RESULT_OK, "");
    refuses((struct step){0, R});
    expect_refusals(RESULT_FAIL, "c0.4");
    end();
}
END_TEST

START_TEST(a_refused_creation_is_correct_only_if_the_variable_exists)
{
    begin();
    refuses((struct step){0, CREATE});
    expect_refusals(RESULT_OK, "");
    executes((struct step){0, ACCESS_DELETE});
    refuses((struct step){0, CREATE});
    expect_refusals(RESULT_FAIL, "c0.3");
    end();
}
END_TEST

/* Variable 1 does not exist at the start, and the creation may take effect before the refusal or
 * after it. */
START_TEST(a_refusal_concurrent_with_a_creation_may_precede_it)
{
    static const uint16_t place[] = {0, PLACE_NONE};
    begin();
    refusals_finish(&refusals);
    refusals_init(&refusals, &ledger, &(struct variables){.count = 2, .place = place});
    executes((struct step){1, CREATE});
    refuses((struct step){1, R});
    ledger.commands[1].issued_ns = ledger.commands[0].returned_ns;
    expect_refusals(RESULT_OK, "");
    ledger.commands[1].issued_ns++;
    expect_refusals(RESULT_FAIL, "c0.2");
    end();
}
END_TEST

/* Its client crashed: it may have been executed, or not. */
START_TEST(an_unanswered_deletion_excuses_refusals)
{
    begin();
    struct ledger_command *c = command((struct step){0, ACCESS_DELETE});
    c->status = LEDGER_UNANSWERED;
    c->returned_ns = LEDGER_NEVER;
    c->executed = false;
    refuses((struct step){0, R});
    expect_refusals(RESULT_OK, "");
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("values");
    TCase *c = tcase_create("values");
    tcase_add_test(c, values_computed_in_the_serial_order_are_accepted);
    tcase_add_test(c, a_lost_value_is_detected_by_the_next_digest);
    tcase_add_test(c, a_wrong_value_that_is_not_read_again_is_detected_in_the_end);
    tcase_add_test(c, one_version_with_different_values_in_two_groups_is_detected);
    tcase_add_test(c, the_largest_version_is_the_current_one);
    tcase_add_test(c, a_variable_without_a_final_value_is_undecided);
    tcase_add_test(c, final_values_of_replicas_not_at_rest_are_undecided);
    tcase_add_test(c, a_blind_write_of_unknown_version_leaves_its_readers_undecided);
    suite_add_tcase(suite, c);
    TCase *nok = tcase_create("refusals");
    tcase_add_test(nok, a_refusal_of_an_existing_variable_is_detected);
    tcase_add_test(nok, a_deleted_variable_is_refused_until_it_is_created_again);
    tcase_add_test(nok, a_refused_creation_is_correct_only_if_the_variable_exists);
    tcase_add_test(nok, a_refusal_concurrent_with_a_creation_may_precede_it);
    tcase_add_test(nok, an_unanswered_deletion_excuses_refusals);
    suite_add_tcase(suite, nok);
    return test_main(suite);
}
