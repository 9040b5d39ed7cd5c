/* conformance.h - one suite for every transport: a test case for each property that
 * proto/transport.h specifies.
 *
 * A transport is described by a struct conformance_transport; the suite builds small worlds of
 * probe nodes on it. Nodes may run in other threads: a probe writes only its own results and sets a
 * flag, atomically, when it is done; the suite reads results only after the world is destroyed.
 * Times are multiples of the transport's own `tick_ns`, so that no case depends on the speed of the
 * machine. */
#ifndef AVIARY_TESTS_LIB_CONFORMANCE_H
#define AVIARY_TESTS_LIB_CONFORMANCE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/transport.h"
#include "tests/lib/harness.h"

/* A fault injected into a running world at a given time. */
struct conformance_fault {
    enum { CONFORMANCE_KILL, CONFORMANCE_CUT, CONFORMANCE_HEAL } what;
    uint64_t at_ns;
    uint32_t a, b; /* CUT, HEAL: both directions between a and b; KILL: a */
};

struct conformance_setup {
    uint64_t seed;
    uint32_t count; /* nodes 0 .. count-1, called n0, n1, ... */
    const struct node_ops *ops;
    void *const *states; /* by node */
    uint32_t fault_count;
    const struct conformance_fault *faults; /* by time */
    void *storage; /* of node 0, as made by storage_create; NULL: it has none */
};

struct conformance_transport {
    const char *name;
    uint64_t tick_ns;       /* many messages and one-sided operations complete within one tick */
    uint64_t peer_limit_ns; /* a broken connection is reported within this */
    bool modelled;          /* charge() and work's modelled time move now(): a simulator */
    bool one_sided;         /* write, read, compare_and_swap work */
    bool kills, cuts;       /* which faults it supports */
    /* A storage that is empty, and outlives the worlds whose node 0 has it. NULL: not supported. */
    void *(*storage_create)(void);
    void (*storage_destroy)(void *storage);
    /* A world, started. */
    void *(*create)(const struct conformance_setup *setup);
    /* Runs it until done(context) is true, or for limit_ns of the nodes' time. `done` only reads
     * atomics. */
    void (*run)(void *world, bool (*done)(void *context), void *context, uint64_t limit_ns);
    /* Stops everything; no handler runs afterwards. Returns how many malformed messages were
     * dropped. */
    uint64_t (*destroy)(void *world);
};

/* Adds all cases to the suite, once for each transport of the list (which must live on). */
void conformance_add(Suite *suite, const struct conformance_transport *const *list, int count);

#endif
