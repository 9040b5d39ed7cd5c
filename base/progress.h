/* progress.h - a progress line on standard error; nothing if that is no terminal, or one that does
 * not erase lines: TERM is unset or dumb, or NO_COLOR is set. */
#ifndef AVIARY_BASE_PROGRESS_H
#define AVIARY_BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
    const char *label; /* borrowed */
    const char *unit;  /* borrowed: the unit of the count, "commands", "runs" */
    uint64_t begin_ns; /* wall time */
    uint64_t shown_ns; /* of the last line */
    bool on;
    bool dirty; /* a line is on the terminal */
};

void progress_init(struct progress *p, const char *label, const char *unit);
/* `share` of the whole is done (0..1), `count` things so far. Cheap: prints at most ten times a
 * second. */
void progress_update(struct progress *p, double share, uint64_t count);
/* Wipes the line. */
void progress_finish(struct progress *p);

/* The same for a line of one's own, whose words do not follow from shares and counts. */
bool progress_possible(void);
void progress_line(const char *format, ...) __attribute__((format(printf, 1, 2)));
void progress_wipe(void);

#endif
