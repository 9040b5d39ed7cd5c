/* test_run_again.c - `--again`: a stored run is repeated with its options, and has the same
 * fingerprint. */
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/commands.h"
#include "rdma/cluster/emulation.h"
#include "sim/simulation.h"
#include "tests/lib/commands.h"
#include "tests/lib/databases.h"
#include "tests/lib/harness.h"

static char path[512], *scratch;

static void set_up(void)
{
    snprintf(path, sizeof(path), "%s", database_path("again.db"));
    remove(path);
    scratch = test_scratch_directory();
}

static void tear_down(void)
{
    free(scratch);
}

static int run(int argc, char **argv)
{
    return cmd_run(argc, argv, &simulation_command);
}

static int emulate(int argc, char **argv)
{
    return cmd_run(argc, argv, &emulation_command);
}

/* The command with `--db` and this line. */
static struct printed call(int (*command)(int argc, char **argv), const char *line)
{
    char words[900];
    snprintf(words, sizeof(words), "%s --db %s", line, path);
    return run_command(command, command == run ? "run" : "emulate", words, scratch);
}

static void must(int (*command)(int argc, char **argv), const char *line, const char *printed)
{
    struct printed p = call(command, line);
    ck_assert_msg(p.status == 0, "%s%s", p.out, p.err);
    ck_assert_msg(strstr(p.out, printed) != NULL, "no `%s` in:\n%s", printed, p.out);
    printed_finish(&p);
}

static void must_refuse(int (*command)(int argc, char **argv), const char *line,
                        const char *reported)
{
    struct printed p = call(command, line);
    ck_assert_msg(p.status == 2, "status %d: %s", p.status, p.out);
    ck_assert_msg(strstr(p.err, reported) != NULL, "no `%s` in:\n%s", reported, p.err);
    printed_finish(&p);
}

#define FIRST                                                                            \
    "-s dynastar -k 3 -w chirper:users=100,cut=0.1 -p range --clients 7 --commands 500 " \
    "--seed 18446744073709551615 --location-cache cold --plan-changes 100 --hints 10ms " \
    "--faults swarm"

START_TEST(a_run_is_repeated_with_all_its_options)
{
    must(run, FIRST, "run 1 of ");
    must(run, "--again 1", "the same fingerprint as run 1\n");
    ck_assert_str_eq(database_query(path, "SELECT count(DISTINCT fingerprint) FROM run"), "1");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM (SELECT name, value FROM option "
                                          "GROUP BY name, value HAVING count(*) <> 2)"),
                     "0");
    must(run, "--again 2 --history", "the same fingerprint as run 2\n");
    ck_assert_str_eq(database_query(path, "SELECT count(*) FROM command WHERE run_id = 3"), "500");
}
END_TEST

START_TEST(an_option_beside_it_overrides_the_stored_one)
{
    must(run, FIRST, "run 1 of ");
    must(run, "--again 1 --seed 3 -k 3", "not the fingerprint of run 1, ");
    must(run, "--again 1 --seed 3 -k 3", "\ngiven otherwise: --seed\n");
    ck_assert_str_eq(database_query(path, "SELECT seed FROM run WHERE id = 2"), "3");
}
END_TEST

START_TEST(another_version_is_said)
{
    must(run, FIRST, "run 1 of ");
    database_execute(path, "UPDATE run SET version = '0.0.1', fingerprint = '00000000000000ff'");
    must(run, "--again 1", "not the fingerprint of run 1, 00000000000000ff\n");
    must(run, "--again 1", "run 1 was made by aviary 0.0.1, this is ");
}
END_TEST

START_TEST(an_option_that_is_unknown_now_is_a_warning)
{
    must(run, FIRST, "run 1 of ");
    database_execute(path, "INSERT INTO option VALUES(1, 'magic', 'a' || char(27) || 'b')");
    struct printed p = call(run, "--again 1");
    ck_assert_int_eq(p.status, 0);
    ck_assert_str_eq(p.err, "aviary: warning: run 1 has --magic=a?b, unknown to this version\n");
    printed_finish(&p);
}
END_TEST

START_TEST(another_fingerprint_without_a_reason_is_a_failure)
{
    must(run, FIRST, "run 1 of ");
    database_execute(path, "UPDATE run SET fingerprint = '00000000000000ff'");
    struct printed p = call(run, "--again 1");
    ck_assert_int_eq(p.status, 1);
    ck_assert_ptr_nonnull(strstr(p.out, "version and options are the same"));
    printed_finish(&p);
}
END_TEST

START_TEST(an_emulation_is_repeated_by_emulate)
{
    must(emulate, "-k 1 -w chirper:users=50 --commands 50 --clients 2", "run 1 of ");
    must(emulate, "--again 1", "run 2 of ");
    must_refuse(run, "--again 1", "is an emulation: aviary emulate --again 1");
    must(run, "-k 1 -w chirper:users=50 --commands 50 --clients 2", "run 3 of ");
    must_refuse(emulate, "--again 3", "is a simulation: aviary run --again 3");
}
END_TEST

START_TEST(an_unknown_run_is_refused_with_those_that_there_are)
{
    must_refuse(run, "--again 1", "again.db");
    for (int i = 0; i < 5; i++) must(run, "-k 1 -w kv --commands 10 --clients 1", "run ");
    database_execute(path, "DELETE FROM run WHERE id = 3");
    must_refuse(run, "--again 3", "no run has the id 3; there is: 1, 2, 4, 5\n");
    must_refuse(run, "--again 0", "--again: expected ");
    database_execute(path, "DELETE FROM run WHERE id <> 5");
    must_refuse(run, "--again 3", "there is: 5\n");
}
END_TEST

START_TEST(an_input_that_is_gone_is_named)
{
    char line[700], trace[512];
    snprintf(trace, sizeof(trace), "%s/some.trace", scratch);
    FILE *out = fopen(trace, "w");
    ck_assert_ptr_nonnull(out);
    for (int i = 0; i < 50; i++) fputs("post rw=a,b\n", out);
    fclose(out);
    snprintf(line, sizeof(line), "-k 1 -w %s --clients 1", trace);
    must(run, line, "run 1 of ");
    must(run, "--again 1", "the same fingerprint as run 1\n");
    remove(trace);
    must_refuse(run, "--again 1", "aviary run: run 1 again: ");
    must_refuse(run, "--again 1", trace);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run again");
    TCase *c = tcase_create("run again");
    tcase_set_timeout(c, 60);
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, a_run_is_repeated_with_all_its_options);
    tcase_add_test(c, an_option_beside_it_overrides_the_stored_one);
    tcase_add_test(c, another_version_is_said);
    tcase_add_test(c, an_option_that_is_unknown_now_is_a_warning);
    tcase_add_test(c, another_fingerprint_without_a_reason_is_a_failure);
    tcase_add_test(c, an_emulation_is_repeated_by_emulate);
    tcase_add_test(c, an_unknown_run_is_refused_with_those_that_there_are);
    tcase_add_test(c, an_input_that_is_gone_is_named);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
