/* stories.c - see stories.h. */
#include "tests/lib/stories.h"

#include <stdio.h>
#include <string.h>

#include "proto/schemes/plants.h"

/* ---- plans by hand ------------------------------------------------------------------------- */

static const uint32_t *parts; /* of the current story */

static int by_hand(const struct partition_request *request, uint32_t *part_out)
{
    ck_assert_uint_le(request->graph->vertices, STORY_VERTICES_MAX);
    for (uint32_t v = 0; v < request->graph->vertices; v++) part_out[v] = parts[v];
    return 0;
}

static const struct partitioner hand = {"hand", "by hand", by_hand};

struct scheme_options with_plans(uint64_t changes, bool lazy)
{
    struct scheme_options options = world_options("dynastar");
    options.hint_ns = 20 * MS;
    options.plan_changes = changes;
    options.lazy = lazy;
    options.planning = &hand;
    return options;
}

/* ---- recording ----------------------------------------------------------------------------- */

static struct story_run *of(struct observer *o)
{
    struct story_run *t = (struct story_run *)o;
    t->recorder = recorder_observer(t->world.recorder);
    return t;
}

static void on_issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    struct story_run *t = of(o);
    t->recorder->ops->issued(t->recorder, node, now_ns, c);
}

static void on_answered(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                        const struct reply_view *reply, uint32_t attempts)
{
    struct story_run *t = of(o);
    t->recorder->ops->answered(t->recorder, node, now_ns, c, reply, attempts);
    if (t->answer_count == STORY_EVENTS_MAX) return;
    t->answers[t->answer_count++] =
        (struct story_answer){.now_ns = now_ns,
                              .id = c->id,
                              .status = reply->status,
                              .attempts = attempts,
                              .seen = reply->status == REPLY_OK ? reply->seen[0] : VERSION_UNSEEN};
}

static void on_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         const struct command *c, uint64_t timestamp)
{
    struct story_run *t = of(o);
    t->recorder->ops->delivered(t->recorder, node, group, now_ns, c, timestamp);
}

static void on_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                       const struct command *c)
{
    struct story_run *t = of(o);
    t->recorder->ops->started(t->recorder, node, group, now_ns, c);
}

static void on_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                        const struct command *c, uint64_t digest, const uint64_t *seen,
                        uint64_t state_hash)
{
    struct story_run *t = of(o);
    t->recorder->ops->executed(t->recorder, node, group, now_ns, c, digest, seen, state_hash);
    if (t->execution_count == STORY_EVENTS_MAX) return;
    t->executions[t->execution_count++] =
        (struct story_execution){now_ns, c->id, node, group, seen != NULL};
}

static void on_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                       uint64_t ballot)
{
    struct story_run *t = of(o);
    t->recorder->ops->leading(t->recorder, node, group, now_ns, ballot);
}

static void on_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct command *c)
{
    struct story_run *t = of(o);
    t->recorder->ops->multicast(t->recorder, node, now_ns, c);
    if (t->multicast_count == STORY_EVENTS_MAX) return;
    t->multicasts[t->multicast_count++] =
        (struct story_multicast){.now_ns = now_ns,
                                 .node = node,
                                 .id = c->id,
                                 .purpose = (enum purpose)c->purpose,
                                 .execution = (enum execution)c->execution,
                                 .dests = c->dests,
                                 .target = c->target};
}

static void on_ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct ownership_event *e)
{
    struct story_run *t = of(o);
    t->recorder->ops->ownership(t->recorder, node, now_ns, e);
}

static void on_exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         uint64_t variables, uint64_t bytes)
{
    struct story_run *t = of(o);
    t->recorder->ops->exchanged(t->recorder, node, group, now_ns, variables, bytes);
}

static void on_planned(struct observer *o, uint32_t node, uint64_t now_ns,
                       const struct plan_report *plan)
{
    struct story_run *t = of(o);
    t->recorder->ops->planned(t->recorder, node, now_ns, plan);
}

static const struct observer_ops recording = {
    .issued = on_issued,
    .answered = on_answered,
    .delivered = on_delivered,
    .started = on_started,
    .executed = on_executed,
    .leading = on_leading,
    .multicast = on_multicast,
    .ownership = on_ownership,
    .exchanged = on_exchanged,
    .planned = on_planned,
};

/* ---- running ------------------------------------------------------------------------------- */

/* AVIARY_TELL=1: prints all events on standard error, to help with writing a story. */
static void print_story(const struct story_run *t)
{
    for (uint32_t i = 0; i < t->multicast_count; i++) {
        const struct story_multicast *m = &t->multicasts[i];
        fprintf(stderr, "%9.3f ms node %u multicasts c%u.%u/%u: purpose %d to %llx, target %u\n",
                (double)m->now_ns / 1e6, m->node, m->id.client, (unsigned)m->id.seq, m->id.round,
                (int)m->purpose, (unsigned long long)m->dests.word[0], m->target);
    }
    for (uint32_t i = 0; i < t->execution_count; i++) {
        const struct story_execution *e = &t->executions[i];
        fprintf(stderr, "%9.3f ms node %u, group %u: %s c%u.%u/%u\n", (double)e->now_ns / 1e6,
                e->node, e->group, e->executed ? "executed" : "took part in", e->id.client,
                (unsigned)e->id.seq, e->id.round);
    }
    for (uint32_t i = 0; i < t->answer_count; i++) {
        const struct story_answer *a = &t->answers[i];
        fprintf(stderr, "%9.3f ms c%u.%u is answered: status %d, attempts %u\n",
                (double)a->now_ns / 1e6, a->id.client, (unsigned)a->id.seq, (int)a->status,
                a->attempts);
    }
    fprintf(stderr, "%s %s\n\n", t->ended ? "ended" : "did not end", t->why);
}

