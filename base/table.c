/* table.c - aligned text tables (table.h). */
#include "base/table.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/wrap.h"

struct column {
    char *header;
    uint32_t width; /* in columns of the screen */
    bool text;      /* has a cell that is no number */
};

struct table {
    struct column columns[TABLE_COLUMNS_MAX];
    uint32_t column_count;
    uint32_t elastic; /* the column that may be cut; column_count: none */
    char **cells;     /* row by row */
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
    t->column_count = t->elastic = columns;
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

void table_figure(struct table *t, double value, int decimals)
{
    static const char *const suffixes[] = {"", "k", "M", "G", "T"};
    enum { LAST = sizeof(suffixes) / sizeof(suffixes[0]) - 1 };
    char text[400];
    int suffix = 0;
    ASSERT(isfinite(value));
    if (fabs(value) >= 9999.5) decimals = 2;
    for (double least = 9999.5; fabs(value) >= least && suffix < LAST; least = 999.5) {
        value /= 1000;
        suffix++;
    }
    int places = fabs(value) < 9.995 ? 2 : fabs(value) < 99.95 ? 1 : 0;
    snprintf(text, sizeof(text), "%.*f%s", places < decimals ? places : decimals, value,
             suffixes[suffix]);
    add(t, text, false);
}

void table_elastic(struct table *t, uint32_t column)
{
    ASSERT(column < t->column_count);
    ASSERT(width_of(t->columns[column].header) > 2); /* there is room for the dots */
    t->elastic = column;
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

/* How a table is printed. */
struct layout {
    int gap; /* between columns */
    uint32_t width[TABLE_COLUMNS_MAX];
};

static struct layout lay_out(const struct table *t)
{
    struct layout l = {.gap = 2};
    uint32_t width = 2 * (t->column_count - 1);
    for (uint32_t i = 0; i < t->column_count; i++) width += l.width[i] = t->columns[i].width;
    if (width > SCREEN_COLUMNS) {
        l.gap = 1;
        width -= t->column_count - 1;
    }
    if (width <= SCREEN_COLUMNS || t->elastic == t->column_count) return l;
    uint32_t least = width_of(t->columns[t->elastic].header), excess = width - SCREEN_COLUMNS;
    uint32_t *cut = &l.width[t->elastic];
    *cut = *cut > least + excess ? *cut - excess : least;
    return l;
}

/* Texts that are cut end in two dots. */
static void print_text(FILE *out, const char *text, uint32_t width)
{
    bool whole = width_of(text) <= width;
    uint32_t printed = 0, most = whole ? UINT32_MAX : width - 2;
    for (; *text; text++) {
        printed += ((unsigned char)*text & 0xc0) != 0x80;
        if (printed > most) break;
        fputc(*text, out);
    }
    if (!whole) fputs("..", out);
}

static void print_cell(FILE *out, const struct table *t, const struct layout *l, uint32_t column,
                       const char *text)
{
    bool last = column + 1 == t->column_count;
    uint32_t width = l->width[column], shown = width_of(text) < width ? width_of(text) : width;
    int pad = (int)(width - shown);
    if (!t->columns[column].text) fprintf(out, "%*s", pad, "");
    print_text(out, text, width);
    if (t->columns[column].text && !last) fprintf(out, "%*s", pad, "");
    if (last)
        fputc('\n', out);
    else
        fprintf(out, "%*s", l->gap, "");
}

void table_print(const struct table *t, FILE *out)
{
    ASSERT(t->cell_count % t->column_count == 0);
    struct layout l = lay_out(t);
    for (uint32_t i = 0; i < t->column_count; i++) print_cell(out, t, &l, i, t->columns[i].header);
    for (uint64_t i = 0; i < t->cell_count; i++)
        print_cell(out, t, &l, (uint32_t)(i % t->column_count), t->cells[i]);
}
