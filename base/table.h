/* table.h - aligned text tables for standard output: text to the left, numbers to the right.
 *
 *   struct table *t = table_create(3, (const char *[]){"scheme", "k", "throughput [1/s]"});
 *   table_text(t, "ssmr"); table_number(t, 4, 0); table_number(t, 31800.2, 0);
 *   table_print(t, stdout); table_destroy(t);
 *
 * Cells are filled row by row; a column is right-aligned if all its cells are numbers. A table fits
 * a screen of 80 columns (wrap.h) if its widths allow: where two blanks between columns are too
 * many there is one. */
#ifndef AVIARY_BASE_TABLE_H
#define AVIARY_BASE_TABLE_H

#include <stdint.h>
#include <stdio.h>

enum { TABLE_COLUMNS_MAX = 24 };

struct table;

/* Headers carry the unit; they are copied. */
struct table *table_create(uint32_t columns, const char *const *headers);
void table_destroy(struct table *t);

/* The next cell. Texts are copied. Numbers get `decimals` places and a thin space between
 * thousands. */
void table_text(struct table *t, const char *text);
void table_number(struct table *t, double value, int decimals);
/* Three significant digits at least, and as few columns as that takes: at most `decimals` places,
 * and k, M, G or T from 10 000 on: 0.52, 12.3, 9314, 83.9k, 1.21M. */
void table_figure(struct table *t, double value, int decimals);
/* A cell without a value: "-", right-aligned like a number. */
void table_none(struct table *t);

/* Texts of this column are cut, where the table would not fit otherwise. */
void table_elastic(struct table *t, uint32_t column);

/* Every row must be complete. */
void table_print(const struct table *t, FILE *out);

#endif
