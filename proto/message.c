/* message.c - the names of the kinds of messages (message.h). */
#include "proto/message.h"

const char *message_kind_name(uint32_t kind)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
        MESSAGE_KINDS(X)
#undef X
    };
    return kind < MESSAGE_KIND_COUNT ? names[kind] : "?";
}
