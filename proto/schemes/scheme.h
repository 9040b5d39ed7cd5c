/* scheme.h - a partitioning scheme: its servers, its clients and what is known of it.
 *
 * Each is a constant `NAME_scheme` in a file of its own and one line of the table in scheme.c;
 * doc/a-scheme.md shows how one is written. */
#ifndef AVIARY_PROTO_SCHEMES_SCHEME_H
#define AVIARY_PROTO_SCHEMES_SCHEME_H

#include <stdint.h>

#include "proto/client/proxy.h"
#include "proto/execution/executor.h"
#include "proto/plant.h"

struct scheme {
    const char *name;
    const char *summary;
    bool partitioned; /* false: one group holds everything, however many partitions are asked for */
    const struct executor_ops *executor; /* of partitions */
    const struct executor_ops *oracle;   /* NULL: it has none */
    const struct proxy_ops *proxy;       /* of clients */
    enum target_rule target;             /* of its paper */
    bool plans;                          /* its oracle plans the placement */
    /* The bugs that can be planted in it, beside those of every scheme; ends with NULL. NULL: none.
     */
    const struct plant *const *plants;
};

/* Bound on a command's attempts: `calm` without plans, one more for each plan during it, at most
 * `most`. */
struct attempts_bound {
    uint32_t calm, most;
};

/* Retries after which all partitions execute a command. DynaStar's second attempt, through the
 * oracle, succeeds, unless commands move variables for good, or (`makes`) create and delete them:
 * then any attempt can be stale. */
struct attempts_bound scheme_attempts(const struct scheme *s, const struct scheme_options *options,
                                      bool makes);

/* NULL for an unknown name. */
const struct scheme *scheme_find(const char *name);
/* The i-th, or NULL past the end. */
const struct scheme *scheme_at(uint32_t i);

#endif
