/* journal.h - the reports of one member's nodes, in memory that outlives the process.
 *
 * A journal is an observer (proto/observer.h) that notes every call in a file mapped into memory.
 * Records are complete: journal_merge() calls another observer, such as the recorder's, as the
 * nodes would have called it. So the members of an emulated cluster, processes that may be killed
 * at any moment, each keep a journal, and after the run one process merges them.
 *
 * The guarantee: a record is committed (its length is stored with release after its bytes) when the
 * observer's call returns. A host hands messages to the wire only after the handler that made them
 * has returned, so everything that other nodes have received from a node before it was killed is in
 * its journal; only events without a message may be missing. The kernel keeps a mapped file's pages
 * when a process dies; only a crash of the whole machine loses them.
 *
 * A command is in the records of `issued` and `multicast` only: once as it was issued, once for
 * each multicast. All other records refer to it by its id and a hash of all of it: `answered` to
 * the issued one, `delivered`, `started` and `executed` to the multicast. It is present whichever
 * node was killed: a node issues a command before it reports its answer, and reports a multicast
 * before any message that carries it leaves, be it a client's, a leader's hint or plan, or the
 * oracle's for a client, which retransmits it only after a prophecy, hence after the same report. A
 * multicast is never changed on its way, and a leader that repeats one makes the same, or else the
 * hash tells them apart.
 *
 * A journal is written by one thread at a time. There is no system call per event: the file grows
 * by JOURNAL_STEP_BYTES, which are allocated on disk then, so that a full disk is a failed growth
 * and not a signal. From then on nothing more is written, and the journal is marked incomplete.
 *
 * Layout, in the machine's own byte order: struct journal_header, then records of struct
 * journal_record followed by their body, each a multiple of 8 bytes; see journal_format.h. */
#ifndef AVIARY_ANALYSIS_CHECK_JOURNAL_H
#define AVIARY_ANALYSIS_CHECK_JOURNAL_H

#include <stdbool.h>

#include "analysis/check/finals.h"
#include "base/error.h"
#include "proto/observer.h"
#include "proto/topology.h"

struct recorder;

#define JOURNAL_STEP_BYTES (UINT64_C(4) << 20)

/* ---- writing -------------------------------------------------------------------------------- */

struct journal;

/* Makes the file, which must not exist; the caller unlinks it. Only one process writes it: a member
 * makes its own, after the fork. `executions`: note deliveries, starts and executions, too, which
 * only checkers need. NULL and the error. */
struct journal *journal_create(const char *path, const struct topology *topology, bool executions,
                               struct error *e);
void journal_destroy(struct journal *j);

struct observer *journal_observer(struct journal *j);
/* The final places and values, noted like events. */
struct finals *journal_finals(struct journal *j);
/* How many commands have been answered, as reported so far. */
uint64_t journal_answered(const struct journal *j);
/* The disk was full at some time: records are missing. */
bool journal_incomplete(const struct journal *j);

/* ---- reading -------------------------------------------------------------------------------- */

struct journal_merge {
    const char *const *paths;
    uint32_t count;
    const struct topology *topology; /* that the journals were made with */
    struct observer *observer;       /* gets all events; must have every operation */
    struct finals *finals;           /* gets the final states, after all events */
    /* Journals of hosts whose clocks differ by up to so much. An event with a cause in another
     * journal (a delivery by the multicast, an answer by the execution) then waits this long for
     * its cause, which `causes` (normally the recorder behind `observer`; NULL: no waiting) checks.
     * 0: one clock; causes of the very same instant still come first. */
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
 * first journal first. Reads in two passes. The first validates, and finds the commands; the second
 * forwards. Commands are used in place, so besides the files' pages it holds 21 to 43 bytes for
 * each command issued and for each multicast (the recorder holds more for each), half as much again
 * while the table grows. 0; -1 with the error: a file cannot be read, or is not a journal of this
 * topology, or was cut off or damaged (`path: at offset N: ...`), and then nothing was forwarded;
 * or a record refers to a command that is in no journal, though none is incomplete: the records
 * before it have been forwarded. */
int journal_merge(const struct journal_merge *m, struct journal_counts *counts, struct error *e);

#endif
