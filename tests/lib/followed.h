/* followed.h - events given by hand to the checkers that follow a run: ledger, order, replicas,
 * answers. Groups are p0 to p3 with three replicas each, the last of which has crashed unless a
 * test changes that; there are eight clients. */
#ifndef AVIARY_TESTS_LIB_FOLLOWED_H
#define AVIARY_TESTS_LIB_FOLLOWED_H

#include "analysis/check/answers.h"
#include "analysis/check/order.h"
#include "analysis/check/replicas.h"
#include "tests/lib/harness.h"

enum { GROUPS = 4, LIVE = 2, REPLICAS = 3, CLIENTS = 8 };

static const struct topology topology = {
    .groups = GROUPS, .replicas = REPLICAS, .clients = CLIENTS};

static struct ledger ledger;
static struct order order;
static struct replicas replicas;
static struct answers answers;
static struct survival survival; /* of the last check */
static bool crashed[GROUPS * REPLICAS + CLIENTS];
static uint64_t clock_ns; /* also the timestamp: each event one later */

static inline void set_up(void)
{
    clock_ns = 1;
    ledger_init(&ledger, NULL, &topology, LEDGER_ACCESSES);
    order_init(&order, &ledger, &topology);
    replicas_init(&replicas, &ledger, &topology);
    answers_init(&answers, &ledger);
    for (uint32_t i = 0; i < GROUPS * REPLICAS + CLIENTS; i++)
        crashed[i] = i < GROUPS * REPLICAS && i % REPLICAS >= LIVE;
}

static inline void tear_down(void)
{
    survival_finish(&survival);
    survival = (struct survival){0};
    replicas_finish(&replicas);
    order_finish(&order);
    ledger_finish(&ledger);
}

/* ---- the end of a run ----------------------------------------------------------------------- */

static inline void find_survivors(void)
{
    survival_finish(&survival);
    survival_init(&survival, &ledger, crashed, &(struct survival_links){0});
}

static inline void check_order(bool drained)
{
    find_survivors();
    order_check(&order, &survival, drained);
}

static inline void check_answers(bool drained)
{
    find_survivors();
    answers_check(&answers, crashed + topology_client(&topology, 0), &survival, drained);
}

/* ---- events --------------------------------------------------------------------------------- */

/* Multicasts under that id to groups given as bits, for a command on variable 5; returns how the
 * ledger classifies it. */
static inline enum ledger_report multicast(struct command_id id, enum purpose purpose,
                                           uint32_t groups, uint32_t *cast)
{
    union {
        struct command command;
        uint64_t words[16];
    } c = {.command = {.bytes = command_bytes(1), .access_count = 1}};
    c.command.id = id;
    c.command.purpose = (uint8_t)purpose;
    c.command.dests.word[0] = groups;
    c.command.accesses[0] = (struct access){.variable = 5, .mode = ACCESS_READ | ACCESS_WRITE};
    if (id.client < CLIENTS && id.round == 0) ledger_add(&ledger, &c.command, clock_ns++);
    return ledger_multicast(&ledger, &c.command, cast);
}

/* Client `client` issues its next command and multicasts it to these groups. */
static inline uint32_t issue(uint32_t client, uint32_t groups)
{
    struct command_id id = {.client = client, .seq = 1};
    uint32_t cast;
    while (ledger_find(&ledger, id) != LEDGER_NONE) id.seq++;
    ck_assert_int_eq(multicast(id, PURPOSE_EXECUTE, groups, &cast), LEDGER_NEW);
    return cast;
}

static inline struct command_id id_of(uint32_t cast)
{
    const struct ledger_cast *c = &ledger.casts[cast];
    return (struct command_id){.client = c->sender, .round = c->round, .seq = c->seq};
}

/* The same command once more, in that round. */
static inline uint32_t again(uint32_t cast, uint32_t round, enum purpose purpose, uint32_t groups)
{
    struct command_id id = id_of(cast);
    uint32_t next;
    id.round = round;
    ck_assert_int_eq(multicast(id, purpose, groups, &next), LEDGER_NEW);
    return next;
}

static inline void deliver_at(uint32_t group, uint32_t replica, uint32_t cast)
{
    order_delivered(&order, topology_replica(&topology, group, replica), group, cast, id_of(cast),
                    clock_ns++);
}

static inline void deliver(uint32_t group, uint32_t cast)
{
    for (uint32_t i = 0; i < LIVE; i++) deliver_at(group, i, cast);
}

struct outcome {
    uint64_t digest;
    uint64_t state;
    uint64_t seen;
};

static inline void done_at(uint32_t group, uint32_t replica, uint32_t cast, struct outcome outcome,
                           const uint64_t *seen)
{
    replicas_executed(&replicas, &(struct replicas_execution){
                                     .node = topology_replica(&topology, group, replica),
                                     .group = group,
                                     .cast = cast,
                                     .digest = outcome.digest,
                                     .state_hash = outcome.state,
                                     .seen = seen,
                                     .access_count = 1,
                                 });
}

static inline void execute_at(uint32_t group, uint32_t replica, uint32_t cast,
                              struct outcome outcome)
{
    done_at(group, replica, cast, outcome, &outcome.seen);
}

/* The group takes part, lends or moves variables, but does not execute the command. */
static inline void take_part_at(uint32_t group, uint32_t replica, uint32_t cast,
                                struct outcome outcome)
{
    done_at(group, replica, cast, outcome, NULL);
}

static inline bool answer_with(uint32_t cast, struct command_id id, struct reply_view view,
                               uint32_t attempts)
{
    return answers_answered(&answers,
                            &(struct answers_reply){.command = cast == LEDGER_NONE
                                                                   ? LEDGER_NONE
                                                                   : ledger.casts[cast].command,
                                                    .id = id,
                                                    .now_ns = clock_ns++,
                                                    .attempts = attempts,
                                                    .view = &view,
                                                    .access_count = 1},
                            true);
}

static inline bool answer(uint32_t cast, struct command_id id, uint64_t digest, uint64_t seen)
{
    return answer_with(cast, id,
                       (struct reply_view){.status = REPLY_OK, .digest = digest, .seen = &seen}, 1);
}

/* ---- expectations --------------------------------------------------------------------------- */

static inline void assert_fails(const struct property *p, const char *reason)
{
    ck_assert_int_eq(p->result, RESULT_FAIL);
    ck_assert_str_eq(p->reason, reason);
}

#endif
