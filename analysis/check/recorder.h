/* recorder.h - an observer of a whole run: feeds the statistics and every checker.
 *
 * Give recorder_observer() to the core, report crashed nodes, run, then recorder_finish(). Not safe
 * for calls from several threads at once. Times are the nodes' times in nanoseconds from the begin
 * of the run. Memory grows with the number of commands; running out of it ends the program. */
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
    bool keep_history;                 /* for the tables command and access; implies `check` */
    uint64_t interval_ns;              /* of the `interval` table, > 0 */
    /* The initial placement, borrowed for recorder_create(). NULL: static, without ownership
     * checks. */
    const struct variables *variables;
    /* The application: for the rules of its state, and for executing the history again. NULL:
     * values are not checked. */
    const struct application *application;
    bool moves_lazily;              /* a plan's variables may still be in transit in the end */
    struct attempts_bound attempts; /* zeroes: not checked */
    /* How far the clocks of any two nodes may differ; 0 in a simulation and on one host. Events of
     * several nodes within this time may have been in either order. */
    uint64_t clock_error_ns;
};

/* How the run ended. */
struct recorder_end {
    /* End of the measured window. UINT64_MAX: the last answer, for a run that ends with its
     * workload. */
    uint64_t window_end_ns;
    /* Begin of the measured window. WARMUP_MSER becomes WARMUP_TENTH where there are too few
     * answers for it. */
    enum warmup_rule warmup_rule;
    uint64_t warmup_ns; /* of WARMUP_GIVEN */
    bool steady;        /* WARMUP_MSER becomes WARMUP_TENTH also where a plan came into force */
    /* True: after the window clients issued nothing more and the run went on until everything had
     * been answered or a generous time limit passed, so missing answers are final. False: it was
     * cut off; then missing deliveries or answers make their property `unknown`. */
    bool drained;
    struct survival_links links; /* the nodes that survive */
    /* NULL, or which limit of the run ended it, at limit_ns, as in "1000 events (--max-events)":
     * adds the property `completed`, which is unknown. */
    const char *limit;
    uint64_t limit_ns;
};

struct recorder;

struct recorder *recorder_create(const struct recorder_options *options);
void recorder_destroy(struct recorder *r);

struct observer *recorder_observer(struct recorder *r);

/* From now on the node delivers nothing, executes nothing and (a client) issues nothing. May be
 * called at any time before recorder_finish(), also before events that the node reported before its
 * crash: these are checked like others, only missing ones are excused. */
void recorder_crashed(struct recorder *r, uint32_t node);

/* The receiver of the variables' places in the quiescent state, for the properties one-owner and
 * oracle-map, and of their values, for the application's rules (finals.h): after the run and before
 * recorder_finish(), complete for groups whose live replicas agree. */
struct finals *recorder_finals(struct recorder *r);

/* For progress lines and for stopping after --commands N. */
uint64_t recorder_issued(const struct recorder *r);
uint64_t recorder_answered(const struct recorder *r);

/* Has the recorder received the report's cause? For merging reports whose order is uncertain: of a
 * multicast, the issue; of a delivery, the multicast; of an answer, the execution. */
bool recorder_knows_sender(const struct recorder *r, struct command_id id);
bool recorder_knows_multicast(const struct recorder *r, struct command_id id);
bool recorder_knows_answer(const struct recorder *r, const struct command *c,
                           const struct reply_view *view);

/* Runs the checks of the end and fills in every field marked `=` of struct run_result. Call it
 * once; what it points to lives until recorder_destroy(). */
void recorder_finish(struct recorder *r, const struct recorder_end *end, struct run_result *result);

#endif
