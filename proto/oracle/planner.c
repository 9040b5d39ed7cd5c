/* planner.c - see planner.h. */
#include "proto/oracle/planner.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "base/search.h"
#include "proto/oracle/forecast.h"
#include "proto/partition/graph_sample.h"

const struct plant plant_snapshot_map = {"snapshot-map",
                                         "a plan resets the oracle's map to that of its snapshot"};

enum {
    VERTICES_MIN = 2,
    PLANS_STEP = 16,
    WEIGHT_UNIT = 16, /* of one access in the graph, so that it decays over several plans */
};

/* A plan that is being made: what the computation reads and writes. */
struct plan_work {
    struct graph_snapshot snapshot;
    struct partition_request request;
    uint32_t *present;
    uint32_t *bytes;
    uint32_t *variables;
    uint32_t *part; /* by vertex: the result */
    const struct partitioner *partitioner;
    uint64_t modelled_ns;
    bool guarded;
    uint32_t clients;
    uint64_t changes, horizon; /* as in forecast_request */
    struct forecast forecast;  /* guarded: the other result */
    uint16_t *map;             /* planted bug: the oracle's map at the snapshot; else NULL */
};

/* ---- computing ----------------------------------------------------------------------------- */

/* If the partitioner fails (no memory), nothing moves. */
static void cut(struct plan_work *w)
{
    if (w->partitioner->cut(&w->request, w->part) == 0) return;
    memcpy(w->part, w->present, w->snapshot.csr.vertices * sizeof(*w->part));
}

static void cut_and_forecast(struct plan_work *w)
{
    struct graph_sample sample;
    graph_sample(&w->snapshot.csr, WEIGHT_UNIT, w->request.seed, &sample);
    w->request.graph = &sample.rest;
    cut(w);
    w->request.graph = &w->snapshot.csr;
    w->forecast = forecast(&(struct forecast_request){
        .apart = &sample.apart,
        .unit = WEIGHT_UNIT,
        .parts = w->request.parts,
        .clients = w->clients,
        .changes = w->changes,
        .horizon = w->horizon,
        .present = w->present,
        .part = w->part,
        .variables = w->variables,
    });
    graph_sample_finish(&sample);
}

/* Runs in the background. */
static void compute(void *argument)
{
    struct plan_work *w = argument;
    (w->guarded ? cut_and_forecast : cut)(w);
}

/* 3.5e-6 s * n * (n / 1e4)^0.11: METIS on the synthetic graphs of the DynaStar drafts, within 20 %
 * from 1e4 to 1e7 vertices. The power by a table of 2^(0.11 i), linear in between. */
uint64_t planner_modelled_ns(uint64_t vertices)
{
    static const uint32_t power[] = {1000, 1079, 1165, 1257, 1357, 1464, 1580, 1705,
                                     1840, 1986, 2144, 2313, 2497, 2695, 2908, 3138};
    enum { POWERS = sizeof(power) / sizeof(power[0]) };
    uint64_t n = vertices ? vertices : 1;
    uint64_t unit_ns = 3500;
    if (n <= 10000) return unit_ns * n; /* below the measured range: linear */
    uint32_t octave = 0;
    while (octave + 2 < POWERS && n >> (octave + 1) >= 10000) octave++;
    uint64_t base = UINT64_C(10000) << octave;
    uint64_t over = n - base < base ? n - base : base;
    uint64_t factor = power[octave] + (power[octave + 1] - power[octave]) * over / base;
    return unit_ns * n / 1000 * factor;
}

static uint32_t place_of(const struct planner *p, uint32_t granule)
{
    bool known = granule < p->e->setup.variables->count && p->place[granule] != PLACE_NONE;
    return known ? p->place[granule] : 0;
}

static uint32_t vertex_of(const struct graph_snapshot *s, uint32_t granule)
{
    uint64_t at = search_key(s->granule, sizeof(*s->granule), s->csr.vertices, granule);
    return at < s->csr.vertices && s->granule[at] == granule ? (uint32_t)at : UINT32_MAX;
}

/* The vertex of a variable's granule, for variables in ascending order: most are their own granule,
 * found at the previous position. */
static uint32_t vertex_next(const struct graph_snapshot *s, uint32_t *cursor, uint32_t variable,
                            uint32_t granule)
{
    if (granule != variable) return vertex_of(s, granule);
    while (*cursor < s->csr.vertices && s->granule[*cursor] < granule) ++*cursor;
    bool found = *cursor < s->csr.vertices && s->granule[*cursor] == granule;
    return found ? *cursor : UINT32_MAX;
}

