/* history_cycle.c - finds a short cycle among the commands that could not be taken, and reports it
 * (history_graph.h).
 *
 * Every such command waits for another one, so walking back ends on a cycle; breadth-first searches
 * back from some of its commands then find the shortest cycle through one of them. Each search is
 * linear: it visits each level once, and so real time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/check/history_graph.h"
#include "base/assert.h"
#include "base/memory.h"
#include "base/search.h"

enum {
    STARTS_MAX = 64,       /* starting commands of searches for a shorter cycle, ... */
    VISITS_MAX = 10000000, /* ... while at most this many were visited in all */
    VARIABLE_NONE = -1,
};

/* Why one command must come before another: a variable, or real time. */
struct reason {
    int64_t variable; /* VARIABLE_NONE: real time */
};

struct search {
    const struct history_graph *graph;
    uint32_t *after; /* by command: the command it must come before, on the way to the start */
    struct reason *reason; /* of that */
    uint32_t *mark;        /* by command: the last search that visited it */
    uint32_t *level_mark;  /* by last entry of a level: the last search that visited it */
    uint32_t number;       /* of this search, from 1 */
    uint32_t *queue;
    uint32_t queue_count;
    uint32_t start;
    uint32_t scanned; /* returns visited */
    bool any;         /* any predecessor will do */
    bool found;       /* start was reached again: after[start] is set; or, with `any`, one was */
};

static bool waits(const struct history_graph *g, uint32_t command)
{
    return history_includes(&g->ledger->commands[command]) && g->pending[command] != HISTORY_TAKEN;
}

static void meet(struct search *s, uint32_t before, uint32_t command, struct reason reason)
{
    if (before == command || !waits(s->graph, before) || s->found) return;
    if (before == s->start || s->any)
        s->found = true;
    else if (s->mark[before] == s->number)
        return;
    s->mark[before] = s->number;
    s->after[before] = command;
    s->reason[before] = reason;
    s->queue[s->queue_count++] = before;
}

/* The first entry of the chain with at least that place. */
static uint32_t chain_find(const struct history_graph *g, const struct history_chain *chain,
                           uint32_t place)
{
    const struct history_entry *entries = g->entries + chain->begin;
    uint32_t count = chain->end - chain->begin;
    return chain->begin + (uint32_t)search_key(entries, sizeof(*entries), count, place);
}

static void meet_by_variable(struct search *s, uint32_t command, const struct ledger_access *a)
{
    const struct history_graph *g = s->graph;
    const struct history_chain *chain = &g->chains[a->variable];
    uint32_t begin = chain_find(g, chain, history_place(a));
    if (begin == chain->begin || s->level_mark[begin - 1] == s->number) return;
    s->level_mark[begin - 1] = s->number;
    uint32_t place = g->entries[begin - 1].place;
    for (uint32_t i = begin; i > chain->begin && g->entries[i - 1].place == place && !s->found; i--)
        meet(s, g->entries[i - 1].command, command, (struct reason){a->variable});
}

static void meet_by_time(struct search *s, uint32_t command)
{
    const struct history_graph *g = s->graph;
    const struct ledger_command *c = &g->ledger->commands[command];
    while (s->scanned < g->return_count && !s->found &&
           history_precedes(g->ledger, g->returns[s->scanned].time_ns, c->issued_ns))
        meet(s, g->returns[s->scanned++].command, command, (struct reason){VARIABLE_NONE});
    if (g->tied_to[command] != LEDGER_NONE)
        meet(s, g->tied_to[command], command, (struct reason){VARIABLE_NONE});
}

static void look_back(struct search *s, uint32_t command)
{
    const struct ledger *l = s->graph->ledger;
    const struct ledger_command *c = &l->commands[command];
    for (uint32_t i = 0; i < c->access_count; i++)
        if (l->accesses[c->access_first + i].version != VERSION_UNSEEN)
            meet_by_variable(s, command, &l->accesses[c->access_first + i]);
    meet_by_time(s, command);
}

static void search_begin(struct search *s, uint32_t start, bool any)
{
    s->number++;
    s->start = start;
    s->any = any;
    s->found = false;
    s->queue_count = 0;
    s->scanned = 0;
}

/* The length of the shortest cycle through `start`, or 0: none; then s->after leads along it. */
static uint32_t search_from(struct search *s, uint32_t start)
{
    search_begin(s, start, false);
    look_back(s, start);
    for (uint32_t i = 0; i < s->queue_count && !s->found; i++) look_back(s, s->queue[i]);
    if (!s->found) return 0;
    uint32_t length = 1;
    for (uint32_t c = s->after[start]; c != start; c = s->after[c]) length++;
    return length;
}

