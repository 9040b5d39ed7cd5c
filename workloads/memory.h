/* memory.h - memory of this room: asked for through here, never NULL; running out of it is fatal.
 */
#ifndef AVIARY_WORKLOADS_MEMORY_H
#define AVIARY_WORKLOADS_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed; count * item_bytes may be 0. */
void *memory_zeroed(size_t count, size_t item_bytes);
char *memory_text(const char *text); /* a copy */

/* Makes room for at least `needed` items in an array that has *room of them, by doubling; what is
 * new is not zeroed. Returns the array, which may have moved. */
void *memory_grow(void *array, uint32_t *room, uint32_t needed, size_t item_bytes);

#endif
