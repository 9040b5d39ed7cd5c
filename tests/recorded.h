/* recorded.h - a recorded history of read and written keys as a trace. */
#ifndef AVIARY_TESTS_RECORDED_H
#define AVIARY_TESTS_RECORDED_H

#include <stdio.h>
#include <string.h>

#include "tests/harness.h"
#include "workloads/lines.h"

/* `seq client R:key@writer W:key ...` as a trace. */
static inline void recorded_make_trace(const char *recorded, const char *path)
{
    struct error e;
    struct lines *lines = lines_open(recorded, &e);
    FILE *trace = fopen(path, "w");
    char *text;
    uint32_t length;
    ck_assert(lines && trace);
    while (lines_next(lines, &text, &length, &e) > 0) {
        uint32_t word = 0, accesses = 0;
        for (char *rest = text, *at; *text != '#' && (at = strtok_r(rest, " ", &rest)); word++) {
            if (word < 2 || strstr(at, "FZVERSION")) continue; /* the recorder's own fence */
            at[strcspn(at, "@")] = '\0';
            if (accesses++ == 0) fputs("tx", trace);
            fprintf(trace, " %s=%s", *at == 'R' ? "r" : "w", at + 2);
        }
        if (accesses > 0) fputc('\n', trace);
    }
    lines_close(lines);
    ck_assert_int_eq(fclose(trace), 0);
}

#endif
