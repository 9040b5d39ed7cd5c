/* What `aviary compare` runs: which cells its options come to, and which replications of each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/commands.h"
#include "analysis/experiment/replay.h"
#include "analysis/study/cells.h"
#include "rdma/cluster/emulation.h"
#include "sim/simulation.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

enum { WORDS_MAX = 40, TEXT_BYTES = 4096 };

static char *directory;
static struct experiment all;
static struct study_options options;
static struct cells cells;
static struct error error;
static char words[TEXT_BYTES];

static void begin(void)
{
    directory = test_scratch_directory();
}

static void end(void)
{
    cells_finish(&cells);
    experiment_finish(&all);
    free(directory);
}

/* The cells of `aviary compare LINE`; false: it is refused. */
static bool compared(const char *line)
{
    static const struct cluster_ops *const clusters[] = {&simulated_cluster, &emulated_loop,
                                                         &emulated_verbs, NULL};
    char *argv[WORDS_MAX] = {(char *)"compare"}, *rest = words;
    int count = 1;
    cells_finish(&cells);
    experiment_finish(&all);
    options = (struct study_options){0};
    struct options_table more = study_options_table(&options);
    const struct experiment_command command = {EXPERIMENT_COMPARE, clusters, &more};
    snprintf(words, sizeof(words), "%s", line);
    while (count < WORDS_MAX - 1 && (argv[count] = strtok_r(rest, " ", &rest))) count++;
    return experiment_parse(&all, count, argv, &command, &error) == 0 &&
           cells_create(&cells, &all, &options, &error) == 0;
}

/* The names of all cells, a line each. */
static const char *names(const char *line)
{
    static char text[TEXT_BYTES];
    size_t at = 0;
    ck_assert_msg(compared(line), "%s: %s", line, error.text);
    for (uint32_t i = 0; i < cells.count; i++)
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s\n", cells.cell[i]->name);
    return text;
}

/* The replications of the first cell, in one line. */
static const char *replications(const char *line)
{
    static char text[TEXT_BYTES];
    size_t at = 0;
    ck_assert_msg(compared(line), "%s: %s", line, error.text);
    text[0] = '\0';
    for (uint32_t i = 0; i < cells.cell[0]->replications; i++) {
        char *replication = cell_replication(&cells, cells.cell[0], i);
        at += (size_t)snprintf(text + at, sizeof(text) - at, "%s ", replication);
        free(replication);
    }
    return text;
}

static const char *trace(uint32_t commands)
{
    const char *path = path_in(directory, "pairs.trace");
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    for (uint32_t i = 0; i < commands; i++) fprintf(file, "post rw=a%u,b%u\n", i % 20, i % 20);
    fclose(file);
    return path;
}

static const char *on_trace(uint32_t commands, const char *rest)
{
    static char line[TEXT_BYTES];
    snprintf(line, sizeof(line), "-w %s %s", trace(commands), rest);
    return line;
}

/* ---- combinations --------------------------------------------------------------------------- */

START_TEST(every_combination_is_a_cell)
{
    ck_assert_str_eq(names("-s ssmr,dynastar -k 2,4"), "aviary run -s ssmr -k 2\n"
                                                       "aviary run -s ssmr -k 4\n"
                                                       "aviary run -s dynastar -k 2\n"
                                                       "aviary run -s dynastar -k 4\n");
    ck_assert_str_eq(names("--clients 1,8 --rate 1k/s,2k/s"),
                     "aviary run -s ssmr -k 2 --clients=1 --rate=1k/s\n"
                     "aviary run -s ssmr -k 2 --clients=8 --rate=1k/s\n"
                     "aviary run -s ssmr -k 2 --clients=1 --rate=2k/s\n"
                     "aviary run -s ssmr -k 2 --clients=8 --rate=2k/s\n");
}
END_TEST

/* Their values have commas. */
START_TEST(workloads_models_placements_and_faults_are_repeated)
{
    ck_assert_str_eq(names("-w kv:keys=1,get=100 -w kv -m rdma-xl170 -m ec2-2019"),
                     "aviary run -s ssmr -k 2 --workload=kv:keys=1,get=100 --model=rdma-xl170\n"
                     "aviary run -s ssmr -k 2 --workload=kv:keys=1,get=100 --model=ec2-2019\n"
                     "aviary run -s ssmr -k 2 --workload=kv --model=rdma-xl170\n"
                     "aviary run -s ssmr -k 2 --workload=kv --model=ec2-2019\n");
    ck_assert_str_eq(names("-p hash -p metis"), "aviary run -s ssmr -k 2\n"
                                                "aviary run -s ssmr -k 2 --placement=metis\n");
}
END_TEST

/* All its variables are in one group, whatever the number of partitions and the placement. */
START_TEST(a_scheme_without_partitions_has_a_cell_for_each_number_of_clients)
{
    ck_assert_str_eq(names("-s smr -k 1,2,4 -p hash -p range --clients 64"),
                     "aviary run -s smr -k 1 --clients=64\n");
    ck_assert_str_eq(names("-s smr -k 1,2,4"), "aviary run -s smr -k 1 --clients=64\n"
                                               "aviary run -s smr -k 1 --clients=128\n"
                                               "aviary run -s smr -k 1 --clients=256\n");
}
END_TEST

/* A model and faults are of a simulation. */
START_TEST(options_of_other_transports_are_left_out)
{
    ck_assert_str_eq(names("--transport sim,loop -m rdma-xl170 -m ec2-2019 --duration 1s"),
                     "aviary run -s ssmr -k 2 --duration=1s --model=rdma-xl170\n"
                     "aviary emulate -s ssmr -k 2 --duration=1s\n"
                     "aviary run -s ssmr -k 2 --duration=1s --model=ec2-2019\n");
}
END_TEST

