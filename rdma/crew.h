/* crew.h - members of a small cluster as threads of this process, for measuring: each runs a host
 * on its wire, and its work is metered during a window that the caller opens and closes. */
#ifndef AVIARY_RDMA_CREW_H
#define AVIARY_RDMA_CREW_H

#include <stdatomic.h>

#include "rdma/host.h"
#include "rdma/timing.h"
#include "workloads/error.h"

struct crew_setup {
    enum transport_kind transport;
    const char *const *addresses; /* verbs: of members in turn */
    uint32_t address_count;
    struct members members; /* of_node is borrowed until crew_destroy */
};

/* What a member did while the window was open. */
struct crew_usage {
    uint64_t wall_ns;
    uint64_t cpu_ns; /* waiting and spinning left out */
    uint64_t waits;
    uint64_t messages_in, messages_out, bytes_in, bytes_out;
};

struct crew;

/* NULL: the error says why: no device at an address. */
struct crew *crew_create(const struct crew_setup *setup, struct error *e);
void crew_add_node(struct crew *c, const struct host_node *node);

/* All members run from here on; nodes are theirs until crew_stop(). */
void crew_start(struct crew *c);
void crew_open_window(struct crew *c);
bool crew_window_is_open(const struct crew *c); /* from any thread */
void crew_close_window(struct crew *c);
/* Runs until *done is true or that much time has passed. */
void crew_run(struct crew *c, uint64_t most_ns, const atomic_bool *done);
void crew_stop(struct crew *c);
/* After crew_stop(). */
struct crew_usage crew_usage(const struct crew *c, uint32_t member);
void crew_destroy(struct crew *c);

#endif
