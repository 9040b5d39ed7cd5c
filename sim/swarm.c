/* swarm.c - fault schedules drawn from a seed.
 *
 * Swarm testing (Groce et al., ISSTA 2012): a seed first draws the kinds of fault in its run, since
 * some failures need the absence of other faults. Each kind then draws places, times and rates from
 * a separate stream, so that kinds are independent. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "sim/schedule.h"

enum {
    PERIODS_MAX = 6,     /* periods of loss, duplication, ... of one kind */
    OUTAGES_MAX = 8,     /* cuts, slow links, pauses of one kind */
    RATE_MIN = 1000,     /* 0.1 % */
    RATE_DOUBLINGS = 8,  /* up to 25.6 % */
    ONE_NODE_IN = 2,     /* chance of a single victim rather than a side of a partition */
    LEADER_FIRST_IN = 2, /* chance that the first victim of a group is its first leader */
    CLIENT_CRASH_IN = 8, /* minimum share of clients that crash, if any do */
};

struct draw {
    const struct faults_swarm *swarm;
    struct faults *faults;
    struct random random;
    uint32_t replicas, nodes;
};

static char *name_of(const struct draw *d, uint32_t node)
{
    ASSERT(node < d->nodes);
    return allocate_text(d->swarm->names[node]);
}

/* Log-uniform: 2^0 .. 2^doublings times `unit`. */
static uint64_t draw_scaled(struct random *r, uint64_t unit, uint32_t doublings)
{
    uint64_t value = unit << random_below(r, doublings);
    return value + random_below(r, value);
}

/* When it begins and how long it lasts; over by the horizon. */
static void draw_span(struct draw *d, struct fault *f)
{
    uint64_t horizon_ns = d->swarm->horizon_ns;
    f->at_ns = random_below(&d->random, horizon_ns);
    /* from an eighth of the scale to some 16 times as long */
    uint64_t unit_ns = d->swarm->scale_ns / 8 + 1;
    f->for_ns = draw_scaled(&d->random, unit_ns, 7);
    if (f->for_ns > horizon_ns - f->at_ns) f->for_ns = horizon_ns - f->at_ns;
    ASSERT(f->for_ns > 0);
    ASSERT(f->at_ns + f->for_ns <= horizon_ns);
}

/* A random nonempty, proper part of the replicas, as a list of names. */
static char *draw_side(struct draw *d)
{
    size_t room = 1;
    for (uint32_t i = 0; i < d->replicas; i++) room += strlen(d->swarm->names[i]) + 1;
    char *list = allocate(room);
    uint32_t keep = (uint32_t)random_below(&d->random, d->replicas);
    ASSERT(keep < d->replicas);
    size_t used = 0;
    list[0] = 0;
    for (uint32_t i = 0; i < d->replicas; i++) {
        bool in = i == keep || random_chance(&d->random, 1, 3);
        if (!in || used > FAULT_TEXT_MAX / 4) continue;
        used += (size_t)snprintf(list + used, room - used, "%s%s", used > 0 ? "," : "",
                                 d->swarm->names[i]);
    }
    ASSERT(used > 0);
    ASSERT(used < room);
    return list;
}

/* Between two nodes, a node and all others, or a side and all others. */
static void draw_places(struct draw *d, struct fault *f)
{
    if (random_below(&d->random, ONE_NODE_IN) == 0)
        f->from = draw_side(d);
    else
        f->from = name_of(d, (uint32_t)random_below(&d->random, d->replicas));
    if (random_chance(&d->random, 1, 2)) {
        f->to = allocate_text("*");
    } else {
        f->to = name_of(d, (uint32_t)random_below(&d->random, d->nodes));
    }
}

/* A rate during the whole run, or in periods, on all links or on some. */
static void draw_rates(struct draw *d, enum fault_kind kind)
{
    uint32_t periods = (uint32_t)random_below(&d->random, PERIODS_MAX) + 1;
    bool whole = random_chance(&d->random, 1, 2);
    for (uint32_t i = 0; i < (whole ? 1 : periods); i++) {
        struct fault *f = schedule_add(d->faults);
        f->kind = kind;
        f->rate = (uint32_t)draw_scaled(&d->random, RATE_MIN, RATE_DOUBLINGS);
        ASSERT(f->rate >= RATE_MIN);
        ASSERT(f->rate < FAULT_RATE_ONE);
        if (whole) {
            f->for_ns = d->swarm->horizon_ns;
            f->from = allocate_text("*");
            f->to = allocate_text("*");
        } else {
            draw_span(d, f);
            draw_places(d, f);
        }
    }
}

