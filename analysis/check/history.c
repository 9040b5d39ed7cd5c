/* history.c - strict serializability by taking commands one by one (history.h).
 *
 * A topological sort: a command is taken once every level of its accesses is open, everything that
 * returned before it was issued has been taken, and so has the command of its client that returned
 * at that very instant. Commands that cannot be taken are on a cycle or behind one. */
#include "analysis/check/history.h"

#include <stdlib.h>

#include "analysis/check/history_graph.h"
#include "base/assert.h"
#include "base/memory.h"

/* ---- building ------------------------------------------------------------------------------ */

static int compare_entries(const void *a, const void *b)
{
    const struct history_entry *x = a, *y = b;
    if (x->place != y->place) return x->place < y->place ? -1 : 1;
    return x->command < y->command ? -1 : x->command > y->command;
}

static int compare_moments(const void *a, const void *b)
{
    const struct history_moment *x = a, *y = b;
    if (x->time_ns != y->time_ns) return x->time_ns < y->time_ns ? -1 : 1;
    return x->command < y->command ? -1 : x->command > y->command;
}

/* Both lists are nearly sorted as they come; often they are sorted. */
static void sort_entries(struct history_entry *e, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        if (compare_entries(&e[i - 1], &e[i]) > 0) {
            qsort(e, count, sizeof(*e), compare_entries);
            return;
        }
}

static void sort_moments(struct history_moment *m, uint64_t count)
{
    for (uint64_t i = 1; i < count; i++)
        if (compare_moments(&m[i - 1], &m[i]) > 0) {
            qsort(m, count, sizeof(*m), compare_moments);
            return;
        }
}

static bool version_fits(const struct ledger *l, uint32_t command, const struct ledger_access *a,
                         struct property *p)
{
    if (a->version <= l->access_count) return true; /* there are not more writes than accesses */
    property_fail(p, "%s saw version %llu of %s, which no command wrote",
                  ledger_name(l, command).text, (unsigned long long)a->version,
                  ledger_variable_name(l, a->variable).text);
    return false;
}

static void graph_finish(struct history_graph *g)
{
    free(g->chains);
    free(g->entries);
    free(g->issues);
    free(g->returns);
    free(g->pending);
    free(g->tied_to);
}

/* Counts accesses per variable and lays out their chains; -1: an impossible version. */
static int lay_out(struct history_graph *g, struct property *p)
{
    const struct ledger *l = g->ledger;
    for (uint64_t i = 0; i < l->access_count; i++)
        if (l->accesses[i].variable >= g->chain_count) g->chain_count = l->accesses[i].variable + 1;
    g->chains = allocate_zeroed(g->chain_count, sizeof(*g->chains));
    for (uint32_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        for (uint32_t j = 0; history_includes(c) && j < c->access_count; j++) {
            const struct ledger_access *a = &l->accesses[c->access_first + j];
            struct history_chain *chain = &g->chains[a->variable];
            if (a->version == VERSION_UNSEEN)
                chain->unknown += history_writes(a);
            else if (version_fits(l, i, a, p))
                chain->end++;
            else
                return -1;
        }
    }
    uint32_t at = 0;
    for (uint32_t v = 0; v < g->chain_count; v++) {
        uint32_t count = g->chains[v].end;
        g->chains[v].begin = g->chains[v].end = at;
        at += count;
    }
    g->entry_count = at;
    g->entries = allocate_zeroed(at, sizeof(*g->entries));
    return 0;
}

