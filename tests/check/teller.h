/* teller.h - an observer that writes down all it hears, one line a report, so that two streams of
 * reports can be compared as texts. */
#ifndef AVIARY_TESTS_CHECK_TELLER_H
#define AVIARY_TESTS_CHECK_TELLER_H

#include <stdio.h>

#include "analysis/check/finals.h"

struct teller {
    struct observer observer; /* first: observers are cast back */
    struct finals finals;
    FILE *text;
    char *written;
    size_t bytes;
};

void teller_begin(struct teller *t);
void teller_end(struct teller *t);

/* What it has heard so far; valid until the next report. */
const char *teller_text(struct teller *t);

#endif
