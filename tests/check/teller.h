/* teller.h - an observer that records all reports as text, one line each, so that two streams of
 * reports can be compared. */
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

/* The reports so far; valid until the next one. */
const char *teller_text(struct teller *t);

#endif
