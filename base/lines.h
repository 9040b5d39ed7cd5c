/* lines.h - the lines of a text file (plain or packed), with their numbers for error messages. */
#ifndef AVIARY_BASE_LINES_H
#define AVIARY_BASE_LINES_H

#include <stdint.h>
#include <stdio.h>

#include "base/error.h"

enum { LINE_BYTES_MAX = 1 << 20 };

struct lines;

/* "-" is standard input, which cannot be rewound. NULL: error says why. */
struct lines *lines_open(const char *path, struct error *e);
/* The same from an open file, which is closed with the lines (also when this fails). */
struct lines *lines_attach(FILE *file, const char *name, struct error *e);
/* The same of a text in memory, which has to stay. Never NULL. */
struct lines *lines_text(const char *text, const char *name);
/* The same of a file that is written by hand: longer than 1 MiB is an error, and "-" is a file. */
struct lines *lines_open_short(const char *path, struct error *e);
void lines_close(struct lines *l);

/* The next line without its end, NUL-terminated, the caller's to change until the next call: 1; 0
 * at the end of the file; -1 with the error. A line holds no NUL byte; the last one needs no end.
 */
int lines_next(struct lines *l, char **text, uint32_t *length, struct error *e);
/* The same of a recording, where a last line without an end means that the file is cut off: -1. */
int lines_next_ended(struct lines *l, char **text, uint32_t *length, struct error *e);
int lines_rewind(struct lines *l, struct error *e);

/* Sets `FILE:LINE: ...` about the line read last; returns -1. */
int lines_error(const struct lines *l, struct error *e, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The same about an earlier line, by its number from 1. */
int lines_error_at(const struct lines *l, uint64_t number, struct error *e, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
#define lines_error(...) error_status(lines_error(__VA_ARGS__))
#define lines_error_at(...) error_status(lines_error_at(__VA_ARGS__))
uint64_t lines_number(const struct lines *l); /* of the line read last */

#endif
