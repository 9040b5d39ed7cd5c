/* proxy_dssmr.c - DS-SMR's client (DSN 2016, algorithm of the client proxy): consult the oracle, or
 * the cache; gather the variables in one partition; execute there; retry; fall back to all
 * partitions.
 *
 * All moves are multicast at once, and the command right behind them, without waiting: it is
 * ordered after its moves (FIFO), which leaves little time for other commands to move a variable
 * away. */
#include "base/assert.h"
#include "proto/oracle/oracle.h"
#include "proto/schemes/dynamic.h"
#include "proto/schemes/scheme.h"

static void address_to_oracle(const struct client *c, struct command *draft)
{
    group_set_add(&draft->dests, topology_oracle(client_setup_of(c)->topology));
}

/* At the target, behind the moves to it. */
static void execute(struct client *c, struct outstanding *o, uint32_t moves)
{
    ASSERT(o->target < topology_partitions(client_setup_of(c)->topology));
    ASSERT(moves <= o->rounds);
    struct command *draft = client_draft(o, PURPOSE_EXECUTE);
    draft->execution = EXECUTION_LEND;
    draft->follows = moves;
    draft->target = (uint16_t)o->target;
    for (uint32_t i = 0; i < draft->access_count; i++)
        draft->accesses[i].group = (uint16_t)o->target;
    draft->dests = command_places(draft);
    if (command_creates_or_deletes(draft)) address_to_oracle(c, draft);
    o->attempts++;
    client_multicast(c, o, draft);
}

static void move(struct client *c, struct outstanding *o, const struct access *a)
{
    ASSERT(a->group != o->target);
    struct command *draft = client_draft(o, PURPOSE_MOVE);
    draft->access_count = 1;
    draft->bytes = command_bytes(1);
    draft->accesses[0] = (struct access){a->variable, a->group, ACCESS_READ, 0};
    draft->execution = EXECUTION_MOVE;
    draft->target = (uint16_t)o->target;
    draft->request_bytes = draft->reply_bytes = 0;
    draft->cost_ns = 0;
    draft->dests = command_places(draft);
    group_set_add(&draft->dests, o->target);
    address_to_oracle(c, draft);
    client_multicast(c, o, draft);
}

/* `known`: the command with the place of each variable; what it creates can be anywhere. */
static void gather(struct client *c, struct outstanding *o, const struct command *known)
{
    o->target = oracle_target(known, client_setup_of(c)->options->target);
    uint32_t moves = 0;
    for (uint32_t i = 0; i < known->access_count; i++) {
        const struct access *a = &known->accesses[i];
        if (a->group == o->target || a->mode & ACCESS_CREATE) continue;
        move(c, o, a);
        moves++;
    }
    execute(c, o, moves);
    if (moves > 0 && client_setup_of(c)->options->location_cache != CACHE_OFF)
        for (uint32_t i = 0; i < known->access_count; i++)
            places_put(client_places(c), known->accesses[i].variable, o->target);
}

/* The cache is used where it makes the command local: if it is stale, one multicast is wasted.
 * Moves by a stale cache would scatter, to one more partition, what others have gathered. */
static void dssmr_begin(struct client *c, struct outstanding *o)
{
    ASSERT(o->rounds == 0);
    struct command *known = client_draft(o, PURPOSE_EXECUTE);
    struct group_set places = {{0}};
    if (client_locate(c, known)) places = command_places(known);
    if (group_set_single(&places))
        gather(c, o, known);
    else
        client_question(c, o, PURPOSE_CONSULT);
    client_discard(known);
}

static void dssmr_refused(struct client *c, struct outstanding *o)
{
    ASSERT(o->attempts >= 1);
    ASSERT(o->flight_count == 0);
    if (o->attempts >= client_setup_of(c)->options->retries)
        proxy_everywhere(c, o, o->target);
    else
        client_question(c, o, PURPOSE_CONSULT);
}

static const struct proxy_ops dssmr_proxy = {
    .begin = dssmr_begin, .prophecy = gather, .refused = dssmr_refused};

static const struct plant *const plants[] = {&plant_queued_values, &plant_unheard_moves,
                                             &plant_wrong_nok, &plant_lost_value_move, NULL};

const struct scheme dssmr_scheme = {
    .name = "dssmr",
    .summary = "DS-SMR: clients consult an oracle and move variables to one partition",
    .partitioned = true,
    .executor = &dynamic_executor,
    .oracle = &oracle_executor,
    .proxy = &dssmr_proxy,
    .target = TARGET_RANDOM,
    .plants = plants,
};
