/* test_import.c - recorded data as workloads, and the commands of `aviary trace`. */
#include <stdarg.h>
#include <sys/stat.h>

#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/workloads/trace_command.h"
#include "workloads/import/edges.h"
#include "workloads/import/interactions.h"

static char *directory;

/* The commands of a workload, one a line: KIND@SECONDS:NAME+... */
static char *describe(struct workload *w)
{
    static char text[4096];
    size_t used = 0;
    struct trace_command c;
    struct error e = {""};
    const struct catalogue *k = workload_catalogue(w);
    int got;
    text[0] = '\0';
    while ((got = workload_next(w, &c, &e)) > 0) {
        used +=
            (size_t)snprintf(text + used, sizeof(text) - used, "%s", names_get(k->kinds, c.kind));
        if (c.at_ns != TIME_NONE)
            used +=
                (size_t)snprintf(text + used, sizeof(text) - used, "@%g", (double)c.at_ns / 1e9);
        for (uint32_t i = 0; i < c.access_count; i++) {
            ck_assert_uint_eq(c.accesses[i].mode, ACCESS_READ | ACCESS_WRITE);
            used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%s", i > 0 ? "+" : ":",
                                     names_get(k->variables, c.accesses[i].variable));
        }
        used += (size_t)snprintf(text + used, sizeof(text) - used, "\n");
    }
    if (got < 0) snprintf(text, sizeof(text), "%s", strrchr(e.text, '/') + 1);
    return text;
}

static struct workload *open_rows(const char *rows, const char *time)
{
    const char *path = path_in(directory, "rows");
    struct error e = {""};
    write_text(path, rows);
    struct workload *w = interactions_open(path, time, 64, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    return w;
}

/* --- interactions -------------------------------------------------------------------------------
 */

static const struct {
    const char *rows, *time, *expected;
} interactions[] = {
    {"1 2 100\n3 4 107\n", "keep", "message@0:u1+u2\nmessage@7:u3+u4\n"},
    {"1 2 100\n3 4 107\n", "drop", "message:u1+u2\nmessage:u3+u4\n"},
    {"1 2 100\n3 4 107\n", "scale=0.5", "message@0:u1+u2\nmessage@3.5:u3+u4\n"},
    {"# a comment\n% another\n\n1\t2   100.25 RT\r\n", "keep", "RT@0:u1+u2\n"},
    /* Rows in sequence with the same source and time: one command with several targets. */
    {"1 2 5 RT\n1 3 5 RT\n1 4 6 RT\n", "keep", "RT@0:u1+u2+u3\nRT@1:u1+u4\n"},
    {"1 2 5\n2 1 5\n1 3 5\n", "keep", "message@0:u1+u2\nmessage@0:u1+u2\nmessage@0:u1+u3\n"},
    /* Of several kinds. */
    {"1 2 5 MT\n1 2 5 RE\n1 3 5 MT\n1 4 6 MT\n", "keep", "MT+RE@0:u1+u2+u3\nMT@1:u1+u4\n"},
    {"1 2 5 MTX\n1 2 5 MT\n", "drop", "MTX+MT:u1+u2\n"},
    /* A user writes to itself. */
    {"7 7 1\n", "drop", "message:u7\n"},
    {"1 2 5\n1 3 5", "drop", "rows:2: expected an end of line: the file seems to be cut off"},
    {"1 2 5\n1 2 4\n", "drop", "message:u1+u2\nmessage:u1+u2\n"},
    {"1 2 5\n1 2 4\n", "keep",
     "rows:2: expected times that do not decrease, found '4' (sort the "
     "file, or drop the times)"},
    {"1 2\n", "keep", "rows:1: expected `SOURCE TARGET TIME [KIND]`, found '1 2'"},
    {"1 2 3 4 5\n", "keep", "rows:1: expected `SOURCE TARGET TIME [KIND]`, found '5'"},
    {"1 2 noon\n", "keep", "rows:1: expected a time in seconds, found 'noon'"},
    {"1,2 2 5\n", "keep", "rows:1: expected `SOURCE TARGET TIME [KIND]`, found '1,2 2 5'"},
};

START_TEST(rows_of_interactions_are_read_as_commands_or_refused)
{
    struct workload *w = open_rows(interactions[_i].rows, interactions[_i].time);
    ck_assert_str_eq(describe(w), interactions[_i].expected);
    must_rewind(w);
    ck_assert_str_eq(describe(w), interactions[_i].expected);
    workload_close(w);
}
END_TEST

START_TEST(interactions_can_be_opened_as_a_workload)
{
    char spec[600];
    write_text(path_in(directory, "rows"), "1 2 100\n");
    snprintf(spec, sizeof(spec), "interactions:time=drop,size=1KiB,file=%s",
             path_in(directory, "rows"));
    struct workload *w = must_open(spec, 1);
    ck_assert_str_eq(describe(w), "message:u1+u2\n");
    ck_assert_uint_eq(workload_catalogue(w)->variable_bytes[1], 1024);
    workload_close(w);
}
END_TEST

/* --- edges --------------------------------------------------------------------------------------
 */

static struct workload *open_graph(const char *edges, const char *more, struct error *e)
{
    char spec[600];
    write_text(path_in(directory, "edges"), edges);
    snprintf(spec, sizeof(spec), "chirper:graph=%s%s", path_in(directory, "edges"), more);
    return workload_open(spec, 1, e);
}

/* Posts of the user reach these followers: taken from the first post. */
static uint32_t reach(const char *edges, const char *more, const char *user)
{
    char mix[200];
    struct error e = {""};
    snprintf(mix, sizeof(mix), ",timeline=0,post=1,follow=0,unfollow=0%s", more);
    struct workload *w = open_graph(edges, mix, &e);
    ck_assert_msg(w != NULL, "%s", e.text);
    uint32_t author = names_find(workload_catalogue(w)->variables, user, (uint32_t)strlen(user));
    struct trace_command c;
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(workload_next(w, &c, &e), 1);
        for (uint32_t a = 0; a < c.access_count; a++)
            if (c.accesses[a].variable == author && c.accesses[a].mode == ACCESS_READ) {
                workload_close(w);
                return c.access_count - 1;
            }
    }
    ck_abort_msg("%s does not post", user);
}

