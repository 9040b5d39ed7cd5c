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

/* A marked path that a node takes (proto/mark.h) is a line, too:
 *
 *   62.000 p0.r1 : leader-suspected
 *
 * and the kind `mark` for the filter. */
enum { MESSAGE_KIND_MARK = 63 };
_Static_assert((uint32_t)MESSAGE_KIND_COUNT <= (uint32_t)MESSAGE_KIND_MARK, "a bit for each kind");

/* Which messages are written. */
struct message_filter {
    const char *file;  /* NULL: no trace at all */
    const char *nodes; /* patterns, comma-separated; one end of a message matches; NULL: all */
    uint64_t kinds;    /* a bit for each enum message_kind, and for MESSAGE_KIND_MARK */
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
