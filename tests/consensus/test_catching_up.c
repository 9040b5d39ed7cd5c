/* test_catching_up.c - a leader without a majority is suspected, and replicas that lack slots are
 * sent them. */
#include "tests/consensus/replica.h"
#include "tests/lib/harness.h"

START_TEST(a_leader_without_a_majority_reports_it_in_its_heartbeats)
{
    replica_begin(5, 0);
    for (uint32_t ticks = 0; ticks < 50; ticks++) {
        tick();
        receive_accepted(1, BALLOT(1, 0), 0);
        receive_accepted(2, BALLOT(1, 0), 0);
    }
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).through, 1);
    for (uint32_t ticks = 0; ticks < 50; ticks++) {
        tick();
        receive_accepted(1, BALLOT(1, 0), 0);
    }
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).through, 0);
}
END_TEST

START_TEST(a_leader_without_a_majority_is_suspected)
{
    replica_begin(3, 1);
    for (uint32_t ticks = 0; !sent_count(MESSAGE_SUSPECT, 2); ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        receive(0, MESSAGE_HEARTBEAT, (struct message_group){.ballot = BALLOT(1, 0), .through = 0});
        manual_forget(&replica.manual);
        tick();
    }
}
END_TEST

START_TEST(decisions_behind_a_gap_are_applied_once_it_is_filled)
{
    replica_begin(3, 1);
    receive_learn(2, BALLOT(1, 0), 3, C);
    receive_learn(2, BALLOT(1, 0), 2, B);
    assert_applied(0, NOTHING);
    receive_heartbeat(0, BALLOT(1, 0), 3);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 0).through, 0);
    receive_learn(2, BALLOT(1, 0), 1, A);
    assert_applied(3, C);
    ck_assert_uint_eq(replica.applied[0], A);
    ck_assert_uint_eq(replica.applied[1], B);
}
END_TEST

START_TEST(a_suspecting_replica_is_sent_decided_slots_only)
{
    replica_begin(3, 1);
    receive_accept(0, BALLOT(1, 0), 1, A);
    receive_accept(0, BALLOT(1, 0), 2, B);
    receive_accept(0, BALLOT(1, 0), 3, C);
    receive_heartbeat(0, BALLOT(1, 0), 2);
    receive(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(1, 0), .commit = 1});
    ck_assert_uint_eq(sent_count(MESSAGE_LEARN, 2), 1);
    ck_assert_uint_eq(value_sent(MESSAGE_LEARN, 2, 2), B);
}
END_TEST

START_TEST(a_follower_that_lacks_a_slot_is_sent_it_again)
{
    replica_begin(3, 0);
    propose(A);
    receive_accepted(1, BALLOT(1, 0), 1);
    manual_forget(&replica.manual);
    for (uint32_t ticks = 0; !sent_count(MESSAGE_ACCEPT, 2); ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        manual_forget(&replica.manual);
        receive_accepted(2, BALLOT(1, 0), 0);
        tick();
        ck_assert_uint_eq(sent_count(MESSAGE_ACCEPT, 1), 0);
    }
    ck_assert_uint_eq(value_sent(MESSAGE_ACCEPT, 2, 1), A);
}
END_TEST

START_TEST(the_log_is_kept_until_the_slowest_replica_has_applied_it)
{
    replica_begin(3, 0);
    propose(A);
    receive(
        1, MESSAGE_ACCEPTED,
        (struct message_group){.ballot = BALLOT(1, 0), .commit = 1, .through = 1, .applied = 1});
    tick();
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).commit, 1);
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).applied, 0);
    receive(
        2, MESSAGE_ACCEPTED,
        (struct message_group){.ballot = BALLOT(1, 0), .commit = 1, .through = 1, .applied = 1});
    tick();
    ck_assert_uint_eq(last_sent(MESSAGE_HEARTBEAT, 1).applied, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("catching up");
    TCase *c = tcase_create("catching up");
    tcase_add_checked_fixture(c, NULL, replica_end);
    tcase_add_test(c, a_leader_without_a_majority_reports_it_in_its_heartbeats);
    tcase_add_test(c, a_leader_without_a_majority_is_suspected);
    tcase_add_test(c, decisions_behind_a_gap_are_applied_once_it_is_filled);
    tcase_add_test(c, a_suspecting_replica_is_sent_decided_slots_only);
    tcase_add_test(c, a_follower_that_lacks_a_slot_is_sent_it_again);
    tcase_add_test(c, the_log_is_kept_until_the_slowest_replica_has_applied_it);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
