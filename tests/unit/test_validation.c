/* test_validation.c - messages that cannot be sent in a run are not valid in it, whatever their
 * layer: two partitions of three replicas (nodes 0 to 5), their oracle (6 to 8), two clients (9 and
 * 10), ten variables, and a scheme that plans. */
#include <string.h>

#include "proto/execution/exchange.h"
#include "proto/node/validation.h"
#include "proto/oracle/plan.h"
#include "proto/order/basecast.h"
#include "proto/order/basecast_state.h"
#include "proto/order/multicast.h"
#include "proto/reply.h"
#include "tests/lib/harness.h"

enum { VARIABLES = 10, P0R0 = 0, P1R0 = 3, ORACLE = 6, CLIENT0 = 9, CLIENT1 = 10 };

static const struct topology topology = {.groups = 3, .replicas = 3, .clients = 2, .oracle = true};
static struct limits limits;

static void set_up(void)
{
    limits = (struct limits){&topology, multicast_find("basecast"), VARIABLES, true};
}

static bool valid(const struct message *m)
{
    return message_valid(m, m->bytes, &limits);
}

/* The third command of client 0: it reads and writes v4, which p0 has. */
static struct command *put_command(void *place)
{
    struct command *c = place;
    c->bytes = command_bytes(1);
    c->access_count = 1;
    c->id = (struct command_id){.client = 0, .seq = 3};
    c->execution = EXECUTION_LEND;
    group_set_add(&c->dests, 0);
    c->accesses[0] = (struct access){.variable = 4, .mode = ACCESS_READ | ACCESS_WRITE};
    return c;
}

/* ---- START ---------------------------------------------------------------------------------- */

static union {
    struct message_start start;
    struct message_accept accept;
    struct message_values values;
    uint64_t words[64];
} made;

static struct command *start_of_a_command(void)
{
    memset(&made, 0, sizeof(made));
    struct command *c = put_command(made.start.command);
    made.start.m = (struct message){
        .bytes = (uint32_t)sizeof(made.start) + c->bytes, .from = CLIENT0, .kind = MESSAGE_START};
    ck_assert(valid(&made.start.m));
    return c;
}

START_TEST(a_command_is_of_a_client_that_exists_and_sent_by_it_or_relayed)
{
    start_of_a_command();
    made.start.m.from = P1R0;
    ck_assert(valid(&made.start.m)); /* a replica relays it */
    made.start.m.from = CLIENT1;
    ck_assert(!valid(&made.start.m));
    made.start.m.from = 11; /* no node */
    ck_assert(!valid(&made.start.m));
    start_of_a_command()->id.client = topology_senders(&topology);
    ck_assert(!valid(&made.start.m));
    start_of_a_command()->id.client = 2; /* the number of p0.r0, which multicasts hints only */
    ck_assert(!valid(&made.start.m));
}
END_TEST

START_TEST(a_command_is_for_groups_and_variables_that_exist)
{
    start_of_a_command()->accesses[0].variable = VARIABLES;
    ck_assert(!valid(&made.start.m));
    start_of_a_command()->accesses[0].group = 2; /* the oracle has none */
    ck_assert(!valid(&made.start.m));
    group_set_add(&start_of_a_command()->dests, 3);
    ck_assert(!valid(&made.start.m));
    start_of_a_command()->target = 2;
    ck_assert(!valid(&made.start.m));
    start_of_a_command()->purpose = PURPOSE_COUNT;
    ck_assert(!valid(&made.start.m));
}
END_TEST

START_TEST(lengths_agree)
{
    start_of_a_command()->access_count = 2;
    ck_assert(!valid(&made.start.m));
    start_of_a_command();
    ck_assert(!message_valid(&made.start.m, made.start.m.bytes - 8, &limits));
    made.start.m.opaque_bytes = 1; /* the command has no payload */
    ck_assert(!valid(&made.start.m));
}
END_TEST

/* ---- the log -------------------------------------------------------------------------------- */

/* p0.r0 proposes the command in its ballot. */
static struct command *accept_of_a_command(void)
{
    memset(&made, 0, sizeof(made));
    struct entry *e = (struct entry *)(void *)made.accept.entries;
    struct command *c = put_command(e + 1);
    *e = (struct entry){.bytes = (uint32_t)sizeof(*e) + c->bytes, .kind = ENTRY_SET_HARD};
    made.accept = (struct message_accept){
        .m = {.bytes = (uint32_t)sizeof(made.accept) + e->bytes,
              .from = P0R0,
              .kind = MESSAGE_ACCEPT},
        .ballot = 1 << 8,
        .accepted_ballot = 1 << 8,
        .slot = 1,
        .entry_bytes = e->bytes,
    };
    ck_assert(valid(&made.accept.m));
    return c;
}

START_TEST(an_entry_of_a_log_is_a_command_for_that_group)
{
    struct command *c = accept_of_a_command();
    c->dests = (struct group_set){{0}};
    group_set_add(&c->dests, 1);
    ck_assert(!valid(&made.accept.m));
    accept_of_a_command()->accesses[0].variable = VARIABLES;
    ck_assert(!valid(&made.accept.m));
    accept_of_a_command();
    ((struct entry *)(void *)made.accept.entries)->kind = 99;
    ck_assert(!valid(&made.accept.m));
}
END_TEST

static bool none_valid(const uint8_t *entries, uint32_t bytes, uint32_t group,
                       const struct limits *l)
{
    (void)entries, (void)bytes, (void)group, (void)l;
    return false;
}

