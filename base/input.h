/* input.h - bytes of a file, unpacked on the way: plain, gzip, xz, zstd.
 *
 * The packing is detected by the first bytes, not by the name; a file whose name ends in .gz, .xz
 * or .zst must be packed so. Packed data that stop short or are damaged are an error, never a
 * silent end. */
#ifndef AVIARY_BASE_INPUT_H
#define AVIARY_BASE_INPUT_H

#include <stddef.h>
#include <stdio.h>

#include "base/error.h"

struct input;

/* NULL: error says why. Errors name the file. */
struct input *input_open(const char *path, struct error *e);
/* The same from an open file, which is closed with the input (also when this fails). */
struct input *input_attach(FILE *file, const char *name, struct error *e);
void input_close(struct input *in);

/* Up to `room` bytes: how many (at least 1), 0 at the end, -1 with the error. The error does not
 * name the place, which the caller adds. */
long input_read(struct input *in, void *buffer, size_t room, struct error *e);
int input_rewind(struct input *in, struct error *e);
const char *input_name(const struct input *in);

#endif
