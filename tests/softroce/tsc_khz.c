/* tsc_khz.c - prints the frequency of this machine's time-stamp counter in kHz, which under QEMU's
 * TCG is the guest's, too. The guest gets it as an argument (see run), as it cannot measure it on a
 * busy host. */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <time.h>
#include <x86intrin.h>

struct moment {
    uint64_t ticks, ns;
};

/* Of many readings of both clocks, the one with the shortest interruption. */
static struct moment now(void)
{
    struct moment best = {0, 0};
    uint64_t shortest = UINT64_MAX;

    for (int i = 0; i < 2000; i++) {
        struct timespec t;
        uint64_t before = __rdtsc();
        clock_gettime(CLOCK_MONOTONIC_RAW, &t);
        uint64_t took = __rdtsc() - before;
        if (took >= shortest) continue;
        shortest = took;
        best.ticks = before + took / 2;
        best.ns = (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
    }
    return best;
}

int main(void)
{
    struct timespec pause = {.tv_nsec = 100000000};
    struct moment start = now();
    nanosleep(&pause, NULL);
    struct moment end = now();
    double ticks = (double)(end.ticks - start.ticks), ns = (double)(end.ns - start.ns);
    printf("%.0f\n", ticks * 1e6 / ns);
    return 0;
}
