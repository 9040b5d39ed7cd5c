/* forecast.c - see forecast.h. */
#include "proto/oracle/forecast.h"

#include "base/assert.h"
#include "proto/partition/graph_sample.h"
#include "proto/topology.h"

enum {
    WORK_ACCESS = 2,
    WORK_ACROSS = 4,
    WORK_MOVE = 1,
    WORK_QUESTION = 1,
    SCALE_UNIT = 1024,
    SCALE_MOST = SCALE_UNIT << 20,
    ERROR_PART = 10, /* of the work: by so much forecasts err */
};

/* From what the graph has to the horizon, in units. */
static uint64_t scale_of(const struct forecast_request *r)
{
    ASSERT(r->changes > 0);
    const uint64_t most = UINT64_MAX / SCALE_UNIT;
    uint64_t horizon = r->horizon < most ? r->horizon : most;
    uint64_t scale = horizon * SCALE_UNIT / r->changes;
    return scale < SCALE_MOST ? scale : SCALE_MOST;
}

static uint64_t greatest(const uint64_t *work, uint32_t count)
{
    uint64_t most = 0;
    for (uint32_t i = 0; i < count; i++)
        if (work[i] > most) most = work[i];
    return most;
}

/* Of each partition up to the horizon, moves apart. */
static void add_accesses(const struct forecast_request *r, const uint32_t *part, uint64_t *work)
{
    const struct graph_csr *g = r->apart;
    for (uint32_t v = 0; v < g->vertices; v++) {
        uint64_t across = 0;
        for (uint32_t i = g->offset[v]; i < g->offset[v + 1]; i++)
            if (part[g->neighbour[i]] != part[v]) across += g->edge_weight[i];
        ASSERT(part[v] < r->parts);
        work[part[v]] +=
            WORK_ACCESS * (uint64_t)g->vertex_weight[v] + WORK_ACROSS * GRAPH_SAMPLE_PARTS * across;
    }
    for (uint32_t p = 0; p < r->parts; p++) work[p] = work[p] / r->unit * scale_of(r) / SCALE_UNIT;
}

static void add_moves(const struct forecast_request *r, uint64_t *work)
{
    for (uint32_t v = 0; v < r->apart->vertices; v++) {
        if (r->part[v] == r->present[v]) continue;
        work[r->present[v]] += WORK_MOVE * (uint64_t)r->variables[v];
        work[r->part[v]] += WORK_MOVE * (uint64_t)r->variables[v];
    }
}

/* Each access is at most one, and each client asks once for each granule. */
static uint64_t questions(const struct forecast_request *r)
{
    uint64_t count = 0, scale = scale_of(r);
    for (uint32_t v = 0; v < r->apart->vertices; v++) {
        uint64_t accesses = r->apart->vertex_weight[v] * scale / SCALE_UNIT / r->unit;
        count += accesses < r->clients ? accesses : r->clients;
    }
    return WORK_QUESTION * count;
}

struct forecast forecast(const struct forecast_request *r)
{
    uint64_t present[GROUPS_MAX] = {0}, planned[GROUPS_MAX] = {0};
    ASSERT(r->parts < GROUPS_MAX);
    add_accesses(r, r->present, present);
    add_accesses(r, r->part, planned);
    add_moves(r, planned);
    planned[r->parts] = questions(r);
    return (struct forecast){greatest(present, r->parts), greatest(planned, r->parts + 1)};
}

bool forecast_better(const struct forecast *f)
{
    return f->work_planned < f->work_present - f->work_present / ERROR_PART;
}
