/* recording.h - a recorder that receives the events of a run of a dynamic scheme from the test:
 * queries, moves, loans, plans and rounds; and the result that it computes. There are p0, p1 and an
 * oracle, of two replicas each; x starts in p0, y in p1. */
#ifndef AVIARY_TESTS_CHECK_RECORDING_H
#define AVIARY_TESTS_CHECK_RECORDING_H

#include "analysis/check/recorder.h"

#define MS UINT64_C(1000000)

enum { X, Y, VARIABLES, ORACLE = 2 };

extern const struct topology topology;
extern const struct variables variables;

extern struct observer *observer; /* the recorder's */
extern struct run_result result;  /* of the run, once it is finished */
extern uint64_t now_ns;           /* of the reports */

/* ---- the run --------------------------------------------------------------------------------- */

/* Starts it, in topology and intervals of 100 ms; recording_begin() records everything. */
void recording_begin_as(struct recorder_options options);
void recording_begin(struct recorder_options options);
/* The run ends at `end_ns` and has no warm-up; computes its result. */
void recording_finish(uint64_t end_ns);
/* Frees it, if there is one: the fixture after each test. */
void recording_end(void);

/* ---- reports --------------------------------------------------------------------------------- */

union recorded_room {
    struct command command;
    uint64_t words[16];
};

/* A client's command on x, in one of its rounds; destinations as bits. */
struct command *command_in_round(union recorded_room *room, uint32_t client, uint32_t round,
                                 enum purpose purpose, uint32_t groups);
/* Plan number `seq` of the oracle's first replica, to all groups. */
struct command *plan_of(union recorded_room *room, uint64_t seq);

void report_issued(const struct command *c);
void report_multicast(const struct command *c);
/* All replicas of all destinations deliver and complete it; the group `executes` executes it. */
void report_delivered(const struct command *c, uint32_t executes);
void report_answered(const struct command *c, uint32_t attempts);
/* Both replicas of the group report this event. */
void report_ownership(enum ownership what, uint32_t group, uint32_t other, uint32_t variable,
                      uint64_t timestamp);
/* A replica of the oracle has computed that version of the plan, and it is announced. */
void report_plan(uint32_t replica, uint64_t version, uint64_t hash);
/* Or it is discarded. */
void report_discarded_plan(uint32_t replica, uint64_t version, uint64_t hash);
void report_final_owner(uint32_t group, uint32_t variable);
void report_final_place(uint32_t variable, uint16_t group);

/* ---- the result ------------------------------------------------------------------------------ */

/* NULL: the result has no such property. */
const struct property *property(const char *name);
void assert_property(const char *name, enum result is, const char *reason);
void assert_all_ok(void);

#endif
