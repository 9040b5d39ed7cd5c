/* test_promises.c - Multi-Paxos, phase 1: a replica keeps its promises, and a candidate becomes the
 * leader once a majority has promised its ballot and sent all their slots. */
#include "tests/consensus/replica.h"
#include "tests/lib/harness.h"

START_TEST(a_replica_refuses_ballots_below_its_promise)
{
    replica_begin(3, 1);
    receive_prepare(2, BALLOT(3, 2));
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISE, 2), 1);
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 2).ballot, BALLOT(3, 2));
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(3, 2));
    manual_forget(&replica.manual);
    receive_accept(0, BALLOT(1, 0), 1, A);
    assert_refusal_sent(0, BALLOT(3, 2));
    receive_prepare(0, BALLOT(2, 0));
    assert_refusal_sent(0, BALLOT(3, 2));
    receive_prepare(0, BALLOT(3, 0)); /* of the same round, but smaller */
    assert_refusal_sent(0, BALLOT(3, 2));
    /* A refused value is not stored either. */
    receive_prepare(2, BALLOT(4, 2));
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISED, 2), 0);
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 2).through, 0);
}
END_TEST

START_TEST(a_candidate_takes_a_ballot_above_its_promise)
{
    replica_begin(3, 1);
    receive_prepare(2, BALLOT(7, 2));
    ck_assert_uint_gt(stand_for_election(), BALLOT(7, 2));
}
END_TEST

START_TEST(a_candidate_refuses_ballots_below_its_own)
{
    replica_begin(3, 1);
    uint64_t ballot = stand_for_election();
    manual_forget(&replica.manual);
    receive_accept(0, BALLOT(1, 0), 1, A);
    assert_refusal_sent(0, ballot);
    receive_heartbeat(0, BALLOT(1, 0), 0);
    assert_refusal_sent(0, ballot);
    receive_prepare(0, BALLOT(2, 0));
    assert_refusal_sent(0, ballot);
}
END_TEST

START_TEST(candidates_of_one_round_have_different_ballots)
{
    uint64_t ballots[3] = {0};
    for (uint32_t self = 1; self < 3; self++) {
        replica_begin(3, self);
        ballots[self] = stand_for_election();
        if (self == 1) replica_end();
    }
    ck_assert_uint_eq(ballots[1] >> 8, ballots[2] >> 8);
    ck_assert_uint_ne(ballots[1], ballots[2]);
    ck_assert_uint_gt(ballots[1], BALLOT(1, 2));
}
END_TEST

START_TEST(a_ballot_is_its_owners_only)
{
    replica_begin(3, 1);
    struct limits limits = {.topology = &replica.topology};
    struct message_group m = {.m = {.bytes = sizeof(m), .kind = MESSAGE_PREPARE, .from = 2}};
    m.ballot = BALLOT(2, 1);
    ck_assert(!group_message_valid(&m.m, &limits));
    m.ballot = BALLOT(2, 2);
    ck_assert(group_message_valid(&m.m, &limits));
}
END_TEST

START_TEST(a_late_prepare_is_refused_without_a_promise)
{
    replica_begin(3, 1);
    receive_accept(0, BALLOT(1, 0), 1, A);
    receive_prepare(2, BALLOT(3, 2));
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 2).through, 1);
    manual_forget(&replica.manual);
    /* An earlier PREPARE of the same candidate arrives late. A PROMISE with the current ballot,
     * which has become the candidate's, would say that no value was accepted here. */
    receive_prepare(2, BALLOT(2, 2));
    assert_refusal_sent(2, BALLOT(3, 2));
    receive_prepare(0, BALLOT(2, 0));
    assert_refusal_sent(0, BALLOT(3, 2));
}
END_TEST

START_TEST(a_refusal_does_not_count_as_a_promise)
{
    replica_begin(3, 1);
    uint64_t ballot = stand_for_election();
    receive_accepted(0, ballot, 0);
    ck_assert(!group_leading(replica.group));
    /* A larger one ends the candidacy. */
    receive_accepted(0, ballot + BALLOT(1, 0), 0);
    receive_promise(2, ballot, 0);
    ck_assert(!group_leading(replica.group));
    ck_assert_uint_eq(group_ballot(replica.group), ballot + BALLOT(1, 0));
}
END_TEST

START_TEST(a_promise_of_an_old_ballot_does_not_count)
{
    replica_begin(3, 1);
    uint64_t old = stand_for_election();
    manual_forget(&replica.manual);
    uint64_t ballot = stand_for_election();
    ck_assert_uint_gt(ballot, old);
    receive_promise(0, old, 0);
    ck_assert(!group_leading(replica.group));
    receive_promise(0, ballot, 1);
    receive_promised(0, old, 1, BALLOT(1, 0), A);
    ck_assert(!group_leading(replica.group));
    receive_promised(0, ballot, 1, BALLOT(1, 0), A);
    ck_assert(group_leading(replica.group));
}
END_TEST

START_TEST(promises_of_an_earlier_candidacy_do_not_count)
{
    replica_begin(3, 1);
    uint64_t ballot = stand_for_election();
    receive_promised(0, ballot, 1, BALLOT(1, 0), A);
    receive_promised(2, ballot, 1, BALLOT(1, 0), A);
    receive_promise(2, ballot, 2);
    manual_forget(&replica.manual);
    ballot = stand_for_election();
    receive_promise(0, ballot, 1);
    ck_assert(!group_leading(replica.group));
    receive_promised(0, ballot, 1, BALLOT(1, 0), A);
    ck_assert(group_leading(replica.group));
}
END_TEST

START_TEST(a_promise_counts_once_all_its_slots_are_received)
{
    replica_begin(3, 1);
    uint64_t ballot = stand_for_election();
    receive_promise(0, ballot, 2);
    receive_promised(0, ballot, 1, BALLOT(1, 0), A);
    receive_promised(0, ballot, 1, BALLOT(1, 0), A); /* once more: counts once */
    ck_assert(!group_leading(replica.group));
    receive_promised(0, ballot, 2, BALLOT(1, 0), B);
    ck_assert(group_leading(replica.group));
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 1), A);
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 2), B);
}
END_TEST

START_TEST(a_repeated_promise_counts_once)
{
    replica_begin(5, 1);
    uint64_t ballot = stand_for_election();
    receive_promise(0, ballot, 0);
    receive_promise(0, ballot, 0);
    ck_assert(!group_leading(replica.group));
    receive_promise(2, ballot, 0);
    ck_assert(group_leading(replica.group));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("promises");
    TCase *c = tcase_create("promises");
    tcase_add_checked_fixture(c, NULL, replica_end);
    tcase_add_test(c, a_replica_refuses_ballots_below_its_promise);
    tcase_add_test(c, a_candidate_takes_a_ballot_above_its_promise);
    tcase_add_test(c, a_candidate_refuses_ballots_below_its_own);
    tcase_add_test(c, candidates_of_one_round_have_different_ballots);
    tcase_add_test(c, a_ballot_is_its_owners_only);
    tcase_add_test(c, a_late_prepare_is_refused_without_a_promise);
    tcase_add_test(c, a_refusal_does_not_count_as_a_promise);
    tcase_add_test(c, a_promise_of_an_old_ballot_does_not_count);
    tcase_add_test(c, promises_of_an_earlier_candidacy_do_not_count);
    tcase_add_test(c, a_promise_counts_once_all_its_slots_are_received);
    tcase_add_test(c, a_repeated_promise_counts_once);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
