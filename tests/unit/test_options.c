/* test_options.c - command lines are read by tables, strictly; names are found or listed. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/lookup.h"
#include "base/options.h"
#include "tests/lib/commands.h"
#include "tests/lib/harness.h"

struct first {
    const char *file, *names;
    uint64_t seed, period_ns;
    uint32_t jobs, how;
    bool loud;
};

struct second {
    double share;
    bool back;
};

#define AT(type, member) .place = offsetof(struct type, member)
static const struct option first_options[] = {
    {"file", 'f', "FILE", NULL, "a text", option_text, AT(first, file)},
    {"names", 0, "LIST", "x", "a list", option_text, AT(first, names), .list = true},
    {"seed", 0, "N", "1", "all of 64 bits", option_seed, AT(first, seed)},
    {"period", 0, "TIME", "1s", "a time", option_time, AT(first, period_ns), .least = 1000,
     .most = 2000000000},
    {"jobs", 'j', "N", "1", "a number", option_count32, AT(first, jobs), .least = 1, .most = 8},
    {"how", 0, "HOW", "fast", "a choice", option_choice, AT(first, how),
     .words = (const char *const[]){"slow", "fast", NULL}},
    {"loud", 0, NULL, NULL, "a switch", option_switch, AT(first, loud)},
};
static const struct option second_options[] = {
    {"share", 0, "SHARE", "5%", "a share", option_share, AT(second, share)},
    {"back", 0, "yes|no", "yes", "either", option_either, AT(second, back),
     .words = (const char *const[]){"no", "yes", NULL}},
};

static struct first first;
static struct second second;
static struct options_table tables[2];
static const char *operands[2];
static struct error error;

/* Words between single blanks; `~` is an empty one. */
static int read_line(const char *line)
{
    static char copy[256], *argv[32];
    char *rest = copy;
    int argc = 0;
    snprintf(copy, sizeof(copy), "test %s", line);
    while (argc < 31 && (argv[argc] = strtok_r(rest, " ", &rest))) {
        if (strcmp(argv[argc], "~") == 0) *argv[argc] = '\0';
        char *hole = strstr(argv[argc], "=~");
        if (hole) hole[1] = '\0';
        argc++;
    }
    first = (struct first){.file = "none"};
    second = (struct second){0};
    tables[0] = (struct options_table){first_options, 7, &first, {0}};
    tables[1] = (struct options_table){second_options, 2, &second, {0}};
    const struct options options = {.command = "test",
                                    .operands = "FROM TO",
                                    .operand_count = 2,
                                    .tables = tables,
                                    .table_count = 2};
    return options_read(&options, argc, argv, operands, &error);
}

START_TEST(options_without_a_default_keep_their_value)
{
    ck_assert_msg(read_line("a b") == 0, "%s", error.text);
    ck_assert_str_eq(first.file, "none");
    ck_assert_str_eq(first.names, "x");
    ck_assert_uint_eq(first.seed, 1);
    ck_assert_uint_eq(first.period_ns, 1000000000);
    ck_assert_uint_eq(first.how, 1);
    ck_assert(!first.loud && second.back && second.share == 0.05);
    ck_assert_ptr_null(tables[0].text[0]);
    ck_assert_str_eq(tables[1].text[0], "5%");
}
END_TEST

START_TEST(an_option_s_value_is_in_the_same_word_or_the_next)
{
    ck_assert_msg(read_line("a -fone -j 3 --how=slow - --loud --back no --share 1 --seed "
                            "18446744073709551615") == 0,
                  "%s", error.text);
    ck_assert_str_eq(first.file, "one");
    ck_assert_uint_eq(first.jobs, 3);
    ck_assert_uint_eq(first.how, 0);
    ck_assert_uint_eq(first.seed, UINT64_MAX);
    ck_assert(first.loud && !second.back && second.share == 1);
    ck_assert_str_eq(operands[0], "a");
    ck_assert_str_eq(operands[1], "-");
}
END_TEST

START_TEST(two_dashes_end_the_options)
{
    ck_assert_msg(read_line("--loud -- --seed -j") == 0, "%s", error.text);
    ck_assert_str_eq(operands[0], "--seed");
    ck_assert_str_eq(operands[1], "-j");
}
END_TEST

START_TEST(lists_in_parts_are_joined)
{
    ck_assert_msg(read_line("--names=p,q --names r a b --names s") == 0, "%s", error.text);
    ck_assert_str_eq(first.names, "p,q,r,s");
    ck_assert_str_eq(tables[0].text[1], "p,q,r,s");
}
END_TEST

START_TEST(a_unique_prefix_of_an_option_is_accepted)
{
    ck_assert_msg(read_line("--jo 2 --sh=1% a b") == 0, "%s", error.text);
    ck_assert_uint_eq(first.jobs, 2);
    ck_assert(second.share == 0.01);
}
END_TEST

