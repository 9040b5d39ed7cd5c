/* progress.c - the progress line (progress.h). */
#include "base/progress.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

#define REDRAW_NS UINT64_C(100000000)

#define WIPE "\r\033[K"

bool progress_possible(void)
{
    const char *terminal = getenv("TERM"), *plain = getenv("NO_COLOR");
    if (plain && *plain) return false;
    if (!terminal || !*terminal || strcmp(terminal, "dumb") == 0) return false;
    return isatty(STDERR_FILENO) == 1;
}

void progress_line(const char *format, ...)
{
    va_list arguments;
    if (!progress_possible()) return;
    fputs(WIPE, stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fflush(stderr);
}

void progress_wipe(void)
{
    if (progress_possible()) fputs(WIPE, stderr);
}

void progress_init(struct progress *p, const char *label, const char *unit)
{
    *p = (struct progress){.label = label, .unit = unit, .on = progress_possible()};
    if (p->on) p->begin_ns = clock_now();
}

void progress_update(struct progress *p, double share, uint64_t count)
{
    if (!p->on) return;
    uint64_t now_ns = clock_now();
    if (p->dirty && now_ns - p->shown_ns < REDRAW_NS) return;
    p->shown_ns = now_ns;
    p->dirty = true;
    double elapsed_ns = (double)(now_ns - p->begin_ns);
    char done[32], rate[32], left[32] = "?";
    units_print_count((double)count, done);
    units_print_count(elapsed_ns > 0 ? (double)count * 1e9 / elapsed_ns : 0, rate);
    if (share > 0) {
        double left_s = elapsed_ns / 1e9 * (1 - share) / share;
        snprintf(left, sizeof(left), "%.0f s", left_s);
    }
    progress_line("%s: %3.0f %%  %s %s  %s/s  %s left", p->label, share * 100, done, p->unit, rate,
                  left);
}

void progress_finish(struct progress *p)
{
    if (p->dirty) progress_wipe();
    p->dirty = false;
}