START_TEST(a_value_that_is_wrong_is_refused_with_its_option)
{
    ck_assert(!compared("-s ssmr,simr"));
    ck_assert_ptr_nonnull(strstr(error.text, "no scheme is called 'simr'"));
    ck_assert(!compared("-k 1,,2"));
    ck_assert_ptr_nonnull(strstr(error.text, "--partitions: expected a list like a,b,c"));
    ck_assert(!compared("-s smr,ssmr --plant no-signals"));
    ck_assert_ptr_nonnull(strstr(error.text, "no-signals is no bug of smr"));
    ck_assert(!compared("-w nothing"));
}
END_TEST

/* ---- what is known -------------------------------------------------------------------------- */

/* Also those that learn nothing: all are measured on the same commands. */
START_TEST(if_one_placement_learns_all_cells_skip_what_it_learns_from)
{
    names(on_trace(4000, "-s smr,ssmr -p hash -p metis"));
    ck_assert_uint_eq(cells.count, 3);
    for (uint32_t i = 0; i < cells.count; i++) {
        ck_assert_ptr_nonnull(strstr(cells.cell[i]->name, "--learn=50%"));
        ck_assert(cells.cell[i]->first.experiment.learn_given);
    }
    ck_assert_ptr_null(strstr(names(on_trace(4000, "-p hash")), "--learn"));
    ck_assert_ptr_null(strstr(names("-p metis"), "--learn"));
}
END_TEST

/* ---- replications --------------------------------------------------------------------------- */

START_TEST(replications_of_a_generator_are_seeds)
{
    ck_assert_str_eq(replications(""), "seed=1 seed=2 seed=3 seed=4 seed=5 ");
    ck_assert_str_eq(replications("--seed 7 --seeds 2"), "seed=7 seed=8 ");
    ck_assert_str_eq(replications("--seed 7,3,9"), "seed=7 seed=3 seed=9 ");
}
END_TEST

START_TEST(replications_of_a_trace_are_blocks_that_are_long_enough)
{
    ck_assert_str_eq(replications(on_trace(9000, "--seeds 3")), "block=1/3 block=2/3 block=3/3 ");
    ck_assert_str_eq(replications(on_trace(2500, "")), "block=1/2 block=2/2 ");
    ck_assert_str_eq(replications(on_trace(4000, "-p metis")), "block=1/2 block=2/2 ");
    ck_assert_str_eq(replications(on_trace(1500, "")), "seed=1 ");
    ck_assert_str_eq(replications(on_trace(9000, "--seed 1,2")), "seed=1 seed=2 ");
}
END_TEST

/* The command line of a replication: the options of the whole, and its own. */
START_TEST(a_replication_is_a_run_of_its_own)
{
    struct cell_run run;
    ck_assert(compared("-s smr,ssmr -k 1,4 -j 8 --commands 1k --db x.db"));
    const struct cell *last = cells.cell[cells.count - 1];
    ck_assert_int_eq(cell_run_create(&cells, last, 2, &run, &error), 0);
    char *line = replay_line(&run.experiment);
    ck_assert_str_eq(line, "aviary run -s ssmr -k 4 --commands=1k --seed=3 --db=x.db");
    ck_assert_uint_eq(run.experiment.seed, 3);
    free(line);
    cell_run_finish(&run);
}
END_TEST

/* ---- identity ------------------------------------------------------------------------------- */

START_TEST(a_cell_is_known_by_the_contents_of_its_files)
{
    char before[TEXT_BYTES];
    snprintf(before, sizeof(before), "%s", names(on_trace(3000, "")));
    ck_assert_str_eq(names(on_trace(3000, "--db other.db")), before);
    ck_assert_str_ne(names(on_trace(3001, "")), before);
}
END_TEST

START_TEST(clients_and_servers_are_those_of_all_groups)
{
    ck_assert(compared("-s smr,dynastar -k 4 --clients 10/k"));
    ck_assert_uint_eq(cell_clients(cells.cell[0]), 40);
    ck_assert_uint_eq(cell_servers(cells.cell[0]), 3);
    ck_assert_uint_eq(cell_clients(cells.cell[1]), 40);
    ck_assert_uint_eq(cell_servers(cells.cell[1]), 15);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cells");
    TCase *combinations = tcase_create("combinations");
    tcase_add_checked_fixture(combinations, begin, end);
    tcase_add_test(combinations, every_combination_is_a_cell);
    tcase_add_test(combinations, workloads_models_placements_and_faults_are_repeated);
    tcase_add_test(combinations, a_scheme_without_partitions_has_a_cell_for_each_number_of_clients);
    tcase_add_test(combinations, options_of_other_transports_are_left_out);
    tcase_add_test(combinations, a_value_that_is_wrong_is_refused_with_its_option);
    tcase_add_test(combinations, if_one_placement_learns_all_cells_skip_what_it_learns_from);
    suite_add_tcase(suite, combinations);
    TCase *runs = tcase_create("replications");
    tcase_add_checked_fixture(runs, begin, end);
    tcase_add_test(runs, replications_of_a_generator_are_seeds);
    tcase_add_test(runs, replications_of_a_trace_are_blocks_that_are_long_enough);
    tcase_add_test(runs, a_replication_is_a_run_of_its_own);
    tcase_add_test(runs, a_cell_is_known_by_the_contents_of_its_files);
    tcase_add_test(runs, clients_and_servers_are_those_of_all_groups);
    suite_add_tcase(suite, runs);
    return test_main(suite);
}
