/* proxy_dynastar.c - DynaStar's client (ICDCS 2019): directly to the partitions if all variables'
 * places are cached, else, and when it is refused, through the oracle, which multicasts the
 * command. The paper does not bound the retries. Where variables stay at the borrower, commands
 * could take them from each other for ever, and frequent plans could make each attempt stale: so
 * after some retries all partitions execute it, as in DS-SMR. */
#include "base/assert.h"
#include "proto/oracle/oracle.h"
#include "proto/oracle/planner.h"
#include "proto/schemes/arrivals.h"
#include "proto/schemes/dynamic.h"
#include "proto/schemes/scheme.h"

static void ask(struct client *c, struct outstanding *o)
{
    client_question(c, o, PURPOSE_ASK);
}

static void dynastar_begin(struct client *c, struct outstanding *o)
{
    ASSERT(o->rounds == 0);
    const struct scheme_options *options = client_setup_of(c)->options;
    struct command *draft = client_draft(o, PURPOSE_EXECUTE);
    if (!client_locate(c, draft)) {
        client_discard(draft);
        ask(c, o);
        return;
    }
    draft->dests = command_places(draft);
    draft->target = (uint16_t)oracle_target(draft, options->target);
    draft->execution = EXECUTION_LEND;
    if (!options->returns && !group_set_single(&draft->dests)) {
        draft->execution = EXECUTION_MOVE;
        group_set_add(&draft->dests, topology_oracle(client_setup_of(c)->topology));
    }
    o->attempts++;
    client_multicast(c, o, draft);
}

static void dynastar_refused(struct client *c, struct outstanding *o)
{
    ASSERT(o->attempts >= 1);
    ASSERT(o->flight_count == 0);
    const struct scheme_options *options = client_setup_of(c)->options;
    if (o->attempts >= options->retries)
        proxy_everywhere(c, o, oracle_target(o->command, options->target));
    else
        ask(c, o);
}

/* On a prophecy there is nothing to do: the oracle has multicast the command already. */
static const struct proxy_ops dynastar_proxy = {
    .lends = true, .begin = dynastar_begin, .refused = dynastar_refused};

static const struct plant *const plants[] = {
    &plant_queued_values,    &plant_incomplete_set,    &plant_final_retry,
    &plant_impatient_lender, &plant_own_target,        &plant_objects_again,
    &plant_snapshot_map,     &plant_wrong_nok,         &plant_lost_value_transfer,
    &plant_lost_value_loan,  &plant_lost_value_return, NULL};

const struct scheme dynastar_scheme = {
    .name = "dynastar",
    .summary = "DynaStar: variables are lent; an oracle plans their placement",
    .partitioned = true,
    .executor = &dynamic_executor,
    .oracle = &oracle_executor,
    .proxy = &dynastar_proxy,
    .target = TARGET_MOST,
    .plans = true,
    .plants = plants,
};
