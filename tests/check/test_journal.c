/* test_journal.c - the reports of nodes are read from their journals as they were written, merged
 * by time; a command is written to one journal only. */
#include <string.h>
#include <unistd.h>

#include "analysis/journal/journal_format.h"
#include "tests/check/journals.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

static void ignore_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                             const struct command *c, uint64_t timestamp)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c, (void)timestamp;
}

static void ignore_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c;
}

static void ignore_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                            const struct command *c, uint64_t digest, const uint64_t *seen,
                            uint64_t state_hash)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c, (void)digest, (void)seen;
    (void)state_hash;
}

START_TEST(every_report_is_read_back_as_it_was_written)
{
    const char *path = journal_path("all");
    report_all(&direct.observer, &direct.finals);
    struct journal *j = must_create(path);
    report_all(journal_observer(j), journal_finals(j));
    ck_assert(!journal_incomplete(j));
    journal_destroy(j);
    must_merge_one(path);
    ck_assert_str_eq(teller_text(&merged), teller_text(&direct));
    ck_assert_uint_eq(counts.events, 20);
    ck_assert_uint_eq(counts.finals, 4);
    ck_assert_uint_eq(counts.incomplete, 0);
}
END_TEST

START_TEST(a_journal_without_checks_omits_executions)
{
    const char *path = journal_path("unchecked");
    struct journal *j = journal_create(path, &small_cluster, false, &merge_error);
    ck_assert_msg(j != NULL, "%s", merge_error.text);
    report_all(journal_observer(j), journal_finals(j));
    journal_destroy(j);
    struct observer_ops quiet = *direct.observer.ops;
    quiet.delivered = ignore_delivered;
    quiet.started = ignore_started;
    quiet.executed = ignore_executed;
    direct.observer.ops = &quiet;
    report_all(&direct.observer, &direct.finals);
    must_merge_one(path);
    ck_assert_str_eq(teller_text(&merged), teller_text(&direct));
    ck_assert_uint_eq(counts.events, 15);
}
END_TEST

START_TEST(an_empty_journal_and_no_journal_merge_to_nothing)
{
    const char *path = journal_path("empty");
    journal_destroy(must_create(path));
    ck_assert_int_eq(merge_one(path), 0);
    ck_assert_int_eq(
        journal_merge(&(struct journal_merge){.topology = &small_cluster}, &counts, &merge_error),
        0);
    ck_assert_uint_eq(counts.events, 0);
    ck_assert_str_eq(teller_text(&merged), "");
    ck_assert_ptr_null(journal_create(path, &small_cluster, true, &merge_error));
    ck_assert_msg(strstr(merge_error.text, path) && strstr(merge_error.text, "exists"), "%s",
                  merge_error.text);
}
END_TEST

/* ---- order ----------------------------------------------------------------------------------- */

/* At equal times the first journal comes first; decreasing times in a journal do not change its own
 * order. */
START_TEST(journals_are_merged_by_time)
{
    const char *const paths[] = {journal_path("a"), journal_path("b")};
    struct journal *a = must_create(paths[0]), *b = must_create(paths[1]);
    report_leading(journal_observer(b), 1, 1);
    report_leading(journal_observer(b), 5, 4);
    report_leading(journal_observer(b), 3, 5);
    report_leading(journal_observer(b), 7, 7);
    report_leading(journal_observer(a), 2, 2);
    report_leading(journal_observer(a), 5, 3);
    report_leading(journal_observer(a), 6, 6);
    report_leading(journal_observer(a), 9, 8);
    journal_destroy(a);
    journal_destroy(b);
    must_merge(paths, 2);
    ck_assert_str_eq(teller_text(&merged), "1: 0 of 0 leads by 1\n2: 0 of 0 leads by 2\n"
                                           "5: 0 of 0 leads by 3\n5: 0 of 0 leads by 4\n"
                                           "3: 0 of 0 leads by 5\n6: 0 of 0 leads by 6\n"
                                           "7: 0 of 0 leads by 7\n9: 0 of 0 leads by 8\n");
}
END_TEST

/* ---- commands in another journal ------------------------------------------------------------- */

static void multicast_and_deliver(const char *client, const char *replica)
{
    union journalled_room room;
    struct command *c = journalled_command(&room, 17);
    struct journal *a = must_create(client), *b = must_create(replica);
    struct observer *ao = journal_observer(a), *bo = journal_observer(b);
    bo->ops->leading(bo, 2, 1, 1, 77);
    ao->ops->multicast(ao, 7, 20, c);
    bo->ops->delivered(bo, 2, 1, 10, c, 1234); /* by a clock that is behind */
    journal_destroy(a);
    journal_destroy(b);
}

/* The second record of the replica's journal. */
static const size_t second = sizeof(struct journal_header) + sizeof(struct journal_record) + 8;

