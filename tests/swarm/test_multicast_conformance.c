/* Every atomic multicast of the table does what it claims: the number of steps, genuineness, and
 * under faults drawn from seeds the properties of atomic multicast. Each checker is shown a run
 * that lacks its property. AVIARY_SEEDS=N draws another number of faults, AVIARY_SEED=S one alone,
 * AVIARY_MULTICAST=NAME is for that multicast only. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/witness.h"

#define MS UINT64_C(1000000)
#define EVENTS_MAX UINT64_C(20000000)
#define IN(v)                                               \
    {                                                       \
        .variable = (v), .group = (v), .mode = ACCESS_WRITE \
    }

/* To which of three groups; variable v is in group v. */
static const struct scripted to_one[] = {{.accesses = {IN(0)}}};
static const struct scripted to_two[] = {{.accesses = {IN(0), IN(1)}}};
static const struct scripted to_three[] = {{.accesses = {IN(0), IN(1), IN(2)}}};
static const struct scripted six_to_two[] = {
    {.accesses = {IN(0), IN(1)}}, {.accesses = {IN(0), IN(1)}}, {.accesses = {IN(0), IN(1)}},
    {.accesses = {IN(0), IN(1)}}, {.accesses = {IN(0), IN(1)}}, {.accesses = {IN(0), IN(1)}},
};
#define SIX (sizeof(six_to_two) / sizeof(six_to_two[0]))

/* Of a group: as many as tolerate a crash, where the multicast takes so many. */
static uint32_t replicas_of(const struct multicast_ops *m)
{
    return m->replicas_max && m->replicas_max < 3 ? m->replicas_max : 3;
}

/* ---- a few commands without faults ----------------------------------------------------------- */

struct small_run {
    struct witness witness;
    struct script_source source;
};

/* The script is client 0's, one command after the other. */
static void small_begin(struct small_run *r, const struct multicast_ops *m,
                        const struct scripted *script, uint32_t count, enum lie lie,
                        const char *faults)
{
    memset(r, 0, sizeof(*r));
    r->witness.lie = lie;
    r->witness.last = count;
    script_source_init(&r->source, script, count, 1);
    witness_begin(&r->witness, &(struct world_setup){.scheme = "ssmr",
                                                     .multicast = m,
                                                     .model = world_steps_model,
                                                     .groups = 3,
                                                     .replicas = replicas_of(m),
                                                     .clients = 1,
                                                     .outstanding = 1,
                                                     .source = &r->source.source,
                                                     .faults = faults,
                                                     .seed = 1});
}

static void small_end(struct small_run *r)
{
    witness_end(&r->witness);
    script_source_finish(&r->source);
}

/* When the first leader of the group delivers the command, in steps; 0: not within 50. */
static uint64_t steps_of(const struct multicast_ops *m, const struct scripted *command,
                         uint32_t group, const char *faults)
{
    struct small_run r;
    small_begin(&r, m, command, 1, LIE_NONE, faults);
    sim_run(r.witness.world.cluster.sim, 50 * MS, NULL);
    uint64_t ns = r.witness.first_ns[group * replicas_of(m)];
    small_end(&r);
    ck_assert_uint_eq(ns % MS, 0);
    return ns / MS;
}

static void takes_the_steps_that_it_claims(const struct multicast_ops *m)
{
    ck_assert_uint_eq(steps_of(m, to_one, 0, NULL), m->steps_single);
    for (uint32_t g = 0; g < 2; g++) ck_assert_uint_eq(steps_of(m, to_two, g, NULL), m->steps);
    for (uint32_t g = 0; g < 3; g++) ck_assert_uint_eq(steps_of(m, to_three, g, NULL), m->steps);
    ck_assert_uint_ne(steps_of(m, to_two, 0, "at 0s loss 100% c0 * for 1ms\n"), m->steps);
}

static void is_delivered_by_every_replica_of_the_destinations(const struct multicast_ops *m)
{
    struct small_run r;
    uint32_t replicas = replicas_of(m);
    small_begin(&r, m, to_two, 1, LIE_NONE, NULL);
    sim_run(r.witness.world.cluster.sim, 100 * MS, NULL);
    for (uint32_t node = 0; node < 3 * replicas; node++)
        ck_assert_int_eq(r.witness.first_ns[node] > 0, node < 2 * replicas);
    ck_assert_uint_eq(r.witness.deliveries, 2 * replicas);
    small_end(&r);
}

/* Messages that group 2 handles within 100 ms. */
static uint64_t traffic_of_group_two(const struct multicast_ops *m, const struct scripted *command)
{
    struct small_run r;
    uint64_t handled = 0;
    small_begin(&r, m, command, command ? 1 : 0, LIE_NONE, NULL);
    sim_run(r.witness.world.cluster.sim, 100 * MS, NULL);
    for (uint32_t i = 0; i < replicas_of(m); i++)
        handled += sim_node_stats(r.witness.world.cluster.sim, 2 * replicas_of(m) + i)->messages_in;
    small_end(&r);
    return handled;
}

/* Group 2 receives the same messages as without any command (its own heartbeats); not so where it
 * is a destination. */
static void is_genuine_if_it_claims_so(const struct multicast_ops *m)
{
    uint64_t idle = traffic_of_group_two(m, NULL);
    if (m->genuine) ck_assert_uint_eq(traffic_of_group_two(m, to_two), idle);
    ck_assert_uint_gt(traffic_of_group_two(m, to_three), idle);
}

/* ---- the checkers ---------------------------------------------------------------------------- */

