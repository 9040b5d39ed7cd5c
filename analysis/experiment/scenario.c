/* scenario.c - sets an experiment up for a transport (scenario.h). */
#include "config.h"

#include "analysis/experiment/scenario.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/units.h"
#include "workloads/place/placement.h"

enum {
    GRAPH_COMMANDS = 200000, /* of a generator without an end, for placement, */
    SAMPLE_COMMANDS = 1000,  /* and for their sizes */
    LATENCIES = 4,           /* minimum of the leader time-out, in latencies */
    PATIENCE_TIMES = 100,
    HEARTBEATS = 5, /* at least, that a leader must have missed */
    LEARNT_LEAST = 1000,
};
#define PATIENCE_NS_LEAST UINT64_C(60000000000)
#define HEARTBEAT_NS_LEAST (EXPERIMENT_LEADER_TIMEOUT_NS_LEAST / HEARTBEATS)

/* ---- setting up ---------------------------------------------------------------------------- */

static void name_placement(struct scenario *s, const char *suffix)
{
    const char *name = s->setup.experiment->placement;
    size_t room = strlen(name) + strlen(suffix) + 1;
    s->placement_name = reallocate(s->placement_name, room);
    snprintf(s->placement_name, room, "%s%s", name, suffix);
}

static struct placement_request request_of(const struct experiment *e, uint64_t commands,
                                           bool learns)
{
    return (struct placement_request){
        .spec = e->placement,
        .partitions = e->partitions,
        .seed = e->seed,
        .commands_max = commands,
        .imbalance = e->imbalance,
        .learns = learns,
    };
}

/* A scheme of one group has no placement; but in a comparison it skips the same commands. */
static int place(struct scenario *s, uint64_t commands, bool learns, struct error *error)
{
    const struct experiment *e = s->setup.experiment;
    if (!e->scheme->partitioned) return 0;
    const struct placement_request request = request_of(e, commands, learns);
    s->placement = preparation_placement(s->preparation, s->workload, &request, error);
    return s->placement ? 0 : -1;
}

/* All its commands are run. */
static int open_all(struct scenario *s, struct error *error)
{
    if (state_survey(&s->state, s->workload, s->commands, NULL, error) < 0) return -1;
    return place(s, s->commands, false, error);
}

/* The part of a generator without an end that a placement is made for. */
static uint64_t graph_commands(const struct experiment *e)
{
    return e->commands < GRAPH_COMMANDS ? e->commands : GRAPH_COMMANDS;
}

static int open_generator(struct scenario *s, struct error *error)
{
    const struct experiment *e = s->setup.experiment;
    uint64_t sizes = e->commands < SAMPLE_COMMANDS ? e->commands : SAMPLE_COMMANDS;
    if (state_sample(&s->state, s->workload, sizes, error) < 0) return -1;
    return place(s, graph_commands(e), false, error);
}

/* In a comparison all placements skip what one learns from. */
static bool skips(const struct experiment *e)
{
    return (placement_learns(e->placement) || e->learn_given) && e->learn > 0;
}

static int count_learnt(const struct experiment *e, uint64_t all, uint64_t *learnt,
                        struct error *error)
{
    *learnt = (uint64_t)((double)all * e->learn);
    if (*learnt < LEARNT_LEAST)
        return error_set(error,
                         "-p %s would learn from %" PRIu64 " commands, which is too few (at least "
                         "%d): with --learn 0 all are measured, and it is given the same ones",
                         e->placement, *learnt, LEARNT_LEAST);
    if (*learnt >= all) return error_set(error, "--learn 100%% leaves no command to measure");
    return 0;
}

/* The commands to measure: the block of those that are not learnt from. */
static int take_block(struct scenario *s, uint64_t all, struct error *error)
{
    const struct experiment *e = s->setup.experiment;
    uint64_t rest = all - s->learnt;
    if (rest > e->commands) rest = e->commands;
    uint64_t begin = rest * (e->block - 1) / e->blocks;
    s->commands = rest * e->block / e->blocks - begin;
    if (s->commands == 0)
        return error_set(error, "--block: %" PRIu64 " commands are too few for %u blocks", rest,
                         e->blocks);
    return workload_skip(s->workload, s->learnt + begin, error);
}

