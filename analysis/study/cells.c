/* cells.c - see cells.h. */
#include "analysis/study/cells.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/experiment/cluster.h"
#include "analysis/experiment/replay.h"
#include "analysis/study/inputs.h"
#include "base/assert.h"
#include "base/memory.h"
#include "workloads/place/placement.h"

enum { REPLICATIONS = 5, BLOCK_COMMANDS = 1000, WORD_BYTES = 64 };

static const char *const axis_names[AXES] = {
    [AXIS_WORKLOAD] = "workload",   [AXIS_MODEL] = "model",           [AXIS_FAULTS] = "faults",
    [AXIS_REPLICAS] = "replicas",   [AXIS_TRANSPORT] = "transport",   [AXIS_SCHEME] = "scheme",
    [AXIS_PLACEMENT] = "placement", [AXIS_PARTITIONS] = "partitions", [AXIS_RATE] = "rate",
    [AXIS_CLIENTS] = "clients",
};

/* What the study has to know of a workload. */
struct workload_facts {
    bool recorded;
    bool learns;       /* some placement does */
    uint64_t measured; /* commands, at most; UINT64_MAX: no limit */
};

/* ---- the values of the options -------------------------------------------------------------- */

static uint32_t axis_values(const struct experiment *all, const char *name)
{
    const struct option *o;
    const char *text;
    return experiment_find(all, name, &o, &text) && text ? options_values(o, text) : 1;
}

bool cells_are_curves(const struct cells *c)
{
    return axis_values(c->all, "clients") > 1 || axis_values(c->all, "rate") > 1;
}

/* NULL: it has no value. */
static const char *axis_value(const struct experiment *all, const char *name, uint32_t i)
{
    const struct option *o;
    const char *text;
    if (!experiment_find(all, name, &o, &text) || !text) return NULL;
    return options_value(o, text, i);
}

/* ---- one run's command line ------------------------------------------------------------------ */

/* Of the i-th replication; *name and *value are the option's. */
static void replicate(const struct cells *c, const struct cell *cell, uint32_t i, const char **name,
                      char value[static WORD_BYTES])
{
    uint32_t seeds = axis_values(c->all, "seed");
    *name = "seed";
    if (seeds > 1) {
        snprintf(value, WORD_BYTES, "%s", axis_value(c->all, "seed", i));
    } else if (cell->blocks) {
        *name = "block";
        snprintf(value, WORD_BYTES, "%u/%u", i + 1, cell->replications);
    } else {
        snprintf(value, WORD_BYTES, "%" PRIu64, c->all->seed + i);
    }
}

char *cell_replication(const struct cells *c, const struct cell *cell, uint32_t i)
{
    const char *name;
    char value[WORD_BYTES], *text = allocate(2 * WORD_BYTES);
    ASSERT(i < cell->replications);
    replicate(c, cell, i, &name, value);
    snprintf(text, 2 * WORD_BYTES, "%s=%s", name, value);
    return text;
}

/* The value that the cell gives to an option; NULL: none. */
static const char *own_value(const struct cell *cell, const char *name)
{
    for (uint32_t axis = 0; axis < AXES; axis++)
        if (strcmp(axis_names[axis], name) == 0) return cell->value[axis];
    return strcmp(name, "learn") == 0 ? cell->learn : NULL;
}

static bool is_axis(const char *name)
{
    for (uint32_t axis = 0; axis < AXES; axis++)
        if (strcmp(axis_names[axis], name) == 0) return true;
    return false;
}

static bool is_simulated(const struct cluster_ops *cluster)
{
    return cluster->transport == EXPERIMENT_SIM;
}

void cell_run_begin(struct cell_run *run, const struct cluster_ops *cluster)
{
    *run = (struct cell_run){.count = 0};
    run->words[run->count++] = allocate_text(is_simulated(cluster) ? "run" : "emulate");
}

void cell_run_add(struct cell_run *run, const char *name, const char *value)
{
    size_t room = strlen(name) + strlen(value) + sizeof("--=");
    char *word = allocate(room);
    snprintf(word, room, "--%s=%s", name, value);
    ASSERT(run->count <= EXPERIMENT_OPTIONS_MAX);
    run->words[run->count++] = word;
}

void cell_run_add_switch(struct cell_run *run, const char *name)
{
    size_t room = strlen(name) + sizeof("--");
    char *word = allocate(room);
    snprintf(word, room, "--%s", name);
    ASSERT(run->count <= EXPERIMENT_OPTIONS_MAX);
    run->words[run->count++] = word;
}

int cell_run_read(struct cell_run *run, const struct cluster_ops *const *clusters, struct error *e)
{
    const struct experiment_command command = {
        is_simulated(*clusters) ? EXPERIMENT_RUN : EXPERIMENT_EMULATE, clusters, NULL};
    if (experiment_parse(&run->experiment, (int)run->count, run->words, &command, e) == 0) return 0;
    cell_run_finish(run);
    return -1;
}

