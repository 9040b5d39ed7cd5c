/* tpcc.h - what tests of TPC-C share: its stream, its shape, and shares of transactions. */
#ifndef AVIARY_TESTS_WORKLOADS_TPCC_H
#define AVIARY_TESTS_WORKLOADS_TPCC_H

#include "workloads/generate/tpcc_draw.h"
#include "workloads/trace/workload.h"

/* Number of commands examined of a stream. */
enum { STREAM = 10000, LONG_STREAM = 100000 };

/* The next command of a workload that has one. */
void must_next(struct workload *w, struct trace_command *c);

const struct tpcc_shape *tpcc_shape_of(const struct workload *w);

/* A share of that number of draws is near the expected one: within five standard deviations. */
void assert_share(const char *what, uint64_t hits, uint64_t of, double asked);

/* The expected share of new-orders that access several warehouses. */
double distributed_orders(void);

#endif
