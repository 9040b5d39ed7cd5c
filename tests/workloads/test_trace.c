/* test_trace.c - the text form of traces: reading, writing, refused lines and the messages about
 * them. */
#include <dirent.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/lines.h"
#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "workloads/trace/trace.h"

static char *directory;

static struct workload *open_text(const char *text)
{
    const char *path = path_in(directory, "t.trace");
    write_text(path, text);
    return must_open(path, 1);
}

static void next_is(struct workload *w, struct trace_command *c)
{
    struct error e = {""};
    ck_assert_msg(workload_next(w, c, &e) == 1, "%s", e.text);
}

static void ends(struct workload *w)
{
    struct trace_command c;
    struct error e = {""};
    ck_assert_msg(workload_next(w, &c, &e) == 0, "%s", e.text);
}

static const char *variable_name(const struct workload *w, uint32_t variable)
{
    return names_get(workload_catalogue(w)->variables, variable);
}

/* --- reading ------------------------------------------------------------------------------------
 */

START_TEST(a_bare_command_gets_the_defaults)
{
    struct workload *w = open_text("get r=x\n");
    struct trace_command c;
    next_is(w, &c);
    ck_assert_str_eq(names_get(workload_catalogue(w)->kinds, c.kind), "get");
    ck_assert_uint_eq(c.client, CLIENT_ANY);
    ck_assert_uint_eq(c.at_ns, TIME_NONE);
    ck_assert_uint_eq(c.cost_ns, COST_MODEL);
    ck_assert_uint_eq(c.request_bytes, 64);
    ck_assert_uint_eq(c.reply_bytes, 64);
    ck_assert_uint_eq(c.access_count, 1);
    ck_assert_uint_eq(c.accesses[0].mode, ACCESS_READ);
    ck_assert_uint_eq(workload_catalogue(w)->variable_bytes[0], 64);
    ck_assert_uint_eq(workload_catalogue(w)->granule[0], 0);
    ends(w);
    ck_assert(!workload_endless(w));
    workload_close(w);
}
END_TEST

START_TEST(a_variable_in_r_and_w_is_read_modify_write)
{
    struct workload *w = open_text("move w=c,a r=a,b rw=d delete=e create=b");
    static const struct {
        const char *name;
        uint8_t mode;
    } expected[] = {{"c", ACCESS_WRITE},
                    {"a", ACCESS_READ | ACCESS_WRITE},
                    {"b", ACCESS_READ | ACCESS_CREATE},
                    {"d", ACCESS_READ | ACCESS_WRITE},
                    {"e", ACCESS_DELETE}};
    struct trace_command c;
    next_is(w, &c);
    ck_assert_uint_eq(c.access_count, 5);
    for (uint32_t i = 0; i < 5; i++) { /* numbered in the order of the line */
        ck_assert_uint_eq(c.accesses[i].variable, i);
        ck_assert_str_eq(variable_name(w, i), expected[i].name);
        ck_assert_uint_eq(c.accesses[i].mode, expected[i].mode);
    }
    workload_close(w);
}
END_TEST

START_TEST(every_key_is_parsed)
{
    struct workload *w = open_text("@aviary-trace 1\n"
                                   "# comment\n"
                                   "\n"
                                   "@kind a,b cost=1.5ms request=1KiB # both\n"
                                   "@variable x,y size=2kB granule=z\n"
                                   "\ta  w=x client=7 at=2s reply=0 # end\n"
                                   "a w=y cost=3us request=140B at=2s\n"
                                   "b w=y cost=model\r\n");
    struct trace_command c;
    next_is(w, &c);
    ck_assert_uint_eq(c.client, 7);
    ck_assert_uint_eq(c.at_ns, 2000000000);
    ck_assert_uint_eq(c.cost_ns, 1500000);
    ck_assert_uint_eq(c.request_bytes, 1024);
    ck_assert_uint_eq(c.reply_bytes, 0);
    next_is(w, &c);
    ck_assert_uint_eq(c.cost_ns, 3000);
    ck_assert_uint_eq(c.request_bytes, 140);
    ck_assert_uint_eq(c.reply_bytes, 64);
    next_is(w, &c);
    ck_assert_uint_eq(c.cost_ns, COST_MODEL);
    ck_assert_uint_eq(c.request_bytes, 1024);
    const struct catalogue *k = workload_catalogue(w);
    uint32_t x = names_find(k->variables, "x", 1), z = names_find(k->variables, "z", 1);
    ck_assert_uint_eq(k->variable_bytes[x], 2000);
    ck_assert_uint_eq(k->granule[x], z);
    ck_assert_uint_eq(k->granule[z], z);
    ck_assert_uint_eq(names_find(k->variables, "q", 1), UINT32_MAX);
    workload_close(w);
}
END_TEST

