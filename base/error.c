/* error.c - formats the message of an error (error.h). */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

__attribute__((format(printf, 3, 0))) static void append(struct error *e, size_t used,
                                                         const char *format, va_list arguments)
{
    vsnprintf(e->text + used, sizeof(e->text) - used, format, arguments);
    /* It may quote a binary file: what would act on a terminal is not printed. */
    for (char *c = e->text + used; *c; c++)
        if ((*c >= 0 && *c < ' ') || *c == 0x7f) *c = '?';
}

/* In parentheses: not the macro of error.h. */
int(error_set)(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(e, 0, format, arguments);
    va_end(arguments);
    return -1;
}

int(error_add)(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    append(e, strlen(e->text), format, arguments);
    va_end(arguments);
    return -1;
}

int(error_errno)(struct error *e, const char *format, ...)
{
    char reason[128] = "unknown error";
    strerror_r(errno, reason, sizeof(reason)); /* strerror: not among threads */
    va_list arguments;
    va_start(arguments, format);
    append(e, 0, format, arguments);
    va_end(arguments);
    return error_add(e, ": %s", reason);
}