START_TEST(edges_make_followers_by_their_direction)
{
    static const char star[] = "hub a\nhub b\nhub,c\n";
    ck_assert_uint_eq(reach(star, "", "uhub"), 3);
    ck_assert_uint_eq(reach(star, "", "ua"), 1);
    ck_assert_uint_eq(reach(star, ",directed=yes", "uhub"), 0);
    ck_assert_uint_eq(reach(star, ",directed=yes", "ua"), 1);
    /* The first line may be a header; loops are ignored and repeated edges count once. */
    ck_assert_uint_eq(reach("3,4,u,graph\n1,2\n1,3\n2,1\n1,1\n", "", "u1"), 2);
    ck_assert_uint_eq(reach("3,4,d,graph\n1,2\n1,3\n2,1\n1,1\n", "", "u1"), 1);
    ck_assert_uint_eq(reach("3,4,d,graph\n1,2\n1,3\n", ",directed=no", "u1"), 2);
    ck_assert_uint_eq(reach("# snap\n% koblenz\n1\t2\n", "", "u2"), 1);
}
END_TEST

START_TEST(a_bad_edge_list_is_refused)
{
    static const char *const wrong[][2] = {
        {"1 2\n3\n", "edges:2: expected an edge `A B` or `A,B`, found '3'"},
        {"1 2\n3 4 5\n", "edges:2: expected an edge `A B` or `A,B`, found '3 4 5'"},
        {"1 a=b\n", "edges:1: expected an edge `A B` or `A,B`, found '1 a=b'"},
        {"# nothing\n", "edges:2: expected an edge, found none"},
        {"1 1\n", "edges: expected two users or more"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct error e = {""};
        ck_assert_ptr_null(open_graph(wrong[i][0], "", &e));
        ck_assert_str_eq(strrchr(e.text, '/') ? strrchr(e.text, '/') + 1 : e.text, wrong[i][1]);
    }
}
END_TEST

START_TEST(a_graph_with_too_many_followers_for_a_command_is_refused)
{
    char *edges = malloc(200000), *at = edges;
    for (int i = 1; i <= 8191; i++) at += sprintf(at, "%d 0\n", i);
    struct error e = {""};
    ck_assert_ptr_null(open_graph(edges, "", &e));
    ck_assert_str_eq(e.text,
                     "chirper: graph: expected at most 8190 followers of a user, 'u0' has more");
    free(edges);
}
END_TEST

/* --- the commands -------------------------------------------------------------------------------
 */

START_TEST(a_generator_and_its_file_give_the_same_commands)
{
    const char *path = path_in(directory, _i == 0 ? "g.trace" : "g.trace.zst");
    struct printed p =
        trace_command(directory, "generate chirper:multi=5%% -n 5k --seed 9 -o %s", path);
    ck_assert_msg(p.status == 0, "%s", p.err);
    ck_assert_ptr_nonnull(strstr(p.out, ": 5000 commands on 10000 variables\n"));
    printed_finish(&p);
    struct workload *file = must_open(path, 1), *generator = must_open("chirper:multi=5%", 9);
    uint64_t count;
    uint64_t hash = stream_fingerprint(generator, 5000, &count);
    ck_assert_uint_eq(stream_fingerprint(file, UINT64_MAX, &count), hash);
    ck_assert_uint_eq(count, 5000);
    ck_assert_uint_eq(catalogue_fingerprint(file), catalogue_fingerprint(generator));
    workload_close(file);
    workload_close(generator);
}
END_TEST

START_TEST(an_import_gives_the_same_commands_as_reading_directly)
{
    const char *rows = path_in(directory, "rows"), *path = path_in(directory, "i.trace.gz");
    write_text(rows, "1 2 5 MT\n1 2 5 RE\n9 1 5 MT\n1 4 6 MT\n");
    struct printed p =
        trace_command(directory, "import interactions %s --time scale=2 -o %s", rows, path);
    ck_assert_msg(p.status == 0, "%s", p.err);
    printed_finish(&p);
    struct workload *w = must_open(path, 1);
    ck_assert_str_eq(describe(w), "MT+RE@0:u1+u2\nMT@0:u1+u9\nMT@2:u1+u4\n");
    workload_close(w);
    const char *edges = path_in(directory, "edges");
    write_text(edges, "1 2\n2 3\n");
    p = trace_command(directory, "import edges %s -n 50 --mix timeline=1,post=1 -o %s", edges,
                      path);
    ck_assert_msg(p.status == 0, "%s", p.err);
    ck_assert_ptr_nonnull(strstr(p.out, ": 50 commands on 3 variables\n"));
    printed_finish(&p);
}
END_TEST

START_TEST(help_fits_on_a_screen)
{
    static const char *const lines[] = {"--help", "generate --help", "import -h", "info --help"};
    struct printed p = trace_command(directory, "%s", lines[_i]);
    int rows = 0, columns = 0;
    ck_assert_int_eq(p.status, 0);
    for (const char *at = p.out; *at; at++) {
        columns = *at == '\n' ? 0 : columns + 1;
        rows += *at == '\n';
        ck_assert_int_le(columns, 80);
    }
    ck_assert(rows > 5 && rows <= 24);
    printed_finish(&p);
}
END_TEST

static const struct {
    const char *line, *message;
} wrong_usage[] = {
    {"", "usage: aviary trace COMMAND"},
    {"exprt", "aviary trace: no command is called 'exprt'; there is: generate, import, info\n"},
    {"generate chirper -o x", "aviary trace generate: expected -n N: 'chirper' has no end\n"},
    {"generate chirper -n 5", "aviary trace generate: expected -o FILE\n"},
    {"generate -n 5 -o x", "aviary trace generate: expected one WORKLOAD (aviary trace "},
    {"generate chirpr -n 5 -o x",
     "no trace file or generator is called 'chirpr'; there is: chirper, "},
    {"generate chirper -n five -o x", "expected a whole number"},
    {"generate chirper --count 5", "aviary trace generate: unknown option '--count'; there is: "
                                   "--commands, --output, --seed, --help\n"},
    {"generate chirper -x", "aviary trace generate: unknown option '-x'; there is:"},
    {"generate chirper -n", "aviary trace generate: option '-n' expects a value\n"},
    {"generate chirper --help=me", "option '--help=me' takes no value\n"},
    {"import cvs x -o y",
     "aviary trace import: no format is called 'cvs'; there is: interactions, edges, recorded, "
     "objects, csv\n"},
    {"import edges x --time keep -o y", "chirper: no key is called 'time'; there is: users, "},
    {"import interactions x --seed 3 -o y",
     "--seed is for random generation, not for interactions\n"},
    {"import interactions x -o y --size 3", "expected a size"},
    {"import interactions /nonexistent -o y", "/nonexistent: cannot open"},
    {"info nothing-there", "no trace file or generator is called 'nothing-there'"},
    {"info", "aviary trace info: expected one WORKLOAD (aviary trace "},
};

START_TEST(wrong_usage_exits_with_status_2_and_a_message)
{
    struct printed p = trace_command(directory, "%s", wrong_usage[_i].line);
    ck_assert_int_eq(p.status, 2);
    ck_assert_str_eq(p.out, "");
    ck_assert_msg(strstr(p.err, wrong_usage[_i].message) != NULL, "%s", p.err);
    printed_finish(&p);
}
END_TEST

START_TEST(a_bad_input_leaves_no_output)
{
    const char *rows = path_in(directory, "rows"), *path = path_in(directory, "none.trace");
    struct stat status;
    write_text(rows, "1 2 5\n1 2 oops\n");
    struct printed p = trace_command(directory, "import interactions %s -o %s", rows, path);
    ck_assert_int_eq(p.status, 2);
    ck_assert_ptr_nonnull(strstr(p.err, "rows:2: expected a time in seconds, found 'oops'"));
    ck_assert_int_ne(stat(path, &status), 0);
    printed_finish(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("import");
    directory = test_scratch_directory();
    TCase *c = tcase_create("interactions");
    tcase_add_loop_test(c, rows_of_interactions_are_read_as_commands_or_refused, 0,
                        sizeof(interactions) / sizeof(interactions[0]));
    tcase_add_test(c, interactions_can_be_opened_as_a_workload);
    suite_add_tcase(s, c);
    c = tcase_create("edges");
    tcase_add_test(c, edges_make_followers_by_their_direction);
    tcase_add_test(c, a_bad_edge_list_is_refused);
    tcase_add_test(c, a_graph_with_too_many_followers_for_a_command_is_refused);
    suite_add_tcase(s, c);
    c = tcase_create("commands");
    tcase_add_loop_test(c, a_generator_and_its_file_give_the_same_commands, 0, 2);
    tcase_add_test(c, an_import_gives_the_same_commands_as_reading_directly);
    tcase_add_loop_test(c, help_fits_on_a_screen, 0, 4);
    tcase_add_loop_test(c, wrong_usage_exits_with_status_2_and_a_message, 0,
                        sizeof(wrong_usage) / sizeof(wrong_usage[0]));
    tcase_add_test(c, a_bad_input_leaves_no_output);
    suite_add_tcase(s, c);
    int status = test_main(s);
    free(directory);
    return status;
}
