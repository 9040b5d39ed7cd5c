/*
 * The checkers that follow a run: delivery order, replicas, answers, execution atomicity, leaders.
 * Each story feeds events by hand; groups are p0, p1, ... with two replicas each.
 */
#include "analysis/order.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/answers.h"
#include "analysis/atomicity.h"
#include "analysis/leaders.h"
#include "analysis/replicas.h"
#include "proto/random.h"
#include "tests/harness.h"

enum { GROUPS = 4, REPLICAS = 2, CLIENTS = 8 };

static const struct topology topology = {
    .groups = GROUPS, .replicas = REPLICAS, .clients = CLIENTS};

static struct ledger ledger;
static struct order order;
static struct replicas replicas;
static struct answers answers;
static uint64_t clock_ns; /* also the timestamp: each event one later */

static void set_up(void)
{
    clock_ns = 1;
    ledger_init(&ledger, NULL, true);
    order_init(&order, &ledger, &topology);
    replicas_init(&replicas, &ledger, &topology);
    answers_init(&answers, &ledger);
}

static void tear_down(void)
{
    replicas_finish(&replicas);
    order_finish(&order);
    ledger_finish(&ledger);
}

/* ---- what happens --------------------------------------------------------------------------- */

/* Client `client` issues its next command, to groups given as bits, on variable 5. */
static uint32_t issue(uint32_t client, uint32_t groups)
{
    union {
        struct command command;
        uint64_t words[16];
    } c = {.command = {.bytes = command_bytes(1), .access_count = 1}};
    uint64_t seq = 1;
    while (ledger_find(&ledger, (struct command_id){.client = client, .seq = seq}) != LEDGER_NONE)
        seq++;
    c.command.id = (struct command_id){.client = client, .seq = seq};
    c.command.dests.word[0] = groups;
    c.command.accesses[0] = (struct access){.variable = 5, .mode = ACCESS_READ | ACCESS_WRITE};
    return ledger_add(&ledger, &c.command, clock_ns++);
}

static struct command_id id_of(uint32_t command)
{
    return (struct command_id){.client = ledger.commands[command].client,
                               .seq = ledger.commands[command].seq};
}

static void deliver_at(uint32_t group, uint32_t replica, uint32_t command)
{
    order_delivered(&order, topology_replica(&topology, group, replica), group, command,
                    id_of(command), clock_ns++);
}

static void deliver(uint32_t group, uint32_t command)
{
    for (uint32_t i = 0; i < REPLICAS; i++) deliver_at(group, i, command);
}

struct outcome {
    uint64_t digest;
    uint64_t state;
    uint64_t seen;
};

static void execute_at(uint32_t group, uint32_t replica, uint32_t command, struct outcome outcome)
{
    replicas_executed(&replicas, &(struct replicas_execution){
                                     .node = topology_replica(&topology, group, replica),
                                     .group = group,
                                     .command = command,
                                     .digest = outcome.digest,
                                     .state_hash = outcome.state,
                                     .seen = &outcome.seen,
                                     .access_count = 1,
                                 });
}

static bool answer(uint32_t command, struct command_id id, uint64_t digest, uint64_t seen)
{
    struct reply_view view = {.status = REPLY_OK, .digest = digest, .seen = &seen};
    return answers_answered(&answers,
                            &(struct answers_reply){.command = command,
                                                    .id = id,
                                                    .now_ns = clock_ns++,
                                                    .attempts = 1,
                                                    .view = &view,
                                                    .access_count = 1},
                            true);
}

/* ---- what is expected ----------------------------------------------------------------------- */

static void assert_fails(const struct property *p, const char *reason)
{
    ck_assert_int_eq(p->result, RESULT_FAIL);
    ck_assert_str_eq(p->reason, reason);
}

/* All order properties are fine but one, which fails for that reason. */
static void assert_only(enum order_property property, const char *reason)
{
    for (int i = 0; i < ORDER_PROPERTIES; i++)
        if (i != (int)property)
            ck_assert_msg(order.properties[i].result == RESULT_OK, "%s: %s",
                          order.properties[i].name, order.properties[i].reason);
    assert_fails(&order.properties[property], reason);
}

static void assert_all_fine(void)
{
    ck_assert_msg(verdict_of(order.properties, ORDER_PROPERTIES) == RESULT_OK, "%s%s%s",
                  order.properties[ORDER_ACYCLIC].reason, order.properties[ORDER_PREFIX].reason,
                  order.properties[ORDER_UNIFORM].reason);
}