/* Some command that `command` waits for. */
static uint32_t predecessor(struct search *s, uint32_t command)
{
    search_begin(s, command, true);
    look_back(s, command);
    ASSERT(s->found);
    return s->queue[0];
}

static const char *edge_text(const struct history_graph *g, uint32_t before, uint32_t after,
                             struct reason reason, char *text, size_t bytes)
{
    const struct ledger *l = g->ledger;
    struct ledger_text a = ledger_name(l, before), b = ledger_name(l, after);
    const struct ledger_command *from = &l->commands[before], *to = &l->commands[after];
    if (reason.variable == VARIABLE_NONE) {
        snprintf(text, bytes, "rt: %s returned at %.9f s, before %s was issued at %.9f s", a.text,
                 (double)from->returned_ns / 1e9, b.text, (double)to->issued_ns / 1e9);
        return text;
    }
    const struct ledger_access *x = &l->accesses[from->access_first];
    const struct ledger_access *y = &l->accesses[to->access_first];
    while (x->variable != reason.variable) x++;
    while (y->variable != reason.variable) y++;
    struct ledger_text variable = ledger_variable_name(l, x->variable);
    unsigned long long wrote = x->version + 1;
    if (!history_writes(x))
        snprintf(text, bytes, "rw: %s read version %llu of %s, %s overwrote it", a.text, wrote - 1,
                 variable.text, b.text);
    else if (y->mode & ACCESS_READ)
        snprintf(text, bytes, "wr: %s wrote version %llu of %s, %s read version %llu", a.text,
                 wrote, variable.text, b.text, (unsigned long long)y->version);
    else
        snprintf(text, bytes, "ww: %s wrote version %llu of %s, %s wrote version %llu", a.text,
                 wrote, variable.text, b.text, (unsigned long long)y->version + 1);
    return text;
}

static void tell(struct search *s, uint32_t start, struct property *p)
{
    char reason[PROPERTY_REASON_BYTES] = "", edge[512];
    size_t used = 0;
    uint32_t command = start;
    do {
        uint32_t next = s->after[command];
        edge_text(s->graph, command, next, s->reason[command], edge, sizeof(edge));
        if (used + strlen(edge) + 8 > sizeof(reason) - 64) {
            snprintf(reason + used, sizeof(reason) - used, "; ...");
            break;
        }
        used +=
            (size_t)snprintf(reason + used, sizeof(reason) - used, "%s%s", used ? "; " : "", edge);
        command = next;
    } while (command != start);
    property_fail(p, "no serial order explains it: %s", reason);
}

/* Drops the commands taken. Levels open in order, so those before one with taken commands are
 * empty. */
static void drop_taken(struct history_graph *g)
{
    for (uint32_t v = 0; v < g->chain_count; v++) {
        struct history_chain *chain = &g->chains[v];
        uint32_t end = chain->begin;
        for (uint32_t i = chain->begin; i < chain->end; i++)
            if (waits(g, g->entries[i].command)) g->entries[end++] = g->entries[i];
        chain->end = end;
    }
    uint32_t count = 0;
    for (uint32_t i = 0; i < g->return_count; i++)
        if (waits(g, g->returns[i].command)) g->returns[count++] = g->returns[i];
    g->return_count = count;
}

void history_explain(struct history_graph *g, struct property *p)
{
    uint64_t count = g->ledger->command_count;
    struct search s = {.graph = g};
    s.after = allocate_zeroed(count, sizeof(*s.after));
    s.reason = allocate_zeroed(count, sizeof(*s.reason));
    s.mark = allocate_zeroed(count, sizeof(*s.mark));
    s.level_mark = allocate_zeroed(g->entry_count, sizeof(*s.level_mark));
    s.queue = allocate_zeroed(count, sizeof(*s.queue));
    bool *walked = allocate_zeroed(count, sizeof(*walked));

    drop_taken(g);
    uint32_t command = 0;
    while (!waits(g, command)) command++;
    while (!walked[command]) {
        walked[command] = true;
        command = predecessor(&s, command);
    }
    uint32_t best = command, best_length = UINT32_MAX;
    uint64_t meetings = 0;
    for (uint32_t i = 0; i < STARTS_MAX && meetings < VISITS_MAX; i++) {
        uint32_t length = search_from(&s, command);
        meetings += s.queue_count;
        ASSERT(length > 1);
        if (length < best_length) {
            best_length = length;
            best = command;
        }
        command = s.after[command]; /* another command of that cycle */
    }
    search_from(&s, best);
    tell(&s, best, p);
    free(s.after);
    free(s.reason);
    free(s.mark);
    free(s.level_mark);
    free(s.queue);
    free(walked);
}
