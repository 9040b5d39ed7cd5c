/* figures.c - see figures.h. */
#include "tests/lib/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analysis/experiment/runner.h"
#include "sim/simulation.h"
#include "tests/lib/harness.h"

enum { WORDS_MAX = 48 };

static void note_waiting(struct figures *f, const struct run_result *r)
{
    for (uint32_t i = 0; i < r->phases_count; i++) {
        const struct result_phases *p = &r->phases[i];
        if (strcmp(p->scope, "single") != 0) continue;
        f->waiting_us = p->waiting_us;
        f->waiting_share =
            p->waiting_us / (p->ordering_us + p->waiting_us + p->executing_us + p->replying_us);
    }
}

struct figures figures_of(const char *line)
{
    char copy[512], *words[WORDS_MAX] = {"run"}, *rest = copy;
    const char *seed = getenv("AVIARY_SEED");
    int count = 1;
    snprintf(copy, sizeof(copy), "%s --seed %s", line, seed ? seed : "1");
    while ((words[count] = strtok_r(rest, " ", &rest))) count++;
    struct experiment e;
    struct error error;
    int parsed = experiment_parse(&e, count, words, EXPERIMENT_RUN, &error);
    ck_assert_msg(parsed == 0, "%s", error.text);
    struct run *s = run_execute(
        &(struct run_setup){&e, e.schemes[0], e.partitions[0], &simulated_cluster}, NULL, &error);
    ck_assert_msg(s != NULL, "%s", error.text);
    const struct run_result *r = run_result(s);
    ck_assert_msg(e.plant || r->verdict == RESULT_OK, "%s", line);
    struct figures f = {.throughput_per_s = r->throughput_per_s,
                        .plans = r->plan_count,
                        .last_plan_s = r->plan_count ? r->plans[r->plan_count - 1].t_s : 0,
                        .fallbacks = r->fallbacks,
                        .messages_per_command = (double)r->messages / (double)r->commands};
    if (r->measured) f.multi_share = (double)r->measured_multi / (double)r->measured;
    note_waiting(&f, r);
    for (; f.intervals < r->interval_count && f.intervals < INTERVALS_MAX; f.intervals++)
        f.interval[f.intervals] = r->intervals[f.intervals];
    run_destroy(s);
    return f;
}

struct figures figures_with(const char *faults, const char *line)
{
    char path[256], with[512];
    char *scratch = test_scratch_directory();
    snprintf(path, sizeof(path), "%s/faults", scratch);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(faults, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    snprintf(with, sizeof(with), "%s --faults %s", line, path);
    struct figures f = figures_of(with);
    unlink(path);
    free(scratch);
    return f;
}
