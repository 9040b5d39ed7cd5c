/* latency_matrix.h - one-way latencies between sites, as a table in a text file (aviary-model(5)).
 */
#ifndef AVIARY_SIM_LATENCY_MATRIX_H
#define AVIARY_SIM_LATENCY_MATRIX_H

#include "sim/model.h"

struct latency_matrix {
    uint32_t sites;
    char name[MODEL_SITES_MAX][MODEL_NAME_MAX];
    uint64_t ns[MODEL_SITES_MAX][MODEL_SITES_MAX]; /* [from][to]; 0 where there is none: [i][i] */
};

/* -1: the error names file, line and column, and what was expected. */
int latency_matrix_read(struct latency_matrix *matrix, const char *path, struct error *e);

#endif
