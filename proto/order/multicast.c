/* multicast.c - the table of atomic multicast protocols. */
#include "proto/order/multicast.h"

#include <stddef.h>
#include <string.h>

#include "proto/order/basecast.h"

/* A new protocol is one line; its messages have their kinds in message.h. */
#define MULTICASTS(X) X(basecast)

#define X(name) extern const struct multicast_ops name##_ops;
MULTICASTS(X)
#undef X

static const struct multicast_ops *const table[] = {
#define X(name) &name##_ops,
    MULTICASTS(X)
#undef X
};

const struct multicast_ops *multicast_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? table[i] : NULL;
}

const struct multicast_ops *multicast_find(const char *name)
{
    for (uint32_t i = 0; multicast_at(i); i++)
        if (strcmp(multicast_at(i)->name, name) == 0) return multicast_at(i);
    return NULL;
}

bool multicast_message_valid(const struct message *m)
{
    if (m->kind == MESSAGE_START)
        return m->bytes > sizeof(struct message_start) &&
               command_valid(((const struct message_start *)m)->command,
                             m->bytes - sizeof(struct message_start));
    if (m->kind == MESSAGE_WANTED)
        return m->bytes == sizeof(struct message_wanted) &&
               ((const struct message_wanted *)m)->group < GROUPS_MAX;
    if (m->kind == MESSAGE_LEADER)
        return m->bytes == sizeof(struct message_leader) &&
               ((const struct message_leader *)m)->group < GROUPS_MAX;
    return basecast_message_valid(m);
}
