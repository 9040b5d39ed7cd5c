/* output.h - writes a file as a whole or not at all, packed as its name says (.gz .xz .zst).
 *
 * The bytes go to a temporary file beside it, which takes its name only at output_commit. `-` is
 * standard output; that, and anything but a regular file, is written directly. */
#ifndef AVIARY_BASE_OUTPUT_H
#define AVIARY_BASE_OUTPUT_H

#include <stddef.h>

#include "base/error.h"

struct output;

/* NULL: error says why. Errors name the file. */
struct output *output_create(const char *path, struct error *e);
/* Without a commit before, nothing of the file is left. */
void output_destroy(struct output *out);

int output_write(struct output *out, const void *data, size_t bytes, struct error *e);
/* Ends the file and puts it in place. Nothing may be written after. */
int output_commit(struct output *out, struct error *e);

#endif
