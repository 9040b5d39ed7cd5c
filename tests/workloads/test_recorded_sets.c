/* test_recorded_sets.c - recorded read and write sets, object accesses and tables of text as
 * workloads: parsing of lines, refused lines, and trace files that preserve everything. */
#include <stdarg.h>
#include <sys/stat.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/workloads/trace_command.h"

static char *directory;

static void append(char *text, size_t room, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static void append(char *text, size_t room, const char *format, ...)
{
    size_t used = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + used, room - used, format, arguments);
    va_end(arguments);
}

/* The commands of a workload, one a line: KIND @SECONDS #CLIENT MODE:NAME ... */
static char *describe(struct workload *w)
{
    static const char *const modes[] = {"", "r", "w", "rw", "c", "rc", "", "", "d"};
    static char text[4096];
    struct trace_command c;
    struct error e = {""};
    const struct catalogue *k = workload_catalogue(w);
    int got;
    text[0] = '\0';
    while ((got = workload_next(w, &c, &e)) > 0) {
        append(text, sizeof(text), "%s", names_get(k->kinds, c.kind));
        if (c.at_ns != TIME_NONE) append(text, sizeof(text), " @%g", (double)c.at_ns / 1e9);
        if (c.client != CLIENT_ANY) append(text, sizeof(text), " #%u", c.client);
        for (uint32_t i = 0; i < c.access_count; i++)
            append(text, sizeof(text), " %s:%s", modes[c.accesses[i].mode],
                   names_get(k->variables, c.accesses[i].variable));
        append(text, sizeof(text), "\n");
    }
    if (got < 0) snprintf(text, sizeof(text), "%s", strrchr(e.text, '/') + 1);
    return text;
}

/* Opens `generator` with the bytes as its file `rows`. */
static struct workload *open_bytes(const char *generator, const void *bytes, size_t count)
{
    char spec[700];
    write_file(path_in(directory, "rows"), bytes, count);
    snprintf(spec, sizeof(spec), "%sfile=%s", generator, path_in(directory, "rows"));
    return must_open(spec, 1);
}

static void expect_commands(const char *generator, const void *bytes, size_t count,
                            const char *expected)
{
    struct workload *w = open_bytes(generator, bytes, count);
    ck_assert_str_eq(describe(w), expected);
    must_rewind(w);
    ck_assert_str_eq(describe(w), expected);
    workload_close(w);
}

static const struct {
    const char *generator, *rows, *expected;
} texts[] = {
    {"recorded:", "# made by hand\n0 T13 R:a@init W:a W:b\n1 T2 R:b@0\n",
     "tx #13 rw:a w:b\ntx #2 r:b\n"},
    {"recorded:clients=drop,kinds=tables,", "0 T1 R:x:1@init W:z:1 W:y:2 W:z:3\n1 T1 R:x:1@init\n",
     "write:y+z r:x:1 w:z:1 w:y:2 w:z:3\nread:x r:x:1\n"},
    /* A fence entry of the recorder itself. */
    {"recorded:", "0 T1 W:FZVERSION\n1 T1 R:FZVERSION@0 W:a\n", "tx #1 w:a\n"},
    {"recorded:skip=,", "0 T1 W:FZVERSION\n", "tx #1 w:FZVERSION\n"},
    {"recorded:", "0 T1 R:a\n",
     "rows:1: expected `SEQUENCE CLIENT R:KEY@WRITER W:KEY ...`, found 'R:a'"},
    {"recorded:", "0 T1 W:a@1\n",
     "rows:1: expected `SEQUENCE CLIENT R:KEY@WRITER W:KEY ...`, found 'W:a@1'"},
    {"recorded:", "0 T1\n",
     "rows:1: expected `SEQUENCE CLIENT R:KEY@WRITER W:KEY ...`, found 'no operation'"},
    {"recorded:", "0 T R:a@1\n", "rows:1: expected a client such as T13, found 'T'"},
    {"recorded:", "0 T1 R:a@1\n1 T1 W:b",
     "rows:2: expected an end of line: the file seems to be cut off"},
    {"csv:columns=time=1+client=2+kind=3+reads=4+writes=5,",
     "100,7,post,a;b,c\n# a comment\n\n101.5,,get, a ,\n",
     "post @0 #7 r:a r:b w:c\nget @1.5 r:a\n"},
    {"csv:columns=time=1+reads=2,unit=ms,time=scale=2,", "5,a\n7,b\n1s,a\n",
     "command @0 r:a\ncommand @0.004 r:b\ncommand @1.99 r:a\n"},
    {"csv:columns=reads=user+updates=what,header=yes,kind=touch,", "what,when,user\nx,1,y\n",
     "touch r:y rw:x\n"},
    {"csv:columns=creates=1+deletes=2+reads=3,separator=blanks,", "  a\tb  c\n",
     "command c:a d:b r:c\n"},
    {"csv:columns=reads=1+reads=2,separator=tab,list=|,", "a|b\tc\n", "command r:a r:b r:c\n"},
    {"csv:columns=kind=1+reads=2,list=blanks,", "\"a\"\"b\",\"x y\"\n", "a\"b r:x r:y\n"},
    {"csv:columns=reads=3,", "a,b\n", "rows:1: expected a column 3 for reads, found only 2"},
    {"csv:columns=reads=user,", "a,b\n",
     "rows:1: expected a column 'user' for reads (a name needs header=yes)"},
    {"csv:columns=reads=1,", "a\n\"b\n", "rows:2: column 1: expected its quotes to end with it"},
    {"csv:columns=reads=1,", "a;;b\n",
     "rows:1: reads: expected the name of a variable, found ';b'"},
    {"csv:columns=reads=1+time=2,", ",3\n",
     "rows:1: expected a variable in the chosen columns, found none"},
    {"csv:columns=reads=1+time=2,", "a,3\nb,2\n",
     "rows:2: expected times that do not decrease, found '2' (sort the file, or drop the times)"},
    {"csv:columns=reads=1+time=2,", "a,noon\n",
     "rows:1: time: expected a time such as 50s or 1.5ms (units: ns us ms s min h), found 'noon'"},
};

