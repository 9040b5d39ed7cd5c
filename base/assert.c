/* assert.c - says what does not hold, and aborts (assert.h). */
#include "base/assert.h"

#include <stdlib.h>

#include "base/last_words.h"

void assert_failed(const char *file, unsigned line, const char *function, const char *condition)
{
    struct last_words words = {.count = 0};
    last_words_add(&words, file);
    last_words_add(&words, ":");
    last_words_add_number(&words, line, 1);
    last_words_add(&words, ": ");
    last_words_add(&words, function);
    last_words_add(&words, ": ASSERT(");
    last_words_add(&words, condition);
    last_words_add(&words, ") failed\n");
    last_words_say(&words);
    abort();
}
