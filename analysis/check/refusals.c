/* refusals.c - see refusals.h. */
#include "analysis/check/refusals.h"

#include <stdlib.h>

#include "analysis/check/history_graph.h"
#include "base/memory.h"
#include "base/search.h"

enum { CREATES_OR_DELETES = ACCESS_CREATE | ACCESS_DELETE };

/* A variable is created or deleted. */
struct change {
    uint32_t variable;
    bool exists;      /* from now on */
    bool certain;     /* that it was executed, and its position */
    uint64_t version; /* seen before */
    uint64_t issued_ns, returned_ns;
};

struct changes {
    struct change *change; /* by variable, then version */
    uint64_t count, room;
};

void refusals_init(struct refusals *r, const struct ledger *ledger,
                   const struct variables *variables)
{
    *r = (struct refusals){.ledger = ledger};
    property_init(&r->property, "right-refusals");
    if (!variables) return;
    r->count = variables->count;
    r->absent = allocate_zeroed(r->count, sizeof(*r->absent));
    for (uint32_t v = 0; v < r->count; v++) r->absent[v] = variables->place[v] == PLACE_NONE;
}

void refusals_finish(struct refusals *r)
{
    free(r->absent);
}

/* ---- creations and deletions ---------------------------------------------------------------- */

static void collect(struct changes *all, const struct ledger *l, const struct ledger_command *c)
{
    const struct ledger_access *access = &l->accesses[c->access_first];
    for (uint32_t i = 0; i < c->access_count; i++) {
        if (!(access[i].mode & CREATES_OR_DELETES)) continue;
        if (all->count == all->room)
            all->change = array_grow(all->change, &all->room, all->count + 1, sizeof(*all->change));
        all->change[all->count++] = (struct change){
            .variable = access[i].variable,
            .exists = !(access[i].mode & ACCESS_DELETE),
            .certain = history_includes(c) && access[i].version != VERSION_UNSEEN,
            .version = access[i].version,
            .issued_ns = c->issued_ns,
            .returned_ns = c->returned_ns,
        };
    }
}

static int compare(const void *a, const void *b)
{
    const struct change *x = a, *y = b;
    if (x->variable != y->variable) return x->variable < y->variable ? -1 : 1;
    return x->version < y->version ? -1 : x->version > y->version;
}

static struct changes changes_of(const struct ledger *l)
{
    struct changes all = {0};
    for (uint64_t i = 0; i < l->command_count; i++) {
        uint8_t status = l->commands[i].status;
        if (status == REPLY_OK || status == LEDGER_UNANSWERED) collect(&all, l, &l->commands[i]);
    }
    if (all.count) qsort(all.change, all.count, sizeof(*all.change), compare);
    return all;
}

/* The first change of the variable, or of a later one. */
static uint64_t first_of(const struct changes *all, uint32_t variable)
{
    return search_key(all->change, sizeof(*all->change), all->count, variable);
}

/* ---- checking ------------------------------------------------------------------------------- */

/* May the periods overlap, given the clock error? */
static bool meet(const struct ledger *l, uint64_t begin_ns, uint64_t end_ns,
                 const struct ledger_command *c)
{
    uint64_t error_ns = l->clock_error_ns;
    return begin_ns <= c->returned_ns + error_ns &&
           (end_ns == LEDGER_NEVER || c->issued_ns <= end_ns + error_ns);
}

/* May the variable have existed (or not) at some time between the command's issue and return? */
static bool possible(const struct refusals *r, const struct changes *all, uint32_t variable,
                     bool existing, const struct ledger_command *c)
{
    bool exists = variable >= r->count || !r->absent[variable];
    uint64_t begin_ns = 0;
    for (uint64_t i = first_of(all, variable);; i++) {
        bool last = i == all->count || all->change[i].variable != variable;
        const struct change *next = last ? NULL : &all->change[i];
        if (next && !next->certain) return true;
        if (exists == existing &&
            meet(r->ledger, begin_ns, last ? LEDGER_NEVER : next->returned_ns, c))
            return true;
        if (last) return false;
        exists = next->exists;
        begin_ns = next->issued_ns;
    }
}

static bool right(const struct refusals *r, const struct changes *all,
                  const struct ledger_command *c)
{
    const struct ledger_access *access = &r->ledger->accesses[c->access_first];
    for (uint32_t i = 0; i < c->access_count; i++)
        if (possible(r, all, access[i].variable, access[i].mode & ACCESS_CREATE, c)) return true;
    return false;
}

void refusals_check(struct refusals *r)
{
    const struct ledger *l = r->ledger;
    struct changes all = changes_of(l);
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->status != REPLY_NOK || right(r, &all, c)) continue;
        property_fail(&r->property,
                      "%s was refused, but from %.6f s, its issue, to %.6f s, its return, all that "
                      "it accesses existed, and nothing that it creates",
                      ledger_name(l, (uint32_t)i).text, (double)c->issued_ns / 1e9,
                      (double)c->returned_ns / 1e9);
    }
    free(all.change);
}
