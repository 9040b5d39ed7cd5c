/* Messages per second in complete runs: protocols, simulator, workload, statistics, with and
 * without the checkers. Processor time of one core; the target stands beside it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/experiment/runner.h"
#include "analysis/results/summary.h"
#include "sim/simulation.h"

enum { ROUNDS = 3, WORDS_MAX = 48 };

static double cpu_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Millions of messages sent per second of processor time, set-up left out. */
static double speed(const char *line)
{
    char copy[512], *words[WORDS_MAX] = {"run", "-k", "4"}, *rest = copy;
    int count = 3;
    snprintf(copy, sizeof(copy), "%s%s", strstr(line, "--duration") ? "" : "--duration 1s ", line);
    while ((words[count] = strtok_r(rest, " ", &rest))) count++;
    struct experiment e;
    struct error error;
    if (experiment_parse(&e, count, words, &simulation_command, &error) < 0) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    double begin_s = cpu_s();
    struct run *s = run_execute(&e, &simulated_cluster, NULL, &error);
    double all_s = cpu_s() - begin_s;
    if (!s) {
        fprintf(stderr, "bench: %s\n", error.text);
        exit(1);
    }
    const struct run_result *r = run_result(s);
    /* On a busy machine wall time is too long, and processor time includes the set-up. */
    double millions = (double)r->messages / (r->wall_s < all_s ? r->wall_s : all_s) / 1e6;
    run_destroy(s);
    experiment_finish(&e);
    return millions;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

#define LOCAL "chirper:timeline=100,post=0,follow=0,unfollow=0"
#define PLANS                                                                                     \
    "--duration 5s --clients 64 --outstanding 16 --hints 200ms --plan-every 2s --plan-guard off " \
    "--planning "                                                                                 \
    "fennel"

int main(void)
{
    static const struct {
        const char *what, *line;
        int target;
    } cases[] = {
        {"ssmr, local commands, checks off", "-s ssmr -p range --check off -w " LOCAL, 5},
        {"ssmr, local commands", "-s ssmr -p range -w " LOCAL, 5},
        {"ssmr, default mix, checks off", "-s ssmr -p range --check off", 5},
        {"ssmr, default mix", "-s ssmr -p range", 5},
        {"dssmr, default mix", "-s dssmr -p range", 5},
        {"dynastar, default mix", "-s dynastar -p range", 5},
        {"dynastar, plans, 1 M variables", "-s dynastar -w chirper:users=1000000 " PLANS, 1},
    };
    printf("\nfull runs, 4 partitions of 3 replicas: millions of messages a core-second\n"
           "%-34s %8s %8s %8s   target\n",
           "", "least", "median", "most");
    for (uint32_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        double found[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) found[round] = speed(cases[i].line);
        qsort(found, ROUNDS, sizeof(found[0]), ascending);
        printf("%-34s %8.2f %8.2f %8.2f   >= %d\n", cases[i].what, found[0], found[ROUNDS / 2],
               found[ROUNDS - 1], cases[i].target);
    }
    return 0;
}