static void draw_outages(struct draw *d, enum fault_kind kind)
{
    uint32_t count = (uint32_t)random_below(&d->random, OUTAGES_MAX) + 1;
    for (uint32_t i = 0; i < count; i++) {
        struct fault *f = schedule_add(d->faults);
        f->kind = kind;
        draw_span(d, f);
        if (kind == FAULT_SLOW) f->factor = (uint32_t)draw_scaled(&d->random, 2, 6);
        ASSERT(kind != FAULT_SLOW || f->factor >= 2);
        if (kind == FAULT_PAUSE)
            f->from = name_of(d, (uint32_t)random_below(&d->random, d->nodes));
        else
            draw_places(d, f);
    }
}

static void draw_crash(struct draw *d, uint32_t node)
{
    struct fault *f = schedule_add(d->faults);
    f->kind = FAULT_CRASH;
    f->for_ns = FAULT_FOREVER;
    f->at_ns = random_below(&d->random, d->swarm->horizon_ns);
    f->from = name_of(d, node);
}

/* Up to a minority of each group. */
static void draw_crashes(struct draw *d)
{
    const struct topology *t = d->swarm->topology;
    for (uint32_t group = 0; group < t->groups; group++) {
        uint32_t most = (t->replicas - 1) / 2;
        uint32_t victims = (uint32_t)random_below(&d->random, most + 1);
        uint32_t dead = 0; /* bit set */
        for (uint32_t i = 0; i < victims; i++) {
            uint32_t index = (uint32_t)random_below(&d->random, t->replicas);
            if (i == 0 && random_below(&d->random, LEADER_FIRST_IN) == 0) index = 0;
            while (dead >> index & 1) index = (index + 1) % t->replicas;
            dead |= UINT32_C(1) << index;
            draw_crash(d, topology_replica(t, group, index));
        }
        ASSERT((uint32_t)__builtin_popcount(dead) == victims);
        ASSERT(2 * victims < t->replicas); /* a majority is left */
    }
}

/* Each with the same probability, so that often some survive. Their commands may remain
 * incomplete. */
static void draw_client_crashes(struct draw *d)
{
    uint64_t one_in = 1 + random_below(&d->random, CLIENT_CRASH_IN);
    for (uint32_t node = d->replicas; node < d->nodes; node++)
        if (random_below(&d->random, one_in) == 0) draw_crash(d, node);
}

struct faults *faults_swarm(const struct faults_swarm *swarm)
{
    static const struct {
        enum fault_kind kind;
        const char *purpose;
        void (*draw)(struct draw *d, enum fault_kind kind);
    } parts[] = {
        {FAULT_LOSS, "loss", draw_rates},           {FAULT_DUPLICATE, "duplicate", draw_rates},
        {FAULT_REORDER, "reorder", draw_rates},     {FAULT_TORN, "torn", draw_rates},
        {FAULT_SLOW, "slow", draw_outages},         {FAULT_CUT, "cut", draw_outages},
        {FAULT_CUT_ONEWAY, "oneway", draw_outages}, {FAULT_BREAK, "break", draw_outages},
        {FAULT_PAUSE, "pause", draw_outages},       {FAULT_CORRUPT, "corrupt", draw_rates},
    };
    ASSERT(swarm->horizon_ns > 0);
    ASSERT(swarm->scale_ns > 0);
    struct draw d = {.swarm = swarm, .faults = allocate_zeroed(1, sizeof *d.faults)};
    d.replicas = swarm->topology->groups * swarm->topology->replicas;
    d.nodes = topology_nodes(swarm->topology);
    ASSERT(d.replicas <= d.nodes);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        d.random = random_named(swarm->seed, "swarm", parts[i].purpose);
        if (random_chance(&d.random, 1, 2)) parts[i].draw(&d, parts[i].kind);
    }
    d.random = random_named(swarm->seed, "swarm", "crash");
    if (random_chance(&d.random, 1, 2)) draw_crashes(&d);
    d.random = random_named(swarm->seed, "swarm", "crash clients");
    if (random_chance(&d.random, 1, 4)) draw_client_crashes(&d);
    schedule_sort(d.faults);
    return d.faults;
}
