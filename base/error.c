/* error.c - formats the message of an error (error.h). */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(e->text, sizeof(e->text), format, arguments);
    va_end(arguments);
    /* It may quote a binary file: control characters are not printed. */
    for (char *c = e->text; *c; c++)
        if ((*c >= 0 && *c < ' ') || *c == 0x7f) *c = '?';
    return -1;
}
