/* memory.c - allocation that does not fail (memory.h). */
#include "workloads/memory.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void *memory_zeroed(size_t count, size_t item_bytes)
{
    void *memory = calloc(count > 0 ? count : 1, item_bytes);
    assert(memory);
    return memory;
}

char *memory_text(const char *text)
{
    size_t bytes = strlen(text) + 1;
    return memcpy(memory_zeroed(bytes, 1), text, bytes);
}

void *memory_grow(void *array, uint32_t *room, uint32_t needed, size_t item_bytes)
{
    if (needed <= *room) return array;
    uint32_t wanted = *room > 0 ? *room : 4;
    while (wanted < needed) wanted = wanted < UINT32_MAX / 2 ? wanted * 2 : UINT32_MAX;
    array = realloc(array, (size_t)wanted * item_bytes);
    assert(array);
    *room = wanted;
    return array;
}