/* Its first part may be learnt from; the rest, or a block of that, is run. */
static int open_recorded(struct scenario *s, struct error *error)
{
    const struct experiment *e = s->setup.experiment;
    bool learns = placement_learns(e->placement);
    uint64_t all;
    if (learns && !skips(e)) name_placement(s, PLACEMENT_HINDSIGHT);
    if (!skips(e) && e->blocks == 1) return open_all(s, error);
    if (preparation_count(s->preparation, s->workload, &all, error) < 0) return -1;
    if (skips(e) && count_learnt(e, all, &s->learnt, error) < 0) return -1;
    learns = learns && skips(e);
    if (learns && place(s, s->learnt, true, error) < 0) return -1;
    if (take_block(s, all, error) < 0) return -1;
    if (state_survey(&s->state, s->workload, s->commands, s->placement, error) < 0) return -1;
    return learns ? 0 : place(s, s->commands, false, error);
}

static int open_workload(struct scenario *s, struct error *error)
{
    const struct experiment *e = s->setup.experiment;
    name_placement(s, "");
    s->workload = preparation_workload(s->preparation, e->workload, e->seed, error);
    if (!s->workload) return -1;
    bool recorded = workload_recorded(s->workload);
    if (!recorded && e->blocks > 1)
        return error_set(error, "--block: %s is not recorded; give it another --seed", e->workload);
    s->commands = e->commands;
    int got = recorded                        ? open_recorded(s, error)
              : workload_endless(s->workload) ? open_generator(s, error)
                                              : open_all(s, error);
    if (got == 0 && e->pace == LOADER_TRACE && !s->state.timed)
        return error_set(error, "--rate trace: no command of %s has a time", e->workload);
    return got;
}

/* What does not depend on the block. */
static int prepare_recorded(struct preparation *p, struct workload *w, const struct experiment *e,
                            struct error *error)
{
    uint64_t all, learnt;
    if (!skips(e) && e->blocks == 1) return 0;
    if (preparation_count(p, w, &all, error) < 0) return -1;
    if (!skips(e) || !placement_learns(e->placement) || !e->scheme->partitioned) return 0;
    if (count_learnt(e, all, &learnt, error) < 0) return -1;
    const struct placement_request request = request_of(e, learnt, true);
    return preparation_placement(p, w, &request, error) ? 0 : -1;
}

int scenario_prepare(struct preparation *p, const struct experiment *e, struct error *error)
{
    struct workload *w = preparation_workload(p, e->workload, e->seed, error);
    if (!w) return -1;
    if (workload_recorded(w)) return prepare_recorded(p, w, e, error);
    if (!workload_endless(w) || !e->scheme->partitioned) return 0;
    const struct placement_request request = request_of(e, graph_commands(e), false);
    return preparation_placement(p, w, &request, error) ? 0 : -1;
}

struct topology scenario_topology(const struct experiment *e)
{
    bool oracle = e->scheme->oracle != NULL;
    return (struct topology){
        .groups = (e->scheme->partitioned ? e->partitions : 1) + oracle,
        .replicas = e->replicas,
        .clients = e->clients * (e->clients_per_partition ? e->partitions : 1),
        .oracle = oracle,
    };
}

/* ---- time-outs ------------------------------------------------------------------------------ */

static uint64_t in_proportion(uint64_t ns, uint64_t to, uint64_t from)
{
    return (uint64_t)((unsigned __int128)ns * to / from);
}

static uint64_t greatest(uint64_t a, uint64_t b, uint64_t c)
{
    uint64_t ab = a > b ? a : b;
    return ab > c ? ab : c;
}

