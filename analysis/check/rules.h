/* rules.h - checks the application's invariants in the final state. The application names the
 * property (proto/application.h); its input is the final values of variables.
 *
 * Only a quiescent state can be checked. Where commands were never executed (their client crashed),
 * effects are missing that others depend on: a state that breaks a rule is then `unknown`. */
#ifndef AVIARY_ANALYSIS_CHECK_RULES_H
#define AVIARY_ANALYSIS_CHECK_RULES_H

#include <stdbool.h>

#include "analysis/check/verdict.h"
#include "proto/application.h"
#include "proto/command.h"

struct rules {
    const struct application *application; /* NULL: there are none to keep */
    struct property property;
    struct variable_state *states; /* by variable */
    uint32_t count;
    bool wrote; /* some command was to */
    bool reported;
};

/* 0: the application has no rules. Else the number of variables. */
void rules_init(struct rules *r, const struct application *application, uint32_t variables);
void rules_finish(struct rules *r);

/* A command was issued. */
void rules_issued(struct rules *r, const struct command *c);
/* A variable's final value, as in finals.h. */
void rules_value(struct rules *r, uint32_t variable, struct variable_state state);
/* `unexecuted`: how many commands never were. */
void rules_check(struct rules *r, bool drained, uint64_t unexecuted);

#endif
