/* assert.h - what must hold, checked in every build.
 *
 *     ASSERT(g->commit <= g->last);
 *
 * One fact each, cheap enough to stay: two quantities or states that the program itself keeps in
 * relation. What comes from outside - a message, a file, an option - is never asserted: it is
 * looked at, and refused. When the fact does not hold, standard error gets one line
 *
 *     file:line: function: ASSERT(condition) failed
 *
 * and the program aborts (SIGABRT); last_words.h adds node, time and the command line. */
#ifndef AVIARY_BASE_ASSERT_H
#define AVIARY_BASE_ASSERT_H

#define ASSERT(condition)                         \
    (__builtin_expect(!!(condition), 1) ? (void)0 \
                                        : assert_failed(__FILE__, __LINE__, __func__, #condition))

/* Every string is borrowed. */
_Noreturn void assert_failed(const char *file, unsigned line, const char *function,
                             const char *condition) __attribute__((cold));

#endif