START_TEST(a_rewound_trace_gives_the_same_commands_and_numbers)
{
    struct workload *w = open_text("@variable p granule=q\nput w=p at=5s\n@kind put cost=1us\n"
                                   "put w=r,p\nget r=q\n");
    uint64_t count;
    uint64_t first = stream_fingerprint(w, UINT64_MAX, &count);
    uint64_t known = catalogue_fingerprint(w);
    ck_assert_uint_eq(count, 3);
    for (int i = 0; i < 3; i++) {
        must_rewind(w);
        ck_assert_uint_eq(stream_fingerprint(w, UINT64_MAX, &count), first);
        ck_assert_uint_eq(catalogue_fingerprint(w), known);
    }
    workload_close(w);
}
END_TEST

/* --- refusing -----------------------------------------------------------------------------------
 */

static const struct refusal {
    const char *text;
    const char *message; /* after the path */
} refusals[] = {
    {"r=a\n", ":1: expected the kind of a command, found 'r=a'"},
    {"put\n", ":1: expected a variable in r= w= rw= create= or delete=, found none"},
    {"\n# c\nput x\n",
     ":3: expected r= w= rw= create= delete= client= at= cost= request= or reply=, "
     "found 'x'"},
    {"put v=x\n", ":1: expected r= w= rw= create= delete= client= at= cost= request= or reply=, "
                  "found 'v=x'"},
    {"put w=a cost=25h\n", ":1: cost=: expected at most 24h, found '25h'"},
    {"put w=\n", ":1: expected the name of a variable, found the line's end"},
    {"put w=a,,b\n", ":1: expected the name of a variable, found ',b'"},
    {"put w=a, b\n", ":1: expected the name of a variable, found a blank"},
    {"put w=@a\n", ":1: expected the name of a variable, found '@a'"},
    {"put w=a=b\n", ":1: expected ',' or a blank, found '=b'"},
    {"put w=a#b\n", ":1: expected ',' or a blank, found '#b'"},
    {"put w=a\001\n", ":1: expected ',' or a blank, found byte 0x01"},
    {"put w=a cost=5\n",
     ":1: cost=: expected a time such as 50s or 1.5ms (units: ns us ms s min h), "
     "found '5'"},
    {"put w=a at=1.5ns\n",
     ":1: at=: expected a time such as 50s or 1.5ms, nothing finer than 1 ns, "
     "found '1.5ns'"},
    {"put w=a at=2s\nput w=a at=1999ms\n",
     ":2: at=: expected a time not before the previous one (2s), found '1999ms'"},
    {"put w=a request=1\n",
     ":1: request=: expected a size such as 64B or 4KiB (units: B kB MB GB KiB "
     "MiB GiB), found '1'"},
    {"put w=a reply=2GiB\n", ":1: reply=: expected less than 2GiB, found '2GiB'"},
    {"put w=a client=x\n",
     ":1: client=: expected a whole number such as 1000 or 10k (units: k M G or "
     "none), found 'x'"},
    {"put w=a client=4294967295\n",
     ":1: client=: expected a number below 4294967295, found '4294967295'"},
    {"put w=a cost=1ms cost=1ms\n", ":1: expected cost= once, found it twice"},
    {"put w=a cost=1ms#\n", ":1: expected a blank, found '#'"},
    {"@foo\n", ":1: expected @variable @kind @end or @aviary-trace, found '@foo'"},
    {"put w=a\n@aviary-trace 1\n", ":2: expected @aviary-trace before anything else"},
    {"@aviary-trace 2\n", ":1: expected version 1, found '2'"},
    {"@aviary-trace 1 half\n", ":1: expected the word whole, or nothing, found 'half'"},
    {"put w=a\n@end\nput w=a\n", ":3: expected nothing after @end, found 'put'"},
    {"put w=a\n@end now\n", ":2: expected nothing behind @end, found 'now'"},
    {"@kind\n", ":1: expected the name of a kind, found the line's end"},
    {"@kind put w=a\n", ":1: expected cost= request= or reply=, found 'w=a'"},
    {"@variable\n", ":1: expected the name of a variable, found the line's end"},
    {"@variable a color=red\n", ":1: expected size= or granule=, found 'color=red'"},
    {"@variable a size=1B size=1B\n", ":1: expected size= once, found it twice"},
    {"put w=a\n@variable a size=1B\n", ":2: expected @variable a before its first use"},
    {"@variable b granule=c\n@variable a granule=b\n",
     ":2: granule=: 'b' itself lies in the granule 'c'"},
};

