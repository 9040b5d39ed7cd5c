/* reply.c - which replies and prophecies are possible (reply.h). */
#include "proto/reply.h"

#include "base/assert.h"

/* Of the query, or of the multicast that the oracle made of it. */
static bool prophecy_valid(const struct message_prophecy *p, const struct limits *l)
{
    if (p->m.bytes <= sizeof(*p) || !l->topology->oracle) return false;
    if (topology_group(l->topology, p->m.from) != topology_oracle(l->topology)) return false;
    if (p->status != REPLY_OK && p->status != REPLY_NOK) return false;
    if (!limits_id(l, p->id) || !limits_command(l, p->command, p->m.bytes - sizeof(*p)))
        return false;
    struct command_id id = p->id;
    id.round += p->command->purpose == PURPOSE_EXECUTE;
    return p->command->purpose <= PURPOSE_ASK && command_id_equal(p->command->id, id);
}

/* Without an oracle nothing is refused. */
static bool reply_valid(const struct message_reply *r, const struct limits *l)
{
    if (r->m.bytes < sizeof(*r) || r->seen_count > COMMAND_ACCESSES_MAX) return false;
    if (r->m.bytes != sizeof(*r) + r->seen_count * sizeof(r->seen[0])) return false;
    if (r->group != topology_group(l->topology, r->m.from) || !limits_id(l, r->id)) return false;
    if (r->status > (l->topology->oracle ? REPLY_NOK : REPLY_OK)) return false;
    if (r->status != REPLY_OK && r->seen_count) return false;
    for (uint32_t i = 0; i < r->seen_count; i++)
        if (r->seen[i] > VERSION_MAX && r->seen[i] != VERSION_UNSEEN) return false;
    return true;
}

bool reply_message_valid(const struct message *m, const struct limits *l)
{
    ASSERT(message_layer(m->kind) == LAYER_CLIENT);
    if (!limits_replica(l, m->from)) return false;
    return m->kind == MESSAGE_PROPHECY ? prophecy_valid((const struct message_prophecy *)m, l)
                                       : reply_valid((const struct message_reply *)m, l);
}
