/* options.h - how the commands read their options and report errors. */
#ifndef AVIARY_BASE_OPTIONS_H
#define AVIARY_BASE_OPTIONS_H

#include <getopt.h>
#include <stdarg.h>
#include <stdbool.h>

enum { EXIT_INPUT = 2 }; /* wrong usage or wrong input */

/* Prints `aviary COMMAND: ...` on standard error; returns EXIT_INPUT. */
int options_fail(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
int options_vfail(const char *command, const char *format, va_list arguments)
    __attribute__((format(printf, 2, 0)));

/* As getopt_long; an option that is unknown or lacks its value is reported with the known ones:
 * '?'. first: true for the first call on an argument list. */
struct options {
    const char *command; /* `trace generate`, for messages */
    const char *letters; /* begins with a colon */
    const struct option *list;
};
int options_next(const struct options *options, int argc, char **argv, bool first);

#endif
