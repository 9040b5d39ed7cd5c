/* wrap.h - text in lines that fit a screen of 80 columns. */
#ifndef AVIARY_BASE_WRAP_H
#define AVIARY_BASE_WRAP_H

#include <stdint.h>
#include <stdio.h>

enum { SCREEN_COLUMNS = 80 };

/* Prints the words of `text`, from `column` of the present line on. Lines end before the last
 * column, and those after the first begin at `indent`. A '\n' in the text begins a new line, too.
 * The last line is ended. */
void wrap_print(FILE *out, const char *text, uint32_t column, uint32_t indent);

/* Prints `name` between two blanks and `column`, and beside it `text`, wrapped: a line of a list.
 */
void wrap_named(FILE *out, const char *name, const char *text, uint32_t column);

#endif
