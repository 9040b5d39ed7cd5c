/* error.c - formats the message of an error (error.h). */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* It may quote a binary file: what would act on a terminal is not printed. */
static void make_plain(char *text)
{
    for (char *c = text; *c; c++)
        if ((*c >= 0 && *c < ' ') || *c == 0x7f) *c = '?';
}

int error_set(struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(e->text, sizeof(e->text), format, arguments);
    va_end(arguments);
    make_plain(e->text);
    return -1;
}

int error_add(struct error *e, const char *format, ...)
{
    static const char cut[] = "...";
    size_t length = strlen(e->text), room = sizeof(e->text) - length;
    va_list arguments;
    va_start(arguments, format);
    int bytes = vsnprintf(e->text + length, room, format, arguments);
    va_end(arguments);
    if (bytes < 0 || (size_t)bytes >= room)
        memcpy(e->text + sizeof(e->text) - sizeof(cut), cut, sizeof(cut));
    make_plain(e->text + length);
    return -1;
}
