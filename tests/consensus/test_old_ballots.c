/* test_old_ballots.c - Multi-Paxos, phase 2: values are decided by a majority of acceptances in one
 * ballot; messages of older ballots are refused and do not count. */
#include "tests/consensus/replica.h"
#include "tests/lib/harness.h"

START_TEST(messages_of_a_deposed_leader_are_refused)
{
    replica_begin(3, 1);
    receive_accept(2, BALLOT(2, 2), 1, A);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).through, 1);
    manual_forget(&replica.manual);
    receive_accept(0, BALLOT(1, 0), 1, B);
    assert_refusal_sent(0, BALLOT(2, 2));
    receive_accept(0, BALLOT(1, 0), 2, B);
    assert_refusal_sent(0, BALLOT(2, 2));
    receive_accept(0, BALLOT(2, 0), 2, B); /* of the same round, but smaller */
    assert_refusal_sent(0, BALLOT(2, 2));
    receive_heartbeat(0, BALLOT(1, 0), 1); /* its decision of slot 1 implies nothing about A */
    assert_refusal_sent(0, BALLOT(2, 2));
    assert_applied(0, NOTHING);
    ck_assert_uint_eq(group_leader(replica.group), 2);
    receive_heartbeat(2, BALLOT(2, 2), 1);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).commit, 1); /* slot 2 is empty */
    assert_applied(1, A);
}
END_TEST

START_TEST(heartbeats_of_a_deposed_leader_do_not_prevent_suspicion)
{
    replica_begin(3, 1);
    receive_heartbeat(2, BALLOT(2, 2), 0);
    for (uint32_t ticks = 0; !sent_count(MESSAGE_SUSPECT, 0); ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        receive_heartbeat(0, BALLOT(1, 0), 0);
        manual_forget(&replica.manual);
        tick();
    }
}
END_TEST

START_TEST(a_value_of_an_old_ballot_is_not_acknowledged)
{
    replica_begin(3, 1);
    receive_accept(0, BALLOT(1, 0), 1, A);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 0).through, 1);
    receive_heartbeat(2, BALLOT(2, 2), 0);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).through, 0);
    receive_accept(2, BALLOT(2, 2), 2, C);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).through, 0);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).commit, 2); /* the newest it has */
    /* Both are decided, but A need not be the value of slot 1. */
    receive_heartbeat(2, BALLOT(2, 2), 2);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).through, 0);
    assert_applied(0, NOTHING);
    receive_accept(2, BALLOT(2, 2), 1, B);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).through, 2);
    receive_heartbeat(2, BALLOT(2, 2), 2);
    assert_applied(2, C);
    ck_assert_uint_eq(replica.applied[0], B);
}
END_TEST

START_TEST(a_decided_value_is_acknowledged_in_any_ballot)
{
    replica_begin(3, 1);
    receive_accept(0, BALLOT(1, 0), 1, A);
    receive_heartbeat(0, BALLOT(1, 0), 1);
    assert_applied(1, A);
    receive_heartbeat(2, BALLOT(2, 2), 1);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).through, 1);
}
END_TEST

START_TEST(an_acceptance_in_an_old_ballot_does_not_count)
{
    replica_begin(3, 1);
    receive_accept(0, BALLOT(1, 0), 1, A);
    uint64_t ballot = get_elected();
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 1), A);
    receive_accepted(0, BALLOT(1, 0), 1);
    receive_accepted(2, BALLOT(1, 0), 1);
    assert_applied(0, NOTHING);
    receive_accepted(2, ballot, 1);
    assert_applied(1, A);
}
END_TEST

START_TEST(acceptances_of_a_former_term_do_not_count)
{
    /* It leads, one of five acknowledges; it is deposed and leads again. */
    replica_begin(5, 0);
    propose(A);
    receive_accepted(1, BALLOT(1, 0), 1);
    assert_applied(0, NOTHING);
    receive_heartbeat(2, BALLOT(2, 2), 0);
    ck_assert(!group_leading(replica.group));
    uint64_t ballot = get_elected();
    receive_accepted(3, ballot, 1);
    assert_applied(0, NOTHING); /* two of five have accepted it in this ballot */
    receive_accepted(1, ballot, 1);
    assert_applied(1, A);
}
END_TEST

START_TEST(a_value_is_decided_by_a_majority_only)
{
    replica_begin(5, 0);
    propose(A);
    receive_accepted(1, BALLOT(1, 0), 1);
    receive_accepted(1, BALLOT(1, 0), 1);
    assert_applied(0, NOTHING);
    receive_accepted(2, BALLOT(1, 0), 1);
    assert_applied(1, A);
}
END_TEST

START_TEST(a_deposed_leader_proposes_nothing_more)
{
    replica_begin(3, 0);
    *(uint64_t *)group_propose(replica.group, 1, sizeof(uint64_t)) = A;
    receive_accepted(1, BALLOT(2, 1), 0);
    ck_assert(!group_leading(replica.group));
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(2, 1));
    group_flush(replica.group);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPT, 1), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("old ballots");
    TCase *c = tcase_create("old ballots");
    tcase_add_checked_fixture(c, NULL, replica_end);
    tcase_add_test(c, messages_of_a_deposed_leader_are_refused);
    tcase_add_test(c, heartbeats_of_a_deposed_leader_do_not_prevent_suspicion);
    tcase_add_test(c, a_value_of_an_old_ballot_is_not_acknowledged);
    tcase_add_test(c, a_decided_value_is_acknowledged_in_any_ballot);
    tcase_add_test(c, an_acceptance_in_an_old_ballot_does_not_count);
    tcase_add_test(c, acceptances_of_a_former_term_do_not_count);
    tcase_add_test(c, a_value_is_decided_by_a_majority_only);
    tcase_add_test(c, a_deposed_leader_proposes_nothing_more);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
