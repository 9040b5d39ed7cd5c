/* wrap.c - words in lines of 80 columns (wrap.h). */
#include "base/wrap.h"

#include <string.h>

#include "base/assert.h"

void wrap_print(FILE *out, const char *text, uint32_t column, uint32_t indent)
{
    ASSERT(indent < SCREEN_COLUMNS);
    uint32_t blanks = 0; /* before the next word */
    while (*text) {
        uint32_t length = (uint32_t)strcspn(text, " \n");
        if (length > 0 && blanks > 0 && column + blanks + length > SCREEN_COLUMNS) {
            fprintf(out, "\n%*s", (int)indent, "");
            column = indent;
            blanks = 0;
        }
        fprintf(out, "%*s%.*s", (int)blanks, "", (int)length, text);
        column += blanks + length;
        text += length;
        blanks = (uint32_t)strspn(text, " ");
        text += blanks;
        if (*text != '\n') continue;
        fprintf(out, "\n%*s", (int)indent, "");
        column = indent;
        text++;
    }
    fputc('\n', out);
}

void wrap_named(FILE *out, const char *name, const char *text, uint32_t column)
{
    ASSERT(column > 2);
    fprintf(out, "  %-*s ", (int)column - 3, name);
    wrap_print(out, text, column, column);
}
