/* proxy_dynastar.c - DynaStar's client (ICDCS 2019): directly to the partitions if all variables'
 * places are cached, else, and when it is refused, through the oracle, which multicasts the
 * command. The paper does not bound the retries. Where variables stay at the borrower, commands
 * could take them from each other for ever, and frequent plans could make each attempt stale: so
 * after some retries all partitions execute it, as in DS-SMR. */
#include "proto/schemes/dynamic.h"
#include "proto/oracle/oracle.h"

static void ask(struct client *c, struct outstanding *o)
{
    client_question(c, o, PURPOSE_ASK);
}

static void dynastar_begin(struct client *c, struct outstanding *o)
{
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
    const struct scheme_options *options = client_setup_of(c)->options;
    if (o->attempts >= options->retries)
        proxy_everywhere(c, o, oracle_target(o->command, options->target));
    else
        ask(c, o);
}

/* On a prophecy there is nothing to do: the oracle has multicast the command already. */
const struct proxy_ops dynastar_proxy = {
    .lends = true, .begin = dynastar_begin, .refused = dynastar_refused};
