/* proxy_ssmr.c - S-SMR's client: one multicast to the partitions of a placement that never changes
 * (DSN 2014, Algorithm 1); and the schemes made of it. */
#include "base/assert.h"
#include "proto/schemes/scheme.h"
#include "proto/schemes/ssmr.h"

static void begin(struct client *c, struct outstanding *o)
{
    ASSERT(o->rounds == 0);
    ASSERT(o->attempts == 0);
    struct command *draft = client_draft(o, PURPOSE_EXECUTE);
    draft->target = (uint16_t)group_set_next(&draft->dests, 0);
    o->attempts++;
    client_multicast(c, o, draft);
}

const struct proxy_ops ssmr_proxy = {.begin = begin};

static const struct plant *const plants[] = {&plant_no_signals, &plant_signals_at_enqueue,
                                             &plant_stale_cache, &plant_queued_values, NULL};

const struct scheme ssmr_scheme = {
    .name = "ssmr",
    .summary = "S-SMR: static partitions, signals and values exchanged at the start",
    .partitioned = true,
    .executor = &ssmr_executor,
    .proxy = &ssmr_proxy,
    .target = TARGET_MOST,
    .plants = plants,
};

/* Classic SMR is S-SMR with one partition: more servers cannot help it. */
const struct scheme smr_scheme = {
    .name = "smr",
    .summary = "classic SMR: one group, every replica executes everything",
    .executor = &ssmr_executor,
    .proxy = &ssmr_proxy,
    .target = TARGET_MOST,
};
