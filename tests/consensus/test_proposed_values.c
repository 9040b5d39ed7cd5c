/* test_proposed_values.c - Multi-Paxos: among the values reported in promises for a slot, a new
 * leader proposes the one of the highest ballot. */
#include "tests/consensus/replica.h"
#include "tests/lib/harness.h"

START_TEST(a_promise_has_the_ballot_in_which_each_value_was_accepted)
{
    replica_begin(3, 1);
    receive_accept(0, BALLOT(1, 0), 1, A);
    receive_accept(0, BALLOT(1, 0), 2, B);
    receive_heartbeat(0, BALLOT(1, 0), 1); /* slot 1 is decided */
    receive_prepare(2, BALLOT(2, 2));
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 2).through, 2);
    ck_assert_uint_eq(slot_sent(MESSAGE_PROMISED, 2, 1)->accepted_ballot, DECIDED);
    ck_assert_uint_eq(slot_sent(MESSAGE_PROMISED, 2, 2)->accepted_ballot, BALLOT(1, 0));
    ck_assert_uint_eq(slot_sent(MESSAGE_PROMISED, 2, 2)->ballot, BALLOT(2, 2));
    ck_assert_uint_eq(value_sent(MESSAGE_PROMISED, 2, 2), B);
    receive_accept(2, BALLOT(2, 2), 2, C);
    receive_prepare(0, BALLOT(3, 0));
    ck_assert_uint_eq(slot_sent(MESSAGE_PROMISED, 0, 2)->accepted_ballot, BALLOT(2, 2));
    ck_assert_uint_eq(value_sent(MESSAGE_PROMISED, 0, 2), C);
}
END_TEST

/* Two promises of five, and a value that the replica has accepted itself, in any order. Each of the
 * three has the highest ballot once. */
START_TEST(the_value_of_the_highest_ballot_is_proposed)
{
    static const struct {
        uint64_t own, first, second, value;
    } cases[] = {
        {BALLOT(4, 2), BALLOT(3, 2), BALLOT(1, 0), A},
        {BALLOT(1, 0), BALLOT(2, 0), BALLOT(1, 4), B},
        {BALLOT(1, 0), BALLOT(1, 4), BALLOT(2, 0), C},
        {BALLOT(2, 4), DECIDED, BALLOT(3, 0), B},
        {BALLOT(2, 4), BALLOT(3, 0), DECIDED, C},
        {BALLOT(2, 4), BALLOT(1, 0), 0, A},
        {0, BALLOT(1, 0), 0, B},
    };
    replica_begin(5, 1);
    if (cases[_i].own) receive_accept(cases[_i].own & 255, cases[_i].own, 1, A);
    uint64_t ballot = stand_for_election();
    receive_promised(0, ballot, 1, cases[_i].first, B);
    receive_promise(0, ballot, 1);
    ck_assert(!group_leading(replica.group));
    if (cases[_i].second) receive_promised(3, ballot, 1, cases[_i].second, C);
    receive_promise(3, ballot, cases[_i].second > 0);
    ck_assert(group_leading(replica.group));
    bool decided = cases[_i].first == DECIDED || cases[_i].second == DECIDED;
    assert_applied(decided, cases[_i].value);
    if (decided) return;
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 1), cases[_i].value);
    receive_accepted(0, ballot, 1);
    receive_accepted(3, ballot, 1);
    assert_applied(1, cases[_i].value);
}
END_TEST
enum { HIGHEST_CASES = 7 };

START_TEST(a_gap_in_the_promises_is_filled_with_an_empty_batch)
{
    replica_begin(3, 1);
    uint64_t ballot = stand_for_election();
    receive_promised(0, ballot, 2, BALLOT(1, 0), B);
    receive_promise(0, ballot, 1);
    ck_assert(group_leading(replica.group));
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 1), NOTHING);
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 2), B);
    ck_assert_uint_eq(replica.manual.marks[MARK_GAP_FILLED], 1);
    ck_assert_uint_eq(replica.manual.marks[MARK_SLOT_REPROPOSED], 1);
}
END_TEST

START_TEST(a_failed_candidate_reports_promised_values_with_their_ballots)
{
    replica_begin(3, 1);
    uint64_t ballot = stand_for_election();
    receive_promised(0, ballot, 1, BALLOT(1, 0), A);
    receive_prepare(2, BALLOT(9, 2));
    ck_assert_uint_eq(slot_sent(MESSAGE_PROMISED, 2, 1)->accepted_ballot, BALLOT(1, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("proposed values");
    TCase *c = tcase_create("proposed values");
    tcase_add_checked_fixture(c, NULL, replica_end);
    tcase_add_test(c, a_promise_has_the_ballot_in_which_each_value_was_accepted);
    tcase_add_loop_test(c, the_value_of_the_highest_ballot_is_proposed, 0, HIGHEST_CASES);
    tcase_add_test(c, a_gap_in_the_promises_is_filled_with_an_empty_batch);
    tcase_add_test(c, a_failed_candidate_reports_promised_values_with_their_ballots);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