/* ---- delivery order ------------------------------------------------------------------------- */

START_TEST(groups_that_agree_are_fine)
{
    uint32_t a = issue(0, 3), b = issue(1, 3), c = issue(2, 1);
    deliver(0, a);
    deliver(0, c);
    deliver(0, b);
    deliver(1, a);
    deliver(1, b);
    order_check(&order, true);
    assert_all_fine();
}
END_TEST

START_TEST(what_nobody_issued_is_found)
{
    order_delivered(&order, 0, 0, LEDGER_NONE, (struct command_id){.client = 3, .seq = 9}, 1);
    assert_only(ORDER_INTEGRITY, "p0.r0 delivered c3.9, which no client issued");
}
END_TEST

START_TEST(a_delivery_to_strangers_is_found)
{
    deliver_at(1, 0, issue(0, 1));
    assert_only(ORDER_INTEGRITY, "p1.r0 delivered c0.1, which is not addressed to p1");
}
END_TEST

START_TEST(a_double_delivery_is_found)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    deliver_at(0, 1, a);
    assert_only(ORDER_INTEGRITY, "p0.r1 delivered c0.1 twice");
}
END_TEST

START_TEST(a_double_delivery_of_a_follower_is_found)
{
    uint32_t a = issue(0, 1), b = issue(0, 1);
    deliver_at(0, 0, a);
    deliver_at(0, 0, b);
    deliver_at(0, 1, a);
    deliver_at(0, 1, a);
    deliver_at(0, 1, b);
    order_check(&order, true);
    assert_only(ORDER_INTEGRITY, "p0.r1 delivered c0.1 twice");
}
END_TEST

START_TEST(a_replica_that_leaves_one_out_is_found)
{
    uint32_t a = issue(0, 1), b = issue(0, 1), c = issue(1, 1);
    deliver(0, a);
    deliver_at(0, 0, b);
    deliver_at(0, 0, c);
    deliver_at(0, 1, c);
    order_check(&order, true);
    assert_only(ORDER_AGREEMENT,
                "p0.r1 delivered c1.1 as number 2, where another replica of p0 delivered c0.2");
}
END_TEST

START_TEST(timestamps_that_go_back_are_found)
{
    uint32_t a = issue(0, 1), b = issue(0, 1);
    order_delivered(&order, 0, 0, a, id_of(a), 70);
    order_delivered(&order, 0, 0, b, id_of(b), 70);
    assert_only(ORDER_TIMESTAMPS, "p0.r0 delivered c0.2 with timestamp 70 after one with 70");
}
END_TEST

START_TEST(opposite_orders_in_two_groups_are_a_cycle)
{
    uint32_t a = issue(0, 3), b = issue(1, 3);
    deliver(0, a);
    deliver(0, b);
    deliver(1, b);
    deliver(1, a);
    order_check(&order, true);
    assert_only(ORDER_ACYCLIC,
                "a cycle: p1 delivered c1.1 before c0.1; p0 delivered c0.1 before c1.1");
}
END_TEST

/* No two groups disagree on two commands; only all three together do. */
START_TEST(a_cycle_over_three_groups_is_found)
{
    uint32_t ab = issue(0, 3), bc = issue(1, 6), ca = issue(2, 5);
    uint32_t local = issue(3, 1);
    deliver(0, ab);
    deliver(0, local);
    deliver(0, ca);
    deliver(1, bc);
    deliver(1, ab);
    deliver(2, ca);
    deliver(2, bc);
    order_check(&order, true);
    assert_only(ORDER_ACYCLIC, "a cycle: p1 delivered c1.1 before c0.1; p2 delivered c2.1 before "
                               "c1.1; p0 delivered c0.1 before c2.1");
}
END_TEST

START_TEST(a_gap_before_a_common_command_breaks_prefix_order)
{
    uint32_t a = issue(0, 3), b = issue(1, 3);
    deliver(0, a);
    deliver(0, b);
    deliver(1, b);
    order_check(&order, false);
    assert_fails(&order.properties[ORDER_PREFIX],
                 "c0.1 and c1.1 are addressed to p0 and p1: p0 delivered c0.1, not after c1.1, "
                 "which p1 delivered without c0.1");
    ck_assert_int_eq(order.properties[ORDER_ACYCLIC].result, RESULT_OK);
}
END_TEST

