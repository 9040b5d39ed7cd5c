/* curve.h - what cells that differ in nothing but their load say together: the knee of the curve
 * that they are, and its fit by the Universal Scalability Law (scalability.h). */
#ifndef AVIARY_ANALYSIS_STUDY_CURVE_H
#define AVIARY_ANALYSIS_STUDY_CURVE_H

#include "analysis/study/scalability.h"
#include "analysis/study/study_columns.h"

/* Cells whose clients, or whose rates, differ; all else is the same. */
struct curve {
    enum cell_axis by; /* AXIS_CLIENTS or AXIS_RATE */
    const struct cell *first;
    struct scalability_point *point; /* in the order of the cells; n: clients, or commands/s */
    uint32_t count;
};

/* The curve through figures[i] if that is its first cell and it has at least two points that were
 * run: true, and curve_finish() is due. */
bool curve_create(struct curve *c, enum cell_axis by, const struct figures *figures, uint32_t count,
                  uint32_t i);
void curve_finish(struct curve *c);

/* A table of all curves, by clients and by rates; nothing if there is none. */
void curves_print(const struct study_columns *columns, const struct figures *figures,
                  uint32_t count);

#endif
