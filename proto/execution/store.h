/* store.h - a replica's variables: number -> (version, value).
 *
 * A variable that was never written is (0, 0) and takes no room. Open addressing with linear
 * probing: 24 bytes a slot, at most 3/4 full. */
#ifndef AVIARY_PROTO_EXECUTION_STORE_H
#define AVIARY_PROTO_EXECUTION_STORE_H

#include <stdint.h>

#include "proto/application.h"

struct store_slot {
    uint64_t key; /* variable + 1; 0: empty */
    struct variable_state state;
};

struct store {
    struct store_slot *slots;
    uint64_t capacity; /* a power of two */
    uint64_t count;
};

void store_init(struct store *s);
void store_finish(struct store *s);
struct variable_state store_get(const struct store *s, uint32_t variable);
/* NULL if it takes no room: it was not put, or removed. Valid until the next change. */
const struct variable_state *store_find(const struct store *s, uint32_t variable);
void store_put(struct store *s, uint32_t variable, struct variable_state state);
/* It is (0, 0) again. */
void store_remove(struct store *s, uint32_t variable);

#endif
