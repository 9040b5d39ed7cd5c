/* last_words.c - see last_words.h. What the signal handler calls is async-signal-safe. */
#include "base/last_words.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static const char *replay;
static _Thread_local void (*teller)(struct last_words *w, const void *context);
static _Thread_local const void *told_of;

void last_words_add(struct last_words *w, const char *text)
{
    size_t count = strlen(text);
    if (count > sizeof(w->text) - w->count) count = sizeof(w->text) - w->count;
    memcpy(w->text + w->count, text, count);
    w->count += count;
}

void last_words_add_number(struct last_words *w, uint64_t number, uint32_t digits)
{
    char text[24];
    char *at = text + sizeof(text) - 1;
    for (*at = 0; number > 0 || digits > 0; number /= 10) {
        *--at = (char)('0' + number % 10);
        if (digits > 0) digits--;
    }
    last_words_add(w, at);
}

void last_words_add_time(struct last_words *w, uint64_t ns)
{
    last_words_add_number(w, ns / UINT64_C(1000000000), 1);
    last_words_add(w, ".");
    last_words_add_number(w, ns % UINT64_C(1000000000), 9);
    last_words_add(w, " s");
}

static void say(const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t wrote = write(STDERR_FILENO, text, bytes);
        if (wrote <= 0) return;
        text += wrote;
        bytes -= (size_t)wrote;
    }
}

void last_words_say(const struct last_words *w)
{
    say(w->text, w->count);
}

/* abort() raises the signal in the thread that called it, which knows what it was doing. The
 * signal's own handling comes after this: SA_RESETHAND has brought it back. */
static void on_abort(int number)
{
    struct last_words words = {.count = 0};
    if (teller) teller(&words, told_of);
    last_words_say(&words);
    say("\nagain: ", 8);
    say(replay, strlen(replay));
    say("\n", 1);
    raise(number);
}

void last_words_again(const char *again)
{
    struct sigaction action = {.sa_handler = on_abort, .sa_flags = (int)SA_RESETHAND};
    replay = again;
    sigaction(SIGABRT, &action, NULL);
}

void last_words_by(void (*tell)(struct last_words *w, const void *context), const void *context)
{
    teller = tell;
    told_of = context;
}