static void assert_found(const struct multicast_ops *m, enum lie lie, const char *property)
{
    struct small_run r;
    small_begin(&r, m, six_to_two, SIX, lie, NULL);
    ck_assert(world_run(&r.witness.world, 10000 * MS));
    const struct property *failed = witness_check(&r.witness, property, true);
    if (lie == LIE_NONE)
        ck_assert_msg(!failed, "%s: %s", failed->name, failed->reason);
    else
        ck_assert_msg(failed && strcmp(failed->name, property) == 0, "%s: found is %s", property,
                      failed ? failed->name : "nothing");
    small_end(&r);
}

static void each_checker_finds_what_it_is_for(const struct multicast_ops *m)
{
    assert_found(m, LIE_NONE, "");
    assert_found(m, LIE_LOST, "validity");
    assert_found(m, LIE_SKIPPED, "uniform-delivery");
    assert_found(m, LIE_TWICE, "integrity");
    assert_found(m, LIE_SWAPPED, "acyclic-order");
    assert_found(m, LIE_PARTED, "prefix-order");
}

/* ---- under faults -----------------------------------------------------------------------------
 */

/* Each draw is a statement: the order of initialisers would be the compiler's. */
static void draw_source(struct random *draw, uint64_t seed, struct random_source *source)
{
    struct random_source_setup s = {.seed = seed};
    s.groups = 1 + (uint32_t)random_below(draw, 4);
    s.clients = 1 + (uint32_t)random_below(draw, 5);
    s.variables = s.groups * 5;
    s.each = 20 + (uint32_t)random_below(draw, 40);
    s.multi_pct = 25 + 25 * (uint32_t)random_below(draw, 4);
    random_source_init(source, &s);
}

/* DS-SMR's commands come after their moves (FIFO); S-SMR's are one multicast each. */
static bool holds_under_faults(const struct multicast_ops *m, uint64_t seed, char *message)
{
    struct random draw = random_named(seed, "conformance", m->name);
    struct random_source source;
    struct witness w = {.lie = LIE_NONE};
    draw_source(&draw, seed, &source);
    bool fifo = random_chance(&draw, 1, 4), fast = random_chance(&draw, 1, 3);
    uint32_t outstanding = 1 + (uint32_t)random_below(&draw, 4);
    uint32_t replicas = random_chance(&draw, 1, 4) ? 1 : replicas_of(m);
    witness_begin(&w, &(struct world_setup){.scheme = fifo ? "dssmr" : "ssmr",
                                            .multicast = m,
                                            .model = fast ? world_rdma_model : world_lan_model,
                                            .groups = source.groups,
                                            .replicas = replicas,
                                            .clients = source.clients,
                                            .variables = source.variables,
                                            .outstanding = outstanding,
                                            .source = &source.source,
                                            .swarm = true,
                                            .horizon_ns = fast ? 8 * MS : 150 * MS,
                                            .events_max = EVENTS_MAX,
                                            .seed = seed});
    bool done = world_run(&w.world, 60000 * MS);
    const struct property *failed = witness_check(&w, "", !fifo);
    if (failed)
        snprintf(message, 2048, "%s: %s", failed->name, failed->reason);
    else
        snprintf(message, 2048, "%s", done ? "" : "no end");
    witness_end(&w);
    random_source_finish(&source);
    return done && !failed;
}

static uint64_t from_environment(const char *name, uint64_t standard)
{
    const char *text = getenv(name);
    return text ? strtoull(text, NULL, 10) : standard;
}

static void has_every_property_under_faults(const struct multicast_ops *m)
{
    char message[2048];
    uint64_t one = from_environment("AVIARY_SEED", 0);
    uint64_t last = one ? one : from_environment("AVIARY_SEEDS", 200);
    for (uint64_t seed = one ? one : 1; seed <= last; seed++)
        ck_assert_msg(holds_under_faults(m, seed, message),
                      "AVIARY_SEED=%" PRIu64 " AVIARY_MULTICAST=%s: %s", seed, m->name, message);
}

/* ---- the suite ---------------------------------------------------------------------------------
 */

/* For each entry of the table. */
#define FOR_EACH(check)                                             \
    START_TEST(it_##check)                                          \
    {                                                               \
        const char *only = getenv("AVIARY_MULTICAST");              \
        const struct multicast_ops *m = multicast_at((uint32_t)_i); \
        if (!only || strcmp(only, m->name) == 0) check(m);          \
    }                                                               \
    END_TEST

FOR_EACH(takes_the_steps_that_it_claims)
FOR_EACH(is_delivered_by_every_replica_of_the_destinations)
FOR_EACH(is_genuine_if_it_claims_so)
FOR_EACH(each_checker_finds_what_it_is_for)
FOR_EACH(has_every_property_under_faults)

int main(void)
{
    Suite *suite = suite_create("multicast conformance");
    TCase *c = tcase_create("each");
    int count = 0;
    while (multicast_at((uint32_t)count)) count++;
    tcase_set_timeout(c, 0);
    tcase_add_loop_test(c, it_takes_the_steps_that_it_claims, 0, count);
    tcase_add_loop_test(c, it_is_delivered_by_every_replica_of_the_destinations, 0, count);
    tcase_add_loop_test(c, it_is_genuine_if_it_claims_so, 0, count);
    tcase_add_loop_test(c, it_each_checker_finds_what_it_is_for, 0, count);
    tcase_add_loop_test(c, it_has_every_property_under_faults, 0, count);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
