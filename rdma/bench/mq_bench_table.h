/* mq_bench_table.h - the rows of `aviary mq bench`, and how they are shown. */
#ifndef AVIARY_RDMA_BENCH_MQ_BENCH_TABLE_H
#define AVIARY_RDMA_BENCH_MQ_BENCH_TABLE_H

#include "rdma/bench/mq_bench.h"

enum { BENCH_WAITINGS = 3 };
const char *bench_waiting_name(uint32_t waiting);

struct bench_row {
    struct bench_point point;
    const struct bench_other *other; /* NULL: the message queue itself */
    double (*sample)[BENCH_FIGURES]; /* by repeat */
    uint32_t samples;
    bool failed; /* with this error */
    struct error error;
};

/* Both measure the same kind and size. */
bool bench_rows_compare(const struct bench_row *a, const struct bench_row *b);

/* A table for each kind there is, the errors, and whether the targets are met. */
void bench_rows_print(const struct bench_row *rows, uint32_t count, FILE *out);

#endif
