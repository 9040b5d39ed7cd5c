/* journals.h - journals of the nodes of a small cluster, and the events that a merge of them
 * yields. The fixture of each test is a directory of its own and two tellers: `merged` records the
 * events of the journals, `direct` those that the test reports for comparison. */
#ifndef AVIARY_TESTS_CHECK_JOURNALS_H
#define AVIARY_TESTS_CHECK_JOURNALS_H

#include "analysis/journal/journal.h"
#include "tests/check/teller.h"

/* p0, p1 and an oracle, of two replicas each: nodes 0 to 5; clients are nodes 6 and 7. */
extern const struct topology small_cluster;

extern struct teller direct, merged;
extern struct journal_counts counts; /* of the last merge */
extern struct error merge_error;     /* of the last merge that failed */

void journals_begin(void);
void journals_end(void);

/* In the test's directory; one of a few buffers taken in turn. */
const char *journal_path(const char *name);

struct journal *must_create(const char *path);

/* Merges journals into `merged`; -1: see `merge_error`. */
int merge(const char *const *paths, uint32_t count);
void must_merge(const char *const *paths, uint32_t count);
int merge_one(const char *path);
void must_merge_one(const char *path);

/* ---- reports --------------------------------------------------------------------------------- */

union journalled_room {
    struct command command;
    uint64_t word[32];
};

/* A command of client 1 that reads one variable and writes another. */
struct command *journalled_command(union journalled_room *room, uint64_t seq);
/* A hint of p1's first replica to the oracle. */
struct command *journalled_hint(union journalled_room *room);

/* A change of leaders in p0 at node 0. */
void report_leading(struct observer *o, uint64_t now_ns, uint64_t ballot);

/* Reports each kind of event once. */
void report_all(struct observer *o, struct finals *f);

#endif