START_TEST(each_lacking_what_the_other_has_breaks_prefix_order)
{
    uint32_t a = issue(0, 3), b = issue(1, 3);
    deliver(0, a);
    deliver(1, b);
    order_check(&order, false);
    ck_assert_int_eq(order.properties[ORDER_PREFIX].result, RESULT_FAIL);
}
END_TEST

START_TEST(being_behind_keeps_prefix_order)
{
    uint32_t a = issue(0, 3), b = issue(1, 3), local = issue(2, 2);
    deliver(0, a);
    deliver(0, b);
    deliver(1, a);
    deliver(1, local);
    order_check(&order, false);
    ck_assert_int_eq(order.properties[ORDER_PREFIX].result, RESULT_OK);
    ck_assert_int_eq(order.properties[ORDER_UNIFORM].result, RESULT_UNKNOWN);
}
END_TEST

START_TEST(a_group_that_never_gets_it_is_found)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    order_check(&order, true);
    assert_only(ORDER_UNIFORM, "c0.1 was delivered by p0 but never by p1.r0");
}
END_TEST

START_TEST(a_replica_that_never_gets_it_is_found)
{
    uint32_t a = issue(0, 1);
    deliver_at(0, 0, a);
    order_crashed(&order, topology_replica(&topology, 0, 0)); /* uniform: the dead count too */
    order_check(&order, true);
    assert_only(ORDER_UNIFORM, "c0.1 was delivered by p0 but never by p0.r1");
}
END_TEST

START_TEST(the_dead_need_not_deliver)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver_at(1, 1, a);
    order_crashed(&order, topology_replica(&topology, 1, 0));
    order_check(&order, true);
    assert_all_fine();
}
END_TEST

/* ---- order of chance, against the definitions ----------------------------------------------- */

enum { CHANCE_COMMANDS = 8 };

/* Where each group delivers each command, -1: not. */
struct chance {
    uint32_t dests[CHANCE_COMMANDS];
    int position[GROUPS][CHANCE_COMMANDS];
};

static bool has_cycle(const struct chance *c)
{
    bool before[CHANCE_COMMANDS][CHANCE_COMMANDS] = {{false}};
    for (int g = 0; g < GROUPS; g++)
        for (int i = 0; i < CHANCE_COMMANDS; i++)
            for (int j = 0; j < CHANCE_COMMANDS; j++)
                if (c->position[g][i] >= 0 && c->position[g][j] > c->position[g][i])
                    before[i][j] = true;
    for (int k = 0; k < CHANCE_COMMANDS; k++)
        for (int i = 0; i < CHANCE_COMMANDS; i++)
            for (int j = 0; j < CHANCE_COMMANDS; j++)
                before[i][j] = before[i][j] || (before[i][k] && before[k][j]);
    for (int i = 0; i < CHANCE_COMMANDS; i++)
        if (before[i][i]) return true;
    return false;
}

/* g delivers i and h delivers j, both addressed to both: then one must have done so after the other
 * command. */
static bool breaks_prefix(const struct chance *c, int g, int h, int i, int j)
{
    uint32_t both = 1u << g | 1u << h;
    if ((c->dests[i] & both) != both || (c->dests[j] & both) != both) return false;
    if (c->position[g][i] < 0 || c->position[h][j] < 0) return false;
    bool g_first = c->position[g][j] >= 0 && c->position[g][j] < c->position[g][i];
    bool h_first = c->position[h][i] >= 0 && c->position[h][i] < c->position[h][j];
    return !g_first && !h_first;
}

static bool prefix_broken(const struct chance *c)
{
    for (int g = 0; g < GROUPS; g++)
        for (int h = 0; h < GROUPS; h++)
            for (int i = 0; i < CHANCE_COMMANDS; i++)
                for (int j = 0; j < CHANCE_COMMANDS; j++)
                    if (g != h && i != j && breaks_prefix(c, g, h, i, j)) return true;
    return false;
}