START_TEST(lines_are_read_as_commands_or_refused)
{
    expect_commands(texts[_i].generator, texts[_i].rows, strlen(texts[_i].rows),
                    texts[_i].expected);
}
END_TEST

START_TEST(binary_words_are_read_as_commands_or_refused)
{
    static const uint8_t words[] = {0xf0, 0, 0, 1, 0x88, 0, 2, 0, 0x88, 0, 2, 0, 0, 0, 0, 0};
    expect_commands("objects:batch=3,", words, 16, "get r:t30.0.1 r:t17.1.0\nget r:t0.0.0\n");
    expect_commands("objects:batch=2,writes=17,", words, 16,
                    "update r:t30.0.1 rw:t17.1.0\nupdate rw:t17.1.0 r:t0.0.0\n");
    expect_commands("objects:batch=1,", words, 7,
                    "rows: byte 4: expected a word of 4 bytes: the file seems to be cut off");
}
END_TEST

static const struct {
    const char *spec, *message;
} wrong[] = {
    {"recorded:", "recorded: expected file=PATH"},
    {"recorded:file=/dev/null,clients=some", "recorded: clients: expected keep or drop"},
    {"recorded:file=/dev/null,kinds=many", "recorded: kinds: expected one or tables"},
    {"objects:file=/dev/null,batch=0", "objects: batch: expected 1 to 8192, found 0"},
    {"objects:file=/dev/null,writes=32", "objects: writes: expected types below 32 such as 3+17"},
    {"csv:file=/dev/null", "csv: expected columns=NAME=COLUMN+..."},
    {"csv:file=/dev/null,columns=colour=1", "csv: columns: expected NAME=COLUMN, found 'colour'; "
                                            "there is: reads, writes, updates, creates, deletes, "},
    {"csv:file=/dev/null,columns=time=1", "csv: columns: expected reads=, writes= or updates="},
    {"csv:file=/dev/null,columns=reads=1+kind=2+kind=3", "csv: columns: 'kind' is given twice"},
    {"csv:file=/dev/null,columns=reads=1,separator=ab", "csv: separator: expected a sign, or "},
    {"csv:file=/dev/null,columns=reads=1,list=comma", "csv: expected another sign for list"},
    {"csv:file=/dev/null,columns=reads=1,unit=d", "csv: unit: expected ns us ms s min or h"},
    {"csv:file=/dev/null,columns=reads=1,header=1", "csv: header: expected yes or no"},
};

START_TEST(bad_keys_are_refused_with_a_message)
{
    struct error e = {""};
    ck_assert_ptr_null(workload_open(wrong[_i].spec, 1, &e));
    ck_assert_msg(strncmp(e.text, wrong[_i].message, strlen(wrong[_i].message)) == 0, "%s", e.text);
}
END_TEST

/* --- trace files --------------------------------------------------------------------------------
 */

static void must_trace(const char *words, const char *output)
{
    struct printed p = trace_command(directory, "%s -o %s", words, output);
    ck_assert_msg(p.status == 0, "%s", p.err);
    printed_finish(&p);
}

