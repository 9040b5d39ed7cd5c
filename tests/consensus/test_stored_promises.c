/* test_stored_promises.c - Multi-Paxos with storage: nothing is promised or accepted before its
 * record is stored, and heartbeats do not wait for that. */
#include "tests/consensus/replica.h"
#include "tests/lib/harness.h"

#define LEADERS_BALLOT BALLOT(1, 0) /* of replica 0, at the start */

static void expect_record(uint32_t index, enum message_kind kind, uint64_t ballot)
{
    ck_assert_uint_lt(index, replica.manual.record_count);
    ck_assert_uint_eq(replica.manual.record[index].m.kind, kind);
    ck_assert_uint_eq(replica.manual.record[index].ballot, ballot);
}

static uint64_t through_sent(void)
{
    return last_sent(MESSAGE_ACCEPTED, 0).through;
}

START_TEST(a_follower_accepts_when_the_value_is_stored)
{
    replica_begin_durable(3, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 0);
    ck_assert_uint_eq(replica.manual.record_count, 1);
    expect_record(0, MESSAGE_ACCEPT, LEADERS_BALLOT);
    ck_assert_uint_eq(replica.manual.record[0].slot, 1);
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 1);
    ck_assert_uint_eq(through_sent(), 1);
    ck_assert_uint_eq(replica.manual.syncing, 0);
}
END_TEST

/* What it says is not that it lacks the slot, which would be sent again. */
START_TEST(a_heartbeat_is_answered_at_once_by_what_is_stored)
{
    replica_begin_durable(3, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    receive_heartbeat(0, LEADERS_BALLOT, 0);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 1);
    ck_assert_uint_eq(through_sent(), 0);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 0).commit, 0);
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 2);
    ck_assert_uint_eq(through_sent(), 1);
    receive_accept(0, LEADERS_BALLOT, 3, C); /* slot 2 is missing */
    complete_sync();
    ck_assert_uint_eq(through_sent(), 1);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 0).commit, 3);
}
END_TEST

START_TEST(values_that_come_during_a_sync_share_the_next_and_one_answer)
{
    replica_begin_durable(3, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    receive_accept(0, LEADERS_BALLOT, 2, B);
    receive_accept(0, LEADERS_BALLOT, 3, C);
    ck_assert_uint_eq(replica.manual.syncs, 1);
    complete_sync();
    ck_assert_uint_eq(through_sent(), 1);
    ck_assert_uint_eq(replica.manual.syncs, 2);
    complete_sync();
    ck_assert_uint_eq(through_sent(), 3);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 2);
    ck_assert_uint_eq(replica.manual.syncs, 2);
}
END_TEST

/* A value that is sent again meanwhile is neither stored nor answered twice. */
START_TEST(a_value_sent_again_waits_for_the_same_record)
{
    replica_begin_durable(3, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 0);
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 1);
    ck_assert_uint_eq(replica.manual.record_count, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 0), 2);
}
END_TEST

START_TEST(a_decided_value_is_applied_when_it_is_stored)
{
    replica_begin_durable(3, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    receive_heartbeat(0, LEADERS_BALLOT, 1);
    assert_applied(0, NOTHING);
    complete_sync();
    assert_applied(1, A);
}
END_TEST

START_TEST(a_promise_waits_until_it_is_stored)
{
    replica_begin_durable(3, 1);
    receive_accept(0, LEADERS_BALLOT, 1, A);
    complete_sync();
    manual_forget(&replica.manual);
    receive_prepare(2, BALLOT(3, 2));
    ck_assert_uint_eq(replica.manual.sent_count, 0);
    expect_record(1, MESSAGE_PROMISE, BALLOT(3, 2));
    complete_sync();
    ck_assert_uint_eq(value_sent(MESSAGE_PROMISED, 2, 1), A);
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 2).through, 1);
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 2).ballot, BALLOT(3, 2));
}
END_TEST

START_TEST(a_promise_overtaken_by_a_higher_one_is_not_sent)
{
    replica_begin_durable(3, 1);
    receive_prepare(2, BALLOT(3, 2));
    receive_prepare(0, BALLOT(4, 0));
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISE, 2), 0);
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISE, 0), 0);
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISE, 2), 0);
    ck_assert_uint_eq(last_sent(MESSAGE_PROMISE, 0).ballot, BALLOT(4, 0));
}
END_TEST