START_TEST(a_bad_line_is_refused_with_its_place)
{
    const struct refusal *r = &refusals[_i];
    struct workload *w = open_text(r->text);
    struct trace_command c;
    struct error e = {""};
    int got;
    while ((got = workload_next(w, &c, &e)) > 0) continue;
    ck_assert_int_eq(got, -1);
    const char *path = path_in(directory, "t.trace");
    ck_assert_msg(strncmp(e.text, path, strlen(path)) == 0, "%s", e.text);
    ck_assert_str_eq(e.text + strlen(path), r->message);
    workload_close(w);
}
END_TEST

static void is_refused(const char *path, const char *part)
{
    struct error e = {""};
    struct workload *w = workload_open(path, 1, &e);
    if (w) {
        struct trace_command c;
        int got;
        while ((got = workload_next(w, &c, &e)) > 0) continue;
        ck_assert_msg(got < 0, "%s: read to its end", path);
        workload_close(w);
    }
    ck_assert_msg(strstr(e.text, part) != NULL, "expected '%s' in: %s", part, e.text);
}

START_TEST(binary_data_and_endless_lines_are_refused)
{
    const char *path = path_in(directory, "binary.trace");
    write_file(path, "put w=a\0b\n", 10);
    is_refused(path, "binary.trace:1: expected text, found a NUL byte");
    const char first[] = "put w=a\n";
    size_t bytes = LINE_BYTES_MAX + 100;
    char *line = malloc(bytes);
    memset(line, 'x', bytes);
    memcpy(line, first, sizeof(first) - 1);
    write_file(path, line, bytes);
    is_refused(path, "binary.trace:2: expected a line of at most 1048576 bytes");
    free(line);
}
END_TEST

START_TEST(a_command_holds_at_most_8192_variables)
{
    const char *path = path_in(directory, "wide.trace");
    for (uint32_t count = COMMAND_ACCESSES_MAX; count <= COMMAND_ACCESSES_MAX + 1; count++) {
        FILE *file = fopen(path, "w");
        ck_assert_ptr_nonnull(file);
        fputs("put r=v0 w=", file);
        for (uint32_t i = 0; i < count; i++) fprintf(file, "%sv%u", i > 0 ? "," : "", i);
        fputs("\n", file);
        fclose(file);
        if (count > COMMAND_ACCESSES_MAX) {
            is_refused(path, ":1: expected at most 8192 variables in a command, found 8193");
            continue;
        }
        struct workload *w = must_open(path, 1);
        struct trace_command c;
        next_is(w, &c);
        ck_assert_uint_eq(c.access_count, count);
        workload_close(w);
    }
}
END_TEST