static const struct {
    const char *import, *name, *rows;
} imports[] = {
    {"interactions", "a.rows", "1 2 100 RT\n1 3 100 MT\n2 1 107.5\n"},
    {"interactions --time scale=0.1", "a,b.rows", "1 2 100 RT\n2 1 107.5\n"},
    {"edges -n 200 --seed 5", "e", "hub a\nhub b\nhub,c\n"},
    {"recorded --keys kinds=tables --size 4KiB", "r", "0 T13 R:a:1@init W:b:1\n1 T2 R:c:1@0\n"},
    {"objects --keys batch=2", "o", "abcdefghabcdabcx"},
    {"csv --columns time=1,client=2,kind=3,reads=4,writes=5,cost=6,reply=7 --separator ; --list +",
     "c", "1;2;k;a+b;c;5us;\n1;;l;b;;;70\n"},
    {"csv --header --columns creates=new,deletes=old", "h", "old,new\na,b\nc;d,\n,a\n"},
};

/* Import, and export twice: the files do not differ, and hold what reading directly gives. */
START_TEST(an_imported_recording_is_unchanged_by_an_export)
{
    char words[700];
    size_t bytes;
    write_text(path_in(directory, imports[_i].name), imports[_i].rows);
    const char *first = path_in(directory, "first.trace.xz");
    const char *second = path_in(directory, "second.trace");
    const char *options = strchr(imports[_i].import, ' ');
    snprintf(words, sizeof(words), "import %.*s %s %s", (int)strcspn(imports[_i].import, " "),
             imports[_i].import, path_in(directory, imports[_i].name), options ? options : "");
    must_trace(words, first);
    snprintf(words, sizeof(words), "generate %s", first);
    must_trace(words, second);
    snprintf(words, sizeof(words), "import %.*s %s %s", (int)strcspn(imports[_i].import, " "),
             imports[_i].import, path_in(directory, imports[_i].name), options ? options : "");
    must_trace(words, path_in(directory, "third.trace"));
    char *copied = read_file(path_in(directory, "second.trace"), &bytes);
    char *direct = read_file(path_in(directory, "third.trace"), &bytes);
    ck_assert_str_eq(copied, direct);
    struct workload *a = must_open(path_in(directory, "first.trace.xz"), 1);
    struct workload *b = must_open(path_in(directory, "third.trace"), 1);
    uint64_t count, hash = stream_fingerprint(a, UINT64_MAX, &count);
    ck_assert_uint_gt(count, 0);
    ck_assert_uint_eq(stream_fingerprint(b, UINT64_MAX, &count), hash);
    ck_assert_uint_eq(catalogue_fingerprint(a), catalogue_fingerprint(b));
    workload_close(a);
    workload_close(b);
    free(copied);
    free(direct);
}
END_TEST

/* A packed file that is cut anywhere is refused, and leaves no trace file. */
START_TEST(a_truncated_packed_file_is_refused_and_leaves_no_output)
{
    static const char *const suffixes[] = {".gz", ".xz", ".zst"};
    char name[32], line[300];
    size_t bytes;
    struct stat status;
    snprintf(name, sizeof(name), "whole.trace%s", suffixes[_i]);
    snprintf(line, sizeof(line), "generate kv -n 500");
    must_trace(line, path_in(directory, name));
    char *data = read_file(path_in(directory, name), &bytes);
    snprintf(name, sizeof(name), "cut%s", suffixes[_i]);
    for (size_t kept = 20; kept < bytes; kept += bytes / 20) {
        write_file(path_in(directory, name), data, kept);
        const char *output = path_in(directory, "none.trace");
        struct printed p =
            trace_command(directory, "generate %s -o %s", path_in(directory, name), output);
        ck_assert_msg(p.status == 2, "%zu of %zu bytes: %s", kept, bytes, p.out);
        ck_assert_int_ne(stat(output, &status), 0);
        ck_assert_ptr_nonnull(strstr(p.err, name));
        printed_finish(&p);
    }
    free(data);
}
END_TEST

/* --- the data sets ------------------------------------------------------------------------------
 */

static const struct {
    const char *path, *generator;
    uint64_t commands, reads, writes;
    uint32_t variables;
} sets[] = {
    {"cobra-tpcc/tpcc-10000.txt.xz", "recorded:kinds=tables,", 13870, 256711, 63506, 78703},
    {"cobra-twitter/twitter-100000.txt.xz", "recorded:skip=,", 100184, 406249, 159456, 83925},
    {"cobra-twitter/twitter-100000.txt.xz", "recorded:", 95652, 0, 0, 83924},
    {"cache2k-orm/orm-busy.trace.xz", "objects:batch=1,", 5000000, 5000000, 0, 76349},
    {"cache2k-orm/orm-night.trace.xz", "objects:batch=1,", 5000000, 5000000, 0, 86466},
    {"collegemsg/CollegeMsg.txt.gz", "csv:columns=updates=1+updates=2+time=3,separator=blanks,",
     59835, 0, 0, 1899},
    {"facebook-combined/facebook-combined.csv.gz", "csv:header=yes,columns=updates=1+updates=2,",
     88234, 0, 0, 4039},
};

