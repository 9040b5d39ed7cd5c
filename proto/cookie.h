/* cookie.h - which layer of a replica asked for an operation: seven bits of its cookie. */
#ifndef AVIARY_PROTO_COOKIE_H
#define AVIARY_PROTO_COOKIE_H

#include <stdint.h>

#include "base/assert.h"
#include "proto/transport.h"

enum cookie_layer {
    COOKIE_SCHEME,
    COOKIE_SIGNALS,
    COOKIE_MULTICAST,
};

enum { COOKIE_LAYER_SHIFT = 56 };

/* `number` is the layer's own, below 2^56; COOKIE_QUIET may be added. */
static inline uint64_t cookie_make(enum cookie_layer layer, uint64_t number)
{
    ASSERT(number >> COOKIE_LAYER_SHIFT == 0);
    return (uint64_t)layer << COOKIE_LAYER_SHIFT | number;
}

static inline enum cookie_layer cookie_layer(uint64_t cookie)
{
    return (enum cookie_layer)((cookie & ~COOKIE_QUIET) >> COOKIE_LAYER_SHIFT);
}

static inline uint64_t cookie_number(uint64_t cookie)
{
    return cookie & ((UINT64_C(1) << COOKIE_LAYER_SHIFT) - 1);
}

#endif