/* What moving each vertex costs: its variables, and all their sizes. */
static void weigh(const struct planner *p, struct plan_work *w)
{
    const struct variables *variables = p->e->setup.variables;
    uint32_t cursor = 0;
    for (uint32_t v = 0; v < variables->count; v++) {
        if (p->place[v] == PLACE_NONE) continue;
        uint32_t vertex = vertex_next(&w->snapshot, &cursor, v, variables->granule[v]);
        if (vertex == UINT32_MAX) continue;
        w->variables[vertex]++;
        uint64_t sum = (uint64_t)w->bytes[vertex] + variables->bytes[v];
        w->bytes[vertex] = sum < UINT32_MAX ? (uint32_t)sum : UINT32_MAX;
    }
}

/* Of vertices and edges. */
static uint64_t weight_of(const struct graph_csr *g)
{
    uint64_t vertices = 0, ends = 0;
    for (uint32_t v = 0; v < g->vertices; v++) vertices += g->vertex_weight[v];
    for (uint32_t i = 0; i < g->offset[g->vertices]; i++) ends += g->edge_weight[i];
    return vertices + ends / 2;
}

/* Of the plan that is being made, or the one after the last. */
static uint64_t number_next(const struct planner *p)
{
    return p->plan_count + 1;
}

static void begin(struct planner *p)
{
    struct executor *e = p->e;
    const struct scheme_options *options = e->setup.options;
    if (p->work || graph_vertex_count(p->graph) < VERTICES_MIN) return;
    struct plan_work *w = allocate_zeroed(1, sizeof(*w));
    graph_snapshot(p->graph, &w->snapshot);
    uint32_t vertices = w->snapshot.csr.vertices;
    w->present = allocate_zeroed(vertices, sizeof(*w->present));
    w->bytes = allocate_zeroed(vertices, sizeof(*w->bytes));
    w->variables = allocate_zeroed(vertices, sizeof(*w->variables));
    w->part = allocate_zeroed(vertices, sizeof(*w->part));
    for (uint32_t i = 0; i < vertices; i++) w->present[i] = place_of(p, w->snapshot.granule[i]);
    weigh(p, w);
    w->partitioner = options->planning;
    w->request = (struct partition_request){
        .graph = &w->snapshot.csr,
        .parts = topology_partitions(e->setup.topology),
        .imbalance_permille = options->imbalance_permille,
        .seed = hash_add(options->seed, number_next(p)),
        .present = w->present,
        .bytes = w->bytes,
    };
    w->modelled_ns = planner_modelled_ns(vertices);
    w->guarded = options->plan_guard;
    w->clients = e->setup.topology->clients;
    w->changes = weight_of(&w->snapshot.csr) / WEIGHT_UNIT + 1;
    w->horizon = p->horizon;
    if (e->setup.plant == &plant_snapshot_map) {
        w->map = allocate(e->setup.variables->count * sizeof(*w->map));
        memcpy(w->map, p->place, e->setup.variables->count * sizeof(*w->map));
    }
    ASSERT(w->request.parts < e->setup.topology->groups); /* all but the oracle */
    p->work = w;
    p->computed = false;
    p->changes = 0;
    e->t->ops->work(e->t, compute, w, w->modelled_ns, number_next(p));
}

static void work_free(struct plan_work *w)
{
    if (!w) return;
    graph_snapshot_finish(&w->snapshot);
    free(w->present);
    free(w->bytes);
    free(w->variables);
    free(w->part);
    free(w->map);
    free(w);
}

/* ---- multicasting -------------------------------------------------------------------------- */

/* In the name of the oracle; a later leader sends the same. */
static void submit(struct planner *p, enum purpose purpose, uint64_t seq, uint32_t attempt)
{
    ASSERT(p->e->leading);
    ASSERT(seq > 2 * p->plan_count);
    ASSERT(seq <= 2 * number_next(p));
    struct executor *e = p->e;
    const struct topology *topology = e->setup.topology;
    uint32_t oracle = topology_oracle(topology);
    struct command c = {
        .bytes = command_bytes(0),
        .id = {.client = topology_sender(topology, topology_replica(topology, oracle, 0)),
               .seq = seq},
        .answered = seq,
        .purpose = (uint8_t)purpose,
        .target = (uint16_t)oracle,
    };
    group_set_add(&c.dests, oracle);
    for (uint32_t g = 0; purpose == PURPOSE_PLAN && g < topology_partitions(topology); g++)
        group_set_add(&c.dests, g);
    observe_multicast(e->setup.observer, e->t->self, transport_now(e->t), &c);
    multicast_submit(e->setup.multicast, &c, attempt);
}

