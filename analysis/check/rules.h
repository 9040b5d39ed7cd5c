/* rules.h - does the state keep the application's rules in the end? A property named as the
 * application names it (proto/application.h), over what finals tell of variables' values.
 *
 * Only a state at which nothing is under way can be judged. Where commands were never executed
 * (their client crashed), what others rest on was not done: a state that breaks a rule is then no
 * more than `unknown`. */
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
    bool told;
};

/* The application has no rules: nothing is kept and nothing said. Else so many variables. */
void rules_init(struct rules *r, const struct application *application, uint32_t variables);
void rules_finish(struct rules *r);

/* A command was issued. */
void rules_issued(struct rules *r, const struct command *c);
/* What is in a variable in the end: as finals.h says. */
void rules_value(struct rules *r, uint32_t variable, struct variable_state state);
/* `unexecuted`: how many commands never were. */
void rules_check(struct rules *r, bool drained, uint64_t unexecuted);

#endif
