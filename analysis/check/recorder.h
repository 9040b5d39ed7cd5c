/* recorder.h - an observer of a whole run: feeds the statistics and every checker.
 *
 * Give recorder_observer() to the core, tell of crashed nodes, run, then recorder_finish(). Not
 * safe for calls from several threads at once. Times are the nodes' times in nanoseconds from the
 * begin of the run. Memory grows with the number of commands; running out of it ends the program.
 */
#ifndef AVIARY_ANALYSIS_CHECK_RECORDER_H
#define AVIARY_ANALYSIS_CHECK_RECORDER_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/finals.h"
#include "analysis/check/run_result.h"
#include "analysis/check/survival.h"
#include "proto/observer.h"
#include "proto/schemes/scheme.h"
#include "workloads/trace/workload.h"

struct recorder_options {
    struct topology topology;
    const struct catalogue *catalogue; /* borrowed; may grow while the run goes on */
    bool check;                        /* false: every property ends `unknown`, reason "off" */
    bool check_history;                /* strict serializability too (costs 16 bytes per access) */
    bool keep_history;    /* hand out the raw history for the tables command and access;
                           * implies `check`, which is where versions come from */
    uint64_t interval_ns; /* of the `interval` table, > 0 */
    /* Where variables are at the start, borrowed for recorder_create(). NULL: they stay there, and
     * nothing is said about who owns them. */
    const struct variables *variables;
    /* What executes commands: for the rules of its state, and for executing the history again.
     * NULL: nothing is said of values. */
    const struct application *application;
    bool moves_lazily;              /* a plan's variables may still be on their way in the end */
    struct attempts_bound attempts; /* zeroes: nothing is said about them */
    /* How far the clocks of any two nodes may differ; 0 in a simulation and on one host. What
     * happened at nearly the same time on several nodes may then have been in either order. */
    uint64_t clock_error_ns;
};

/* How the run ended. */
struct recorder_end {
    /* Of measuring: what is answered from then on does not count. UINT64_MAX: the last answer, for
     * a run that ends with its workload. */
    uint64_t window_end_ns;
    /* What is answered before does not count either. UINT64_MAX: a tenth of the window's end. */
    uint64_t warmup_ns;
    /* True: after the window clients issued nothing more and the run went on until everything had
     * been answered or a generous time limit passed, so what is missing is missing for good. False:
     * it was cut off; then commands that miss deliveries or answers make their property `unknown`.
     */
    bool drained;
    struct survival_links links; /* what faults have left of them */
    /* NULL, or which limit of the run ended it, at limit_ns, as in "1000 events (--max-events)":
     * there is a property more then, `completed`, which is unknown, checked or not. */
    const char *limit;
    uint64_t limit_ns;
};

struct recorder;

struct recorder *recorder_create(const struct recorder_options *options);
void recorder_destroy(struct recorder *r);

struct observer *recorder_observer(struct recorder *r);

/* From now on the node delivers nothing, executes nothing and (a client) issues nothing. It may be
 * told at any time before recorder_finish(), also before events that the node reported while it
 * lived: they count like any others, and only its silence is excused. */
void recorder_crashed(struct recorder *r, uint32_t node);

/* Who hears where variables are when all has come to rest, for the properties one-owner and
 * oracle-map, and what is in them, for the application's rules (finals.h): after the run and before
 * recorder_finish(), everything or nothing, of groups whose live replicas agree. */
struct finals *recorder_finals(struct recorder *r);

/* For progress lines and for stopping after --commands N. */
uint64_t recorder_issued(const struct recorder *r);
uint64_t recorder_answered(const struct recorder *r);

/* Has the recorder heard what must have come before? For who merges reports whose order is not
 * quite known: of a multicast, that the command was issued; of a delivery, that it was multicast;
 * of an answer, the execution that it tells of. */
bool recorder_knows_sender(const struct recorder *r, struct command_id id);
bool recorder_knows_multicast(const struct recorder *r, struct command_id id);
bool recorder_knows_answer(const struct recorder *r, const struct command *c,
                           const struct reply_view *view);

/* Runs what is checked at the end and fills in every field marked `=` of struct run_result. Call it
 * once; what it points to lives until recorder_destroy(). */
void recorder_finish(struct recorder *r, const struct recorder_end *end, struct run_result *result);

#endif
