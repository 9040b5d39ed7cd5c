/* world.h - a whole small cluster under test: simulator, recorder and checkers around a source of
 * commands. */
#ifndef AVIARY_TESTS_LIB_WORLD_H
#define AVIARY_TESTS_LIB_WORLD_H

#include "analysis/check/recorder.h"
#include "sim/sim_cluster.h"

/* Messages take exactly 1 ms, processors and links cost nothing: times count steps. */
extern const char world_steps_model[];
/* 50 us links with a tail, a few microseconds of processor time a message. */
extern const char world_lan_model[];
/* 2 us links, and timeouts so short that they may expire at a busy processor. */
extern const char world_rdma_model[];

struct world_setup {
    const char *scheme;
    const struct multicast_ops *multicast; /* NULL: basecast */
    const char *model;                     /* text */
    uint32_t groups, replicas, clients;    /* groups: partitions; an oracle comes on top */
    uint32_t variables; /* variable v starts in partition v % groups; 0: 64 of them */
    uint32_t unborn;    /* further variables, which do not exist at the start */
    uint32_t granules;  /* variable v belongs to granule v % granules; 0: to one of its own */
    const struct scheme_options *options; /* NULL: world_options() */
    uint32_t outstanding;
    uint32_t window;           /* of a group's log; 0: 8 */
    const struct plant *plant; /* NULL: none */
    struct command_source *source;
    const char *faults;  /* a fault script, or NULL */
    bool swarm;          /* draw faults from the seed instead */
    uint64_t horizon_ns; /* of the swarm */
    bool durable;        /* replicas have storage */
    uint64_t events_max; /* world_run() stops after that number; 0: no limit */
    uint64_t seed;
    struct observer *observer; /* instead of the recorder; NULL: the recorder */
    /* As in struct sim_cluster_setup. */
    void (*decorate)(void *context, uint32_t node, const struct node_ops **ops, void **state);
    void *context;
};

struct world {
    struct world_setup setup;
    struct model *model;
    struct faults *faults;
    struct catalogue catalogue;
    struct recorder *recorder;
    struct sim_cluster cluster;
    struct run_result result;
    uint64_t horizon_ns;
    struct scheme_options options;
    struct variables variables;
    uint32_t *bytes, *granule; /* by variable, like the following */
    uint16_t *place, *home;
};

/* As in the papers; no hints, no plans. */
struct scheme_options world_options(const char *scheme);

/* At time 0, with all nodes initialised. Aborts the test on a bad model or script. */
void world_begin(struct world *w, const struct world_setup *setup);
/* A recorder like the world's own, for events from elsewhere; the caller destroys it. */
struct recorder *world_recorder(const struct world *w, const struct topology *topology);
/* Runs until all clients are done and all replicas agree, or virtual time or the budget of events
 * is exhausted. True: clients are done and replicas agree. */
bool world_run(struct world *w, uint64_t limit_ns);
/* Whether world_run() stopped at the limit of events. */
bool world_exhausted(const struct world *w);
/* Reports the nodes that have crashed by now to a recorder. */
void world_report_crashes(const struct world *w, struct recorder *r);
/* Checks everything that was recorded; NULL if all properties hold, else the first failed property.
 */
const struct property *world_check(struct world *w);
/* Runs and checks it: all clients must be done, all properties hold, of that number of commands. */
void world_run_well(struct world *w, uint64_t limit_ns, uint64_t commands);
void world_end(struct world *w);

#endif