/* To the partitions as well, unless the guard refuses it. */
static void announce(struct planner *p)
{
    if (!p->e->leading || !p->work || !p->computed) return;
    if (p->announced++ == 0) p->since_ns = transport_now(p->e->t);
    if (p->announced > 1) transport_mark(p->e->t, MARK_PLAN_ANNOUNCED_AGAIN);
    p->announced_ns = transport_now(p->e->t);
    bool refused = p->work->guarded && !forecast_better(&p->work->forecast);
    submit(p, refused ? PURPOSE_DISCARD : PURPOSE_PLAN, 2 * number_next(p), p->announced);
}

static uint64_t repeat_ns(const struct planner *p)
{
    ASSERT(p->announced > 0);
    const struct timing *timing = p->e->setup.timing;
    return p->announced_ns + timing_patience_ns(timing, &p->announcements, p->announced - 1);
}

static uint64_t earlier(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns && (!b_ns || a_ns < b_ns) ? a_ns : b_ns;
}

/* For the next plan that is due; or to repeat the multicast of one not delivered. */
static void set_timer(struct planner *p)
{
    const struct executor *e = p->e;
    uint64_t now = transport_now(e->t);
    uint64_t at_ns = p->announced ? repeat_ns(p) : earlier(p->due_ns, p->ripe_ns);
    if (!e->leading || !at_ns) return;
    e->t->ops->timer_set(e->t, TIMER_PLAN, at_ns > now ? at_ns - now : 1);
}

/* At the same times as former leaders. */
static void set_due(struct planner *p)
{
    uint64_t every_ns = p->e->setup.options->plan_every_ns;
    p->due_ns = every_ns ? (transport_now(p->e->t) / every_ns + 1) * every_ns : 0;
}

/* All partitions report at the same times. A guard must not compare those that have reported with
 * those whose reports are on their way, so it has the next plan made between two times. */
static void set_ripe(struct planner *p)
{
    const struct scheme_options *options = p->e->setup.options;
    bool enough = options->plan_changes && p->changes >= options->plan_changes;
    if (p->ripe_ns || p->work || !enough) return;
    p->ripe_ns = transport_now(p->e->t) + options->hint_ns / 2;
}

static void request(struct planner *p)
{
    if (p->work || !p->changes || graph_vertex_count(p->graph) < VERTICES_MIN) return;
    submit(p, PURPOSE_REPARTITION, 2 * number_next(p) - 1, 1);
}

void planner_on_timer(struct planner *p)
{
    uint64_t now_ns = transport_now(p->e->t);
    if (!p->e->leading) return;
    bool due = p->due_ns && now_ns >= p->due_ns, ripe = p->ripe_ns && now_ns >= p->ripe_ns;
    if (due || ripe) request(p);
    if (due) set_due(p);
    if (ripe) p->ripe_ns = 0;
    if (p->announced && transport_now(p->e->t) >= repeat_ns(p)) announce(p);
    set_timer(p);
}

void planner_leading(struct planner *p, bool leading)
{
    p->announced = 0;
    p->ripe_ns = 0;
    if (!leading) return;
    set_due(p);
    if (p->e->setup.options->plan_guard) set_ripe(p);
    announce(p);
    set_timer(p);
}

void planner_on_completion(struct planner *p)
{
    ASSERT(p->work);
    ASSERT(!p->computed);
    p->computed = true;
    announce(p);
    set_timer(p);
    executor_resume(p->e);
}

/* The plan's multicast is delivered. */
static void end_announcing(struct planner *p)
{
    uint64_t waited_ns = transport_now(p->e->t) - p->since_ns;
    if (p->announced)
        (p->announced > 1 ? patience_sample_asked : patience_sample)(&p->announcements, waited_ns);
    p->announced = 0;
}

/* ---- the log ------------------------------------------------------------------------------- */

static void merge(struct planner *p, uint32_t a, uint32_t b, uint32_t weight)
{
    uint32_t most = UINT32_MAX / WEIGHT_UNIT;
    uint32_t weighs = WEIGHT_UNIT * (weight < most ? weight : most);
    graph_merge(p->graph, &(struct graph_item){a, b, weighs}, 1);
}