void scenario_set_latency(struct scenario *s, uint64_t latency_ns, uint64_t burst_ns)
{
    s->latency_ns = latency_ns;
    struct timing t = s->setup.timing;
    uint64_t before_ns = t.leader_timeout_ns, least_ns = LATENCIES * latency_ns;
    uint64_t silence_ns = (latency_ns + burst_ns) * HEARTBEATS / (HEARTBEATS - 1);
    uint64_t asked_ns = s->setup.experiment->leader_timeout_ns;
    if (asked_ns)
        t.leader_timeout_ns = asked_ns;
    else
        t.leader_timeout_ns = greatest(t.leader_timeout_ns, least_ns, silence_ns);
    t.heartbeat_ns = in_proportion(t.heartbeat_ns, t.leader_timeout_ns, before_ns);
    if (t.heartbeat_ns > t.leader_timeout_ns / HEARTBEATS)
        t.heartbeat_ns = t.leader_timeout_ns / HEARTBEATS;
    if (t.heartbeat_ns < HEARTBEAT_NS_LEAST) t.heartbeat_ns = HEARTBEAT_NS_LEAST;
    t.retry_ns = in_proportion(t.retry_ns, t.leader_timeout_ns, before_ns);
    if (t.retry_ns < least_ns) t.retry_ns = least_ns;
    s->nodes.timing = t;
}

bool scenario_timeout_too_short(const struct experiment *e, uint64_t latency_ns,
                                struct error *warning)
{
    char asked[32], latency[32], enough[32];
    if (!e->leader_timeout_ns || e->leader_timeout_ns >= LATENCIES * latency_ns) return false;
    units_print_time(e->leader_timeout_ns, asked);
    units_print_time(latency_ns, latency);
    units_print_time(LATENCIES * latency_ns, enough);
    error_set(warning,
              "--leader-timeout %s is less than %s, four times the %s that a message may take: "
              "leaders may be deposed without a fault, and no progress made",
              asked, enough, latency);
    return true;
}

static uint64_t duration_ns(const struct scenario *s)
{
    const struct experiment *e = s->setup.experiment;
    bool unlimited = e->duration_ns == UINT64_MAX && e->commands == UINT64_MAX;
    return unlimited && workload_endless(s->workload) ? EXPERIMENT_DURATION_NS : e->duration_ns;
}

/* The cost function for the loader and the schemes. */
static uint64_t cost_ns(void *context, const char *kind)
{
    const struct scenario_setup *setup = context;
    return setup->cost_ns ? setup->cost_ns(setup->context, kind) : 0;
}

static void set_options(struct scenario *s)
{
    const struct experiment *e = s->setup.experiment;
    s->options = e->options;
    if (!e->target_given) s->options.target = s->setup.experiment->scheme->target;
    s->options.imbalance_permille = (uint32_t)(e->imbalance * 1000 + 0.5);
    s->options.seed = e->seed;
    s->options.oracle_cost_ns = cost_ns(&s->setup, "consult");
    s->options.move_cost_ns = cost_ns(&s->setup, "move");
    bool can_plan = e->scheme->plans && e->partitions > 1;
    if (!can_plan) s->options.plan_every_ns = s->options.plan_changes = 0;
    bool plans = s->options.plan_every_ns || s->options.plan_changes;
    if (!plans) s->options.hint_ns = 0; /* no use for the graph */
}

static void load(struct scenario *s)
{
    const struct experiment *e = s->setup.experiment;
    s->loader = loader_create(&(struct loader_setup){
        .workload = s->workload,
        .placement = s->placement,
        .partitioned = s->setup.experiment->scheme->partitioned,
        .clients = s->nodes.topology.clients,
        .pace = e->pace,
        .rate_per_second = e->rate_per_second,
        .seed = e->seed,
        .commands_max = s->commands,
        .until_ns = s->duration_ns,
        .kind_cost_ns = cost_ns,
        .context = &s->setup,
    });
}

