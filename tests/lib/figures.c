/* figures.c - see figures.h. */
#include "tests/lib/figures.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

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

/* Frees the simulation. */
static struct figures figures_from(struct run *s, const char *line)
{
    const struct run_result *r = run_result(s);
    ck_assert_msg(strstr(line, "--plant") || r->verdict == RESULT_OK, "%s", line);
    struct figures f = {.throughput_per_s = r->throughput_per_s,
                        .plans = r->plan_count,
                        .plans_announced = r->plan_announced,
                        .plan_gain = r->plan_gain,
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

/* The line with the requested seed; valid until the next call. */
static const char *seeded(const char *line)
{
    static char text[512];
    const char *seed = getenv("AVIARY_SEED");
    snprintf(text, sizeof(text), "%s --seed %s", line, seed ? seed : "1");
    return text;
}

struct figures figures_of(const char *line)
{
    return figures_from(simulated(seeded(line)), line);
}

struct figures figures_with(const char *faults, const char *line)
{
    return figures_from(simulated_with(faults, seeded(line)), line);
}
