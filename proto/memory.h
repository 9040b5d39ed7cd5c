/* memory.h - memory that is there: running out of it ends the program with a message. */
#ifndef AVIARY_PROTO_MEMORY_H
#define AVIARY_PROTO_MEMORY_H

#include <assert.h>
#include <stdlib.h>

static inline void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    assert(memory || !bytes);
    return memory;
}

/* At least one element, so that the result can be told from none. */
static inline void *allocate_zeroed(size_t count, size_t bytes)
{
    void *memory = calloc(count ? count : 1, bytes);
    assert(memory);
    return memory;
}

static inline void *reallocate(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);
    assert(memory || !bytes);
    return memory;
}

#endif
