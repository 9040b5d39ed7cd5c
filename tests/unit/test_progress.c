/* test_progress.c - a progress line appears on a terminal that erases lines, and on no other. */
#define _GNU_SOURCE /* posix_openpt */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/progress.h"
#include "tests/lib/harness.h"

/* What a progress line writes while standard error is a terminal. */
static const char *written_to_terminal(void)
{
    static char text[1024];
    int terminal = posix_openpt(O_RDWR | O_NOCTTY), kept = dup(STDERR_FILENO);
    ck_assert(terminal >= 0 && kept >= 0);
    ck_assert(grantpt(terminal) == 0 && unlockpt(terminal) == 0);
    int end = open(ptsname(terminal), O_RDWR | O_NOCTTY);
    ck_assert_int_ge(end, 0);
    fflush(stderr);
    dup2(end, STDERR_FILENO);
    struct progress p;
    progress_init(&p, "test", "commands");
    progress_update(&p, 0.5, 1000);
    progress_finish(&p);
    progress_line("%d left", 3);
    progress_wipe();
    fflush(stderr);
    dup2(kept, STDERR_FILENO);
    close(kept);
    /* All is there already: writing to a terminal is no later than its return. */
    struct pollfd there = {.fd = terminal, .events = POLLIN};
    size_t bytes = 0;
    while (bytes + 1 < sizeof(text) && poll(&there, 1, 0) == 1 && (there.revents & POLLIN))
        bytes += (size_t)read(terminal, text + bytes, sizeof(text) - 1 - bytes);
    text[bytes] = '\0';
    close(end);
    close(terminal);
    return text;
}

START_TEST(a_terminal_shows_the_line_and_erases_it)
{
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    const char *text = written_to_terminal();
    ck_assert_ptr_nonnull(strstr(text, "\r\033[Ktest:  50 %  1.00 k commands"));
    ck_assert_ptr_nonnull(strstr(text, "\r\033[K3 left\r\033[K"));
}
END_TEST

static const struct {
    const char *terminal, *no_color; /* NULL: unset */
} plain[] = {{"dumb", NULL}, {NULL, NULL}, {"", NULL}, {"xterm", "1"}};

START_TEST(a_plain_terminal_gets_nothing)
{
    unsetenv("TERM");
    unsetenv("NO_COLOR");
    if (plain[_i].terminal) setenv("TERM", plain[_i].terminal, 1);
    if (plain[_i].no_color) setenv("NO_COLOR", plain[_i].no_color, 1);
    ck_assert_str_eq(written_to_terminal(), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *c = tcase_create("progress");
    tcase_add_test(c, a_terminal_shows_the_line_and_erases_it);
    tcase_add_loop_test(c, a_plain_terminal_gets_nothing, 0, sizeof(plain) / sizeof(plain[0]));
    suite_add_tcase(suite, c);
    return test_main(suite);
}
