/* search.h - binary search by a key of 32 bits. */
#ifndef AVIARY_BASE_SEARCH_H
#define AVIARY_BASE_SEARCH_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* The index of the first element whose key is at least `key`; `count` if there is none. Each of the
 * `count` elements has `bytes` bytes and begins with its key, and keys do not fall. */
static inline uint64_t search_key(const void *elements, size_t bytes, uint64_t count, uint32_t key)
{
    uint64_t low = 0, high = count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        uint32_t found;
        memcpy(&found, (const unsigned char *)elements + middle * bytes, sizeof(found));
        if (found < key)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

#endif
