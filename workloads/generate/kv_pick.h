/* kv_pick.h - the distributions of a key-value store's accesses.
 *
 *   zipf        Zipf's law over the variables, the ranks assigned by the seed
 *   scrambled   as YCSB: Zipf's law over 10^10 items, each hashed to a variable
 *   latest      as YCSB: the more often, the later a variable was inserted
 *
 * A share of the draws may go to a hot spot instead, uniformly: a range of variables, whose begin
 * is redrawn at a fixed interval of commands. */
#ifndef AVIARY_WORKLOADS_GENERATE_KV_PICK_H
#define AVIARY_WORKLOADS_GENERATE_KV_PICK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "workloads/generate/zipf.h"

/* The last inserted are not drawn yet: their inserts may still be pending. */
enum { KV_PICK_FRESH = 64 };

struct kv_pick_setup {
    uint64_t seed;
    uint32_t variables; /* at the start */
    double exponent;
    double hot_share;
    uint32_t hot_count;
    uint64_t hot_every; /* commands; 0: it stays */
};

struct kv_pick {
    struct kv_pick_setup setup;
    const struct kv_picker *picker;
    struct zipf zipf;
    uint32_t *variable_of; /* zipf: by rank, the variable; NULL: uniform */
    uint32_t existing;     /* those that may be drawn */
    uint64_t hot_moves;    /* of the hot spot, where hot_first is */
    uint32_t hot_first;
};

/* 0, or -1 where `name` is none of the above. kv_pick_finish may follow either, or zeroes. */
int kv_pick_init(struct kv_pick *p, const char *name, const struct kv_pick_setup *setup,
                 struct error *e);
void kv_pick_finish(struct kv_pick *p);

/* The number inserted so far. */
void kv_pick_grow(struct kv_pick *p, uint32_t inserted);
/* command: how many there were before, which moves the hot spot. */
uint32_t kv_pick(struct kv_pick *p, struct random *random, uint64_t command);

#endif