START_TEST(a_file_that_cannot_be_opened_is_named)
{
    struct error e;
    ck_assert_ptr_null(workload_open(path_in(directory, "missing.trace"), 1, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "missing.trace: cannot open"));
    ck_assert_ptr_null(workload_open("chirpr", 1, &e));
    ck_assert_ptr_nonnull(
        strstr(e.text, "no trace file or generator is called 'chirpr'; there is: chirper, "));
    ck_assert_ptr_nonnull(strstr(e.text, "interactions, "));
    ck_assert_ptr_nonnull(strstr(e.text, ", or a path"));
    ck_assert_ptr_null(workload_open("-", 1, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "standard input"));
    is_refused(directory, "cannot read");
}
END_TEST

/* --- packed files -------------------------------------------------------------------------------
 */

static const char *const packed[] = {"p.trace.gz", "p.trace.xz", "p.trace.zst"};

/* Writes some commands of the social network; their fingerprint. */
static uint64_t write_commands(const char *path, uint64_t count)
{
    struct workload *w = must_open("chirper:users=500,communities=5", 3);
    struct error e = {""};
    struct trace_writer *t = trace_writer_create(path, workload_catalogue(w), &e);
    ck_assert_msg(t != NULL, "%s", e.text);
    uint64_t hash = 0;
    for (uint64_t i = 0; i < count; i++) {
        struct trace_command c;
        next_is(w, &c);
        hash = command_fingerprint(hash, &c);
        ck_assert_int_eq(trace_writer_add(t, &c, &e), 0);
    }
    ck_assert_msg(trace_writer_commit(t, &e) == 0, "%s", e.text);
    trace_writer_destroy(t);
    workload_close(w);
    return hash;
}

START_TEST(packed_files_read_like_plain_ones)
{
    const char *path = path_in(directory, packed[_i]);
    uint64_t hash = write_commands(path, 30000), count;
    /* The bytes decide, not the name. */
    const char *renamed = path_in(directory, "renamed");
    ck_assert_int_eq(rename(path, renamed), 0);
    struct workload *w = must_open(renamed, 1);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(stream_fingerprint(w, UINT64_MAX, &count), hash);
        ck_assert_uint_eq(count, 30000);
        must_rewind(w);
    }
    workload_close(w);
}
END_TEST

/* A study opens a trace once, and its runs are forked then: they share the file's descriptor. The
 * parent stands before its second piece of the file when the child reads all of it. */
