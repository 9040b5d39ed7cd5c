/* partitioner_relabel.c - METIS from scratch, then its parts numbered so that the fewest bytes
 * move.
 *
 * METIS numbers its parts arbitrarily. Renumbering them is an assignment problem over the bytes
 * that a new part shares with an old one; the Hungarian method solves it exactly, in time cubic in
 * the number of parts (Kuhn 1955; with potentials and one augmenting path a row). */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/partition/partition_core.h"

#define NOTHING INT64_MAX

/* Rows are METIS's parts, columns the new numbers; both from 1, column 0 holds the row that is
 * being assigned. */
struct assignment {
    uint32_t size;
    int64_t *shared; /* bytes, row by row, size * size */
    int64_t *row_price, *column_price;
    int64_t *slack;   /* by column: the cheapest step to it from the rows reached */
    uint32_t *row_of; /* by column: its row, 0: free */
    uint32_t *before; /* by column: the one that the path comes from */
    bool *reached;    /* by column */
};

static void prepare(struct assignment *a, uint32_t size)
{
    size_t places = (size_t)size + 1;
    a->size = size;
    a->shared = allocate_zeroed((size_t)size * size, sizeof(*a->shared));
    a->row_price = allocate_zeroed(places, sizeof(*a->row_price));
    a->column_price = allocate_zeroed(places, sizeof(*a->column_price));
    a->slack = allocate_zeroed(places, sizeof(*a->slack));
    a->row_of = allocate_zeroed(places, sizeof(*a->row_of));
    a->before = allocate_zeroed(places, sizeof(*a->before));
    a->reached = allocate_zeroed(places, sizeof(*a->reached));
}

static void release(struct assignment *a)
{
    free(a->shared);
    free(a->row_price);
    free(a->column_price);
    free(a->slack);
    free(a->row_of);
    free(a->before);
    free(a->reached);
}

/* What a row costs in a column: the less, the more bytes they share. */
static int64_t cost(const struct assignment *a, uint32_t row, uint32_t column)
{
    return -a->shared[(size_t)(row - 1) * a->size + (column - 1)];
}

/* Extends the path from the column reached last to the cheapest one not yet reached, and returns
 * it. */
static uint32_t step(struct assignment *a, uint32_t column)
{
    uint32_t row = a->row_of[column], next = 0;
    int64_t least = NOTHING;
    a->reached[column] = true;
    for (uint32_t c = 1; c <= a->size; c++) {
        if (a->reached[c]) continue;
        int64_t slack = cost(a, row, c) - a->row_price[row] - a->column_price[c];
        if (slack < a->slack[c]) {
            a->slack[c] = slack;
            a->before[c] = column;
        }
        if (a->slack[c] < least) {
            least = a->slack[c];
            next = c;
        }
    }
    for (uint32_t c = 0; c <= a->size; c++) {
        if (a->reached[c]) {
            a->row_price[a->row_of[c]] += least;
            a->column_price[c] -= least;
        } else {
            a->slack[c] -= least;
        }
    }
    ASSERT(next > 0);
    ASSERT(next <= a->size);
    return next;
}

/* Assigns a column to each row, one row after the other. */
static void assign(struct assignment *a)
{
    for (uint32_t row = 1; row <= a->size; row++) {
        uint32_t column = 0;
        a->row_of[0] = row;
        for (uint32_t c = 0; c <= a->size; c++) {
            a->slack[c] = NOTHING;
            a->reached[c] = false;
        }
        do column = step(a, column);
        while (a->row_of[column] != 0);
        for (; column != 0; column = a->before[column])
            a->row_of[column] = a->row_of[a->before[column]];
    }
}

static void relabel(struct partition_core *core)
{
    struct assignment a = {0};
    uint32_t parts = core->request->parts;
    prepare(&a, parts);
    for (uint32_t v = 0; v < core->vertices; v++) {
        uint32_t present = partition_core_present(core, v);
        if (present == UINT32_MAX) continue;
        ASSERT(present < parts);
        ASSERT((uint32_t)core->part[v] < parts);
        a.shared[(size_t)core->part[v] * parts + present] += partition_core_bytes(core, v);
    }
    assign(&a);
    int32_t *number = (int32_t *)a.before; /* done with; by METIS's part */
    for (uint32_t c = 1; c <= parts; c++) number[a.row_of[c] - 1] = (int32_t)c - 1;
    for (uint32_t v = 0; v < core->vertices; v++) core->part[v] = number[core->part[v]];
    release(&a);
}

static int cut(struct partition_core *core)
{
    int result = partition_core_metis(core);
    if (result == 0 && core->request->present) relabel(core);
    return result;
}

static int cut_all(const struct partition_request *request, uint32_t *part_out)
{
    return partition_by_core(request, CORE_USES_PRESENT, cut, part_out);
}

const struct partitioner metis_relabel_partitioner = {
    "metis-relabel", "METIS, its parts numbered so that the fewest bytes move", cut_all};