static void fill(struct history_graph *g)
{
    const struct ledger *l = g->ledger;
    for (uint32_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (!history_includes(c)) continue;
        g->pending[i] = 1; /* real time */
        g->issues[g->issue_count++] = (struct history_moment){c->issued_ns, i};
        if (c->returned_ns != LEDGER_NEVER)
            g->returns[g->return_count++] = (struct history_moment){c->returned_ns, i};
        for (uint32_t j = 0; j < c->access_count; j++) {
            const struct ledger_access *a = &l->accesses[c->access_first + j];
            if (a->version == VERSION_UNSEEN) continue;
            g->entries[g->chains[a->variable].end++] = (struct history_entry){history_place(a), i};
            g->pending[i]++;
        }
    }
    for (uint32_t v = 0; v < g->chain_count; v++)
        sort_entries(&g->entries[g->chains[v].begin], g->chains[v].end - g->chains[v].begin);
    sort_moments(g->issues, g->issue_count);
    sort_moments(g->returns, g->return_count);
}

static int graph_init(struct history_graph *g, const struct ledger *l, struct property *p)
{
    *g = (struct history_graph){.ledger = l};
    ASSERT(l->access_count <= HISTORY_ACCESSES_MAX); /* so that `place` fits */
    if (lay_out(g, p) < 0) return -1;
    g->pending = allocate_zeroed(l->command_count, sizeof(*g->pending));
    g->tied_to = allocate_zeroed(l->command_count, sizeof(*g->tied_to));
    g->issues = allocate_zeroed(l->command_count, sizeof(*g->issues));
    g->returns = allocate_zeroed(l->command_count, sizeof(*g->returns));
    fill(g);
    return 0;
}

/* ---- every version has exactly one writer --------------------------------------------------- */

static void check_chain(const struct history_graph *g, uint32_t variable, struct property *p)
{
    const struct ledger *l = g->ledger;
    const struct history_chain *chain = &g->chains[variable];
    uint32_t unknown = chain->unknown;
    uint32_t written = 0; /* the newest version written so far */
    for (uint32_t i = chain->begin; i < chain->end; i++) {
        const struct history_entry *e = &g->entries[i];
        uint32_t version = e->place / 2;
        if (version > written && version - written > unknown) {
            property_fail(p, "%s saw version %u of %s, but no command wrote version %u",
                          ledger_name(l, e->command).text, version,
                          ledger_variable_name(l, variable).text, written + unknown + 1);
            return;
        }
        if (version > written) unknown -= version - written;
        if (version > written) written = version;
        if (e->place % 2 == 0) continue;
        if (i > chain->begin && g->entries[i - 1].place == e->place) {
            property_fail(p, "a lost update: %s and %s both wrote %s after seeing version %u",
                          ledger_name(l, g->entries[i - 1].command).text,
                          ledger_name(l, e->command).text, ledger_variable_name(l, variable).text,
                          version);
            return;
        }
        written = version + 1;
    }
}

/* ---- taking commands ------------------------------------------------------------------------ */

struct replay {
    struct history_graph *graph;
    uint32_t *ready;
    uint32_t ready_count;
    uint32_t issue, ret; /* cursors: first not released, first not taken */
    uint32_t *tie_first; /* by command: those of its client issued when it returned, a list ... */
    uint32_t *tie_next;  /* ... by command, LEDGER_NONE at its end */
    uint32_t *order;     /* commands as they are taken */
    uint64_t taken;
};

static void release(struct replay *r, uint32_t command)
{
    ASSERT(r->graph->pending[command] != HISTORY_TAKEN);
    ASSERT(r->graph->pending[command] > 0);
    if (--r->graph->pending[command] == 0) r->ready[r->ready_count++] = command;
}

/* Opens the level that begins at level_end. */
static void open_level(struct replay *r, struct history_chain *chain)
{
    const struct history_entry *e = r->graph->entries;
    uint32_t begin = chain->level_end, end = begin;
    while (end < chain->end && e[end].place == e[begin].place) end++;
    chain->level_end = end;
    chain->left = end - begin;
    for (uint32_t i = begin; i < end; i++) release(r, e[i].command);
}

/* Real time: releases the commands not certainly issued after the first return that is still to be
 * taken. */