START_TEST(the_entries_of_a_log_are_those_of_the_multicast_of_the_run)
{
    static const struct multicast_ops other = {.entries_valid = none_valid};
    accept_of_a_command();
    limits.multicast = &other;
    ck_assert(!valid(&made.accept.m));
}
END_TEST

START_TEST(a_slot_is_proposed_by_a_replica_in_its_own_ballot)
{
    accept_of_a_command();
    made.accept.m.from = 1;
    ck_assert(!valid(&made.accept.m));
    made.accept.m.from = CLIENT0;
    ck_assert(!valid(&made.accept.m));
}
END_TEST

START_TEST(nobody_acknowledges_more_than_there_is)
{
    struct message_group m = {.m = {.bytes = sizeof(m), .from = 1, .kind = MESSAGE_ACCEPTED},
                              .ballot = 1 << 8,
                              .commit = 7,
                              .through = 7,
                              .applied = 7};
    ck_assert(valid(&m.m));
    m.through = 8; /* beyond the newest slot that it has heard of */
    ck_assert(!valid(&m.m));
}
END_TEST

/* ---- others --------------------------------------------------------------------------------- */

START_TEST(a_timestamp_is_of_the_group_that_gave_it)
{
    struct message_hard m = {
        .m = {.bytes = sizeof(m), .from = P1R0, .kind = MESSAGE_HARD},
        .id = {.client = 0, .seq = 3},
        .timestamp = 5 << TIMESTAMP_GROUP_BITS | 1,
        .group = 1,
    };
    ck_assert(valid(&m.m));
    m.group = 2;
    ck_assert(!valid(&m.m));
    m.group = 3; /* there is no such group */
    m.timestamp = 5 << TIMESTAMP_GROUP_BITS | 3;
    ck_assert(!valid(&m.m));
}
END_TEST

START_TEST(values_are_of_variables_that_exist)
{
    memset(&made, 0, sizeof(made));
    struct message_values *m = &made.values;
    *m = (struct message_values){
        .m = {.bytes = sizeof(*m) + sizeof(m->values[0]), .from = P1R0, .kind = MESSAGE_VALUES},
        .id = {.client = 0, .seq = 3},
        .timestamp = 5 << TIMESTAMP_GROUP_BITS,
        .group = 1,
        .count = 1,
    };
    m->values[0].variable = VARIABLES - 1;
    ck_assert(valid(&m->m));
    m->values[0].variable = VARIABLES;
    ck_assert(!valid(&m->m));
}
END_TEST

START_TEST(a_reply_has_a_status_that_the_scheme_can_give)
{
    static const struct topology without_oracle = {.groups = 3, .replicas = 3, .clients = 2};
    struct message_reply m = {.m = {.bytes = sizeof(m), .from = P0R0, .kind = MESSAGE_REPLY},
                              .id = {.client = 0, .seq = 3},
                              .status = REPLY_RETRY};
    ck_assert(valid(&m.m));
    limits.topology = &without_oracle;
    ck_assert(!valid(&m.m));
    limits.topology = &topology;
    m.status = REPLY_NOK + 1;
    ck_assert(!valid(&m.m));
}
END_TEST

START_TEST(a_plan_is_of_a_scheme_that_plans)
{
    struct message_plan_need m = {
        .m = {.bytes = sizeof(m), .from = P0R0, .kind = MESSAGE_PLAN_NEED}, .version = 1};
    ck_assert(valid(&m.m));
    limits.plans = false;
    ck_assert(!valid(&m.m));
}
END_TEST

START_TEST(the_kinds_of_a_layer_are_a_range)
{
    enum message_layer last = LAYER_TRANSPORT;
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        enum message_layer layer = message_layer(kind);
        ck_assert(layer == last || layer == last + 1);
        last = layer;
    }
    ck_assert_int_eq(last, LAYER_COUNT - 1);
    ck_assert_int_eq(message_layer(MESSAGE_ACCEPT), LAYER_GROUP);
    ck_assert_int_eq(message_layer(MESSAGE_HARD), LAYER_MULTICAST);
    ck_assert_int_eq(message_layer(MESSAGE_KIND_COUNT), LAYER_COUNT);
    ck_assert_int_eq(message_layer(255), LAYER_COUNT);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("validation");
    TCase *c = tcase_create("layers");
    tcase_add_checked_fixture(c, set_up, NULL);
    tcase_add_test(c, a_command_is_of_a_client_that_exists_and_sent_by_it_or_relayed);
    tcase_add_test(c, a_command_is_for_groups_and_variables_that_exist);
    tcase_add_test(c, lengths_agree);
    tcase_add_test(c, an_entry_of_a_log_is_a_command_for_that_group);
    tcase_add_test(c, the_entries_of_a_log_are_those_of_the_multicast_of_the_run);
    tcase_add_test(c, a_slot_is_proposed_by_a_replica_in_its_own_ballot);
    tcase_add_test(c, nobody_acknowledges_more_than_there_is);
    tcase_add_test(c, a_timestamp_is_of_the_group_that_gave_it);
    tcase_add_test(c, values_are_of_variables_that_exist);
    tcase_add_test(c, a_reply_has_a_status_that_the_scheme_can_give);
    tcase_add_test(c, a_plan_is_of_a_scheme_that_plans);
    tcase_add_test(c, the_kinds_of_a_layer_are_a_range);
    suite_add_tcase(s, c);
    return test_main(s);
}
