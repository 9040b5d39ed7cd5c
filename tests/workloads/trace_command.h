/* trace_command.h - calls `aviary trace` in this process and catches what it prints. */
#ifndef AVIARY_TESTS_WORKLOADS_TRACE_COMMAND_H
#define AVIARY_TESTS_WORKLOADS_TRACE_COMMAND_H

#include <stdarg.h>

#include "tests/lib/commands.h"

int cmd_trace(int argc, char **argv);

/* With the words of the formatted line; the directory is for files of its own. To be ended by
 * printed_finish(). */
__attribute__((format(printf, 2, 3))) static inline struct printed
trace_command(const char *directory, const char *format, ...)
{
    char line[900];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    return run_command(cmd_trace, "trace", line, directory);
}

#endif