struct story_run *run_story(const struct story *story)
{
    struct story_run *t = calloc(1, sizeof(*t));
    ck_assert_ptr_nonnull(t);
    t->observer.ops = &recording;
    parts = story->parts;
    script_source_init(&t->source, story->commands, story->count, story->clients);
    world_begin(&t->world, &(struct world_setup){.scheme = story->scheme,
                                                 .model = world_steps_model,
                                                 .groups = story->groups,
                                                 .replicas = 3,
                                                 .clients = story->clients,
                                                 .variables = story->variables,
                                                 .unborn = story->unborn,
                                                 .granules = story->granules,
                                                 .options = story->options,
                                                 .outstanding = story->one_by_one ? 1 : 0,
                                                 .source = &t->source.source,
                                                 .faults = story->faults,
                                                 .plant = story->plant,
                                                 .durable = story->durable,
                                                 .seed = 1,
                                                 .observer = &t->observer});
    t->ended = world_run(&t->world, 30000 * MS);
    const struct property *failed = world_check(&t->world);
    if (failed) snprintf(t->why, sizeof(t->why), "%s: %s", failed->name, failed->reason);
    if (getenv("AVIARY_TELL")) print_story(t);
    t->kinds = sim_stats(t->world.cluster.sim)->kind_count;
    return t;
}

struct story_run *run_story_ok(const struct story *story)
{
    struct story_run *t = run_story(story);
    ck_assert_str_eq(t->why, "");
    ck_assert(t->ended);
    ck_assert_uint_eq(t->world.result.commands, story->count);
    return t;
}

void story_run_end(struct story_run *t)
{
    world_end(&t->world);
    script_source_finish(&t->source);
    free(t);
}

void expect_detected_by(struct story story, const char *bug, const char *property)
{
    story.plant = NULL;
    story_run_end(run_story_ok(&story));
    story.plant = plant_find(bug);
    struct story_run *t = run_story(&story);
    ck_assert_msg(t->why[0] || !t->ended, "%s was not detected", bug);
    ck_assert_msg(strncmp(t->why, property, strlen(property)) == 0, "%s: %s", bug, t->why);
    story_run_end(t);
}

void expect_detected(struct story story, const char *bug)
{
    expect_detected_by(story, bug, "");
}

/* ---- results ------------------------------------------------------------------------------- */

uint32_t multicasts(const struct story_run *t, enum purpose purpose)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->multicast_count; i++) count += t->multicasts[i].purpose == purpose;
    return count;
}

bool multicast_by(const struct story_run *t, enum purpose purpose, uint32_t node)
{
    for (uint32_t i = 0; i < t->multicast_count; i++)
        if (t->multicasts[i].purpose == purpose && t->multicasts[i].node == node) return true;
    return false;
}

const struct story_answer *answer_to(const struct story_run *t, uint32_t client, uint64_t seq)
{
    for (uint32_t i = 0; i < t->answer_count; i++)
        if (t->answers[i].id.client == client && t->answers[i].id.seq == seq) return &t->answers[i];
    ck_abort_msg("c%u.%u was not answered", client, (unsigned)seq);
    return NULL;
}

struct group_set executed_by(const struct story_run *t, uint32_t client, uint64_t seq)
{
    struct group_set groups = {{0}};
    for (uint32_t i = 0; i < t->execution_count; i++) {
        const struct story_execution *e = &t->executions[i];
        if (e->executed && e->id.client == client && e->id.seq == seq)
            group_set_add(&groups, e->group);
    }
    return groups;
}

uint32_t owner(const struct story_run *t, uint32_t variable)
{
    const struct sim_cluster *c = &t->world.cluster;
    for (uint32_t g = 0; g < topology_partitions(&c->setup.nodes.topology); g++) {
        uint32_t node = topology_replica(&c->setup.nodes.topology, g, 2);
        const struct executor *e = replica_executor(c->replicas[node]);
        if (e->ops->owns(e, variable)) return g;
    }
    return GROUPS_MAX;
}

bool reached(const struct story_run *t, enum mark mark)
{
    return sim_stats(t->world.cluster.sim)->marks[mark] > 0;
}

double steps(const struct story_run *t, const struct scripted *commands, uint32_t client,
             uint64_t seq)
{
    uint64_t at = 0;
    for (uint32_t i = 0; at < seq; i++)
        if (commands[i].client == client && ++at == seq)
            return (double)(answer_to(t, client, seq)->now_ns - commands[i].at_ns) / (double)MS;
    return 0;
}
