/* source.c - the common parts of readers and generators (source.h). */
#include "workloads/trace/source.h"

#include <stdlib.h>

#include "base/memory.h"

void source_init(struct workload *w, const struct workload_ops *ops)
{
    w->ops = ops;
    w->catalogue.variables = names_create();
    w->catalogue.kinds = names_create();
}

void source_finish(struct workload *w)
{
    names_destroy(w->catalogue.variables);
    names_destroy(w->catalogue.kinds);
    free(w->catalogue.variable_bytes);
    free(w->catalogue.granule);
}

int source_set_bytes(const char *owner, uint64_t size, uint32_t *bytes, struct error *e)
{
    if (size > UINT32_MAX / 2) return error_set(e, "%s: size: expected less than 2GiB", owner);
    *bytes = (uint32_t)size;
    return 0;
}

uint32_t source_variable(struct workload *w, const char *name, uint32_t length)
{
    struct catalogue *c = &w->catalogue;
    uint32_t count = names_count(c->variables);
    uint32_t variable = names_intern(c->variables, name, length);
    if (variable < count) return variable;
    c->variable_bytes =
        array_grow32(c->variable_bytes, &w->bytes_room, count + 1, sizeof(*c->variable_bytes));
    c->granule = array_grow32(c->granule, &w->granule_room, count + 1, sizeof(*c->granule));
    c->variable_bytes[variable] = VARIABLE_BYTES_DEFAULT;
    c->granule[variable] = variable;
    return variable;
}

uint16_t source_kind(struct workload *w, const char *name, uint32_t length)
{
    if (names_count(w->catalogue.kinds) < KINDS_MAX)
        return (uint16_t)names_intern(w->catalogue.kinds, name, length);
    uint32_t kind = names_find(w->catalogue.kinds, name, length);
    return kind < KINDS_MAX ? (uint16_t)kind : (uint16_t)KINDS_MAX;
}

void accesses_add(struct accesses *a, uint32_t variable, uint8_t mode)
{
    a->access = array_grow32(a->access, &a->room, a->count + 1, sizeof(*a->access));
    a->access[a->count++] = (struct trace_access){variable, mode};
}

static int compare(const void *a, const void *b)
{
    uint32_t x = ((const struct trace_access *)a)->variable;
    uint32_t y = ((const struct trace_access *)b)->variable;
    return (x > y) - (x < y);
}

/* Most commands have one or two accesses, and most long ones are sorted already. */
static bool sorted(const struct accesses *a)
{
    for (uint32_t i = 1; i < a->count; i++)
        if (a->access[i - 1].variable >= a->access[i].variable) return false;
    return true;
}

void accesses_settle(struct accesses *a)
{
    if (sorted(a)) return;
    qsort(a->access, a->count, sizeof(*a->access), compare);
    uint32_t kept = 0;
    for (uint32_t i = 1; i < a->count; i++) {
        if (a->access[i].variable == a->access[kept].variable)
            a->access[kept].mode |= a->access[i].mode;
        else
            a->access[++kept] = a->access[i];
    }
    a->count = kept + 1;
}
