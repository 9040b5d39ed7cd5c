/* lines.c - cuts a file into lines (lines.h). */
#include "base/lines.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "base/memory.h"

enum { PIECE_BYTES = 1 << 16, SHORT_BYTES_MAX = 1 << 20 };

struct lines {
    struct input *input;
    uint64_t number; /* of the line returned last, from 1 */
    uint32_t at, count;
    uint64_t left; /* bytes that may still come */
    bool ended;
    bool open_ended; /* the line returned last has no end */
    char *buffer;
    uint32_t room;
};

static struct lines *create(struct input *input)
{
    if (!input) return NULL;
    struct lines *l = allocate_zeroed(1, sizeof(*l));
    l->input = input;
    l->left = UINT64_MAX;
    return l;
}

struct lines *lines_attach(FILE *file, const char *name, struct error *e)
{
    return create(input_attach(file, name, e));
}

struct lines *lines_open(const char *path, struct error *e)
{
    if (strcmp(path, "-") == 0) return lines_attach(stdin, "standard input", e);
    return create(input_open(path, e));
}

struct lines *lines_text(const char *text, const char *name)
{
    struct error e;
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text), "rb");
    if (!file) abort();
    struct lines *l = lines_attach(file, name, &e);
    if (!l) abort();
    return l;
}

struct lines *lines_open_short(const char *path, struct error *e)
{
    struct lines *l = create(input_open(path, e));
    if (l) l->left = SHORT_BYTES_MAX;
    return l;
}

void lines_close(struct lines *l)
{
    if (!l) return;
    input_close(l->input);
    free(l->buffer);
    free(l);
}

int lines_rewind(struct lines *l, struct error *e)
{
    l->number = 0;
    l->at = l->count = 0;
    l->ended = false;
    return input_rewind(l->input, e);
}

__attribute__((format(printf, 4, 0))) static void
say(const struct lines *l, uint64_t number, struct error *e, const char *format, va_list arguments)
{
    struct error what;
    vsnprintf(what.text, sizeof(what.text), format, arguments);
    error_set(e, "%s:%llu: %s", input_name(l->input), (unsigned long long)number, what.text);
}

int(lines_error)(const struct lines *l, struct error *e, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(l, l->number, e, format, arguments);
    va_end(arguments);
    return -1;
}

int(lines_error_at)(const struct lines *l, uint64_t number, struct error *e, const char *format,
                    ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(l, number, e, format, arguments);
    va_end(arguments);
    return -1;
}

uint64_t lines_number(const struct lines *l)
{
    return l->number;
}

/* Moves the begun line to the front and reads on. */
static int fill(struct lines *l, struct error *e)
{
    uint32_t kept = l->count - l->at;
    if (kept > LINE_BYTES_MAX)
        return lines_error(l, e, "expected a line of at most %d bytes, found a longer one",
                           LINE_BYTES_MAX);
    if (kept > 0) memmove(l->buffer, l->buffer + l->at, kept);
    l->at = 0;
    l->count = kept;
    /* One more byte: the NUL behind a last line without an end. */
    l->buffer = array_grow32(l->buffer, &l->room, kept + PIECE_BYTES + 1, 1);
    struct error what;
    long got = input_read(l->input, l->buffer + kept, PIECE_BYTES, &what);
    if (got < 0) return lines_error(l, e, "%s", what.text);
    if ((uint64_t)got > l->left)
        return error_set(e, "%s: expected a text file of at most 1 MiB", input_name(l->input));
    l->left -= (uint64_t)got;
    l->count += (uint32_t)got;
    l->ended = got == 0;
    return 0;
}

/* Where the line that begins at `at` ends; NULL with l->ended: nothing is left. */
static int find_end(struct lines *l, char **line_end, struct error *e)
{
    uint32_t searched = 0;
    for (;;) {
        uint32_t from = l->at + searched;
        *line_end = from < l->count ? memchr(l->buffer + from, '\n', l->count - from) : NULL;
        if (*line_end) return 0;
        if (l->ended) break;
        searched = l->count - l->at;
        if (fill(l, e) < 0) return -1;
    }
    if (l->at < l->count) *line_end = l->buffer + l->count;
    return 0;
}

int lines_next(struct lines *l, char **text, uint32_t *length, struct error *e)
{
    char *line_end;
    l->number++;
    if (find_end(l, &line_end, e) < 0) return -1;
    if (!line_end) return 0;
    *text = l->buffer + l->at;
    *length = (uint32_t)(line_end - *text);
    l->open_ended = l->at + *length == l->count;
    l->at += *length + !l->open_ended;
    if (*length > 0 && (*text)[*length - 1] == '\r') --*length;
    (*text)[*length] = '\0';
    if (*length > LINE_BYTES_MAX)
        return lines_error(l, e, "expected a line of at most %d bytes, found %u", LINE_BYTES_MAX,
                           *length);
    if (memchr(*text, '\0', *length)) return lines_error(l, e, "expected text, found a NUL byte");
    return 1;
}

int lines_next_ended(struct lines *l, char **text, uint32_t *length, struct error *e)
{
    int got = lines_next(l, text, length, e);
    if (got <= 0 || !l->open_ended) return got;
    return lines_error(l, e, "expected an end of line: the file seems to be cut off");
}
