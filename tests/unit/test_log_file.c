/* test_log_file.c - the file of a node's storage: what ends the log, and what is reported. */
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "tests/lib/log_files.h"

enum { HEAD = 8, RECORDS = 3 };

#define POLL_NS 100000
#define PATIENCE_NS UINT64_C(20000000000)

static char *directory;
static const char *path;

static void begin(void)
{
    directory = test_scratch_directory();
    path = path_in(directory, "log");
}

static void end(void)
{
    log_files_destroy(directory);
}

static void nothing(void *context)
{
    (void)context;
}

static struct log_file *open_log(void)
{
    struct log_file *f = log_files_open(directory);
    log_file_begin(f, nothing, NULL);
    return f;
}

/* The next completion, which must be that of the cookie. */
static enum completion await(struct log_file *f, uint64_t cookie)
{
    uint64_t got, begin_ns = clock_now();
    enum completion how;
    while (!log_file_take(f, &got, &how)) {
        ck_assert_uint_lt(clock_now() - begin_ns, PATIENCE_NS);
        clock_sleep(POLL_NS);
    }
    ck_assert_uint_eq(got, cookie);
    return how;
}

/* Records "a", "bb", "ccc". */
static void write_records(void)
{
    struct log_file *f = open_log();
    log_file_append(f, "a", 1);
    log_file_append(f, "bb", 2);
    log_file_append(f, "ccc", 3);
    log_file_sync(f, 1);
    ck_assert_int_eq(await(f, 1), COMPLETION_OK);
    log_file_close(f);
}

/* Reads to the end; the texts of all records, joined, stand in `text`. */
static void read_all(struct log_file *f, char text[static 64])
{
    static char record[RECORD_BYTES_MAX];
    uint32_t bytes;
    size_t used = 0;
    for (;;) {
        log_file_read(f, record, &bytes, 2);
        if (await(f, 2) == COMPLETION_END) break;
        ck_assert_uint_lt(used + bytes, 64);
        memcpy(text + used, record, bytes);
        used += bytes;
    }
    text[used] = 0;
}

static void expect_records(const char *expected)
{
    char text[64];
    struct log_file *f = open_log();
    read_all(f, text);
    ck_assert_str_eq(text, expected);
    log_file_close(f);
}

static uint64_t size(void)
{
    struct stat s;
    ck_assert_int_eq(stat(path, &s), 0);
    return (uint64_t)s.st_size;
}

START_TEST(a_torn_record_ends_the_log)
{
    write_records();
    uint64_t whole = size();
    ck_assert_uint_eq(whole, 8 + RECORDS * HEAD + 1 + 2 + 3);
    for (uint64_t bytes = whole - 1; bytes >= 8 + 2 * HEAD + 1 + 2; bytes--) {
        ck_assert_int_eq(truncate(path, (off_t)bytes), 0);
        expect_records("abb");
    }
    ck_assert_int_eq(truncate(path, 3), 0); /* in the head of the file */
    expect_records("");
}
END_TEST

/* In its size, its checksum, or its content. */
START_TEST(a_damaged_record_ends_the_log)
{
    for (off_t byte = 8 + HEAD + 1; byte < 8 + 2 * HEAD + 1 + 2; byte++) {
        write_records();
        char c;
        int fd = open(path, O_RDWR);
        ck_assert_int_eq(pread(fd, &c, 1, byte), 1);
        c ^= 1;
        ck_assert_int_eq(pwrite(fd, &c, 1, byte), 1);
        close(fd);
        expect_records("a");
        unlink(path);
    }
}
END_TEST

START_TEST(records_behind_a_torn_one_are_read_with_those_before)
{
    char text[64];
    write_records();
    ck_assert_int_eq(truncate(path, (off_t)size() - 1), 0);
    struct log_file *f = open_log();
    read_all(f, text);
    log_file_append(f, "d", 1);
    log_file_sync(f, 1);
    ck_assert_int_eq(await(f, 1), COMPLETION_OK);
    log_file_close(f);
    expect_records("abbd");
}
END_TEST

START_TEST(what_cannot_be_a_new_log_is_refused_by_name)
{
    struct error e;
    write_records();
    ck_assert_ptr_null(log_file_open(path, true, &e));
    ck_assert_ptr_nonnull(strstr(e.text, path));
    ck_assert_ptr_nonnull(strstr(e.text, "has records"));
    unlink(path);
    write_text(path, "something else");
    ck_assert_ptr_null(log_file_open(path, false, &e));
    ck_assert_ptr_nonnull(strstr(e.text, path));
    unlink(path);
    ck_assert_ptr_null(log_file_open(path_in(path, "log"), true, &e));
    ck_assert_ptr_nonnull(strstr(e.text, path));
}
END_TEST

/* The limit on the size of files stands for a full disk. */
START_TEST(a_failed_write_is_reported_and_does_not_complete)
{
    struct rlimit before, small;
    getrlimit(RLIMIT_FSIZE, &before);
    small = (struct rlimit){2 * RECORD_BYTES_MAX, before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    static const char record[RECORD_BYTES_MAX];
    uint64_t cookie, begin_ns = clock_now();
    enum completion how;
    struct log_file *f = open_log();
    ck_assert_ptr_null(log_file_error(f));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    for (int i = 0; i < 3; i++) log_file_append(f, record, sizeof(record));
    log_file_sync(f, 1);
    log_file_sync(f, 2);
    while (!log_file_error(f)) {
        ck_assert_uint_lt(clock_now() - begin_ns, PATIENCE_NS);
        clock_sleep(POLL_NS);
    }
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    ck_assert_ptr_nonnull(strstr(log_file_error(f)->text, path));
    ck_assert(!log_file_take(f, &cookie, &how));
    log_file_close(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("log file");
    TCase *c = tcase_create("log file");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, begin, end);
    tcase_add_test(c, a_torn_record_ends_the_log);
    tcase_add_test(c, a_damaged_record_ends_the_log);
    tcase_add_test(c, records_behind_a_torn_one_are_read_with_those_before);
    tcase_add_test(c, what_cannot_be_a_new_log_is_refused_by_name);
    tcase_add_test(c, a_failed_write_is_reported_and_does_not_complete);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