/* Groups deliver in one common order, each up to some point; then a little is spoilt. */
static void draw(struct chance *c, struct random *random)
{
    for (int i = 0; i < CHANCE_COMMANDS; i++)
        c->dests[i] = 1 + (uint32_t)random_below(random, (1u << GROUPS) - 1);
    for (int g = 0; g < GROUPS; g++) {
        uint32_t sequence[CHANCE_COMMANDS], count = 0;
        uint64_t stop = 4 + random_below(random, CHANCE_COMMANDS);
        for (uint32_t i = 0; i < CHANCE_COMMANDS && i < stop; i++)
            if (c->dests[i] >> g & 1 && !random_chance(random, 1, 40)) sequence[count++] = i;
        if (count > 1 && random_chance(random, 1, 8)) {
            uint64_t at = random_below(random, count - 1);
            uint32_t first = sequence[at];
            sequence[at] = sequence[at + 1];
            sequence[at + 1] = first;
        }
        for (int i = 0; i < CHANCE_COMMANDS; i++) c->position[g][i] = -1;
        for (uint32_t i = 0; i < count; i++) {
            c->position[g][sequence[i]] = (int)i;
            deliver((uint32_t)g, sequence[i]);
        }
    }
}

START_TEST(orders_of_chance_agree_with_the_definitions)
{
    uint32_t cycles = 0, broken = 0;
    for (uint64_t seed = 0; seed < 5000; seed++) {
        struct random random = random_named(seed, "test", "order");
        struct random again = random;
        struct chance c;
        tear_down();
        set_up();
        for (int i = 0; i < CHANCE_COMMANDS; i++)
            issue((uint32_t)i, 1 + (uint32_t)random_below(&again, (1u << GROUPS) - 1));
        draw(&c, &random);
        order_check(&order, false);
        bool cycle = has_cycle(&c), prefix = prefix_broken(&c);
        ck_assert_msg((order.properties[ORDER_ACYCLIC].result == RESULT_FAIL) == cycle,
                      "seed %llu: %d, %s", (unsigned long long)seed, cycle,
                      order.properties[ORDER_ACYCLIC].reason);
        /* Opposite orders of two commands break both; the checker reports the cycle. */
        if (!cycle)
            ck_assert_msg((order.properties[ORDER_PREFIX].result == RESULT_FAIL) == prefix,
                          "seed %llu: %d, %s", (unsigned long long)seed, prefix,
                          order.properties[ORDER_PREFIX].reason);
        cycles += cycle;
        broken += prefix && !cycle;
    }
    ck_assert_uint_gt(cycles, 300);
    ck_assert_uint_gt(broken, 300);
}
END_TEST

/* ---- replicas ------------------------------------------------------------------------------- */

START_TEST(replicas_that_execute_alike_are_fine)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver(1, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    execute_at(0, 1, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    execute_at(1, 1, a, (struct outcome){.digest = 7, .state = 71, .seen = VERSION_UNSEEN});
    ck_assert_int_eq(verdict_of(replicas.properties, REPLICAS_PROPERTIES), RESULT_OK);
    ck_assert_uint_eq(ledger.accesses[0].version, 4);
}
END_TEST

START_TEST(a_diverging_state_is_found)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 0x70});
    execute_at(0, 1, a, (struct outcome){.digest = 7, .state = 0x71});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "after c0.1, number 1, the state of p0.r1 is 0000000000000071, that of another "
                 "replica of p0 0000000000000070");
}
END_TEST

START_TEST(a_diverging_digest_is_found)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 1, a, (struct outcome){.digest = 8, .state = 70});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r1 executed c0.1 with digest 0000000000000008, another replica of p0 with "
                 "0000000000000007");
}
END_TEST

START_TEST(a_left_out_execution_is_found)
{
    uint32_t a = issue(0, 1), b = issue(1, 1);
    deliver(0, a);
    deliver(0, b);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 1, b, (struct outcome){.digest = 9, .state = 90});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r1 executed c1.1 as number 1, where another replica of p0 executed c0.1");
}
END_TEST

START_TEST(executing_against_the_delivery_order_is_found)
{
    uint32_t a = issue(0, 1), b = issue(1, 1);
    deliver(0, a);
    deliver(0, b);
    execute_at(0, 0, b, (struct outcome){.digest = 7, .state = 70});
    execute_at(0, 0, a, (struct outcome){.digest = 9, .state = 90});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r0 executed c0.1 twice or against the delivery order");
}
END_TEST

START_TEST(executing_before_delivery_is_found)
{
    execute_at(0, 0, issue(0, 1), (struct outcome){.digest = 7, .state = 70});
    assert_fails(&replicas.properties[REPLICAS_STATE],
                 "p0.r0 executed c0.1 before it was delivered");
}
END_TEST

