/* reply.c - whether a reply or a prophecy is well-formed (reply.h). */
#include "proto/reply.h"

bool reply_message_valid(const struct message *m)
{
    if (m->kind == MESSAGE_PROPHECY) {
        const struct message_prophecy *p = (const struct message_prophecy *)m;
        return m->bytes > sizeof(*p) && p->status <= REPLY_NOK &&
               command_valid(p->command, m->bytes - sizeof(*p));
    }
    const struct message_reply *r = (const struct message_reply *)m;
    return m->bytes >= sizeof(*r) && r->group < GROUPS_MAX && r->status <= REPLY_NOK &&
           r->seen_count <= COMMAND_ACCESSES_MAX &&
           m->bytes == sizeof(*r) + r->seen_count * sizeof(r->seen[0]);
}