static void release_by_time(struct replay *r)
{
    const struct history_graph *g = r->graph;
    while (r->ret < g->return_count && g->pending[g->returns[r->ret].command] == HISTORY_TAKEN)
        r->ret++;
    while (r->issue < g->issue_count &&
           (r->ret == g->return_count ||
            !history_precedes(g->ledger, g->returns[r->ret].time_ns, g->issues[r->issue].time_ns)))
        release(r, g->issues[r->issue++].command);
}

static void take(struct replay *r, uint32_t command)
{
    const struct ledger *l = r->graph->ledger;
    const struct ledger_command *c = &l->commands[command];
    r->graph->pending[command] = HISTORY_TAKEN;
    r->order[r->taken++] = command;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct ledger_access *a = &l->accesses[c->access_first + i];
        if (a->version == VERSION_UNSEEN) continue;
        struct history_chain *chain = &r->graph->chains[a->variable];
        if (--chain->left == 0) open_level(r, chain);
    }
    for (uint32_t b = r->tie_first[command]; b != LEDGER_NONE; b = r->tie_next[b]) release(r, b);
}

/* Links each command to the one of its client that returned last before it was issued, if real time
 * does not: at that very instant, or within the clocks' error. */
static void link_ties(struct replay *r)
{
    const struct history_graph *g = r->graph;
    const struct ledger *l = g->ledger;
    uint32_t *last = allocate_zeroed(l->sender_count, sizeof(*last)); /* 1 + latest returned */
    uint32_t next = 0;
    for (uint64_t i = 0; i < l->command_count; i++) r->tie_first[i] = g->tied_to[i] = LEDGER_NONE;
    for (uint32_t i = 0; i < g->issue_count; i++) {
        uint32_t b = g->issues[i].command;
        for (; next < g->return_count && g->returns[next].time_ns <= g->issues[i].time_ns; next++)
            last[l->commands[g->returns[next].command].client] = g->returns[next].command + 1;
        uint32_t a = last[l->commands[b].client];
        if (!a-- || !history_ties(l, &l->commands[a], &l->commands[b])) continue;
        r->tie_next[b] = r->tie_first[a];
        r->tie_first[a] = b;
        g->tied_to[b] = a;
        g->pending[b]++;
    }
    free(last);
}

/* Takes all commands that can be taken; returns how many. */
static uint64_t replay(struct history_graph *g, uint32_t *order)
{
    uint64_t commands = g->ledger->command_count;
    struct replay r = {.graph = g, .order = order};
    r.ready = allocate_zeroed(commands, sizeof(*r.ready));
    r.tie_first = allocate_zeroed(commands, sizeof(*r.tie_first));
    r.tie_next = allocate_zeroed(commands, sizeof(*r.tie_next));
    link_ties(&r);
    for (uint32_t v = 0; v < g->chain_count; v++) {
        g->chains[v].level_end = g->chains[v].begin;
        open_level(&r, &g->chains[v]);
    }
    release_by_time(&r);
    while (r.ready_count) {
        take(&r, r.ready[--r.ready_count]);
        release_by_time(&r);
    }
    free(r.ready);
    free(r.tie_first);
    free(r.tie_next);
    return r.taken;
}

uint64_t history_evidence(const struct ledger *l)
{
    uint64_t count = 0;
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        for (uint32_t j = 0; history_includes(c) && j < c->access_count; j++)
            count += l->accesses[c->access_first + j].version != VERSION_UNSEEN;
    }
    return count;
}

uint64_t history_check(const struct ledger *l, uint32_t *order, struct property *p)
{
    struct history_graph g;
    uint64_t taken = 0;
    if (graph_init(&g, l, p) == 0) {
        for (uint32_t v = 0; v < g.chain_count; v++) check_chain(&g, v, p);
        if (p->result != RESULT_FAIL) taken = replay(&g, order);
        if (p->result != RESULT_FAIL && taken < g.issue_count) history_explain(&g, p);
    }
    graph_finish(&g);
    return p->result == RESULT_FAIL ? 0 : taken;
}