START_TEST(groups_that_saw_different_versions_are_found)
{
    uint32_t a = issue(0, 3);
    deliver(0, a);
    deliver(1, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    execute_at(1, 0, a, (struct outcome){.digest = 7, .state = 71, .seen = 3});
    assert_fails(&replicas.properties[REPLICAS_VIEWS],
                 "c0.1 saw version 4 of variable 5 at p0, but version 3 at p1.r0");
}
END_TEST

/* ---- answers -------------------------------------------------------------------------------- */

static uint32_t executed_command(void)
{
    uint32_t a = issue(0, 1);
    deliver(0, a);
    execute_at(0, 0, a, (struct outcome){.digest = 7, .state = 70, .seen = 4});
    return a;
}

START_TEST(one_true_answer_is_fine)
{
    uint32_t a = executed_command();
    ck_assert(answer(a, id_of(a), 7, 4));
    answers_check(&answers, NULL, true);
    ck_assert_int_eq(verdict_of(answers.properties, ANSWERS_PROPERTIES), RESULT_OK);
}
END_TEST

START_TEST(two_answers_are_found)
{
    uint32_t a = executed_command();
    ck_assert(answer(a, id_of(a), 7, 4));
    ck_assert(!answer(a, id_of(a), 7, 4));
    assert_fails(&answers.properties[ANSWERS_ONCE], "c0.1 was answered twice");
}
END_TEST

START_TEST(an_answer_to_nobody_is_found)
{
    ck_assert(!answer(LEDGER_NONE, (struct command_id){.client = 2, .seq = 5}, 7, 4));
    assert_fails(&answers.properties[ANSWERS_ONCE], "c2.5 was answered, but never issued");
}
END_TEST

START_TEST(an_answer_without_execution_is_found)
{
    uint32_t a = issue(0, 1);
    answer(a, id_of(a), 7, 4);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered, but no replica had executed it");
}
END_TEST

START_TEST(an_untrue_answer_is_found)
{
    uint32_t a = executed_command();
    answer(a, id_of(a), 7, 3);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "the reply to c0.1 says it saw version 3 of variable 5, which no replica did");
}
END_TEST

START_TEST(an_invented_digest_is_found)
{
    uint32_t a = executed_command();
    answer(a, id_of(a), 6, 4);
    assert_fails(&answers.properties[ANSWERS_ONCE],
                 "c0.1 was answered with digest 0000000000000006, which no replica computed");
}
END_TEST

START_TEST(a_missing_answer_is_found_unless_its_client_died)
{
    bool crashed[CLIENTS] = {true};
    executed_command();
    answers_check(&answers, crashed, true);
    ck_assert_int_eq(answers.properties[ANSWERS_EVERY].result, RESULT_OK);
    answers_check(&answers, NULL, false);
    ck_assert_int_eq(answers.properties[ANSWERS_EVERY].result, RESULT_UNKNOWN);
    answers_check(&answers, NULL, true);
    assert_fails(&answers.properties[ANSWERS_EVERY],
                 "c0.1, issued at 0.000000 s, was never answered");
}
END_TEST

/* ---- execution atomicity and leaders -------------------------------------------------------- */

static struct property atomicity_of(uint32_t command)
{
    struct property p;
    property_init(&p, "execution-atomicity");
    ck_assert_uint_lt(command, ledger.command_count);
    atomicity_check(&ledger, &p);
    return p;
}

START_TEST(executions_that_overlap_are_atomic)
{
    uint32_t a = issue(0, 7);
    for (uint32_t group = 0; group < 3; group++) {
        atomicity_started(ledger_slot(&ledger, a, group), 1000 + group);
        atomicity_ended(ledger_slot(&ledger, a, group), 2000 + group);
    }
    ck_assert_int_eq(atomicity_of(a).result, RESULT_OK);
}
END_TEST

START_TEST(one_start_in_each_group_is_enough)
{
    uint32_t a = issue(0, 3);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 2000);
    atomicity_started(ledger_slot(&ledger, a, 1), 5000); /* the late replica of p1 reports first */
    atomicity_started(ledger_slot(&ledger, a, 1), 1500);
    atomicity_ended(ledger_slot(&ledger, a, 1), 6000);
    ck_assert_int_eq(atomicity_of(a).result, RESULT_OK);
}
END_TEST