START_TEST(the_data_sets_have_the_published_counts)
{
    char spec[700];
    char *path = test_data_path(sets[_i].path);
    snprintf(spec, sizeof(spec), "%sfile=%s", sets[_i].generator, path);
    struct workload *w = must_open(spec, 1);
    struct trace_command c;
    struct error e = {""};
    uint64_t commands = 0, reads = 0, writes = 0;
    int got;
    for (; (got = workload_next(w, &c, &e)) > 0; commands++)
        for (uint32_t a = 0; a < c.access_count; a++) {
            reads += (c.accesses[a].mode & ACCESS_READ) != 0;
            writes += (c.accesses[a].mode & ACCESS_WRITE) != 0;
        }
    ck_assert_msg(got == 0, "%s", e.text);
    ck_assert_uint_eq(commands, sets[_i].commands);
    ck_assert_uint_eq(names_count(workload_catalogue(w)->variables), sets[_i].variables);
    if (sets[_i].reads > 0) ck_assert_uint_eq(reads, sets[_i].reads);
    if (sets[_i].reads > 0) ck_assert_uint_eq(writes, sets[_i].writes);
    workload_close(w);
    free(path);
}
END_TEST

/* Of the transactions of TPC-C, distinguished by the tables they write. */
START_TEST(transactions_are_distinguished_by_the_tables_they_write)
{
    static const struct {
        const char *kind;
        uint64_t count;
    } shapes[] = {{"write:DISTRICT+NEWORDER+NewOrderList+ORDER+ORDERLINE+STOCK", 2237},
                  {"write:CUSTOMER+HISTORY", 2505},
                  {"write:CUSTOMER+NEWORDER+NewOrderList+ORDER+ORDERLINE", 383},
                  {"read:DISTRICT", 418},
                  {"read:ORDER+ORDERLINE+STOCK", 7913}};
    char spec[700];
    char *path = test_data_path(sets[0].path);
    snprintf(spec, sizeof(spec), "recorded:kinds=tables,file=%s", path);
    struct workload *w = must_open(spec, 1);
    const struct catalogue *k = workload_catalogue(w);
    uint64_t counts[16] = {0};
    struct trace_command c;
    struct error e;
    while (workload_next(w, &c, &e) > 0) counts[c.kind & 15]++;
    for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
        uint32_t kind = names_find(k->kinds, shapes[i].kind, (uint32_t)strlen(shapes[i].kind));
        ck_assert_uint_lt(kind, 16);
        ck_assert_uint_eq(counts[kind], shapes[i].count);
    }
    workload_close(w);
    free(path);
}
END_TEST

static bool data_are_there(void)
{
    for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
        char *path = test_data_path(sets[i].path);
        if (!path) return false;
        free(path);
    }
    return true;
}

int main(void)
{
    Suite *s = suite_create("recorded sets");
    directory = test_scratch_directory();
    TCase *c = tcase_create("formats");
    tcase_add_loop_test(c, lines_are_read_as_commands_or_refused, 0,
                        sizeof(texts) / sizeof(texts[0]));
    tcase_add_test(c, binary_words_are_read_as_commands_or_refused);
    tcase_add_loop_test(c, bad_keys_are_refused_with_a_message, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    tcase_add_loop_test(c, an_imported_recording_is_unchanged_by_an_export, 0,
                        sizeof(imports) / sizeof(imports[0]));
    tcase_add_loop_test(c, a_truncated_packed_file_is_refused_and_leaves_no_output, 0, 3);
    suite_add_tcase(s, c);
    if (data_are_there()) {
        c = tcase_create("data sets");
        tcase_set_timeout(c, 0);
        tcase_add_loop_test(c, the_data_sets_have_the_published_counts, 0,
                            sizeof(sets) / sizeof(sets[0]));
        tcase_add_test(c, transactions_are_distinguished_by_the_tables_they_write);
        suite_add_tcase(s, c);
    } else {
        puts("# SKIP data sets: they are not beside the source tree (or in $AVIARY_DATA)");
    }
    int status = test_main(s);
    free(directory);
    return status;
}
