/* test_journal_damage.c - journals whose writer was killed or found the disk full are valid up to
 * that point; files that are truncated, damaged or of another format are refused. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/journal/journal_format.h"
#include "base/random.h"
#include "tests/check/journals.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

/* ---- writers that are killed ----------------------------------------------------------------- */

/* Endless reports: ballots 1, 2, 3, ..., with commands of all sizes in between. */
static _Noreturn void report_until_killed(struct journal *j)
{
    struct observer *o = journal_observer(j);
    union journalled_room room;
    for (uint64_t i = 1;; i++) {
        o->ops->leading(o, 0, 0, i, i);
        if (i % 3 == 0) o->ops->multicast(o, 2, i, journalled_command(&room, i));
        if (i % 3 == 0) o->ops->started(o, 2, 1, i, journalled_command(&room, i));
        if (i % 5 == 0) o->ops->multicast(o, 2, i, journalled_hint(&room));
    }
}

static uint64_t committed(const char *path)
{
    struct journal_header header = {0};
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    if (fread(&header, sizeof(header), 1, file) != 1) header.committed = 0;
    fclose(file);
    return header.committed;
}

/* Counts ballots, which must be consecutive. */
struct counter {
    struct observer observer;
    uint64_t ballots;
};

static void count_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          uint64_t ballot)
{
    struct counter *c = (struct counter *)o;
    (void)node, (void)group, (void)now_ns;
    ck_assert_uint_eq(ballot, ++c->ballots);
}

static void count_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          const struct command *c)
{
    (void)node, (void)group, (void)now_ns;
    ck_assert_uint_eq(((struct counter *)o)->ballots, c->id.seq);
}

static void count_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                            const struct command *c)
{
    (void)node, (void)c;
    ck_assert_uint_eq(((struct counter *)o)->ballots, now_ns);
}

static const struct observer_ops counter_ops = {
    .leading = count_leading, .started = count_started, .multicast = count_multicast};

static void must_count(const char *path, struct counter *c)
{
    *c = (struct counter){.observer = {&counter_ops}};
    int status = journal_merge(
        &(struct journal_merge){
            .paths = &path, .count = 1, .topology = &small_cluster, .observer = &c->observer},
        &counts, &merge_error);
    ck_assert_msg(status == 0, "%s", merge_error.text);
}

START_TEST(a_killed_writer_leaves_a_valid_prefix)
{
    struct random draw = random_named(1, "journal", "killed");
    for (int round = 0; round < 8; round++) {
        const char *path = journal_path("killed");
        uint64_t enough = random_below(&draw, 3 * JOURNAL_STEP_BYTES);
        pid_t writer = fork();
        ck_assert(writer >= 0);
        if (writer == 0) report_until_killed(must_create(path));
        while (committed(path) <= enough) ck_assert_int_eq(waitpid(writer, NULL, WNOHANG), 0);
        kill(writer, SIGKILL);
        ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
        struct counter c;
        must_count(path, &c);
        ck_assert_uint_ge(counts.bytes + sizeof(struct journal_header), enough);
        ck_assert_uint_eq(counts.incomplete, 0);
        ck_assert_uint_gt(c.ballots, 0);
        unlink(path);
    }
}
END_TEST

/* ---- a full disk ----------------------------------------------------------------------------- */

START_TEST(a_full_disk_ends_the_journal_and_nothing_else)
{
    const char *path = journal_path("full");
    pid_t writer = fork();
    ck_assert(writer >= 0);
    if (writer == 0) {
        struct rlimit limit = {2 * JOURNAL_STEP_BYTES + 5000, 2 * JOURNAL_STEP_BYTES + 5000};
        setrlimit(RLIMIT_FSIZE, &limit);
        struct journal *j = must_create(path);
        uint64_t i = 1;
        for (; !journal_incomplete(j); i++) report_leading(journal_observer(j), i, i);
        for (int more = 0; more < 1000; more++, i++) report_leading(journal_observer(j), i, i);
        journal_destroy(j);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(writer, &status, 0), writer);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct counter c;
    must_count(path, &c);
    ck_assert_uint_eq(counts.incomplete, 1);
    ck_assert_uint_gt(counts.bytes, JOURNAL_STEP_BYTES);
    ck_assert_uint_eq(c.ballots, counts.bytes / journal_head_bytes(JOURNAL_LEADING));
}
END_TEST