static const struct {
    const char *line, *message;
} refused[] = {
    {"a", "expected FROM TO (aviary test --help tells more)"},
    {"a b c", "unexpected argument 'c'"},
    {"a b --nope", "unknown option '--nope'; there is: --file, --names, --seed, --period, --jobs, "
                   "--how, --loud, --share, --back, --help"},
    {"a b -x", "unknown option '-x'; there is: --file, "},
    {"a b --s 1", "option '--s' may be one of --seed, --share"},
    {"a b --seed", "option '--seed' expects a value"},
    {"a b -j", "option '-j' expects a value"},
    {"a b --loud=1", "option '--loud=1' takes no value"},
    {"a b --help=x", "option '--help=x' takes no value"},
    {"a b --file ~", "--file: expected FILE, found nothing"},
    {"a b --names=~", "--names: expected LIST, found nothing"},
    {"a b --share ~", "--share: expected SHARE, found nothing"},
    {"a b --seed 1 --seed 1", "--seed: it is given twice"},
    {"a b -j 1 --jobs=2", "--jobs: it is given twice"},
    {"a b --loud --loud", "--loud: it is given twice"},
    {"a b --jobs 0", "--jobs: expected a number from 1 to 8, found '0'"},
    {"a b --jobs 9", "--jobs: expected a number from 1 to 8, found '9'"},
    {"a b --jobs 4294967297", "--jobs: expected a number from 1 to 8, found '4294967297'"},
    {"a b --period 3s", "--period: expected a time from 1us to 2s, found '3s'"},
    {"a b --period 1ns", "--period: expected a time from 1us to 2s, found '1ns'"},
    {"a b --seed 18446744073709551616", "--seed: expected at most 18446744073709551615, "},
    {"a b --how quick", "--how: expected slow or fast, found 'quick'"},
    {"a b --back maybe", "--back: expected no or yes, found 'maybe'"},
    {"a b --share 101%", "--share: expected a share"},
};

START_TEST(wrong_command_lines_are_refused_with_what_was_expected)
{
    ck_assert_int_eq(read_line(refused[_i].line), -1);
    ck_assert_msg(strncmp(error.text, refused[_i].message, strlen(refused[_i].message)) == 0, "%s",
                  error.text);
}
END_TEST

/* ---- what completes them, and the help ------------------------------------------------------ */

static int preset(void *context, struct error *e)
{
    struct options_table *table = context;
    (void)e;
    for (uint32_t i = 2; i < 5; i++) /* seed, period, jobs */
        if (!table->text[i]) table->text[i] = i == 3 ? "2s" : "7";
    return 0;
}

static int refuse_all(void *context, struct error *e)
{
    (void)context;
    return error_set(e, "nothing fits");
}

static int read_completed(int (*complete)(void *context, struct error *e))
{
    char *argv[] = {"test", "--seed", "3"};
    tables[0] = (struct options_table){first_options, 7, &first, {0}};
    const struct options options = {.command = "test",
                                    .tables = tables,
                                    .table_count = 1,
                                    .complete = complete,
                                    .context = tables};
    return options_read(&options, 3, argv, operands, &error);
}

START_TEST(options_that_were_not_given_can_be_completed)
{
    ck_assert_msg(read_completed(preset) == 0, "%s", error.text);
    ck_assert_uint_eq(first.seed, 3); /* given */
    ck_assert_uint_eq(first.period_ns, 2000000000);
    ck_assert_uint_eq(first.jobs, 7);
    ck_assert_uint_eq(first.how, 1); /* the default */
    ck_assert_int_eq(read_completed(refuse_all), -1);
    ck_assert_str_eq(error.text, "nothing fits");
}
END_TEST

static const struct option sections[] = {
    {"file", 'f', "FILE", NULL, "a text", option_text, AT(first, file), .section = "load",
     .essential = true},
    {"seed", 0, "N", "1",
     "all of the 64 bits that there are in a number of this kind, whatever it may be good for",
     option_seed, AT(first, seed)},
    {"share", 0, "SHARE", "5%", "a share", option_share, AT(second, share), .section = "rest"},
};

static void list_names(const char *topic)
{
    printf("  %s\n", topic);
}

static int show_help(int argc, char **argv)
{
    static const struct options_topic topics[] = {{"load", "Load:", NULL},
                                                  {"rest", "The rest:", NULL},
                                                  {"names", "Names:", list_names},
                                                  {NULL, NULL, NULL}};
    struct options_table table = {sections, 3, NULL, {0}};
    const struct options options = {
        .command = "test", .topics = topics, .tables = &table, .table_count = 1};
    int got = options_read(&options, argc, argv, operands, &error);
    if (got < 0) fputs(error.text, stderr);
    return got;
}

