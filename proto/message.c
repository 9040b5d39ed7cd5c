/* message.c - the names of the kinds of messages, and their layers (message.h). */
#include "proto/message.h"

const char *message_kind_name(uint32_t kind)
{
    static const char *const names[] = {
#define X(NAME, name) #name,
#define L(LAYER, KINDS) KINDS(X)
        MESSAGE_LAYERS(L)
#undef L
#undef X
    };
    return kind < MESSAGE_KIND_COUNT ? names[kind] : "?";
}

enum message_layer message_layer(uint32_t kind)
{
    /* How many kinds each has. */
#define X(NAME, name) 0,
#define L(LAYER, KINDS) sizeof((const char[]){KINDS(X)}),
    static const uint32_t kinds[LAYER_COUNT] = {MESSAGE_LAYERS(L)};
#undef L
#undef X
    uint32_t layer = 0, end = kinds[0];
    while (kind >= end && ++layer < LAYER_COUNT) end += kinds[layer];
    return (enum message_layer)layer;
}
