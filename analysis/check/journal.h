/* journal.h - what the nodes of one member report, in memory that outlives the process.
 *
 * A journal is an observer (proto/observer.h) that notes every call in a file mapped into memory.
 * Records tell everything: journal_merge() calls another observer, such as the recorder's, as the
 * nodes would have called it. So the members of an emulated cluster, processes that may be killed
 * at any moment, each keep a journal, and after the run one process merges them.
 *
 * The guarantee: a record is committed (its length is stored with release after its bytes) when the
 * observer's call returns. A host hands messages to the wire only after the handler that made them
 * has returned, so whatever any node can have learnt from a node that was then killed stands in
 * that node's journal; what it did without telling anybody may be missing. The kernel keeps a
 * mapped file's pages when a process dies; only a crash of the whole machine loses them.
 *
 * A command stands in the records of `issued` and `multicast` only: once as it was issued, once for
 * each multicast. All other records refer to it by its id and a hash of all of it:
 * `answered` to what was issued, `delivered`, `started` and `executed` to what was multicast. It is
 * there, whoever was killed: the nodes issue a command before they report its answer, and report a
 * multicast before any message leaves that carries it, be it the client's, a leader's hint or plan,
 * or what an oracle multicasts for a client that asked it; its client sends that again only because
 * the oracle told it, behind the same report. Nobody changes a multicast on its way, and a leader
 * that makes one anew makes the same, or else the hash tells which was meant.
 *
 * A journal is written by one thread at a time. There is no system call per event: the file grows
 * by JOURNAL_STEP_BYTES, which are allocated on disk then, so that a full disk is a growth that
 * fails and not a signal. From then on nothing more is written, and the journal says that it is
 * incomplete.
 *
 * Layout, in the machine's own byte order: struct journal_header, then records of struct
 * journal_record followed by their body, each a multiple of 8 bytes; see journal_format.h. */
#ifndef AVIARY_ANALYSIS_CHECK_JOURNAL_H
#define AVIARY_ANALYSIS_CHECK_JOURNAL_H

#include <stdbool.h>

#include "analysis/check/finals.h"
#include "proto/observer.h"
#include "proto/topology.h"
#include "base/error.h"

struct recorder;

#define JOURNAL_STEP_BYTES (UINT64_C(4) << 20)

/* ---- writing -------------------------------------------------------------------------------- */

struct journal;

/* Makes the file, which must not exist. It stays; whoever gave the path unlinks it. Only one
 * process writes it: a member makes its own, after the fork. `executions`: note what is delivered,
 * started and executed, too; only checkers ask for it. NULL and the error. */
struct journal *journal_create(const char *path, const struct topology *topology, bool executions,
                               struct error *e);
void journal_destroy(struct journal *j);

struct observer *journal_observer(struct journal *j);
/* Where variables are in the end, noted like events. */
struct finals *journal_finals(struct journal *j);
/* How many commands have been answered, as reported so far. */
uint64_t journal_answered(const struct journal *j);
/* The disk was full at some time: something is missing. */
bool journal_incomplete(const struct journal *j);

/* ---- reading -------------------------------------------------------------------------------- */

struct journal_merge {
    const char *const *paths;
    uint32_t count;
    const struct topology *topology; /* that the journals were made with */
    struct observer *observer;       /* gets all events; must have every operation */
    struct finals *finals;           /* gets what was told at the end, after all events */
    /* Journals of hosts whose clocks differ by up to so much. What is caused by something that
     * another journal tells (a delivery by the multicast, an answer by the execution) then waits so
     * long for its cause, as `causes` (normally the recorder behind `observer`; NULL: nothing
     * waits) knows it. 0: one clock; causes of the very same instant still come first. */
    const struct recorder *causes;
    uint64_t clock_error_ns;
};

struct journal_counts {
    uint64_t events, finals;
    uint64_t bytes;      /* of all records */
    uint32_t incomplete; /* journals whose disk was full */
    uint64_t unknown;    /* records left out: the command was in none, and some are incomplete */
};

/* Calls observer and finals with everything the journals hold: in order of time, each journal's own
 * order kept (a time that goes back counts as the latest before it), of equal times that of the
 * first journal first. Reads in two passes. The first believes nothing, and finds the commands; the
 * second passes on. Commands are used where they stand, so besides the files' pages it holds 21 to
 * 43 bytes for each command issued and for each multicast (the recorder holds more for each), half
 * as much again while the table grows. 0; -1 with the error: a file cannot be read, or is not a
 * journal of this topology, or was cut off or damaged (`path: at offset N: ...`), and then nothing
 * was passed on; or a record refers to a command that stands in no journal, though none is
 * incomplete: what comes before has been passed on by then. */
int journal_merge(const struct journal_merge *m, struct journal_counts *counts, struct error *e);

#endif
