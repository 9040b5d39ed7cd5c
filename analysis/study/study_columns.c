/* study_columns.c - see study_columns.h. */
#include "analysis/study/study_columns.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool study_same_value(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* ---- which cell it is ------------------------------------------------------------------------ */

/* Cells that an option does not concern do not count. */
struct study_columns study_columns_find(const struct cell *const *cell, uint32_t count)
{
    struct study_columns c = {.load = true};
    for (uint32_t axis = 0; axis < AXES; axis++) {
        const char *first = NULL;
        for (uint32_t i = 0; i < count; i++) {
            const char *value = cell[i]->value[axis];
            if (!first) first = value;
            if (value && strcmp(value, first) != 0) c.varies[axis] = true;
        }
    }
    return c;
}

uint32_t study_columns_name(const struct study_columns *c, const struct cell *first,
                            const char *names[STUDY_COLUMNS_MAX])
{
    uint32_t count = 0;
    names[count++] = "scheme";
    if (c->varies[AXIS_TRANSPORT]) names[count++] = "over";
    names[count++] = "k";
    if (c->load && first->value[AXIS_RATE]) names[count++] = "rate";
    if (c->load) names[count++] = "clients";
    return count;
}

void study_columns_label(const struct study_columns *c, const struct cell *cell,
                         char label[static STUDY_LABEL_BYTES])
{
    const struct scheme *scheme = cell->first.experiment.scheme;
    const char *placement = cell->value[AXIS_PLACEMENT];
    bool placed = c->varies[AXIS_PLACEMENT] && placement && scheme->partitioned;
    snprintf(label, STUDY_LABEL_BYTES, placed ? "%s %s" : "%s", scheme->name, placement);
}

void study_columns_put(const struct study_columns *c, const struct cell *cell, struct table *t)
{
    char label[STUDY_LABEL_BYTES];
    study_columns_label(c, cell, label);
    table_text(t, label);
    if (c->varies[AXIS_TRANSPORT]) table_text(t, cell->value[AXIS_TRANSPORT]);
    table_number(t, cell->first.experiment.partitions, 0);
    if (c->load && cell->value[AXIS_RATE]) table_text(t, cell->value[AXIS_RATE]);
    if (c->load) table_number(t, cell_clients(cell), 0);
}

bool study_same_heading(const struct cell *a, const struct cell *b)
{
    for (uint32_t axis = AXIS_WORKLOAD; axis <= AXIS_REPLICAS; axis++)
        if (!study_same_value(a->value[axis], b->value[axis])) return false;
    return true;
}

void study_print_heading(const struct study_columns *c, const struct cell *cell)
{
    static const char *const names[] = {"workload", "model", "faults", "replicas"};
    const char *between = "";
    for (uint32_t axis = AXIS_WORKLOAD; axis <= AXIS_REPLICAS; axis++) {
        if (!c->varies[axis]) continue;
        printf("%s%s %s", between, names[axis], cell->value[axis] ? cell->value[axis] : "none");
        between = ", ";
    }
    if (*between) printf(":\n");
}

/* ---- figures --------------------------------------------------------------------------------- */

int study_decimals(double value)
{
    return value >= 1000 ? 0 : value >= 10 ? 1 : 2;
}

void study_put_number(struct table *t, double value, int decimals)
{
    if (isnan(value))
        table_none(t);
    else
        table_figure(t, value, decimals);
}

void study_put_estimate(struct table *t, const struct estimate *e)
{
    int decimals = study_decimals(e->mean);
    study_put_number(t, e->replications ? e->mean : NAN, decimals);
    study_put_number(t, e->bounded ? e->half_width : NAN, decimals);
}

void study_put_ratio(struct table *t, const struct figures *base, const struct figures *other)
{
    char text[32];
    struct estimate_difference d = {.relative = NAN};
    if (base && base != other) d = figures_difference(base, other);
    if (isnan(d.relative))
        table_none(t);
    else if (!d.bounded)
        table_number(t, 1 + d.relative, 2);
    else {
        snprintf(text, sizeof(text), "%.2f ±%.2f%s", 1 + d.relative, d.half_width,
                 d.significant ? "" : " ~");
        table_text(t, text);
    }
}