struct scenario *scenario_create(const struct scenario_setup *setup, struct error *error)
{
    const struct experiment *e = setup->experiment;
    struct scenario *s = allocate_zeroed(1, sizeof(*s));
    s->setup = *setup;
    s->own = e->preparation ? NULL : preparation_create();
    s->preparation = e->preparation ? e->preparation : s->own;
    if (open_workload(s, error) < 0) {
        scenario_destroy(s);
        return NULL;
    }
    s->duration_ns = duration_ns(s);
    set_options(s);
    state_place(&s->state, workload_catalogue(s->workload), s->placement);
    s->nodes = (struct nodes){
        .topology = scenario_topology(e),
        .scheme = e->scheme,
        .multicast = e->multicast,
        .window = e->window,
        .outstanding = e->pace == LOADER_CLOSED ? e->outstanding : 0,
        .plant = e->plant,
        .variables = &s->state.variables,
        .application = workload_application(s->workload),
        .options = &s->options,
    };
    scenario_set_latency(s, 0, 0);
    s->names = nodes_names(&s->nodes.topology);
    load(s);
    s->nodes.source = loader_source(s->loader);
    return s;
}

void scenario_destroy(struct scenario *s)
{
    if (!s) return;
    nodes_names_free(s->names, &s->nodes.topology);
    loader_destroy(s->loader);
    state_finish(&s->state);
    preparation_destroy(s->own);
    free(s->placement_name);
    free(s);
}

struct replica *scenario_replica(const struct scenario *s, uint32_t node, struct observer *o)
{
    return nodes_replica(&s->nodes, node, o);
}

struct client *scenario_client(const struct scenario *s, uint32_t client, struct observer *o)
{
    return nodes_client(&s->nodes, client, o);
}

bool scenario_checks(const struct scenario *s)
{
    const struct experiment *e = s->setup.experiment;
    return e->check || e->history; /* versions come from the checkers */
}

struct recorder *scenario_recorder(const struct scenario *s, uint64_t clock_error_ns)
{
    const struct experiment *e = s->setup.experiment;
    const struct scheme *scheme = s->setup.experiment->scheme;
    const struct application *application = workload_application(s->workload);
    return recorder_create(&(struct recorder_options){
        .topology = s->nodes.topology,
        .catalogue = workload_catalogue(s->workload),
        .check = scenario_checks(s),
        .check_history = e->check,
        .keep_history = e->history,
        .interval_ns = e->interval_ns,
        .variables = scheme->oracle ? &s->state.variables : NULL,
        .application = application ? application : &digest_application,
        .attempts = scheme_attempts(scheme, &s->options, s->state.makes),
        .moves_lazily = s->options.lazy,
        .clock_error_ns = clock_error_ns,
    });
}

/* ---- time limits ---------------------------------------------------------------------------- */

bool scenario_patient(struct scenario_patience *p, uint64_t now_ns, uint64_t answered, bool waiting,
                      uint64_t horizon_ns)
{
    if (answered != p->answered || !waiting) p->moved_ns = now_ns;
    p->answered = answered;
    uint64_t from_ns = p->moved_ns > horizon_ns ? p->moved_ns : horizon_ns;
    return now_ns <= from_ns + p->limit_ns;
}

static uint64_t slowest_command_ns(struct scenario *s)
{
    const struct names *kinds = workload_catalogue(s->workload)->kinds;
    uint64_t slowest_ns = 0;
    for (uint32_t kind = 0; kind < names_count(kinds); kind++) {
        uint64_t ns = cost_ns(&s->setup, names_get(kinds, kind));
        if (ns > slowest_ns) slowest_ns = ns;
    }
    return slowest_ns;
}

uint64_t scenario_patience_ns(struct scenario *s)
{
    uint64_t ns = PATIENCE_TIMES * slowest_command_ns(s);
    uint64_t timeouts_ns = PATIENCE_TIMES * s->nodes.timing.leader_timeout_ns;
    if (ns < timeouts_ns) ns = timeouts_ns;
    if (ns < PATIENCE_NS_LEAST) ns = PATIENCE_NS_LEAST;
    return ns + s->nodes.variables->count * s->options.move_cost_ns;
}