void planner_hint(struct planner *p, const struct command *c)
{
    const struct hint_item *items = command_hints(c);
    uint32_t known = p->e->setup.variables->count;
    for (uint32_t i = 0; i < c->hint_count; i++) {
        const struct hint_item *item = &items[i];
        ASSERT(item->a < known);
        ASSERT(item->b < known);
        merge(p, item->a, item->b, item->weight);
        p->changes += item->weight;
        p->horizon += item->weight;
        executor_note(p->e, (uint64_t)item->a << 32 | item->b);
        executor_note(p->e, item->weight);
    }
    const struct scheme_options *options = p->e->setup.options;
    if (!options->plan_changes || p->changes < options->plan_changes) return;
    if (!options->plan_guard) {
        begin(p);
    } else if (p->e->leading) {
        set_ripe(p);
        set_timer(p);
    }
}

void planner_repartition(struct planner *p, uint64_t seq)
{
    if (seq == 2 * number_next(p) - 1) begin(p);
}

/* The plan's moves, from the map at this point of the order. */
static struct plan plan_moves(const struct planner *p)
{
    const struct variables *variables = p->e->setup.variables;
    const struct plan_work *w = p->work;
    struct plan plan = {0};
    uint32_t room = 0, cursor = 0;
    for (uint32_t v = 0; v < variables->count; v++) {
        if (p->place[v] == PLACE_NONE) continue;
        uint32_t vertex = vertex_next(&w->snapshot, &cursor, v, variables->granule[v]);
        if (vertex == UINT32_MAX || w->part[vertex] == p->place[v]) continue;
        ASSERT(w->part[vertex] < w->request.parts);
        ASSERT(plan.count == 0 || plan.entries[plan.count - 1].variable < v);
        if (plan.count == room) {
            room = room ? 2 * room : 256;
            plan.entries = reallocate(plan.entries, room * sizeof(*plan.entries));
        }
        plan.entries[plan.count++] = (struct plan_entry){v, p->place[v], (uint16_t)w->part[vertex]};
    }
    return plan;
}

static void report(const struct planner *p, struct plan_report r)
{
    const struct executor *e = p->e;
    struct observer *o = e->setup.observer;
    const struct plan_work *w = p->work;
    const struct graph_csr *g = &w->snapshot.csr;
    if (!o || !o->ops->planned) return;
    r.version = p->plan_count;
    r.vertices = g->vertices;
    r.edges = g->offset[g->vertices] / 2;
    r.edge_cut = partition_cut(g, w->part) / WEIGHT_UNIT;
    r.edge_cut_before = partition_cut(g, w->present) / WEIGHT_UNIT;
    r.imbalance_permille = partition_imbalance_permille(g, w->request.parts, w->part);
    r.imbalance_before_permille = partition_imbalance_permille(g, w->request.parts, w->present);
    r.modelled_ns = w->modelled_ns;
    r.work = w->forecast.work_planned;
    r.work_before = w->forecast.work_present;
    o->ops->planned(o, e->t->self, transport_now(e->t), &r);
}

static void keep(struct planner *p, struct plan plan)
{
    if (p->plan_count % PLANS_STEP == 0)
        p->plans = reallocate(p->plans, (p->plan_count + PLANS_STEP) * sizeof(*p->plans));
    p->plans[p->plan_count++] = plan;
}

static void answer_need(struct planner *p, uint32_t node, uint64_t version, uint64_t from);

static void answer_postponed(struct planner *p)
{
    uint32_t replicas = p->e->setup.topology->groups * p->e->setup.topology->replicas;
    for (uint32_t node = 0; node < replicas; node++) {
        if (p->postponed[node] != p->plan_count) continue;
        p->postponed[node] = 0;
        answer_need(p, node, p->plan_count, 0);
    }
}

bool planner_next(const struct planner *p, uint64_t seq)
{
    return p->work && seq == 2 * number_next(p);
}

/* Of what all replicas must have computed alike. */
static uint64_t hash_of(const struct plan_work *w, const struct plan *plan, uint64_t seq)
{
    uint64_t hash = hash_mix(seq);
    if (w->guarded)
        hash = hash_add(hash_add(hash, w->forecast.work_planned), w->forecast.work_present);
    for (uint32_t i = 0; i < plan->count; i++) {
        const struct plan_entry *entry = &plan->entries[i];
        hash = hash_add(hash, (uint64_t)entry->variable << 32 | (uint32_t)entry->to);
    }
    return hash;
}

