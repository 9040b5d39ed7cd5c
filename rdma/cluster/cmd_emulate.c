/* cmd_emulate.c - `aviary emulate`: one run for real, its row of the table and in the database. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/replay.h"
#include "analysis/results/summary.h"
#include "base/last_words.h"
#include "rdma/cluster/emulation.h"
#include "rdma/cluster/signals.h"

int cmd_emulate(int argc, char **argv);

enum { STATUS_INTERRUPTED = 130 }; /* as shells have it */

static int fail(const struct error *error)
{
    fprintf(stderr, "aviary emulate: %s\n", error->text);
    return 2;
}

static void on_signal(int number)
{
    (void)number;
    emulation_interrupt();
}

static void on_end_of_load(int number)
{
    (void)number;
    emulation_end_load();
}

static void print_details(const struct summary *s, const struct experiment *e,
                          const struct emulation_losses *losses)
{
    printf("\n%" PRIu64 " commands, %" PRIu64 " messages in %.2f s of real time\nrun %" PRId64
           " of %s\n",
           s->commands, s->messages, s->simulated_s, s->run_id, e->db);
    if (losses->malformed)
        printf("%" PRIu64 " messages were malformed, and dropped\n", losses->malformed);
    if (losses->overflowed)
        printf("%" PRIu64 " messages were dropped, whose receiver took none for too long\n",
               losses->overflowed);
}

static int store(const struct experiment *e, const struct emulation *m)
{
    int64_t run_id;
    struct error error;
    if (results_add(e->db, emulation_result(m), &run_id, &error) < 0) return fail(&error);
    struct summary summary;
    summary_fill(&summary, emulation_result(m), run_id);
    summary_print(&summary, 1);
    struct emulation_losses losses = emulation_losses(m);
    print_details(&summary, e, &losses);
    return summary_status(&summary, 1);
}

int cmd_emulate(int argc, char **argv)
{
    struct experiment e;
    struct error error;
    int parsed = experiment_parse(&e, argc, argv, EXPERIMENT_EMULATE, &error);
    if (parsed > 0) return 0;
    if (parsed < 0 || results_probe(e.db, &error) < 0) return fail(&error);

    struct progress progress;
    signals_watch(on_signal);
    signal(SIGUSR1, on_end_of_load);
    progress_init(&progress, "emulate", "commands");
    char *again = replay_line(&e, e.schemes[0], e.partitions[0]);
    last_words_again(again);
    struct emulation *m = emulation_run(&e, &progress, &error);
    progress_finish(&progress);
    int status = emulation_interrupted() ? STATUS_INTERRUPTED : 2;
    if (m)
        status = store(&e, m);
    else
        fail(&error);
    emulation_destroy(m);
    free(again);
    return status;
}
