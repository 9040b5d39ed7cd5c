/* error.c - formats the message of an error (error.h). */
#include "workloads/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(e->text, sizeof(e->text), format, arguments);
    va_end(arguments);
    return -1;
}
