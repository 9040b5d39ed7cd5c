/* preparation.c - see preparation.h. */
#include "analysis/experiment/preparation.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

enum { WORKLOADS_MAX = 4 };

struct placed {
    struct placement_request request;
    char *spec; /* the request's */
    struct placement placement;
    struct placed *next;
};

struct prepared {
    char *spec;
    uint64_t seed;
    struct workload *workload; /* NULL: none */
    uint64_t commands;         /* 0: not counted */
    uint64_t used;             /* when it was asked for last */
    struct placed *placed;
};

struct preparation {
    uint64_t now;
    struct prepared prepared[WORKLOADS_MAX];
};

struct preparation *preparation_create(void)
{
    return allocate_zeroed(1, sizeof(struct preparation));
}

static void discard(struct prepared *p)
{
    for (struct placed *next, *placed = p->placed; placed; placed = next) {
        next = placed->next;
        placement_finish(&placed->placement);
        free(placed->spec);
        free(placed);
    }
    workload_close(p->workload);
    free(p->spec);
    *p = (struct prepared){0};
}

void preparation_destroy(struct preparation *p)
{
    if (!p) return;
    for (uint32_t i = 0; i < WORKLOADS_MAX; i++) discard(&p->prepared[i]);
    free(p);
}

static struct prepared *least_recent(struct preparation *p)
{
    struct prepared *least = p->prepared;
    for (uint32_t i = 1; i < WORKLOADS_MAX; i++)
        if (p->prepared[i].used < least->used) least = &p->prepared[i];
    return least;
}

struct workload *preparation_workload(struct preparation *p, const char *spec, uint64_t seed,
                                      struct error *e)
{
    for (uint32_t i = 0; i < WORKLOADS_MAX; i++) {
        struct prepared *found = &p->prepared[i];
        if (!found->workload || found->seed != seed || strcmp(found->spec, spec) != 0) continue;
        found->used = ++p->now;
        return found->workload;
    }
    struct workload *w = workload_open(spec, seed, e);
    if (!w) return NULL;
    struct prepared *made = least_recent(p);
    discard(made);
    *made = (struct prepared){
        .spec = allocate_text(spec), .seed = seed, .workload = w, .used = ++p->now};
    return w;
}

static struct prepared *of(struct preparation *p, const struct workload *w)
{
    uint32_t i = 0;
    while (i < WORKLOADS_MAX && p->prepared[i].workload != w) i++;
    ASSERT(i < WORKLOADS_MAX);
    return &p->prepared[i];
}

int preparation_count(struct preparation *p, struct workload *w, uint64_t *commands,
                      struct error *e)
{
    struct prepared *own = of(p, w);
    if (own->commands == 0 && workload_count(w, UINT64_MAX, &own->commands, e) < 0) return -1;
    *commands = own->commands;
    return 0;
}

static bool same_request(const struct placement_request *a, const struct placement_request *b)
{
    return strcmp(a->spec, b->spec) == 0 && a->partitions == b->partitions && a->seed == b->seed &&
           a->commands_max == b->commands_max && a->learns == b->learns &&
           a->imbalance >= b->imbalance && a->imbalance <= b->imbalance;
}

const struct placement *preparation_placement(struct preparation *p, struct workload *w,
                                              const struct placement_request *request,
                                              struct error *e)
{
    struct prepared *own = of(p, w);
    struct placement placement;
    for (const struct placed *placed = own->placed; placed; placed = placed->next)
        if (same_request(&placed->request, request)) return &placed->placement;
    if (placement_compute(request, w, &placement, e) < 0) return NULL;
    struct placed *placed = allocate(sizeof(*placed));
    *placed = (struct placed){*request, allocate_text(request->spec), placement, own->placed};
    placed->request.spec = placed->spec;
    own->placed = placed;
    return &placed->placement;
}