uint64_t scenario_settled_ns(const struct scenario *s, uint64_t horizon_ns)
{
    return horizon_ns ? horizon_ns + 10 * s->nodes.timing.leader_timeout_ns : 0;
}

/* ---- the end -------------------------------------------------------------------------------- */

/* Every option as it was used: of lists the one element, with defaults replaced by the chosen
 * values. */
static void gather_options(struct scenario *s, struct run_result *r)
{
    const struct experiment *e = s->setup.experiment;
    char *partitions = s->texts[0], *clients = s->texts[1], *duration = s->texts[2];
    char *leader_timeout = s->texts[3], *learn = s->texts[4], *plan_changes = s->texts[5];
    uint64_t changes = e->options.plan_changes;
    snprintf(partitions, sizeof(s->texts[0]), "%u", e->partitions);
    snprintf(clients, sizeof(s->texts[1]), "%u", s->nodes.topology.clients);
    if (s->duration_ns != UINT64_MAX) units_write_time(s->duration_ns, duration);
    units_write_time(s->nodes.timing.leader_timeout_ns, leader_timeout);
    if (s->learnt) snprintf(learn, sizeof(s->texts[4]), "%g%%", 100 * e->learn);
    if (changes) snprintf(plan_changes, sizeof(s->texts[5]), "%" PRIu64, changes);
    const struct result_option used[] = {{"scheme", e->scheme->name},
                                         {"partitions", partitions},
                                         {"clients", clients},
                                         {"duration", duration},
                                         {"leader-timeout", leader_timeout},
                                         {"plan-changes", changes ? plan_changes : "off"},
                                         {"learn", s->learnt ? learn : NULL},
                                         {"warmup", warmup_name(r->warmup_rule)}};
    const char *name, *value;
    r->option_count = 0;
    for (uint32_t i = 0; experiment_option(e, i, &name, &value); i++) {
        for (size_t j = 0; j < sizeof(used) / sizeof(used[0]); j++)
            if (used[j].value && strcmp(name, used[j].name) == 0) value = used[j].value;
        s->used[r->option_count++] = (struct result_option){name, value};
    }
    r->options = s->used;
}

void scenario_result(struct scenario *s, struct run_result *r)
{
    const struct experiment *e = s->setup.experiment;
    r->scheme = s->setup.experiment->scheme->name;
    r->partitions = s->setup.experiment->partitions;
    r->replicas = e->replicas;
    r->multicast = e->multicast;
    r->workload = e->workload;
    r->placement = s->placement_name;
    r->learnt = s->learnt;
    if (s->state.accesses)
        r->unseen_share = (double)s->state.accesses_new / (double)s->state.accesses;
    r->seed = e->seed;
    r->version = PACKAGE_VERSION AVIARY_REVISION;
    gather_options(s, r);
}

struct result_node scenario_result_node(const struct scenario *s, uint32_t node)
{
    struct result_node n = {.name = s->names[node]};
    result_node_place(&n, &s->nodes.topology, node);
    return n;
}

/* What a fault changes is no warm-up, however little the begin is like the rest. */
enum warmup_rule scenario_warmup(const struct scenario *s, bool faults)
{
    const struct experiment *e = s->setup.experiment;
    if (e->warmup_asked) return e->warmup_rule;
    return faults ? WARMUP_TENTH : WARMUP_MSER;
}

struct recorder_end scenario_end(const struct scenario *s, uint64_t end_ns, bool answered)
{
    bool early = answered && end_ns < s->duration_ns;
    return (struct recorder_end){
        .window_end_ns = early ? UINT64_MAX : s->duration_ns,
        .warmup_ns = s->setup.experiment->warmup_ns,
        .steady = !s->setup.experiment->warmup_asked, /* nor is what a plan changes */
        .drained = true,
    };
}
