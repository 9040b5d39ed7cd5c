/* progress.c - the progress line (progress.h). */
#include "base/progress.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"

#define REDRAW_NS UINT64_C(100000000)

void progress_init(struct progress *p, const char *label, const char *unit)
{
    *p = (struct progress){.label = label, .unit = unit, .on = isatty(STDERR_FILENO) == 1};
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
    fprintf(stderr, "\r\033[K%s: %3.0f %%  %s %s  %s/s  %s left", p->label, share * 100, done,
            p->unit, rate, left);
    fflush(stderr);
}

void progress_finish(struct progress *p)
{
    if (p->dirty) fputs("\r\033[K", stderr);
    p->dirty = false;
}
