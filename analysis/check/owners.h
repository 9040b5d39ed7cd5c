/* owners.h - checks who owns which variable: one group at a time, or it is on its way from one
 * group to another; loans are closed by the command that opened them.
 *
 * Per variable the last steps of its life are kept; the newest one is its state:
 *
 *   created, taken, returned   owned by `group`
 *   given                      on its way from `group` to `other`
 *   lent                       owned by `group`, used by `other`
 *   deleted                    nobody's
 *
 * Every replica reports each step of its group; slow replicas repeat old ones. The first report of
 * a step comes after the first report of the step before it, since the one makes the other
 * possible, with two exceptions. The new owner may take a variable before the old one, who has sent
 * it, says that it gave it. And a variable may be created in one group before the group that
 * deleted it says so, since the oracle vouches for the deletion. Such a step that was not told yet
 * is noted as a debt, which must be paid.
 *
 * A report that equals a remembered step is a repetition, and what is older than all that is
 * remembered cannot be judged; any other must be a possible next step. */
#ifndef AVIARY_ANALYSIS_CHECK_OWNERS_H
#define AVIARY_ANALYSIS_CHECK_OWNERS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"
#include "proto/observer.h"
#include "proto/topology.h"
#include "proto/variables.h"

enum owners_property {
    OWNERS_ONE,   /* a variable is one group's, or on its way; in the end it is where it should */
    OWNERS_LOANS, /* a loan is of what is owned, closed by its command, and bars everything else */
    OWNERS_MAP,   /* in the end the oracle knows the owner of each variable */
    OWNERS_PROPERTIES,
};

enum {
    OWNERS_STEPS = 3, /* remembered: a give and take, or a loan, and what was before */
    OWNERS_UNFILLED = 255,
};

struct owners_step {
    uint64_t timestamp; /* 0: from the start */
    uint16_t group, other;
    uint8_t what; /* enum ownership, or OWNERS_UNFILLED */
    bool broken;  /* in the newest: the variable broke a rule and is not looked at any more */
};

struct owners_variable {
    struct owners_step step[OWNERS_STEPS]; /* the newest first */
};

/* `group` has still to tell that it gave the variable away, or deleted it, between two timestamps.
 */
struct owners_debt {
    uint64_t after, before; /* both included */
    uint32_t variable;
    uint16_t group, other;
    uint8_t what; /* OWNERSHIP_GIVEN or OWNERSHIP_DELETED */
};

struct owners {
    const struct ledger *ledger; /* borrowed, for names */
    struct topology topology;
    bool lazy; /* set by the caller: in the end variables may be on their way, nobody wants them */
    struct owners_variable *variables;
    uint64_t count, room;
    struct owners_debt *debts;
    uint64_t debt_count, debt_room;
    uint16_t *final_owner, *final_place; /* by variable, PLACE_NONE: none; NULL: not told */
    bool told[GROUPS_MAX];               /* that group has told its final variables */
    struct property properties[OWNERS_PROPERTIES];
};

/* `variables` may be NULL: then there are none, and nothing is to be reported. */
void owners_init(struct owners *o, const struct ledger *ledger, const struct topology *topology,
                 const struct variables *variables);
void owners_finish(struct owners *o);

/* True if a variable has come to another group just now: the first report of a take. */
bool owners_event(struct owners *o, uint64_t now_ns, const struct ownership_event *e);

/* After the run: `group`, all of whose live replicas agree, owns the variable, or, where moves are
 * lazy, will have it when it is wanted. */
void owners_final_owner(struct owners *o, uint32_t group, uint32_t variable);
/* After the run: the oracle believes it there; PLACE_NONE: it does not exist. */
void owners_final_place(struct owners *o, uint32_t variable, uint16_t place);

/* At the end, of what was told until then. operational[group]: it has survived, so that it
 * must have come to rest. `drained` as in recorder.h; if not, the end of the run proves nothing. */
void owners_check(struct owners *o, const bool *operational, bool drained);

#endif
