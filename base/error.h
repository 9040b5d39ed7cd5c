/* error.h - error messages for the user: the place and what was expected.
 *
 * Functions that can fail for reasons outside the program take a struct error, return a negative
 * number on failure and fill it in: `file:line: expected ..., found ...`. */
#ifndef AVIARY_BASE_ERROR_H
#define AVIARY_BASE_ERROR_H

struct error {
    char text[1024];
};

/* Writes the message (cut to fit) and returns -1, so that `return error_set(e, ...)` reads well. */
int error_set(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Adds to the end of the message; where there is no room, it ends in "...". Returns -1. */
int error_add(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As error_set, with the text of errno after it: `...: No such file or directory`. */
int error_errno(struct error *e, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The callers see that it is always -1: otherwise compilers and static analysis follow paths on
 * which an error is a success, and find what is not set there. */
static inline int error_status(int status)
{
    (void)status;
    return -1;
}
#define error_set(...) error_status(error_set(__VA_ARGS__))
#define error_add(...) error_status(error_add(__VA_ARGS__))
#define error_errno(...) error_status(error_errno(__VA_ARGS__))

#endif
