/* load.c - /proc/stat, less what this process used (load.h). */
#include "rdma/calibrate/load.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

enum { IDLE = 3, WAITING = 4, STOLEN = 7, KINDS };

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

struct load load_now(void)
{
    struct load l = {0};
    struct rusage own;
    if (getrusage(RUSAGE_SELF, &own) == 0) l.own = seconds(own.ru_utime) + seconds(own.ru_stime);
    FILE *f = fopen("/proc/stat", "r");
    if (!f) return l;
    double tick_s = 1.0 / (double)sysconf(_SC_CLK_TCK);
    uint64_t ticks;
    if (fscanf(f, "cpu") == 0)
        for (int kind = 0; kind < KINDS && fscanf(f, "%" SCNu64, &ticks) == 1; kind++) {
            double spent = (double)ticks * tick_s;
            l.all += spent;
            if (kind == IDLE || kind == WAITING) l.idle += spent;
            if (kind == STOLEN) l.stolen += spent;
        }
    fclose(f);
    return l;
}

double load_stolen(const struct load *from, const struct load *to)
{
    double all = to->all - from->all;
    return all > 0 ? (to->stolen - from->stolen) / all : 0;
}

double load_of_others(const struct load *from, const struct load *to)
{
    double all = to->all - from->all;
    if (all <= 0) return 0;
    double others =
        all - (to->idle - from->idle) - (to->stolen - from->stolen) - (to->own - from->own);
    return others > 0 ? others / all : 0;
}
