/* marks.h - which marks (proto/mark.h) the runs of a test program reached. */
#ifndef AVIARY_TESTS_LIB_MARKS_H
#define AVIARY_TESTS_LIB_MARKS_H

#include <stdint.h>

#include "proto/mark.h"

/* Adds those of one run. */
void marks_add(const uint64_t marks[MARK_COUNT]);
/* Writes a line `COUNT NAME` for every mark to the file that AVIARY_MARKS names, if it is set. */
void marks_write(void);

#endif
