/* proxy.c - what proxies of several schemes share (proxy.h). */
#include "proto/client/proxy.h"

#include "base/assert.h"

void proxy_everywhere(struct client *c, struct outstanding *o, uint32_t target)
{
    ASSERT(target < topology_partitions(client_setup_of(c)->topology));
    const struct topology *topology = client_setup_of(c)->topology;
    struct command *draft = client_draft(o, PURPOSE_EXECUTE);
    draft->execution = EXECUTION_EVERYWHERE;
    draft->target = (uint16_t)target;
    draft->dests = (struct group_set){{0}};
    for (uint32_t g = 0; g < topology_partitions(topology); g++) group_set_add(&draft->dests, g);
    for (uint32_t i = 0; i < draft->access_count; i++) draft->accesses[i].group = (uint16_t)target;
    if (command_creates_or_deletes(draft)) group_set_add(&draft->dests, topology_oracle(topology));
    ASSERT(group_set_has(&draft->dests, target));
    o->attempts++;
    client_multicast(c, o, draft);
}