START_TEST(ending_before_the_other_group_starts_is_found)
{
    uint32_t a = issue(0, 7);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 4000);
    atomicity_started(ledger_slot(&ledger, a, 1), 3000);
    atomicity_ended(ledger_slot(&ledger, a, 1), 4000);
    atomicity_started(ledger_slot(&ledger, a, 2), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 2), 3000);
    struct property p = atomicity_of(a);
    assert_fails(&p, "p2 ended c0.1 at 0.000003000 s, before p1 started it at 0.000003000 s");
}
END_TEST

START_TEST(ending_while_another_group_never_starts_is_found)
{
    uint32_t a = issue(0, 3);
    atomicity_started(ledger_slot(&ledger, a, 0), 1000);
    atomicity_ended(ledger_slot(&ledger, a, 0), 4000);
    struct property p = atomicity_of(a);
    assert_fails(&p, "p0 ended c0.1 at 0.000004000 s, but p1 never started it");
}
END_TEST

START_TEST(two_leaders_of_one_ballot_are_found)
{
    struct leaders l;
    leaders_init(&l, &topology);
    leaders_leading(&l, 0, 0, 5);
    leaders_leading(&l, 2, 1, 5);
    leaders_leading(&l, 0, 0, 5);
    leaders_check(&l);
    ck_assert_int_eq(l.property.result, RESULT_OK);
    leaders_leading(&l, 1, 0, 5);
    leaders_check(&l);
    assert_fails(&l.property, "p0.r0 and p0.r1 both led with ballot 5");
    leaders_finish(&l);
}
END_TEST

/* ---- the suite ------------------------------------------------------------------------------ */

static void add_order(Suite *suite)
{
    TCase *c = tcase_create("order");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, groups_that_agree_are_fine);
    tcase_add_test(c, what_nobody_issued_is_found);
    tcase_add_test(c, a_delivery_to_strangers_is_found);
    tcase_add_test(c, a_double_delivery_is_found);
    tcase_add_test(c, a_double_delivery_of_a_follower_is_found);
    tcase_add_test(c, a_replica_that_leaves_one_out_is_found);
    tcase_add_test(c, timestamps_that_go_back_are_found);
    tcase_add_test(c, opposite_orders_in_two_groups_are_a_cycle);
    tcase_add_test(c, a_cycle_over_three_groups_is_found);
    tcase_add_test(c, a_gap_before_a_common_command_breaks_prefix_order);
    tcase_add_test(c, each_lacking_what_the_other_has_breaks_prefix_order);
    tcase_add_test(c, being_behind_keeps_prefix_order);
    tcase_add_test(c, a_group_that_never_gets_it_is_found);
    tcase_add_test(c, a_replica_that_never_gets_it_is_found);
    tcase_add_test(c, the_dead_need_not_deliver);
    tcase_add_test(c, orders_of_chance_agree_with_the_definitions);
    suite_add_tcase(suite, c);
}

static void add_execution(Suite *suite)
{
    TCase *c = tcase_create("execution");
    tcase_add_checked_fixture(c, set_up, tear_down);
    tcase_add_test(c, replicas_that_execute_alike_are_fine);
    tcase_add_test(c, a_diverging_state_is_found);
    tcase_add_test(c, a_diverging_digest_is_found);
    tcase_add_test(c, a_left_out_execution_is_found);
    tcase_add_test(c, executing_against_the_delivery_order_is_found);
    tcase_add_test(c, executing_before_delivery_is_found);
    tcase_add_test(c, groups_that_saw_different_versions_are_found);
    tcase_add_test(c, one_true_answer_is_fine);
    tcase_add_test(c, two_answers_are_found);
    tcase_add_test(c, an_answer_to_nobody_is_found);
    tcase_add_test(c, an_answer_without_execution_is_found);
    tcase_add_test(c, an_untrue_answer_is_found);
    tcase_add_test(c, an_invented_digest_is_found);
    tcase_add_test(c, a_missing_answer_is_found_unless_its_client_died);
    tcase_add_test(c, executions_that_overlap_are_atomic);
    tcase_add_test(c, one_start_in_each_group_is_enough);
    tcase_add_test(c, ending_before_the_other_group_starts_is_found);
    tcase_add_test(c, ending_while_another_group_never_starts_is_found);
    tcase_add_test(c, two_leaders_of_one_ballot_are_found);
    suite_add_tcase(suite, c);
}

int main(void)
{
    Suite *suite = suite_create("order");
    add_order(suite);
    add_execution(suite);
    return test_main(suite);
}
