/* room.c - growing arrays (room.h). */
#include "analysis/room.h"

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void out_of_memory(uint64_t count, size_t size)
{
    fprintf(stderr, "aviary: out of memory: wanted %llu x %zu bytes for the record of the run\n",
            (unsigned long long)count, size);
    exit(2);
}

void *room_zeroed(uint64_t count, size_t size)
{
    void *memory = calloc(count ? count : 1, size);
    if (!memory) out_of_memory(count, size);
    return memory;
}

void *room_grow(void *array, uint64_t *room, uint64_t needed, size_t size)
{
    if (needed <= *room) return array;
    uint64_t count = *room ? *room * 2 : 64;
    if (count < needed) count = needed;
    void *memory = realloc(array, count * size);
    if (!memory) out_of_memory(count, size);
    *room = count;
    return memory;
}
