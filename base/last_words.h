/* last_words.h - what standard error says when the program aborts, by a failed ASSERT or otherwise:
 * which node was doing what, at what time, and what to type to see it again.
 *
 * All of it runs in a handler of SIGABRT: nothing allocates, and what does not fit is cut off. */
#ifndef AVIARY_BASE_LAST_WORDS_H
#define AVIARY_BASE_LAST_WORDS_H

#include <stddef.h>
#include <stdint.h>

enum { LAST_WORDS_BYTES = 1024 };

struct last_words {
    char text[LAST_WORDS_BYTES];
    size_t count;
};

void last_words_add(struct last_words *w, const char *text);
/* At least so many digits. */
void last_words_add_number(struct last_words *w, uint64_t number, uint32_t digits);
/* As seconds: `12.000000345 s`. */
void last_words_add_time(struct last_words *w, uint64_t ns);
/* Writes them to standard error. */
void last_words_say(const struct last_words *w);

/* From now on an abort says so. `again` is the command line, borrowed. */
void last_words_again(const char *again);
/* What the calling thread is doing is added by tell(); both are borrowed. NULL: nothing. */
void last_words_by(void (*tell)(struct last_words *w, const void *context), const void *context);

#endif
