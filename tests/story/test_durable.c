/* test_durable.c - storage in whole clusters: what it costs a command, and that nothing is promised
 * or accepted before its record is stored, checked at every message. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/storage_watch.h"
#include "tests/lib/stories.h"
#include "tests/lib/world.h"

/* ---- the cost of a command ------------------------------------------------------------------ */

enum { SYNC_STEPS = 3 };

static const struct scripted local[] = {AT(1, 0, ON(0, 0, RW))};
static const struct scripted over_two[] = {AT(1, 0, ON(0, 0, RW), ON(1, 1, RW))};

static double steps_of(const struct scripted *script, bool durable)
{
    struct story story = STORY_OF("ssmr", 2, local, .clients = 1, .durable = durable);
    story.commands = script;
    struct story_run *t = run_story_ok(&story);
    double taken = steps(t, script, 0, 1);
    story_run_end(t);
    return taken;
}

/* START, ACCEPT, ACCEPTED, REPLY. The leader's sync and ACCEPT begin together, the follower's sync
 * comes between ACCEPT and ACCEPTED. */
START_TEST(a_local_command_takes_one_sync_more)
{
    ck_assert_double_eq(steps_of(local, false), 4);
    ck_assert_double_eq(steps_of(local, true), 4 + SYNC_STEPS);
}
END_TEST

/* START, ACCEPT, ACCEPTED, HARD, ACCEPT, ACCEPTED, VALUES, REPLY. */
START_TEST(a_command_of_two_partitions_takes_two_syncs_more)
{
    ck_assert_double_eq(steps_of(over_two, false), 8);
    ck_assert_double_eq(steps_of(over_two, true), 8 + 2 * SYNC_STEPS);
}
END_TEST

START_TEST(storage_adds_no_message)
{
    uint64_t kinds[2][MESSAGE_KIND_COUNT];
    for (int durable = 0; durable < 2; durable++) {
        struct story_run *t =
            run_story_ok(&STORY_OF("ssmr", 2, over_two, .clients = 1, .durable = durable));
        memcpy(kinds[durable], t->kinds, sizeof(kinds[0]));
        story_run_end(t);
    }
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++)
        ck_assert_msg(kinds[0][kind] == kinds[1][kind], "%s", message_kind_name(kind));
}
END_TEST

/* ---- at each message ------------------------------------------------------------------------ */

enum { SEEDS = 40 };

struct watched_run {
    uint64_t checked;
    bool ended, right;
    char wrong[200];
};

struct watching {
    struct topology topology;
    struct storage_watch *watch;
};

static void watch_node(void *context, uint32_t node, const struct node_ops **ops, void **state)
{
    struct watching *w = context;
    if (topology_group(&w->topology, node) >= GROUPS_MAX) return;
    storage_watch_node(w->watch, node, ops, state);
}

/* A cluster of that seed, with its faults: losses, cuts, crashes of leaders. */
static struct watched_run run_seed(uint64_t seed, bool early)
{
    struct random_source source;
    struct world w;
    struct watching context = {.topology = {.groups = 2, .replicas = seed % 4 ? 3 : 5}};
    context.watch = storage_watch_create(&context.topology, early);
    random_source_init(
        &source,
        &(struct random_source_setup){
            .seed = seed, .groups = 2, .clients = 3, .variables = 16, .each = 40, .multi_pct = 30});
    world_begin(&w, &(struct world_setup){.scheme = "ssmr",
                                          .model = seed % 2 ? world_lan_model : world_rdma_model,
                                          .groups = 2,
                                          .replicas = context.topology.replicas,
                                          .clients = 3,
                                          .variables = 16,
                                          .outstanding = 1 + (uint32_t)(seed % 3),
                                          .window = 1 + (uint32_t)(seed % 4),
                                          .source = &source.source,
                                          .swarm = true,
                                          .horizon_ns = seed % 2 ? 150 * MS : 8 * MS,
                                          .seed = seed,
                                          .durable = true,
                                          .decorate = watch_node,
                                          .context = &context});
    struct watched_run run = {.ended = world_run(&w, 60000 * MS)};
    run.right = world_check(&w) == NULL;
    run.checked = storage_watch_checked(context.watch);
    snprintf(run.wrong, sizeof(run.wrong), "%s", storage_watch_wrong(context.watch));
    world_end(&w);
    random_source_finish(&source);
    storage_watch_destroy(context.watch);
    return run;
}

START_TEST(nothing_is_promised_or_accepted_before_it_is_stored)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct watched_run run = run_seed(seed, false);
        ck_assert_msg(!run.wrong[0], "seed %u: %s", (unsigned)seed, run.wrong);
        ck_assert_msg(run.ended && run.right, "seed %u", (unsigned)seed);
        ck_assert_uint_gt(run.checked, 100);
    }
}
END_TEST

/* The watch detects a device that reports a sync before it has stored anything. */
START_TEST(an_early_answer_is_detected)
{
    for (uint64_t seed = 1; seed <= SEEDS / 4; seed++)
        ck_assert_uint_ne(strlen(run_seed(seed, true).wrong), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("durable");
    TCase *c = tcase_create("durable");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, a_local_command_takes_one_sync_more);
    tcase_add_test(c, a_command_of_two_partitions_takes_two_syncs_more);
    tcase_add_test(c, storage_adds_no_message);
    tcase_add_test(c, nothing_is_promised_or_accepted_before_it_is_stored);
    tcase_add_test(c, an_early_answer_is_detected);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
