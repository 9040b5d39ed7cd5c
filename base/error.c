/* error.c - formats the message of an error (error.h). The names of functions stand in parentheses
 * where they are defined, as they are macros, too. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* It may quote a binary file: control characters are not printed. */
static void make_plain(char *text)
{
    for (char *c = text; *c; c++)
        if ((*c >= 0 && *c < ' ') || *c == 0x7f) *c = '?';
}

__attribute__((format(printf, 3, 0))) static void append(struct error *e, size_t used,
                                                         const char *format, va_list arguments)
{
    static const char cut[] = "...";
    size_t room = sizeof(e->text) - used;
    int bytes = vsnprintf(e->text + used, room, format, arguments);
    if (bytes < 0 || (size_t)bytes >= room)
        memcpy(e->text + sizeof(e->text) - sizeof(cut), cut, sizeof(cut));
    make_plain(e->text + used);
}

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
    char why[128];
    int number = errno;
    va_list arguments;
    va_start(arguments, format);
    append(e, 0, format, arguments);
    va_end(arguments);
    if (strerror_r(number, why, sizeof(why)) != 0) snprintf(why, sizeof(why), "error %d", number);
    return error_add(e, ": %s", why);
}