START_TEST(a_process_reads_its_trace_whatever_another_reads)
{
    enum { LINES = 30000 };
    const char *path = path_in(directory, "long.trace");
    FILE *file = fopen(path, "w");
    struct trace_command c;
    int status;
    ck_assert_ptr_nonnull(file);
    for (int i = 0; i < LINES; i++) fprintf(file, "post rw=a%d\n", i);
    fclose(file);
    struct workload *w = must_open(path, 1);
    next_is(w, &c);
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct error e;
        int count = 1;
        while (workload_next(w, &c, &e) > 0) count++;
        _exit(count == LINES ? 0 : 1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    for (int i = 1; i < LINES; i++) next_is(w, &c);
    ends(w);
    workload_close(w);
}
END_TEST

START_TEST(a_packed_file_truncated_anywhere_is_refused)
{
    const char *path = path_in(directory, packed[_i]), *cut = path_in(directory, "cut.trace");
    write_commands(path, 3000);
    size_t bytes;
    char *data = read_file(path, &bytes);
    for (size_t kept = 8; kept < bytes; kept += kept < 64 || bytes - kept < 64 ? 1 : 997) {
        write_file(cut, data, kept);
        is_refused(cut, "stop short");
    }
    write_file(path, data, 1); /* too short to detect by its bytes */
    is_refused(path, "data, as the name says");
    free(data);
}
END_TEST

START_TEST(damaged_packed_data_are_refused)
{
    const char *path = path_in(directory, packed[_i]);
    write_commands(path, 3000);
    size_t bytes;
    char *data = read_file(path, &bytes);
    for (size_t i = bytes / 2; i < bytes / 2 + 16; i++) data[i] ^= 0x55;
    write_file(path, data, bytes);
    struct error e = {""};
    struct workload *w = must_open(path, 1);
    struct trace_command c;
    int got;
    while ((got = workload_next(w, &c, &e)) > 0) continue;
    ck_assert_int_eq(got, -1);
    workload_close(w);
    free(data);
}
END_TEST

START_TEST(concatenated_packed_files_are_read_as_one)
{
    const char *path = path_in(directory, packed[_i]), *both = path_in(directory, "both.trace");
    write_commands(path, 100);
    size_t bytes;
    char *data = read_file(path, &bytes);
    char *twice = malloc(bytes * 2);
    memcpy(twice, data, bytes);
    memcpy(twice + bytes, data, bytes);
    write_file(both, twice, bytes * 2);
    /* Its first half is a complete trace, up to @end. */
    is_refused(both, "expected nothing after @end");
    free(data);
    free(twice);
}
END_TEST

/* A written trace declares that it ends with @end, so that a truncation between two lines is
 * detected. */
START_TEST(a_truncation_between_two_lines_is_detected)
{
    const char *path = path_in(directory, "whole.trace"), *cut = path_in(directory, "cut.trace");
    write_commands(path, 100);
    size_t bytes;
    char *data = read_file(path, &bytes);
    size_t lines = 0;
    for (size_t i = 0; i + 1 < bytes; i++) {
        if (data[i] != '\n' || lines++ % 10) continue;
        write_file(cut, data, i + 1);
        is_refused(cut, "expected @end at last: the file is cut off");
    }
    ck_assert_uint_gt(lines, 90);
    free(data);
}
END_TEST

/* --- writing ------------------------------------------------------------------------------------
 */

/* Copies a trace by reader and writer; commands and numbers must stay the same. */
static void survives_a_copy(const char *text)
{
    struct workload *w = open_text(text);
    const char *copy = path_in(directory, "copy.trace");
    struct error e = {""};
    struct trace_writer *t = trace_writer_create(copy, workload_catalogue(w), &e);
    struct trace_command c;
    while (workload_next(w, &c, &e) > 0) ck_assert_int_eq(trace_writer_add(t, &c, &e), 0);
    ck_assert_int_eq(trace_writer_commit(t, &e), 0);
    trace_writer_destroy(t);
    must_rewind(w);
    struct workload *again = must_open(copy, 1);
    uint64_t count, count_again;
    uint64_t hash = stream_fingerprint(w, UINT64_MAX, &count);
    ck_assert_uint_eq(stream_fingerprint(again, UINT64_MAX, &count_again), hash);
    ck_assert_uint_eq(count_again, count);
    ck_assert_uint_eq(catalogue_fingerprint(again), catalogue_fingerprint(w));
    workload_close(w);
    workload_close(again);
}

START_TEST(a_written_trace_is_read_back_unchanged)
{
    survives_a_copy("get r=x\n");
    survives_a_copy("put w=b,a r=d,b rw=c create=f delete=e client=3 at=1ns cost=1us\n"
                    "put w=a at=2h request=0 reply=3B cost=model\n");
    survives_a_copy("@kind one,two\n@kind one cost=3us\n@variable q\none w=z\ntwo w=y\n");
    survives_a_copy(
        "@variable a size=1KiB granule=g\n@variable b,c granule=g\n@variable d size=7B\n"
        "k w=g\nk r=d,c w=new2 rw=new1\nj rw=a,b,c,d,g,new1,new2\n");
    survives_a_copy("put w=x create=x r=x delete=y\n");
}
END_TEST

START_TEST(an_incomplete_trace_is_removed)
{
    const char *path = path_in(directory, "kept/out.trace.gz");
    ck_assert_int_eq(mkdir(path_in(directory, "kept"), 0700), 0);
    struct workload *w = must_open("chirper:users=100,communities=1", 1);
    struct trace_command c;
    struct error e = {""};
    write_text(path, "before");
    struct trace_writer *t = trace_writer_create(path, workload_catalogue(w), &e);
    for (int i = 0; i < 50000; i++) {
        next_is(w, &c);
        ck_assert_int_eq(trace_writer_add(t, &c, &e), 0);
    }
    trace_writer_destroy(t); /* without a commit */
    workload_close(w);
    size_t bytes;
    char *data = read_file(path, &bytes);
    ck_assert_str_eq(data, "before");
    free(data);
    DIR *d = opendir(path_in(directory, "kept"));
    int entries = 0;
    while (readdir(d)) entries++;
    closedir(d);
    ck_assert_int_eq(entries, 3); /* ., .. and the previous file */
    ck_assert_ptr_null(trace_writer_create("/nonexistent/x.trace", NULL, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "/nonexistent/x.trace: cannot write"));
}
END_TEST

/* --- names --------------------------------------------------------------------------------------
 */

START_TEST(names_are_numbered_in_order_and_keep_their_numbers)
{
    struct names *n = names_create();
    char text[64];
    const char *first = NULL;
    for (uint32_t i = 0; i < 200000; i++) {
        int length = snprintf(text, sizeof(text), "%u-variable-%u", i % 7, i);
        ck_assert_uint_eq(names_find(n, text, (uint32_t)length), UINT32_MAX);
        ck_assert_uint_eq(names_intern(n, text, (uint32_t)length), i);
        if (i == 0) first = names_get(n, 0);
    }
    ck_assert_ptr_eq(names_get(n, 0), first);
    for (uint32_t i = 0; i < 200000; i += 13) {
        int length = snprintf(text, sizeof(text), "%u-variable-%u", i % 7, i);
        ck_assert_uint_eq(names_intern(n, text, (uint32_t)length), i);
        ck_assert_uint_eq(names_find(n, text, (uint32_t)length), i);
        ck_assert_str_eq(names_get(n, i), text);
    }
    ck_assert_uint_eq(names_count(n), 200000);
    names_destroy(n);
    names_destroy(NULL);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("trace");
    directory = test_scratch_directory();
    TCase *c = tcase_create("reading");
    tcase_add_test(c, a_bare_command_gets_the_defaults);
    tcase_add_test(c, a_variable_in_r_and_w_is_read_modify_write);
    tcase_add_test(c, every_key_is_parsed);
    tcase_add_test(c, a_rewound_trace_gives_the_same_commands_and_numbers);
    suite_add_tcase(s, c);
    c = tcase_create("refusing");
    tcase_add_loop_test(c, a_bad_line_is_refused_with_its_place, 0,
                        sizeof(refusals) / sizeof(refusals[0]));
    tcase_add_test(c, binary_data_and_endless_lines_are_refused);
    tcase_add_test(c, a_command_holds_at_most_8192_variables);
    tcase_add_test(c, a_file_that_cannot_be_opened_is_named);
    suite_add_tcase(s, c);
    c = tcase_create("packed");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, packed_files_read_like_plain_ones, 0, 3);
    tcase_add_test(c, a_process_reads_its_trace_whatever_another_reads);
    tcase_add_loop_test(c, a_packed_file_truncated_anywhere_is_refused, 0, 3);
    tcase_add_loop_test(c, damaged_packed_data_are_refused, 0, 3);
    tcase_add_test(c, a_truncation_between_two_lines_is_detected);
    tcase_add_loop_test(c, concatenated_packed_files_are_read_as_one, 0, 3);
    suite_add_tcase(s, c);
    c = tcase_create("writing");
    tcase_add_test(c, a_written_trace_is_read_back_unchanged);
    tcase_add_test(c, an_incomplete_trace_is_removed);
    suite_add_tcase(s, c);
    c = tcase_create("names");
    tcase_add_test(c, names_are_numbered_in_order_and_keep_their_numbers);
    suite_add_tcase(s, c);
    int status = test_main(s);
    free(directory);
    return status;
}
