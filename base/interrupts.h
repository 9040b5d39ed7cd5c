/* interrupts.h - Ctrl-C, for loops that end early and then print what is done.
 *
 * From interrupts_watch() to interrupts_unwatch() the signal ends no program but a system call that
 * waits, and is remembered. */
#ifndef AVIARY_BASE_INTERRUPTS_H
#define AVIARY_BASE_INTERRUPTS_H

#include <stdbool.h>

enum { EXIT_INTERRUPTED = 130 }; /* as of a program that SIGINT ends */

void interrupts_watch(void);
/* As it was before. */
void interrupts_unwatch(void);
/* Has there been one since interrupts_watch()? */
bool interrupted(void);

#endif
