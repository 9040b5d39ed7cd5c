/* seed.c - see seed.h. */
#include "config.h"

#include "analysis/swarm/seed.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/replay.h"
#include "analysis/experiment/runner.h"
#include "analysis/results/results.h"
#include "analysis/swarm/draw.h"
#include "base/assert.h"
#include "base/last_words.h"
#include "base/memory.h"

const char seed_ends[] = "ends";

static void add_property(struct seed_report *report, const struct property *p)
{
    ASSERT(report->property_count <= RESULT_PROPERTIES_MAX);
    report->properties[report->property_count++] = *p;
}

static int store(const struct experiment *e, const struct run_result *result,
                 struct seed_report *report)
{
    return results_add(e->db, result, NULL, &report->error);
}

static void fill(const struct run_result *result, struct seed_report *report)
{
    struct property ends;
    property_init(&ends, seed_ends);
    report->verdict = result->verdict;
    memcpy(report->marks, result->marks, sizeof(report->marks));
    for (uint32_t i = 0; i < result->property_count; i++)
        add_property(report, &result->properties[i]);
    add_property(report, &ends);
}

static char *line_of(const struct cell_run *run)
{
    static const char *const without[] = {"db", NULL};
    return replay_line_without(&run->experiment, without);
}

void seed_run(const struct experiment *given, uint64_t seed, struct seed_report *report)
{
    struct cell_run drawn;
    report->wrong = true;
    if (swarm_draw(given, seed, &drawn, &report->error) < 0) return;
    struct experiment *e = &drawn.experiment;
    char *again = line_of(&drawn);
    last_words_again(again);
    report->scheme = e->scheme;
    struct run *run = run_execute(e, experiment_cluster(e, e->transport), NULL, &report->error);
    if (run) {
        const struct run_result *result = run_result(run);
        report->wrong = result->verdict == RESULT_FAIL && store(e, result, report) < 0;
        fill(result, report);
    }
    run_destroy(run);
    free(again);
    cell_run_finish(&drawn);
}

/* ---- a run without a result ----------------------------------------------------------------- */

static const char *text_of(const struct experiment *e, const char *name)
{
    const struct option *o;
    const char *text = NULL;
    experiment_find(e, name, &o, &text);
    return text ? text : "";
}

/* What is known before a run: its options. */
static int store_options(const struct experiment *e, const struct property *ends,
                         struct seed_report *report)
{
    struct result_option options[EXPERIMENT_OPTIONS_MAX];
    struct run_result result = {.mode = experiment_cluster(e, e->transport)->mode,
                                .scheme = e->scheme->name,
                                .partitions = e->partitions,
                                .replicas = e->replicas,
                                .multicast = e->multicast,
                                .workload = e->workload,
                                .placement = e->placement,
                                .model = text_of(e, "model"),
                                .seed = e->seed,
                                .version = PACKAGE_VERSION AVIARY_REVISION,
                                .verdict = RESULT_FAIL,
                                .options = options,
                                .properties = {*ends},
                                .property_count = 1};
    const char *name, *value;
    for (uint32_t i = 0; experiment_option(e, i, &name, &value); i++)
        options[result.option_count++] = (struct result_option){name, value};
    return store(e, &result, report);
}

void seed_died(const struct experiment *given, uint64_t seed, const char *why,
               struct seed_report *report)
{
    struct cell_run drawn;
    struct property ends;
    *report = (struct seed_report){.wrong = true, .verdict = RESULT_FAIL};
    if (swarm_draw(given, seed, &drawn, &report->error) < 0) return;
    property_init(&ends, seed_ends);
    property_fail(&ends, "%s", why);
    report->scheme = drawn.experiment.scheme;
    report->wrong = store_options(&drawn.experiment, &ends, report) < 0;
    add_property(report, &ends);
    cell_run_finish(&drawn);
}

char *seed_replay(const struct experiment *given, uint64_t seed)
{
    struct cell_run drawn;
    struct error e;
    if (swarm_draw(given, seed, &drawn, &e) < 0) return allocate_text(e.text);
    char *line = line_of(&drawn);
    cell_run_finish(&drawn);
    return line;
}
