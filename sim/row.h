/* row.h - an array of numbers by node, zero at first, grown to the highest node used. */
#ifndef AVIARY_SIM_ROW_H
#define AVIARY_SIM_ROW_H

#include <stdint.h>

struct sim_row {
    uint64_t *value; /* owned; free it */
    uint32_t count;
};

uint64_t *sim_row_grow(struct sim_row *row, uint32_t node);
static inline uint64_t *sim_row_at(struct sim_row *row, uint32_t node)
{
    return node < row->count ? &row->value[node] : sim_row_grow(row, node);
}

#endif
