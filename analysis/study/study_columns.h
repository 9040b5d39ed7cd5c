/* study_columns.h - what the tables of a study have in common: the heading and the columns that say
 * which cell a row is of, and how figures are written. */
#ifndef AVIARY_ANALYSIS_STUDY_STUDY_COLUMNS_H
#define AVIARY_ANALYSIS_STUDY_STUDY_COLUMNS_H

#include "analysis/study/figures.h"
#include "base/table.h"

enum { STUDY_COLUMNS_MAX = 16, STUDY_LABEL_BYTES = 96 };

/* Which options differ between the cells. */
struct study_columns {
    bool varies[AXES];
    bool load; /* there are columns of it */
};

struct study_columns study_columns_find(const struct cell *const *cell, uint32_t count);
/* Their number. */
uint32_t study_columns_name(const struct study_columns *c, const struct cell *first,
                            const char *names[STUDY_COLUMNS_MAX]);
/* The scheme, with its placement if these differ. */
void study_columns_label(const struct study_columns *c, const struct cell *cell,
                         char label[static STUDY_LABEL_BYTES]);
void study_columns_put(const struct study_columns *c, const struct cell *cell, struct table *t);

/* Equal, and both may be NULL. */
bool study_same_value(const char *a, const char *b);
/* Cells of one table: its heading names what they have in common, if other cells differ in it. */
bool study_same_heading(const struct cell *a, const struct cell *b);
void study_print_heading(const struct study_columns *c, const struct cell *cell);

/* NAN: "-". */
void study_put_number(struct table *t, double value, int decimals);
/* As many decimals as are above what is certain, about. */
int study_decimals(double value);
/* The mean and the half width. */
void study_put_estimate(struct table *t, const struct estimate *e);
/* "1.82 ±0.04", with "~" if it may be chance; `base` may be NULL. */
void study_put_ratio(struct table *t, const struct figures *base, const struct figures *other);

#endif