/* Not even an answer to a heartbeat may say what a crash would take back. */
START_TEST(a_new_leader_is_answered_when_its_ballot_is_stored)
{
    replica_begin_durable(3, 1);
    receive_heartbeat(2, BALLOT(2, 2), 0);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 2), 0);
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, 2), 1);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 2).ballot, BALLOT(2, 2));
}
END_TEST

/* Otherwise it could stand twice in one ballot, before and after a crash. */
START_TEST(a_candidate_stands_when_its_ballot_is_stored)
{
    replica_begin_durable(3, 1);
    for (uint32_t ticks = 0; replica.manual.syncs == 0; ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        tick();
        if (sent_count(MESSAGE_SUSPECT, 0)) receive_support(2, LEADERS_BALLOT);
        ck_assert_uint_eq(sent_count(MESSAGE_PREPARE, 0), 0);
        manual_forget(&replica.manual);
    }
    expect_record(0, MESSAGE_PROMISE, group_ballot(replica.group));
    complete_sync();
    ck_assert_uint_eq(sent_count(MESSAGE_PREPARE, 0), 1);
    ck_assert_uint_eq(sent_count(MESSAGE_PREPARE, 2), 1);
    receive_promise(2, group_ballot(replica.group), 0);
    ck_assert(group_leading(replica.group));
}
END_TEST

START_TEST(a_leader_counts_itself_when_the_value_is_stored)
{
    replica_begin_durable(3, 0);
    propose(A);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPT, 1), 1); /* meanwhile */
    receive_accepted(1, LEADERS_BALLOT, 1);
    assert_applied(0, NOTHING);
    complete_sync();
    assert_applied(1, A);
}
END_TEST

START_TEST(the_others_decide_before_a_slow_leader_has_stored)
{
    replica_begin_durable(3, 0);
    propose(A);
    receive_accepted(1, LEADERS_BALLOT, 1);
    receive_accepted(2, LEADERS_BALLOT, 1);
    assert_applied(1, A);
    complete_sync();
    assert_applied(1, A);
}
END_TEST

/* `applied` of a heartbeat: what all replicas have applied and stored, and forget. */
START_TEST(the_log_keeps_what_a_replica_has_not_stored)
{
    const struct message_group applied = {
        .ballot = LEADERS_BALLOT, .commit = 1, .through = 1, .applied = 1};
    replica_begin_durable(3, 0);
    propose(A);
    receive(1, MESSAGE_ACCEPTED, applied);
    receive(2, MESSAGE_ACCEPTED, applied);
    assert_applied(1, A);
    tick();
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).applied, 0);
    complete_sync();
    receive(2, MESSAGE_ACCEPTED, applied);
    tick();
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).applied, 1);
}
END_TEST

START_TEST(a_group_of_one_decides_what_it_has_stored)
{
    replica_begin_durable(1, 0);
    propose(A);
    propose(B);
    ck_assert_uint_eq(replica.manual.syncs, 1);
    assert_applied(0, NOTHING);
    complete_sync();
    assert_applied(1, A);
    complete_sync();
    assert_applied(2, B);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stored promises");
    TCase *c = tcase_create("stored promises");
    tcase_add_checked_fixture(c, NULL, replica_end);
    tcase_add_test(c, a_follower_accepts_when_the_value_is_stored);
    tcase_add_test(c, a_heartbeat_is_answered_at_once_by_what_is_stored);
    tcase_add_test(c, values_that_come_during_a_sync_share_the_next_and_one_answer);
    tcase_add_test(c, a_value_sent_again_waits_for_the_same_record);
    tcase_add_test(c, a_decided_value_is_applied_when_it_is_stored);
    tcase_add_test(c, a_promise_waits_until_it_is_stored);
    tcase_add_test(c, a_promise_overtaken_by_a_higher_one_is_not_sent);
    tcase_add_test(c, a_new_leader_is_answered_when_its_ballot_is_stored);
    tcase_add_test(c, a_candidate_stands_when_its_ballot_is_stored);
    tcase_add_test(c, a_leader_counts_itself_when_the_value_is_stored);
    tcase_add_test(c, the_others_decide_before_a_slow_leader_has_stored);
    tcase_add_test(c, the_log_keeps_what_a_replica_has_not_stored);
    tcase_add_test(c, a_group_of_one_decides_what_it_has_stored);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
