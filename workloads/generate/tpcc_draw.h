/* tpcc_draw.h - TPC-C's non-uniform random choices: customers, their last names, items (2.1.6 and
 * 4.3.2.3 of the specification). */
#ifndef AVIARY_WORKLOADS_GENERATE_TPCC_DRAW_H
#define AVIARY_WORKLOADS_GENERATE_TPCC_DRAW_H

#include "base/random.h"
#include "workloads/generate/tpcc.h"

enum { TPCC_NAMES = 1000 }; /* three syllables of ten each */

/* NURand(A, 0, range - 1): a random number up to A or-ed to one of the range, and shifted by C. */
struct tpcc_nurand {
    uint32_t a, c, range;
};

uint32_t tpcc_nurand(const struct tpcc_nurand *n, struct random *random);

/* The specification's A for its own range; in proportion for a smaller one, as 2^i - 1. */
uint32_t tpcc_nurand_a(uint32_t a, uint32_t range, uint32_t standard);
/* Is that a valid C for last names in a run, after a population by C-load (2.1.6.1)? */
bool tpcc_c_run_allowed(uint32_t c_load, uint32_t c_run);

/* The generator's constants, and the customers' names, which are the same in every district. */
struct tpcc_draw {
    struct tpcc_nurand customer, item, name;
    uint32_t *by_name; /* customers, by name and then by number (which stands for C_FIRST) */
    uint32_t name_first[TPCC_NAMES + 1]; /* where each name begins in it */
};

/* Constants are drawn. */
void tpcc_draw_init(struct tpcc_draw *d, const struct tpcc_shape *shape, struct random *random);
void tpcc_draw_finish(struct tpcc_draw *d);

#endif
