/* message_trace.h - a file with a line for each message of a run, and the options that ask for it.
 *
 *   12.000 p0.r0 > p0.r1 ACCEPT ballot 1.0 slot 7 commit 6 stable 0 bytes 120
 *   62.000 p0.r1 < p0.r0 ACCEPT ballot 1.0 slot 7 commit 6 stable 0 bytes 120
 *
 *   62.000 p0.r1 ! p0.r0 HARD corrupted
 *
 * Time in us of the run, the node, `>` sends to, `<` handles from or `!` drops from, the other
 * node, the kind, and the kind's fields (proto/node/layouts.h), or why it is dropped. A command id
 * is client.sequence, and /round where that is not 0; a ballot is round.replica. Lines have the
 * order of the handlers; inside a handler the time goes on. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_MESSAGE_TRACE_H
#define AVIARY_ANALYSIS_EXPERIMENT_MESSAGE_TRACE_H

#include <stdint.h>

#include "analysis/experiment/nodes.h"
#include "base/options.h"
#include "proto/node/traced.h"

/* So are one-sided operations, at the call, `<` where the owner of a watched region is told of
 * writes, and grants:
 *
 *   12.000 p0.r0 > p1.r1 WRITE region 0 offset 1792 bytes 56
 *   15.000 p1.r1 < p0.r0 WRITE region 0
 *    0.000 p1.r1 > p0.r0 GRANT region 0
 *
 * and marked paths that a node takes (proto/mark.h):
 *
 *   62.000 p0.r1 : leader-suspected
 *
 * For the filter they are kinds: write, read, cas, grant, revoke and mark. */
enum { MESSAGE_KIND_MARK = 63, MESSAGE_KIND_ONE_SIDED = MESSAGE_KIND_MARK - ONE_SIDED_COUNT };
_Static_assert((uint32_t)MESSAGE_KIND_COUNT < (uint32_t)MESSAGE_KIND_ONE_SIDED,
               "a bit for each kind");
extern const char *const message_one_sided_names[ONE_SIDED_COUNT];

/* Which messages are written. */
struct message_filter {
    const char *file;  /* NULL: no trace at all */
    const char *nodes; /* patterns, comma-separated; one end of a message matches; NULL: all */
    uint64_t kinds;    /* a bit for each enum message_kind, and for those above */
    uint64_t from_ns, until_ns;
};

/* The options --messages, --message-nodes, --message-kinds and --message-times; the target of the
 * table is a struct message_filter. */
extern const struct option message_options[];
enum { MESSAGE_OPTIONS = 4 };

struct message_trace;

/* For nodes of these names; `suffix`, unless NULL, is added to the file's name. NULL with the
 * error. The filter, the topology and the names are borrowed until message_trace_close(). */
struct message_trace *message_trace_create(const struct message_filter *f, const char *suffix,
                                           const struct nodes *nodes, char *const *names,
                                           struct error *e);
/* Replaces a node by one whose messages are written; before it is given to its transport. The
 * replacement lives as long as the trace. */
void message_trace_node(struct message_trace *trace, uint32_t node, const struct node_ops **ops,
                        void **state);
/* Puts the file in its place. -1 with the error of any write so far. */
int message_trace_commit(struct message_trace *trace, struct error *e);
/* Without a commit before, nothing of the file is left. NULL is accepted. */
void message_trace_destroy(struct message_trace *trace);

#endif
