/* journal_contents.h - the commands in journals, found by the references to them.
 *
 * The commands stay where they are, in mapped files: an entry is 16 bytes, and at most 3/4 of all
 * are in use. Running out of memory ends the program. */
#ifndef AVIARY_ANALYSIS_CHECK_JOURNAL_CONTENTS_H
#define AVIARY_ANALYSIS_CHECK_JOURNAL_CONTENTS_H

#include <stdbool.h>

#include "analysis/journal/journal_format.h"

struct journal_content;

/* Zeroes: empty. */
struct journal_contents {
    struct journal_content *entries;
    uint64_t count, room; /* room: 0 or a power of two */
};

void journal_contents_finish(struct journal_contents *s);
/* `issued` or multicast: an issued command has the id of its first multicast, but differs from it.
 * Repeated multicasts of another leader are kept once. */
void journal_contents_add(struct journal_contents *s, const struct command *c, bool issued);
/* NULL: in no journal. */
const struct command *journal_contents_find(const struct journal_contents *s,
                                            const struct journal_reference *reference, bool issued);

#endif
