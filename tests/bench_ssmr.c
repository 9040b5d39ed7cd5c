/* How many messages a second a full S-SMR run delivers: protocols, simulator, workload, statistics,
 * with and without the checkers. Processor time of one core; the target stands beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "analysis/summary.h"
#include "sim/simulation.h"

enum { ROUNDS = 3 };

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Millions of messages sent per second of processor time, set-up left out. */
static double speed(char **argv, int argc)
{
    struct experiment e;
    struct error error;
    if (experiment_parse(&e, argc, argv, false, &error) < 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    double begin_s = cpu_s();
    struct simulation *s = simulation_run(&e, e.schemes[0], e.partitions[0], NULL, &error);
    double all_s = cpu_s() - begin_s;
    if (!s) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    const struct run_result *r = simulation_result(s);
    /* On a busy machine wall time is too long, and processor time includes the set-up. */
    double millions = (double)r->messages / (r->wall_s < all_s ? r->wall_s : all_s) / 1e6;
    simulation_destroy(s);
    return millions;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(void)
{
    static const struct {
        const char *what, *workload, *check;
    } cases[] = {
        {"local commands, checks off", "chirper:timeline=100,post=0,follow=0,unfollow=0", "off"},
        {"local commands, checks on", "chirper:timeline=100,post=0,follow=0,unfollow=0", "on"},
        {"default mix, checks off", "chirper", "off"},
        {"default mix, checks on", "chirper", "on"},
    };
    printf("\nfull ssmr runs, 4 partitions of 3 replicas: millions of messages a core-second\n"
           "%-28s %8s %8s %8s   target\n",
           "", "least", "median", "most");
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double found[ROUNDS];
        char *argv[] = {"run",
                        "-s",
                        "ssmr",
                        "-k",
                        "4",
                        "-p",
                        "range",
                        "--duration",
                        "1s",
                        "-w",
                        (char *)cases[i].workload,
                        "--check",
                        (char *)cases[i].check,
                        NULL};
        for (int round = 0; round < ROUNDS; round++)
            found[round] = speed(argv, sizeof(argv) / sizeof(argv[0]) - 1);
        qsort(found, ROUNDS, sizeof(found[0]), ascending);
        printf("%-28s %8.2f %8.2f %8.2f   >= 5\n", cases[i].what, found[0], found[ROUNDS / 2],
               found[ROUNDS - 1]);
    }
    return 0;
}