/* As it was given to the whole. */
static void add_given(struct cell_run *run, const struct experiment *over, uint32_t i,
                      const char *value)
{
    uint32_t room = (uint32_t)strlen(value) + WORD_BYTES;
    char *word = allocate(room);
    if (experiment_argument(over, i, word, room))
        run->words[run->count++] = word;
    else
        free(word);
}

static void add_options(const struct cells *c, const struct cell *cell, uint32_t i,
                        struct cell_run *run)
{
    const char *name, *value, *varied;
    char variation[WORD_BYTES];
    struct experiment over = *c->all;
    over.transport = cell->cluster[0]->transport; /* whose options those are */
    replicate(c, cell, i, &varied, variation);
    for (uint32_t at = 0; experiment_option(&over, at, &name, &value); at++) {
        const char *own = strcmp(name, varied) == 0 ? variation : own_value(cell, name);
        ASSERT(run->count <= EXPERIMENT_OPTIONS_MAX);
        if (own)
            cell_run_add(run, name, own);
        else if (!is_axis(name) && experiment_given(&over, at))
            add_given(run, &over, at, value);
    }
}

int cell_run_create(const struct cells *c, const struct cell *cell, uint32_t i,
                    struct cell_run *run, struct error *e)
{
    cell_run_begin(run, cell->cluster[0]);
    add_options(c, cell, i, run);
    return cell_run_read(run, cell->cluster, e);
}

void cell_run_finish(struct cell_run *run)
{
    experiment_finish(&run->experiment);
    for (uint32_t i = 0; i < run->count; i++) free(run->words[i]);
    run->count = 0;
}

uint32_t cell_clients(const struct cell *cell)
{
    return scenario_topology(&cell->first.experiment).clients;
}

uint32_t cell_servers(const struct cell *cell)
{
    struct topology t = scenario_topology(&cell->first.experiment);
    return t.groups * t.replicas;
}

/* ---- what the workloads are ----------------------------------------------------------------- */

static bool some_placement_learns(const struct experiment *all)
{
    for (uint32_t i = 0; i < axis_values(all, "placement"); i++)
        if (placement_learns(axis_value(all, "placement", i))) return true;
    return false;
}

static int look_at_workload(const struct experiment *all, const char *spec,
                            struct workload_facts *facts, struct error *e)
{
    struct workload *w = workload_open(spec, all->seed, e);
    if (!w) return -1;
    *facts = (struct workload_facts){.recorded = workload_recorded(w), .measured = all->commands};
    int got = 0;
    if (facts->recorded) {
        uint64_t commands;
        got = workload_count(w, UINT64_MAX, &commands, e);
        facts->learns = all->learn > 0 && some_placement_learns(all);
        double share = facts->learns || all->learn_given ? 1 - all->learn : 1;
        uint64_t measured = (uint64_t)((double)commands * share);
        if (facts->measured > measured) facts->measured = measured;
    }
    workload_close(w);
    return got;
}

/* Seeds that are given are the replications of any workload; else a recorded one has blocks, as
 * many as are long enough. */
static void plan_replications(const struct cells *c, struct cell *cell,
                              const struct workload_facts *facts, uint32_t asked)
{
    uint32_t seeds = axis_values(c->all, "seed"), count = asked ? asked : REPLICATIONS;
    uint64_t most = facts->measured / BLOCK_COMMANDS;
    cell->replications = seeds > 1 ? seeds : count;
    if (seeds > 1 || !facts->recorded) return;
    if (!asked && cell->replications > most) cell->replications = most > 1 ? (uint32_t)most : 1;
    cell->blocks = cell->replications > 1;
}

/* ---- cells ---------------------------------------------------------------------------------- */

static void cell_destroy(struct cell *cell)
{
    cell_run_finish(&cell->first);
    free(cell->name);
    free(cell);
}

static char *name_of(const struct cell *cell)
{
    static const char *const without[] = {"seed", "block", "db", NULL};
    char *line = replay_line_without(&cell->first.experiment, without);
    uint32_t sum = 0;
    for (uint32_t axis = 0; axis < AXES; axis++)
        if (cell->value[axis]) sum = inputs_checksum(sum, cell->value[axis]);
    if (sum == 0) return line;
    size_t room = strlen(line) + 32;
    char *name = allocate(room);
    snprintf(name, room, "%s # files %08" PRIx32, line, sum);
    free(line);
    return name;
}

/* One group holds everything, however many partitions there are, and wherever they would be. */
static void merge_partitions(struct cell *cell)
{
    snprintf(cell->clients, sizeof(cell->clients), "%u", cell_clients(cell));
    cell->value[AXIS_CLIENTS] = cell->clients;
    cell->value[AXIS_PARTITIONS] = "1";
    cell->value[AXIS_PLACEMENT] = NULL;
}

