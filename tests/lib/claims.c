/* claims.c - see claims.h. SS: Bezerra et al., DSN 2014; BU: IEEE Data Eng. Bull. 39(1), 2016;
 * DS: Le, Bezerra, Pedone, DSN 2016; DY: Le et al., ICDCS 2019. The bands surround the published
 * values; where only a direction is published, the bound is the direction. */
#include "tests/lib/claims.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "tests/lib/harness.h"

enum standing { HOLDS, MISSED };

static const struct claim {
    const char *name, *quantity;
    double low, high;
    enum standing standing;
} claims[] = {
    {"SS-1", "local commands, S-SMR: throughput of 8 partitions over 1", 6.5, 8.5, HOLDS},
    {"SS-3", "one partition: throughput of S-SMR over classic SMR", 0, 1, HOLDS},
    {"SS-5", "10 % global commands: throughput of 8 partitions over 4", 0.85, 1.15, MISSED},
    {"SS-6", "mixed commands: waiting over latency of local commands", 0.6, 1, HOLDS},
    {"BU-1", "data-free commands to 2 partitions: throughput lost to signals", 0.45, 0.75, HOLDS},
    {"BU-4", "commands that exchange data: throughput lost to signals", -0.05, 0.05, HOLDS},
    {"DS-1", "timelines: throughput of DS-SMR over S-SMR", 0.75, 1.1, HOLDS},
    {"DS-2", "local posts, DS-SMR: throughput of 8 partitions over 1", 2.5, HUGE_VAL, HOLDS},
    {"DS-2 (S-SMR)", "local posts, S-SMR: throughput of 8 partitions over 1", 0, 1, HOLDS},
    {"DS-3 (2)", "local posts, 2 partitions: DS-SMR over S-SMR", 5, HUGE_VAL, HOLDS},
    {"DS-3 (4)", "local posts, 4 partitions: DS-SMR over S-SMR", 10, HUGE_VAL, HOLDS},
    {"DS-3 (8)", "local posts, 8 partitions: DS-SMR over S-SMR", 20, HUGE_VAL, HOLDS},
    {"DS-6", "one partition: throughput of DS-SMR over S-SMR", 0, 0.999, MISSED},
    {"DS-8", "local posts: moves in the last interval over the most", 0, 0.05, HOLDS},
    {"DY-2 (4)", "mix, 4 partitions: DynaStar over S-SMR", 1.2, HUGE_VAL, HOLDS},
    {"DY-2 (8)", "mix, 8 partitions: DynaStar over S-SMR", 1.2, HUGE_VAL, HOLDS},
    {"DY-2 (16)", "mix, 16 partitions: DynaStar over S-SMR", 1.5, HUGE_VAL, HOLDS},
    {"DY-3", "mix, 2 partitions: DynaStar over S-SMR", 0.8, 1.25, HOLDS},
    {"DY-4 (2)", "mix, 2 partitions: DynaStar over DS-SMR", 3, HUGE_VAL, HOLDS},
    {"DY-4 (4)", "mix, 4 partitions: DynaStar over DS-SMR", 5, HUGE_VAL, HOLDS},
    {"DY-4 (8)", "mix, 8 partitions: DynaStar over DS-SMR", 6, HUGE_VAL, HOLDS},
    {"DY-4 (16)", "mix, 16 partitions: DynaStar over DS-SMR", 5, HUGE_VAL, HOLDS},
    {"DY-9 (multi)", "TPC-C: multi-partition share after a plan", 0.09, 0.13, HOLDS},
    {"DY-9", "TPC-C: throughput after a plan over before", 20, HUGE_VAL, MISSED},
    {"DY-10", "Chirper: throughput after a plan over before", 1.8, HUGE_VAL, HOLDS},
    {"DY-11", "oracle queries long after a plan over just after it", 0, 0.6, HOLDS},
};

static const struct claim *claim_of(const char *name)
{
    for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++)
        if (strcmp(claims[i].name, name) == 0) return &claims[i];
    ck_abort_msg("no claim is called %s", name);
    return NULL;
}

void claim_check(const char *name, double figure)
{
    const struct claim *c = claim_of(name);
    bool inside = figure >= c->low && figure <= c->high;
    printf("# %s %s: %s: %g, band %g to %g\n", c->name,
           c->standing == MISSED ? "is missed" : "holds", c->quantity, figure, c->low, c->high);
    ck_assert_msg(inside == (c->standing == HOLDS), "%s, %s: %g, band %g to %g, listed as %s", name,
                  c->quantity, figure, c->low, c->high, inside ? "missed" : "reproduced");
}