static void put_in_force(struct planner *p, struct plan plan)
{
    struct executor *e = p->e;
    if (p->work->map) memcpy(p->place, p->work->map, e->setup.variables->count * sizeof(*p->place));
    for (uint32_t i = 0; i < plan.count; i++) {
        const struct plan_entry *entry = &plan.entries[i];
        ASSERT(entry->from != entry->to);
        p->place[entry->variable] = entry->to;
    }
    keep(p, plan);
    e->plan_version = p->plan_count;
    p->horizon = p->changes;
}

static void discard(struct planner *p, struct plan plan)
{
    transport_mark(p->e->t, MARK_PLAN_DISCARDED);
    free(plan.entries);
    keep(p, (struct plan){0});
}

bool planner_decide(struct planner *p, const struct command *c, uint64_t timestamp)
{
    struct executor *e = p->e;
    ASSERT(planner_next(p, c->id.seq));
    if (!p->computed) {
        transport_mark(e->t, MARK_PLAN_AWAITED);
        return false;
    }
    bool announced = c->purpose == PURPOSE_PLAN;
    struct plan plan = plan_moves(p);
    uint64_t hash = hash_of(p->work, &plan, c->id.seq);
    struct plan_report r = {
        .timestamp = timestamp, .hash = hash, .moved = plan.count, .announced = announced};
    executor_note(e, hash);
    (announced ? put_in_force : discard)(p, plan);
    ASSERT(!planner_next(p, c->id.seq));
    report(p, r);
    work_free(p->work);
    p->work = NULL;
    end_announcing(p);
    graph_age(p->graph, e->setup.options->plan_keeps_permille);
    set_timer(p);
    answer_postponed(p);
    return true;
}

/* ---- requests of partitions ---------------------------------------------------------------- */

static void answer_need(struct planner *p, uint32_t node, uint64_t version, uint64_t from)
{
    struct executor *e = p->e;
    uint32_t group = topology_group(e->setup.topology, node);
    ASSERT(version >= 1);
    ASSERT(version <= p->plan_count);
    ASSERT(group < e->setup.topology->groups);
    const struct plan *plan = &p->plans[version - 1];
    uint32_t size =
        (uint32_t)(sizeof(struct message_plan_part) + PLAN_PART_MAX * sizeof(struct plan_entry));
    struct message_plan_part *m =
        (struct message_plan_part *)transport_message_new(e->t, size, MESSAGE_PLAN_PART);
    m->version = version;
    m->from = from;
    m->count = 0;
    m->reserved = 0;
    uint64_t at = from;
    for (; at < plan->count && m->count < PLAN_PART_MAX; at++)
        if (plan->entries[at].from == group || plan->entries[at].to == group)
            m->entries[m->count++] = plan->entries[at];
    m->next = at < plan->count ? at : UINT64_MAX;
    ASSERT(m->count <= PLAN_PART_MAX);
    m->m.bytes = (uint32_t)(sizeof(*m) + m->count * sizeof(struct plan_entry));
    transport_send_one(e->t, node, &m->m);
}

void planner_on_need(struct planner *p, const struct message_plan_need *m)
{
    if (topology_group(p->e->setup.topology, m->m.from) == GROUPS_MAX || m->version == 0) return;
    if (m->version <= p->plan_count) {
        answer_need(p, m->m.from, m->version, m->from);
    } else {
        transport_mark(p->e->t, MARK_PART_POSTPONED);
        p->postponed[m->m.from] = m->version;
    }
    ASSERT(p->plan_count >= p->e->plan_version);
}

/* ---- life ---------------------------------------------------------------------------------- */

void planner_init(struct planner *p, struct executor *e, uint16_t *place)
{
    const struct topology *topology = e->setup.topology;
    *p = (struct planner){.e = e, .place = place, .graph = graph_create()};
    p->postponed =
        allocate_zeroed((size_t)topology->groups * topology->replicas, sizeof(*p->postponed));
    const struct variables *known = e->setup.variables;
    bool plans = e->setup.options->plan_every_ns || e->setup.options->plan_changes;
    for (uint32_t i = 0; plans && i < known->graph_count; i++)
        merge(p, known->graph[i].a, known->graph[i].b, known->graph[i].weight);
}

void planner_finish(struct planner *p)
{
    for (uint64_t i = 0; i < p->plan_count; i++) free(p->plans[i].entries);
    free(p->plans);
    free(p->postponed);
    graph_destroy(p->graph);
    work_free(p->work);
}
