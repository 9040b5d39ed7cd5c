/* recorded_run.h - a run of four commands on one variable, x, in two partitions of two replicas:
 * its reports are made to a recorder, and its result can be judged or stored. */
#ifndef AVIARY_TESTS_LIB_RECORDED_RUN_H
#define AVIARY_TESTS_LIB_RECORDED_RUN_H

#include "analysis/check/recorder.h"

#define SECOND UINT64_C(1000000000)
#define MS UINT64_C(1000000)

union recorded_room {
    struct command command;
    uint64_t words[16];
};

/* A command of that client that reads and writes x; destinations as bits. */
struct command *command_on_x(union recorded_room *room, uint32_t client, uint64_t seq,
                             uint32_t groups);

/* Reports to the recorder that it was issued, delivered and executed by all replicas of its groups,
 * and answered; it saw that version of x. */
void recorded_command(struct recorder *r, struct command *c, uint64_t issued_ns,
                      uint64_t answered_ns, uint64_t version);

/* A recorder without a command, and one of four commands: one within the first second, which is
 * warm-up, two in the two seconds that are measured, and one that is answered thereafter. A lost
 * update is two commands that saw the same version. `check`: everything is checked, and the history
 * stored. To be freed by recorded_forget(). */
struct recorder *recorded_nothing(void);
struct recorder *recorded_run(bool check, bool lost_update);
void recorded_forget(struct recorder *r);

/* The result of such a run; without a recorder one without history and figures. It consists of
 * static parts and, if there is one, the recorder. */
void recorded_result(struct run_result *result, struct recorder *r);

/* Adds a run with its history to the database; fails the test on an error. */
void add_recorded_run(const char *path, bool lost_update);

#endif