START_TEST(a_command_can_be_in_another_journal_at_a_later_time)
{
    const char *client = journal_path("client"), *replica = journal_path("replica");
    union journalled_room room;
    multicast_and_deliver(client, replica);
    must_merge((const char *[]){client, replica}, 2);
    direct.observer.ops->leading(&direct.observer, 2, 1, 1, 77);
    direct.observer.ops->delivered(&direct.observer, 2, 1, 10, journalled_command(&room, 17), 1234);
    direct.observer.ops->multicast(&direct.observer, 7, 20, journalled_command(&room, 17));
    ck_assert_str_eq(teller_text(&merged), teller_text(&direct));
}
END_TEST

START_TEST(a_command_that_no_journal_holds_is_refused)
{
    const char *client = journal_path("client"), *replica = journal_path("replica");
    char expected[600];
    snprintf(expected, sizeof(expected), "%s: at offset %zu: a command that no journal contains",
             replica, second);
    multicast_and_deliver(client, replica);
    ck_assert_int_eq(merge_one(replica), -1);
    ck_assert_str_eq(merge_error.text, expected);
    ck_assert_str_eq(teller_text(&merged), "1: 2 of 1 leads by 77\n");
}
END_TEST

/* Case 0: the command that was multicast. 1: it was issued only. 2: it has another content. */
START_TEST(a_command_of_other_content_or_issued_only_is_refused)
{
    for (int which = 0; which < 3; which++) {
        const char *path = journal_path("all");
        union journalled_room room;
        struct command *c = journalled_command(&room, 17);
        struct journal *j = must_create(path);
        struct observer *o = journal_observer(j);
        (which == 1 ? o->ops->issued : o->ops->multicast)(o, 7, 1, c);
        if (which == 2) c->accesses[1].group = 0;
        o->ops->delivered(o, 2, 1, 2, c, 1234);
        journal_destroy(j);
        ck_assert_int_eq(merge_one(path), which == 0 ? 0 : -1);
        if (which > 0)
            ck_assert_msg(strstr(merge_error.text, "that no journal contains") != NULL, "%s",
                          merge_error.text);
        unlink(path);
    }
}
END_TEST

START_TEST(reports_on_commands_lost_with_an_incomplete_journal_are_omitted)
{
    const char *client = journal_path("client"), *replica = journal_path("replica");
    size_t bytes;
    multicast_and_deliver(client, replica);
    unsigned char *data = (unsigned char *)read_file(client, &bytes);
    struct journal_header *header = (struct journal_header *)(void *)data;
    header->committed = sizeof(*header);
    header->incomplete = 1;
    write_file(client, data, bytes);
    must_merge((const char *[]){client, replica}, 2);
    ck_assert_str_eq(teller_text(&merged), "1: 2 of 1 leads by 77\n");
    ck_assert_uint_eq(counts.incomplete, 1);
    ck_assert_uint_eq(counts.events, 1);
    ck_assert_uint_eq(counts.unknown, 1);
    free(data);
}
END_TEST

/* More than the initial capacity of the table of commands. */
START_TEST(five_thousand_commands_are_distinguished)
{
    const char *path = journal_path("many");
    union journalled_room room;
    struct journal *j = must_create(path);
    struct observer *o = journal_observer(j);
    for (uint64_t seq = 1; seq <= 5000; seq++) {
        o->ops->multicast(o, 7, seq, journalled_command(&room, seq));
        direct.observer.ops->multicast(&direct.observer, 7, seq, &room.command);
    }
    for (uint64_t seq = 5000; seq > 0; seq--) {
        o->ops->started(o, 2, 1, 6000, journalled_command(&room, seq));
        direct.observer.ops->started(&direct.observer, 2, 1, 6000, &room.command);
    }
    journal_destroy(j);
    must_merge_one(path);
    ck_assert(strcmp(teller_text(&merged), teller_text(&direct)) == 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *c = tcase_create("journal");
    tcase_add_checked_fixture(c, journals_begin, journals_end);
    tcase_add_test(c, every_report_is_read_back_as_it_was_written);
    tcase_add_test(c, a_journal_without_checks_omits_executions);
    tcase_add_test(c, an_empty_journal_and_no_journal_merge_to_nothing);
    tcase_add_test(c, journals_are_merged_by_time);
    tcase_add_test(c, a_command_can_be_in_another_journal_at_a_later_time);
    tcase_add_test(c, a_command_that_no_journal_holds_is_refused);
    tcase_add_test(c, a_command_of_other_content_or_issued_only_is_refused);
    tcase_add_test(c, reports_on_commands_lost_with_an_incomplete_journal_are_omitted);
    tcase_add_test(c, five_thousand_commands_are_distinguished);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
