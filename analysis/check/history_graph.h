/* history_graph.h - the graph that history.c builds and history_cycle.c searches; private to both.
 *
 * The graph is implicit. Per variable its accesses are sorted in levels (equal `place`): readers of
 * version 0, the writer that saw 0, readers of 1, ... each access after the whole level before it.
 * Real time is two lists of commands, sorted by issue and by return. */
#ifndef AVIARY_ANALYSIS_CHECK_HISTORY_GRAPH_H
#define AVIARY_ANALYSIS_CHECK_HISTORY_GRAPH_H

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"

struct history_entry {
    uint32_t place; /* version * 2, + 1 if it writes */
    uint32_t command;
};

struct history_moment {
    uint64_t time_ns;
    uint32_t command;
};

/* A variable: its entries and the level that is open, whose members may be taken. */
struct history_chain {
    uint32_t begin, end;
    uint32_t level_end;
    uint32_t left;    /* of the open level, not taken yet */
    uint32_t unknown; /* writes with an unknown version */
};

#define HISTORY_TAKEN UINT32_MAX

struct history_graph {
    const struct ledger *ledger;
    struct history_chain *chains; /* by variable */
    uint32_t chain_count;
    struct history_entry *entries;
    uint32_t entry_count;
    struct history_moment *issues, *returns; /* sorted by time, then command */
    uint32_t issue_count, return_count;
    uint32_t *pending; /* by command: unsatisfied dependencies; HISTORY_TAKEN: taken */
    uint32_t *tied_to; /* by command: the one before it that history_ties names, or LEDGER_NONE */
};

/* Does the command belong to the history? Refused commands do not. */
static inline bool history_includes(const struct ledger_command *c)
{
    return c->status == REPLY_OK || (c->executed && c->status != REPLY_NOK);
}

static inline bool history_writes(const struct ledger_access *a)
{
    return (a->mode & ~ACCESS_READ) != 0;
}

static inline uint32_t history_place(const struct ledger_access *a)
{
    return (uint32_t)a->version * 2 + history_writes(a);
}

/* Real time: a certainly returned before b was issued. */
static inline bool history_precedes(const struct ledger *l, uint64_t returned_ns,
                                    uint64_t issued_ns)
{
    return returned_ns < issued_ns && issued_ns - returned_ns > l->clock_error_ns;
}

/* True if b must come after a since both are of one client, hence of one clock, and a returned no
 * later than b was issued; only where real time does not imply it. */
static inline bool history_ties(const struct ledger *l, const struct ledger_command *a,
                                const struct ledger_command *b)
{
    return a->client == b->client && a->returned_ns <= b->issued_ns &&
           !history_precedes(l, a->returned_ns, b->issued_ns) && a->issued_ns < b->issued_ns;
}

/* history_cycle.c: at least one command could not be taken; reports why. Drops all others. */
void history_explain(struct history_graph *g, struct property *p);

#endif
