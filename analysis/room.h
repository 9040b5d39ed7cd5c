/* room.h - room in growing arrays: what every recording structure here does when it is full.
 *
 * Memory that ends is the end of the program, with a message: a run that could not be recorded has
 * no result worth keeping. */
#ifndef AVIARY_ANALYSIS_ROOM_H
#define AVIARY_ANALYSIS_ROOM_H

#include <stddef.h>
#include <stdint.h>

/* Memory for `count` things of `size` bytes, zeroed. */
void *room_zeroed(uint64_t count, size_t size);
/* Makes an array of *room things hold at least `needed`, at least doubling it; what is new is not
 * initialised. Returns where the array is now and changes *room. */
void *room_grow(void *array, uint64_t *room, uint64_t needed, size_t size);

#endif
