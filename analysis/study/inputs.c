/* inputs.c - see inputs.h. */
#include "analysis/study/inputs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/crc32c.h"
#include "base/memory.h"

enum { BUFFER_BYTES = 1 << 16 };

static bool is_file(const char *name)
{
    struct stat status;
    return stat(name, &status) == 0 && S_ISREG(status.st_mode);
}

/* What cannot be read is reported by the run that needs it. */
static uint32_t add_file(uint32_t sum, const char *name)
{
    FILE *in = is_file(name) ? fopen(name, "rb") : NULL;
    if (!in) return sum;
    char *buffer = allocate(BUFFER_BYTES);
    size_t got;
    while ((got = fread(buffer, 1, BUFFER_BYTES, in)) > 0) sum = crc32c(sum, buffer, got);
    free(buffer);
    fclose(in);
    return sum;
}

uint32_t inputs_checksum(uint32_t before, const char *text)
{
    if (is_file(text)) return add_file(before, text);
    char *copy = allocate_text(text), *rest = copy, *word;
    while ((word = strtok_r(rest, ":=,", &rest))) before = add_file(before, word);
    free(copy);
    return before;
}
