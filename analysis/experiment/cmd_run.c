/* cmd_run.c - `aviary run` and `aviary emulate`: one run, its row of the table, its rows in the
 * database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "analysis/experiment/commands.h"
#include "analysis/experiment/replay.h"
#include "analysis/experiment/runner.h"
#include "analysis/results/summary.h"
#include "base/last_words.h"

static int fail(const char *command, const struct error *error)
{
    fprintf(stderr, "aviary %s: %s\n", command, error->text);
    return 2;
}

static void print_dropped(const struct run_result *r)
{
    if (r->corrupted)
        printf("%" PRIu64 " frames had a wrong checksum, and were dropped\n", r->corrupted);
    if (r->malformed)
        printf("%" PRIu64 " messages were malformed or refused, and dropped\n", r->malformed);
    if (r->overflowed)
        printf("%" PRIu64 " messages were dropped, whose receiver took none for too long\n",
               r->overflowed);
}

static void print_simulated(const struct summary *s, const struct run_result *r)
{
    double wall_s = s->wall_s > 0 ? s->wall_s : 1e-9;
    printf("\n%" PRIu64 " commands, %" PRIu64 " messages in %.2f s of virtual time; %.2f s of real "
           "time (%.1f M messages/s)\n",
           s->commands, s->messages, s->simulated_s, wall_s, (double)s->messages / wall_s / 1e6);
    print_dropped(r);
    printf("fingerprint %016" PRIx64 ", ", s->fingerprint);
}

static void print_emulated(const struct summary *s, const struct run_result *r)
{
    printf("\n%" PRIu64 " commands, %" PRIu64 " messages in %.2f s of real time\n", s->commands,
           s->messages, s->simulated_s);
    print_dropped(r);
}

/* A run that is repeated fails for what has changed since. */
static int fail_run(const char *command, const struct experiment *e, struct error *error)
{
    struct error again = *error;
    if (e->again.run_id)
        error_set(error, "run %" PRIu64 " again: %.900s", e->again.run_id, again.text);
    return fail(command, error);
}

/* `again`: the command line that repeats the run. */
static int store(const char *command, const struct experiment *e, const struct run *run,
                 bool simulated, const char *again)
{
    const struct run_result *r = run_result(run);
    int64_t run_id;
    struct error error;
    if (results_add(e->db, r, &run_id, &error) < 0) {
        fail(command, &error);
        fprintf(stderr, "aviary %s: the run is not stored; again: %s\n", command, again);
        return 2;
    }
    struct summary s;
    summary_fill(&s, r, run_id);
    summary_print(&s, 1);
    if (simulated)
        print_simulated(&s, r);
    else
        print_emulated(&s, r);
    printf("run %" PRId64 " of %s\n", run_id, e->db);
    int status = summary_status(&s, 1);
    if (simulated && e->again.run_id)
        status |= again_compare(&e->again, r->fingerprint, r->version, stdout);
    return status;
}

/* Returns the exit status. */
static int run_one(const char *command, const struct experiment *e, enum experiment_use use)
{
    struct error error, warning;
    if (results_probe(e->db, &error) < 0) return fail(command, &error);
    const struct cluster_ops *cluster = experiment_cluster(e, e->transport);
    if (cluster->check_options && cluster->check_options(e, &warning))
        fprintf(stderr, "aviary: warning: %s\n", warning.text);
    char *again = replay_line(e);
    last_words_again(again);
    struct progress progress;
    progress_init(&progress, command, "commands");
    struct run *run = run_execute(e, cluster, &progress, &error);
    progress_finish(&progress);
    int status =
        run ? store(command, e, run, use == EXPERIMENT_RUN, again) : fail_run(command, e, &error);
    if (status == 1 && use == EXPERIMENT_RUN) printf("\nagain: %s\n", again);
    run_destroy(run);
    free(again);
    return status;
}

int cmd_run(int argc, char **argv, const struct experiment_command *command)
{
    struct experiment e;
    struct error error;
    int parsed = experiment_parse(&e, argc, argv, command, &error);
    if (parsed > 0) return 0;
    if (parsed < 0) return fail(argv[0], &error);
    int status = run_one(argv[0], &e, command->use);
    experiment_finish(&e);
    return status;
}