/* ---- damaged files --------------------------------------------------------------------------- */

/* A journal of everything, as bytes. */
static unsigned char *journal_bytes(const char *path, size_t *bytes)
{
    struct journal *j = must_create(path);
    report_all(journal_observer(j), journal_finals(j));
    journal_destroy(j);
    unsigned char *data = (unsigned char *)read_file(path, bytes);
    *bytes = ((struct journal_header *)(void *)data)->committed;
    return data;
}

static uint32_t record_bytes(const unsigned char *data, size_t at)
{
    return ((const struct journal_record *)(const void *)(data + at))->bytes;
}

static void assert_refused(const char *path, const void *data, size_t bytes, size_t at,
                           const char *why)
{
    char expected[600];
    snprintf(expected, sizeof(expected), "%s: at offset %zu: %s", path, at, why);
    write_file(path, data, bytes);
    ck_assert_int_eq(merge_one(path), -1);
    ck_assert_str_eq(merge_error.text, expected);
    ck_assert_str_eq(teller_text(&merged), ""); /* no event is reported before the file is validated
                                                 */
}

START_TEST(every_damaged_byte_is_detected)
{
    const char *path = journal_path("damaged");
    size_t bytes, next;
    unsigned char *data = journal_bytes(path, &bytes);
    for (size_t at = sizeof(struct journal_header); at < bytes; at = next) {
        next = at + record_bytes(data, at);
        for (size_t i = at; i < next; i++) {
            unsigned char bit = (unsigned char)(1u << (i % 8));
            data[i] ^= bit;
            assert_refused(path, data, bytes, at, "a damaged record");
            data[i] ^= bit;
        }
    }
    free(data);
}
END_TEST

START_TEST(every_truncation_is_detected)
{
    const char *path = journal_path("cut");
    size_t bytes, next;
    unsigned char *data = journal_bytes(path, &bytes);
    for (size_t at = sizeof(struct journal_header); at < bytes; at = next) {
        next = at + record_bytes(data, at);
        for (size_t end = at; end < next; end++)
            assert_refused(path, data, end, at, "the journal is cut off");
    }
    for (size_t end = 0; end < sizeof(struct journal_header); end += 8)
        assert_refused(path, data, end, 0, "expected the header of a journal");
    free(data);
}
END_TEST

START_TEST(a_journal_of_another_cluster_or_version_is_refused)
{
    const char *path = journal_path("other");
    size_t bytes;
    unsigned char *data = journal_bytes(path, &bytes);
    ((struct journal_header *)(void *)data)->clients = 3;
    assert_refused(path, data, bytes, 0, "a journal of another cluster");
    data[0] ^= 1;
    assert_refused(path, data, bytes, 0, "expected the header of a journal");
    unlink(path);
    ck_assert_int_eq(merge_one(path), -1);
    ck_assert_msg(strstr(merge_error.text, path) == merge_error.text &&
                      strstr(merge_error.text, "No such file"),
                  "%s", merge_error.text);
    free(data);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal damage");
    TCase *c = tcase_create("journal damage");
    tcase_add_checked_fixture(c, journals_begin, journals_end);
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_killed_writer_leaves_a_valid_prefix);
    tcase_add_test(c, a_full_disk_ends_the_journal_and_nothing_else);
    tcase_add_test(c, every_damaged_byte_is_detected);
    tcase_add_test(c, every_truncation_is_detected);
    tcase_add_test(c, a_journal_of_another_cluster_or_version_is_refused);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
