/* memory.h - allocation that cannot fail: out of memory ends the program with a message and status
 * 2.
 *
 * Everything is freed by free(). */
#ifndef AVIARY_BASE_MEMORY_H
#define AVIARY_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* Never NULL where bytes > 0; not initialised. */
void *allocate(size_t bytes);
/* Zeroed, and never NULL: at least one element, so that the result differs from NULL. */
void *allocate_zeroed(size_t count, size_t bytes);
void *reallocate(void *old, size_t bytes);
/* A copy of a text. */
char *allocate_text(const char *text);

/* Makes an array of *room elements hold at least `needed`, at least doubling it; new elements are
 * not initialised. Returns where the array is now and changes *room. */
void *array_grow(void *array, uint64_t *room, uint64_t needed, size_t element_bytes);
/* The same where at most 2^32 - 1 elements are counted. */
void *array_grow32(void *array, uint32_t *room, uint32_t needed, size_t element_bytes);

#endif