static int complete(const struct cells *c, struct cell *cell, struct error *e)
{
    if (cell_run_create(c, cell, 0, &cell->first, e) < 0) return -1;
    if (!cell->first.experiment.scheme->partitioned) {
        merge_partitions(cell);
        cell_run_finish(&cell->first);
        if (cell_run_create(c, cell, 0, &cell->first, e) < 0) return -1;
    }
    cell->name = name_of(cell);
    return 0;
}

static const struct cell *find(const struct cells *c, const char *name)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (strcmp(c->cell[i]->name, name) == 0) return c->cell[i];
    return NULL;
}

static enum experiment_transport transport_of(const struct cell *cell)
{
    uint32_t i = 0;
    while (strcmp(transport_name(i), cell->value[AXIS_TRANSPORT]) != 0) i++;
    return (enum experiment_transport)i;
}

/* Options of other transports are none of the cell's. */
static void leave_out_others(const struct cells *c, struct cell *cell)
{
    const char *name, *value;
    struct experiment over = *c->all;
    bool concerns[AXES] = {[AXIS_TRANSPORT] = true};
    over.transport = cell->cluster[0]->transport;
    for (uint32_t at = 0; experiment_option(&over, at, &name, &value); at++)
        for (uint32_t axis = 0; axis < AXES; axis++)
            if (strcmp(axis_names[axis], name) == 0) concerns[axis] = true;
    for (uint32_t axis = 0; axis < AXES; axis++)
        if (!concerns[axis]) cell->value[axis] = NULL;
}

/* Takes the cell over. The one that stands for it, which it is itself if it is new; NULL with the
 * error. */
static const struct cell *add(struct cells *c, struct cell *cell, struct error *e)
{
    const struct cell *known = complete(c, cell, e) < 0 ? NULL : find(c, cell->name);
    if (!cell->name || known) {
        cell_destroy(cell);
        return known;
    }
    c->cell = reallocate(c->cell, (c->count + 1) * sizeof(struct cell *));
    return c->cell[c->count++] = cell;
}

static void set_load(struct cell *cell, const struct cell_load *load)
{
    if (load->clients) snprintf(cell->clients, sizeof(cell->clients), "%s", load->clients);
    if (load->rate) snprintf(cell->rate, sizeof(cell->rate), "%s", load->rate);
    cell->value[AXIS_CLIENTS] = load->clients ? cell->clients : NULL;
    cell->value[AXIS_RATE] = load->rate ? cell->rate : NULL;
}

const struct cell *cells_with_load(struct cells *c, const struct cell *like,
                                   const struct cell_load *load, struct error *e)
{
    struct cell *cell = allocate_zeroed(1, sizeof(*cell));
    memcpy(cell->value, like->value, sizeof(cell->value));
    cell->learn = like->learn;
    cell->cluster[0] = like->cluster[0];
    cell->replications = like->replications;
    cell->blocks = like->blocks;
    cell->commands = like->commands;
    set_load(cell, load);
    return add(c, cell, e);
}

static int add_cell(struct cells *c, const uint32_t index[AXES], const struct workload_facts *facts,
                    const struct study_options *options, struct error *e)
{
    struct cell *cell = allocate_zeroed(1, sizeof(*cell));
    for (uint32_t axis = 0; axis < AXES; axis++)
        cell->value[axis] = axis_value(c->all, axis_names[axis], index[axis]);
    if (options->saturate.on) set_load(cell, &(struct cell_load){SATURATE_FIRST, NULL});
    if (facts->learns && !c->all->learn_given) cell->learn = "50%";
    cell->cluster[0] = experiment_cluster(c->all, transport_of(cell));
    leave_out_others(c, cell);
    plan_replications(c, cell, facts, options->seeds);
    cell->commands = facts->measured / (cell->blocks ? cell->replications : 1);
    return add(c, cell, e) ? 0 : -1;
}

/* Counts through all combinations, the last axis first; false at the end. */
static bool next_combination(const struct experiment *all, uint32_t index[AXES])
{
    for (uint32_t axis = AXES; axis-- > 0;) {
        if (++index[axis] < axis_values(all, axis_names[axis])) return true;
        index[axis] = 0;
    }
    return false;
}

int cells_create(struct cells *c, const struct experiment *all, const struct study_options *options,
                 struct error *e)
{
    uint32_t index[AXES] = {0}, looked_at = UINT32_MAX;
    struct workload_facts facts = {0};
    *c = (struct cells){.all = all};
    do {
        const char *workload = axis_value(all, "workload", index[AXIS_WORKLOAD]);
        if (index[AXIS_WORKLOAD] != looked_at && look_at_workload(all, workload, &facts, e) < 0)
            break;
        looked_at = index[AXIS_WORKLOAD];
        if (add_cell(c, index, &facts, options, e) < 0) break;
        if (!next_combination(all, index)) return 0;
    } while (true);
    cells_finish(c);
    return -1;
}

void cells_finish(struct cells *c)
{
    for (uint32_t i = 0; i < c->count; i++) cell_destroy(c->cell[i]);
    free(c->cell);
    *c = (struct cells){0};
}
