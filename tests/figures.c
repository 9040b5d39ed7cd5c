/* figures.c - see figures.h. */
#include "tests/figures.h"

#include <stdio.h>
#include <string.h>

#include "sim/simulation.h"
#include "tests/harness.h"

enum { WORDS_MAX = 48 };

struct figures figures_of(const char *line)
{
    char copy[512], *words[WORDS_MAX] = {"run"}, *rest = copy;
    int count = 1;
    snprintf(copy, sizeof(copy), "%s", line);
    while ((words[count] = strtok_r(rest, " ", &rest))) count++;
    struct experiment e;
    struct error error;
    int parsed = experiment_parse(&e, count, words, EXPERIMENT_RUN, &error);
    ck_assert_msg(parsed == 0, "%s", error.text);
    struct simulation *s = simulation_run(&e, e.schemes[0], e.partitions[0], NULL, &error);
    ck_assert_msg(s != NULL, "%s", error.text);
    const struct run_result *r = simulation_result(s);
    ck_assert_msg(r->verdict == RESULT_OK, "%s", line);
    struct figures f = {.throughput_per_s = r->throughput_per_s, .plans = r->plan_count};
    if (r->measured) f.multi_share = (double)r->measured_multi / (double)r->measured;
    for (; f.intervals < r->interval_count && f.intervals < INTERVALS_MAX; f.intervals++)
        f.interval[f.intervals] = r->intervals[f.intervals];
    simulation_destroy(s);
    return f;
}