static const struct {
    const char *line, *printed;
} helps[] = {
    {"--help", "usage: aviary test [OPTION]...\n\n"
               "  -f, --file FILE     a text\n"
               "  -h, --help [TOPIC]  this help, or more about a topic\n"
               "\naviary test --help TOPIC tells the rest, where TOPIC is one of\n"
               "  options load rest names\n"},
    {"--help load", "Load:\n"
                    "  -f, --file FILE     a text\n"
                    "      --seed N        all of the 64 bits that there are in a number of this\n"
                    "                      kind, whatever it may be good for [1]\n"},
    {"--help=rest", "The rest:\n      --share SHARE   a share [5%]\n"},
    {"--help names", "Names:\n  names\n"},
};

START_TEST(a_help_has_the_essential_options_and_topics_the_others)
{
    char *scratch = test_scratch_directory();
    struct printed p = run_command(show_help, "test", helps[_i].line, scratch);
    ck_assert_int_eq(p.status, 1);
    ck_assert_str_eq(p.out, helps[_i].printed);
    printed_finish(&p);
    free(scratch);
}
END_TEST

START_TEST(an_unknown_topic_is_refused_with_the_list_of_topics)
{
    char *argv[] = {"test", "--help", "lead"};
    ck_assert_int_eq(show_help(3, argv), -1);
    ck_assert_str_eq(error.text, "no topic is called 'lead'; there is: options, load, rest, names");
}
END_TEST

/* ---- names ---------------------------------------------------------------------------------- */

static const char *const words[] = {"one", "two", "three", NULL};

static const char *word_at(uint32_t i)
{
    return words[i];
}

START_TEST(a_known_name_is_found)
{
    uint32_t found;
    ck_assert(lookup("number", word_at, "three", &found, &error) == 0 && found == 2);
    ck_assert(lookup_word("number", words, "one", &found, &error) == 0 && found == 0);
}
END_TEST

START_TEST(an_unknown_name_is_refused_with_the_list_of_names)
{
    static const char expected[] = "no number is called 'on'; there is: one, two, three";
    uint32_t found;
    ck_assert_int_eq(lookup("number", word_at, "on", &found, &error), -1);
    ck_assert_str_eq(error.text, expected);
    ck_assert_int_eq(lookup_word("number", words, "on", &found, &error), -1);
    ck_assert_str_eq(error.text, expected);
}
END_TEST

static const char *long_name_at(uint32_t i)
{
    return i < 200 ? "a-name-of-some-length" : NULL;
}

START_TEST(a_truncated_list_ends_in_an_ellipsis)
{
    uint32_t found;
    ck_assert_int_eq(lookup("thing", long_name_at, "x", &found, &error), -1);
    ck_assert_uint_eq(strlen(error.text), sizeof(error.text) - 1);
    ck_assert_str_eq(error.text + sizeof(error.text) - 4, "...");
}
END_TEST

static int count_word(void *context, const char *word, struct error *e)
{
    (void)e;
    ck_assert_uint_eq(strlen(word), 1);
    ++*(int *)context;
    return 0;
}

START_TEST(lists_are_split_at_commas_and_have_no_empty_words)
{
    int count = 0;
    ck_assert_int_eq(options_each("a,b,c", &count, count_word, &error), 0);
    ck_assert_int_eq(count, 3);
    static const char *const wrong[] = {"", ",", "a,", ",a", "a,,b"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_int_eq(options_each(wrong[i], &count, count_word, &error), -1);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("options");
    TCase *c = tcase_create("command lines");
    tcase_add_test(c, options_without_a_default_keep_their_value);
    tcase_add_test(c, an_option_s_value_is_in_the_same_word_or_the_next);
    tcase_add_test(c, two_dashes_end_the_options);
    tcase_add_test(c, lists_in_parts_are_joined);
    tcase_add_test(c, a_unique_prefix_of_an_option_is_accepted);
    tcase_add_loop_test(c, wrong_command_lines_are_refused_with_what_was_expected, 0,
                        sizeof(refused) / sizeof(refused[0]));
    tcase_add_test(c, options_that_were_not_given_can_be_completed);
    suite_add_tcase(s, c);
    c = tcase_create("help");
    tcase_add_loop_test(c, a_help_has_the_essential_options_and_topics_the_others, 0,
                        sizeof(helps) / sizeof(helps[0]));
    tcase_add_test(c, an_unknown_topic_is_refused_with_the_list_of_topics);
    suite_add_tcase(s, c);
    c = tcase_create("names");
    tcase_add_test(c, a_known_name_is_found);
    tcase_add_test(c, an_unknown_name_is_refused_with_the_list_of_names);
    tcase_add_test(c, a_truncated_list_ends_in_an_ellipsis);
    tcase_add_test(c, lists_are_split_at_commas_and_have_no_empty_words);
    suite_add_tcase(s, c);
    return test_main(s);
}
