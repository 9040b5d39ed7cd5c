/* chirper.h - the keys of a chirper workload, parsed and checked (chirper.c). */
#ifndef AVIARY_WORKLOADS_GENERATE_CHIRPER_H
#define AVIARY_WORKLOADS_GENERATE_CHIRPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

enum chirper_kind { TIMELINE, POST, FOLLOW, UNFOLLOW, FOLLOW_NOOP, JOIN, CHIRPER_KINDS };
enum { CHIRPER_DRAWN = JOIN /* the kinds before it are drawn by weight */ };

extern const char *const chirper_kind_names[CHIRPER_KINDS];

enum { CHIRPER_USERS_MAX = 1 << 24, CHIRPER_POST_BYTES = 140 };

struct chirper_config {
    uint64_t users, communities, seed, size, commands;
    double degree, clustering, cut, zipf;
    double share[CHIRPER_DRAWN]; /* weights as given, or as the mix has them */
    uint64_t weight[CHIRPER_DRAWN], weight_sum;
    bool multi; /* a share is given */
    double multi_share;
    const char *multi_kind_name;
    enum chirper_kind multi_kind;
    const char *graph, *directed, *locality, *mix; /* into the text of the keys, or NULL */
    uint64_t timeline_cap;                         /* posts; 0: a timeline has `size` */
    double growth;                                 /* share of the commands that are a join */
    uint64_t joins;                                /* in all */
    const char *rate_text, *celebrity_at;
    double rate_per_second;  /* 0: commands have no issue times */
    uint64_t celebrity_from; /* a command's number from 0; UINT64_MAX: never */
    double celebrity_posts, celebrity_follows;
    bool endless;
};

/* Reads the keys, changing them. 0, or -1 with the error. */
int chirper_read_config(struct chirper_config *config, char *keys, uint64_t seed, struct error *e);

/* How many of the first `commands` are a join. */
uint64_t chirper_joins(double growth, uint64_t commands);

#endif
