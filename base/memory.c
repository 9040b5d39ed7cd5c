/* memory.c - see memory.h. */
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { ROOM_MIN = 4 }; /* elements in an array that begins to grow */

static _Noreturn void out_of_memory(size_t count, size_t bytes)
{
    fprintf(stderr, "aviary: out of memory: %zu times %zu bytes were asked for\n", count, bytes);
    exit(2);
}

void *allocate(size_t bytes)
{
    void *memory = malloc(bytes);
    if (!memory && bytes > 0) out_of_memory(1, bytes);
    return memory;
}

void *allocate_zeroed(size_t count, size_t bytes)
{
    void *memory = calloc(count > 0 ? count : 1, bytes);
    if (!memory) out_of_memory(count, bytes);
    return memory;
}

void *reallocate(void *old, size_t bytes)
{
    void *memory = realloc(old, bytes);
    if (!memory && bytes > 0) out_of_memory(1, bytes);
    return memory;
}

char *allocate_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(allocate(bytes), text, bytes);
}

void *array_grow(void *array, uint64_t *room, uint64_t needed, size_t element_bytes)
{
    if (needed <= *room) return array;
    uint64_t count = *room > 0 ? *room * 2 : ROOM_MIN;
    if (count < needed) count = needed;
    if (count > SIZE_MAX / element_bytes) out_of_memory(count, element_bytes);
    array = reallocate(array, count * element_bytes);
    *room = count;
    return array;
}

void *array_grow32(void *array, uint32_t *room, uint32_t needed, size_t element_bytes)
{
    uint64_t wide = *room;
    array = array_grow(array, &wide, needed, element_bytes);
    *room = wide < UINT32_MAX ? (uint32_t)wide : UINT32_MAX;
    return array;
}
