/* faults.h - the fault schedule, from a script or drawn from a seed.
 *
 * A schedule is fixed before the run: times of crashes, cuts and pauses are known in advance; only
 * loss, duplication or reordering of a single message is drawn during the run, from a separate
 * stream. A schedule drawn from a seed is printed as an equivalent script. aviary-faults(5) defines
 * the script language. */
#ifndef AVIARY_SIM_FAULTS_H
#define AVIARY_SIM_FAULTS_H

#include <stdint.h>

#include "base/error.h"
#include "proto/topology.h"

#define FAULT_FOREVER UINT64_MAX
enum {
    FAULT_RATE_ONE = 1000000, /* rates are parts per million */
    FAULT_FACTOR_MAX = 1000000,
};

enum fault_kind {
    FAULT_CRASH,      /* from: nodes that stop for good */
    FAULT_PAUSE,      /* from: nodes whose processor is paused */
    FAULT_CUT,        /* no message passes between `from` and `to`, both ways */
    FAULT_CUT_ONEWAY, /* no message passes from `from` to `to` */
    FAULT_BREAK,      /* as a cut, but reported to both ends at once (queue pair error) */
    FAULT_SLOW,       /* latency from `from` to `to` and back is `factor` times as long */
    FAULT_LOSS,       /* of messages between `from` and `to`, both ways, `rate` of them */
    FAULT_DUPLICATE,  /* arrive twice */
    FAULT_REORDER,    /* are delayed, and may be overtaken */
    FAULT_CORRUPT,    /* have bits flipped, which the receiver's checksum shows: they are lost */
    FAULT_FORGE,      /* have bits flipped, and the checksum is right */
    FAULT_TORN,       /* one-sided writes by `from` to `to` take effect in two steps */
    FAULT_KIND_COUNT
};

struct fault {
    enum fault_kind kind;
    uint64_t at_ns;
    uint64_t for_ns; /* FAULT_FOREVER: to the end of the run */
    char *from;      /* comma-separated names, `*` matches any text: `p0.r1`, `p2.*`, `c*` */
    char *to;        /* the same; NULL for crash and pause */
    uint32_t rate;   /* parts per million */
    uint32_t factor;
};

struct faults {
    uint32_t count;
    struct fault *fault; /* by at_ns */
};

/* NULL and the error, with file:line and what was expected. */
struct faults *faults_open(const char *path, struct error *e);
struct faults *faults_parse(const char *text, const char *source, struct error *e);

/* Parameters of faults_swarm. */
struct faults_swarm {
    uint64_t seed;
    const struct topology *topology;
    const char *const *names; /* of all nodes, in the topology's order */
    uint64_t horizon_ns; /* all faults but crashes have ended, all crashes have happened by then */
    uint64_t scale_ns;   /* typical length of an outage: the leader timeout */
};

/* Draws the subset of fault kinds, then their places, times and rates. At most a minority of each
 * group crashes, and any clients. Never NULL; may be empty. */
struct faults *faults_swarm(const struct faults_swarm *swarm);

void faults_destroy(struct faults *f);

/* One fault as a line of a script (`at 1.5s cut p0.r0 p1.r2 for 20ms`), without the newline. */
enum { FAULT_TEXT_MAX = 4096 };
char *fault_print(const struct fault *f, char buffer[static FAULT_TEXT_MAX]);

/* Does a pattern of the script language match the name? */
int fault_matches(const char *pattern, const char *name);

#endif
