/* cmd_run.c - `aviary run`: one simulation, its row of the table, its rows in the database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/experiment/replay.h"
#include "analysis/results/summary.h"
#include "base/last_words.h"
#include "sim/simulation.h"

int cmd_run(int argc, char **argv);

static int fail(const struct error *error)
{
    fprintf(stderr, "aviary run: %s\n", error->text);
    return 2;
}

static void print_details(const struct summary *s, const struct experiment *e)
{
    double wall_s = s->wall_s > 0 ? s->wall_s : 1e-9;
    printf("\n%" PRIu64 " commands, %" PRIu64 " messages in %.2f s of virtual time; %.2f s of real "
           "time (%.1f M messages/s)\nfingerprint %016" PRIx64 ", run %" PRId64 " of %s\n",
           s->commands, s->messages, s->simulated_s, wall_s, (double)s->messages / wall_s / 1e6,
           s->fingerprint, s->run_id, e->db);
}

int cmd_run(int argc, char **argv)
{
    struct experiment e;
    struct error error;
    int parsed = experiment_parse(&e, argc, argv, EXPERIMENT_RUN, &error);
    if (parsed > 0) return 0;
    if (parsed < 0 || results_probe(e.db, &error) < 0) return fail(&error);

    struct error warning;
    if (simulation_hasty(&e, &warning)) fprintf(stderr, "aviary: warning: %s\n", warning.text);
    struct progress progress;
    progress_init(&progress, "run", "commands");
    char *again = replay_line(&e, e.schemes[0], e.partitions[0]);
    last_words_again(again);
    struct simulation *s = simulation_run(&e, e.schemes[0], e.partitions[0], &progress, &error);
    progress_finish(&progress);
    if (!s) return fail(&error);

    int64_t run_id;
    int status = 2;
    if (results_add(e.db, simulation_result(s), &run_id, &error) < 0) {
        fail(&error);
    } else {
        struct summary summary;
        summary_fill(&summary, simulation_result(s), run_id);
        summary_print(&summary, 1);
        print_details(&summary, &e);
        status = summary_status(&summary, 1);
        if (status) printf("\nagain: %s\n", again);
    }
    simulation_destroy(s);
    free(again);
    return status;
}
