/* cmd_compare.c - `aviary compare`: a study of every combination, and its tables. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/cluster.h"
#include "analysis/experiment/commands.h"
#include "analysis/experiment/replay.h"
#include "analysis/results/results.h"
#include "analysis/results/results_study.h"
#include "analysis/study/against.h"
#include "analysis/study/saturate_table.h"
#include "analysis/study/study.h"
#include "analysis/study/study_table.h"
#include "base/interrupts.h"
#include "base/memory.h"
#include "base/units.h"

static int fail(const struct error *error)
{
    fprintf(stderr, "aviary compare: %s\n", error->text);
    return EXIT_INPUT;
}

/* Of the first cell that calls for one: the others' are alike. */
static void warn(const struct study *s)
{
    struct error warning;
    for (uint32_t i = 0; i < s->cells.count; i++) {
        const struct cell *cell = s->cells.cell[i];
        const struct cluster_ops *cluster = cell->cluster[0];
        if (!cluster->check_options || !cluster->check_options(&cell->first.experiment, &warning))
            continue;
        fprintf(stderr, "aviary: warning: %s\n", warning.text);
        return;
    }
}

static int list(struct study *s)
{
    char time[32];
    if (s->options->saturate.on) {
        study_print_cells(s);
        printf("\nfrom each of these on a search for the load; what it runs depends on what it "
               "finds\n");
        return 0;
    }
    double estimated_s = study_estimate(s);
    study_print_cells(s);
    uint32_t missing = s->count - s->found;
    if (missing == 0)
        printf("\nall %u runs are stored\n", s->count);
    else
        printf("\n%u runs, about %s\n", missing,
               units_print_time((uint64_t)(estimated_s * 1e9), time));
    return 0;
}

static bool some_failed(const struct study *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (s->run[i].failure) return true;
    return false;
}

static int saturate(struct study *s, const char *command, struct error *error)
{
    struct saturations all;
    saturations_create(&all, s);
    struct study_growth growth = saturations_growth(&all);
    int status = study_execute(s, command, &growth, error);
    if (status == 0) status = saturations_print(&all, s, error);
    saturations_finish(&all);
    return status;
}

static int compare(struct study *s, const char *command, struct error *error)
{
    int status = study_execute(s, command, NULL, error);
    return status == 0 ? study_print(s, error) : status;
}

static int execute(struct study *s, const char *command, struct error *error)
{
    const char *against = s->options->against;
    if (against && results_study_probe(against, error) < 0) return -1;
    if (results_probe(s->db, error) < 0) return -1;
    int status = (s->options->saturate.on ? saturate : compare)(s, command, error);
    if (status >= 0 && against && against_print(s, against, error) < 0) status = -1;
    if (status < 0) return -1;
    if (s->interrupted) {
        printf("\ninterrupted; the same command runs what is missing\n");
        return EXIT_INTERRUPTED;
    }
    return status == 0 && some_failed(s) ? EXIT_INPUT : status;
}

int cmd_compare(int argc, char **argv, const struct experiment_command *command)
{
    struct study_options options = {0};
    struct options_table more = study_options_table(&options);
    struct experiment_command with = *command;
    struct experiment all;
    struct study study;
    struct error error;
    with.more = &more;
    int parsed = experiment_parse(&all, argc, argv, &with, &error);
    if (parsed > 0) return 0;
    if (parsed < 0) return fail(&error);
    int status = saturate_check(&all, &options, &error);
    if (status == 0) status = study_create(&study, &all, &options, &error);
    if (status == 0) {
        char *line = replay_words(argc, argv);
        warn(&study);
        status = options.dry_run ? list(&study) : execute(&study, line, &error);
        free(line);
        study_finish(&study);
    }
    experiment_finish(&all);
    return status < 0 ? fail(&error) : status;
}
