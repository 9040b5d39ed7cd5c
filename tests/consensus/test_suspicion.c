/* test_suspicion.c - a replica that suspects its leader becomes a candidate only if a majority
 * suspects it, too; until then no ballot changes. */
#include "tests/consensus/replica.h"
#include "tests/lib/harness.h"

START_TEST(suspicion_of_others_changes_no_ballot)
{
    replica_begin(3, 1);
    receive_heartbeat(0, BALLOT(1, 0), 0);
    manual_forget(&replica.manual);
    receive(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(1, 0)});
    receive(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(8, 2)});
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(1, 0));
    ck_assert_uint_eq(group_leader(replica.group), 0);
    ck_assert_uint_eq(sent_count(MESSAGE_SUPPORT, 2), 0); /* it receives a leader's heartbeats */
    for (int i = 0; i < 5; i++) tick();
    manual_forget(&replica.manual);
    receive(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(8, 2)});
    ck_assert_uint_eq(sent_count(MESSAGE_SUPPORT, 2), 1); /* it receives none */
    ck_assert_uint_eq(last_sent(MESSAGE_SUPPORT, 2).ballot, BALLOT(1, 0));
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(1, 0));
    receive_accept(0, BALLOT(1, 0), 1, A);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, 0).through, 1);
}
END_TEST

START_TEST(a_suspected_leader_keeps_leading)
{
    replica_begin(3, 0);
    receive(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(1, 0)});
    ck_assert_uint_eq(sent_count(MESSAGE_HEARTBEAT, 2), 1);
    ck_assert_uint_eq(sent_count(MESSAGE_SUPPORT, 2), 0);
    receive_support(2, BALLOT(1, 0));
    ck_assert(group_leading(replica.group));
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(1, 0));
}
END_TEST

START_TEST(a_suspicion_without_a_majority_changes_no_ballot)
{
    replica_begin(5, 1);
    for (uint32_t ticks = 0; ticks < TICKS_MAX; ticks++) {
        manual_forget(&replica.manual);
        tick();
        ck_assert_uint_eq(sent_count(MESSAGE_PREPARE, 0), 0);
        if (sent_count(MESSAGE_SUSPECT, 0))
            ck_assert_uint_eq(last_sent(MESSAGE_SUSPECT, 0).ballot, BALLOT(1, 0));
        receive_support(2, BALLOT(1, 0)); /* two of five, even if support is repeated */
    }
    ck_assert_uint_gt(sent_count(MESSAGE_SUSPECT, 0), 0);
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(1, 0));
}
END_TEST

START_TEST(support_before_the_suspicion_does_not_count)
{
    replica_begin(3, 1);
    for (uint32_t ticks = 0; ticks < TICKS_MAX; ticks++) {
        if (ticks < TICKS_MAX / 2) {
            receive_heartbeat(0, BALLOT(1, 0), 0);
            receive_support(0, BALLOT(1, 0));
            receive_support(2, BALLOT(1, 0));
        } /* it suspects now; support before its request does not count */
        tick();
        ck_assert_uint_eq(sent_count(MESSAGE_PREPARE, 0), 0);
        manual_forget(&replica.manual);
    }
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(1, 0));
}
END_TEST

START_TEST(a_heartbeat_ends_the_suspicion)
{
    replica_begin(3, 1);
    while (!sent_count(MESSAGE_SUSPECT, 0)) tick();
    receive_support(2, BALLOT(1, 0));
    receive_heartbeat(0, BALLOT(1, 0), 0);
    manual_forget(&replica.manual);
    for (int i = 0; i < 5; i++) tick();
    ck_assert_uint_eq(sent_count(MESSAGE_PREPARE, 0), 0);
    ck_assert_uint_eq(group_leader(replica.group), 0);
}
END_TEST

START_TEST(support_raises_the_ballot_to_its_sender_s_promise_at_most)
{
    replica_begin(3, 1);
    while (!sent_count(MESSAGE_SUSPECT, 0)) tick();
    receive_support(2, BALLOT(4, 0));
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(4, 0));
    receive_support(2, BALLOT(1, 0));
    ck_assert_uint_eq(group_ballot(replica.group), BALLOT(4, 0));
    ck_assert(!group_leading(replica.group));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("suspicion");
    TCase *c = tcase_create("suspicion");
    tcase_add_checked_fixture(c, NULL, replica_end);
    tcase_add_test(c, suspicion_of_others_changes_no_ballot);
    tcase_add_test(c, a_suspected_leader_keeps_leading);
    tcase_add_test(c, a_suspicion_without_a_majority_changes_no_ballot);
    tcase_add_test(c, support_before_the_suspicion_does_not_count);
    tcase_add_test(c, a_heartbeat_ends_the_suspicion);
    tcase_add_test(c, support_raises_the_ballot_to_its_sender_s_promise_at_most);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
