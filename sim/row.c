/* row.c - an array of numbers by node, grown (row.h). */
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/row.h"

uint64_t *sim_row_grow(struct sim_row *row, uint32_t node)
{
    uint32_t count = row->count ? row->count : 8;
    while (count <= node) count *= 2;
    row->value = reallocate(row->value, count * sizeof *row->value);
    memset(row->value + row->count, 0, (count - row->count) * sizeof *row->value);
    row->count = count;
    ASSERT(node < row->count);
    return &row->value[node];
}
