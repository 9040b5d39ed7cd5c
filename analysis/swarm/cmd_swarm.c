/* cmd_swarm.c - `aviary swarm`: experiments drawn from seeds, to test a protocol that changes. */
#include <stdio.h>

#include "analysis/experiment/commands.h"
#include "analysis/results/results.h"
#include "analysis/swarm/swarm_report.h"
#include "base/interrupts.h"

static int fail(const struct error *error)
{
    fprintf(stderr, "aviary swarm: %s\n", error->text);
    return EXIT_INPUT;
}

/* What each run decides for itself cannot be given. */
static int check_given(const struct experiment *given, struct error *error)
{
    const struct option *o;
    const char *text;
    if (experiment_find(given, "seed", &o, &text) && options_given(o, text))
        return error_set(error,
                         "--seed: every run has a seed of its own; expected --first, --seeds");
    return results_probe(given->db, error);
}

static int execute(const struct experiment *given, const struct swarm_options *options,
                   struct error *error)
{
    struct swarm swarm;
    if (check_given(given, error) < 0) return -1;
    int status = swarm_execute(&swarm, given, options, error);
    if (status == 0 || swarm.runs > 0) swarm_print(&swarm);
    if (status == 0) status = swarm.failed > 0 ? 1 : swarm.interrupted ? EXIT_INTERRUPTED : 0;
    swarm_finish(&swarm);
    return status;
}

int cmd_swarm(int argc, char **argv, const struct experiment_command *command)
{
    struct swarm_options options;
    struct options_table more = swarm_options_table(&options);
    struct experiment_command with = *command;
    struct experiment given;
    struct error error;
    with.use = EXPERIMENT_SWARM;
    with.more = &more;
    int parsed = experiment_parse(&given, argc, argv, &with, &error);
    if (parsed > 0) return 0;
    if (parsed < 0) return fail(&error);
    int status = execute(&given, &options, &error);
    experiment_finish(&given);
    return status < 0 ? fail(&error) : status;
}
