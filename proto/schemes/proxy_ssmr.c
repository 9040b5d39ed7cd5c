/* proxy_ssmr.c - S-SMR's client: one multicast to the partitions of a placement that never changes
 * (DSN 2014, Algorithm 1). */
#include "base/assert.h"
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
