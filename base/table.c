/* table.c - aligned text tables (table.h). */
#include "base/table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

struct column {
    char *header;
    uint32_t width; /* in columns of the screen */
    bool text;      /* has a cell that is no number */
};

struct table {
    struct column columns[TABLE_COLUMNS_MAX];
    uint32_t column_count;
    char **cells; /* row by row */
    uint64_t cell_count, cell_room;
};

/* Columns of the screen: bytes that continue a UTF-8 character take none. */
static uint32_t width_of(const char *text)
{
    uint32_t width = 0;
    for (; *text; text++) width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

struct table *table_create(uint32_t columns, const char *const *headers)
{
    ASSERT(columns <= TABLE_COLUMNS_MAX);
    struct table *t = allocate_zeroed(1, sizeof(*t));
    t->column_count = columns;
    for (uint32_t i = 0; i < columns; i++)
        t->columns[i] =
            (struct column){.header = allocate_text(headers[i]), .width = width_of(headers[i])};
    return t;
}

void table_destroy(struct table *t)
{
    if (!t) return;
    for (uint32_t i = 0; i < t->column_count; i++) free(t->columns[i].header);
    for (uint64_t i = 0; i < t->cell_count; i++) free(t->cells[i]);
    free(t->cells);
    free(t);
}

static void add(struct table *t, const char *text, bool is_text)
{
    struct column *column = &t->columns[t->cell_count % t->column_count];
    if (t->cell_count == t->cell_room)
        t->cells = array_grow(t->cells, &t->cell_room, t->cell_count + 1, sizeof(*t->cells));
    t->cells[t->cell_count++] = allocate_text(text);
    if (width_of(text) > column->width) column->width = width_of(text);
    column->text = column->text || is_text;
}

void table_text(struct table *t, const char *text)
{
    add(t, text, true);
}

void table_none(struct table *t)
{
    add(t, "-", false);
}

void table_number(struct table *t, double value, int decimals)
{
    char digits[400], grouped[600];
    ASSERT(isfinite(value));
    snprintf(digits, sizeof(digits), "%.*f", decimals, value);
    /* A blank after every three digits before the point, counted from the point. */
    size_t sign = digits[0] == '-', whole = strcspn(digits + sign, "."), length = 0;
    for (size_t i = 0; digits[i]; i++) {
        size_t left = sign + whole - i; /* digits from here to the point */
        if (i > sign && i < sign + whole && left % 3 == 0) grouped[length++] = ' ';
        grouped[length++] = digits[i];
    }
    grouped[length] = 0;
    add(t, grouped, false);
}

static void print_cell(FILE *out, const struct column *column, const char *text, bool last)
{
    int pad = (int)(column->width - width_of(text));
    if (!column->text) fprintf(out, "%*s", pad, "");
    fputs(text, out);
    if (column->text && !last) fprintf(out, "%*s", pad, "");
    fputs(last ? "\n" : "  ", out);
}

void table_print(const struct table *t, FILE *out)
{
    ASSERT(t->cell_count % t->column_count == 0);
    for (uint32_t i = 0; i < t->column_count; i++)
        print_cell(out, &t->columns[i], t->columns[i].header, i + 1 == t->column_count);
    for (uint64_t i = 0; i < t->cell_count; i++) {
        uint32_t column = (uint32_t)(i % t->column_count);
        print_cell(out, &t->columns[column], t->cells[i], column + 1 == t->column_count);
    }
}
