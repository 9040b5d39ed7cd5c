/* outage.c - the fault schedule at run time: names become node sets, by which the faults of every
 * message are determined. Runs without faults do not use it. */
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/kernel.h"

/* A fault of the network, with its places resolved. */
struct rule {
    enum fault_kind kind;
    uint64_t begin_ns, end_ns;
    uint32_t rate, factor;
    uint64_t *from, *to; /* bit sets over nodes */
};

/* A time at which nodes are notified of their connections. */
struct change {
    uint64_t at_ns;
    uint32_t rule; /* UINT32_MAX: a crash */
    uint32_t node; /* that crashed */
    bool up;
};

struct outages {
    uint32_t rule_count;
    struct rule *rule; /* by begin_ns */
    uint32_t change_count;
    struct change *change; /* by at_ns */
    uint16_t *broken;      /* [lower node][higher node]: how many faults break their connection */
    struct sim_pause **pauses;
    uint32_t node_count;
};

static bool has(const uint64_t *set, uint32_t node)
{
    return set[node / 64] >> node % 64 & 1;
}

/* Does the fault block messages between two nodes, in either direction, for good? */
static bool blocks(const struct rule *r, uint32_t a, uint32_t b)
{
    bool total = r->kind == FAULT_CUT || r->kind == FAULT_CUT_ONEWAY || r->kind == FAULT_BREAK ||
                 (r->kind == FAULT_LOSS && r->rate == FAULT_RATE_ONE);
    bool between = (has(r->from, a) && has(r->to, b)) || (has(r->from, b) && has(r->to, a));
    return total && r->end_ns == UINT64_MAX && between;
}

static bool stands_still(const struct sim_node *n)
{
    for (uint32_t i = 0; i < n->pause_count; i++)
        if (n->pauses[i].end_ns == UINT64_MAX) return true;
    return n->crash_ns != UINT64_MAX;
}

bool sim_linked(const struct sim *s, uint32_t a, uint32_t b)
{
    ASSERT(a < s->node_count);
    ASSERT(b < s->node_count);
    if (stands_still(s->node[a]) || stands_still(s->node[b])) return false;
    for (uint32_t i = 0; s->outages && i < s->outages->rule_count; i++)
        if (blocks(&s->outages->rule[i], a, b)) return false;
    return true;
}

/* ---- resolving ---------------------------------------------------------------------------------
 */

/* The nodes that a comma-separated list of patterns names; NULL: one of them names none. */
static uint64_t *resolve(const struct sim *s, const struct fault *f, const char *list,
                         struct error *e)
{
    uint64_t *set = allocate_zeroed(s->node_count / 64 + 1, sizeof *set);
    char *copy = allocate_text(list), *rest = copy;
    for (char *pattern; (pattern = strtok_r(rest, ",", &rest));) {
        bool found = false;
        for (uint32_t i = 0; i < s->node_count; i++) {
            if (!fault_matches(pattern, s->node[i]->name)) continue;
            set[i / 64] |= UINT64_C(1) << i % 64;
            found = true;
        }
        if (found) continue;
        char text[FAULT_TEXT_MAX];
        error_set(e, "fault `%s`: no node is called `%s` (nodes are %s ... %s)",
                  fault_print(f, text), pattern, s->node[0]->name,
                  s->node[s->node_count - 1]->name);
        free(set);
        set = NULL;
        break;
    }
    free(copy);
    return set;
}

static int compare_pauses(const void *a, const void *b)
{
    const struct sim_pause *p = a, *q = b;
    return (p->begin_ns > q->begin_ns) - (p->begin_ns < q->begin_ns);
}

static void add_pause(struct sim *s, uint32_t node, uint64_t begin_ns, uint64_t end_ns)
{
    ASSERT(begin_ns < end_ns);
    struct sim_node *n = s->node[node];
    struct sim_pause **pauses = &s->outages->pauses[node];
    *pauses = reallocate(*pauses, (n->pause_count + 1) * sizeof **pauses);
    (*pauses)[n->pause_count++] = (struct sim_pause){begin_ns, end_ns};
    qsort(*pauses, n->pause_count, sizeof **pauses, compare_pauses);
    n->pauses = *pauses;
}

/* A fault of nodes: crash or pause. */
static int add_node_fault(struct sim *s, const struct fault *f, uint64_t end_ns, struct error *e)
{
    uint64_t *set = resolve(s, f, f->from, e);
    if (!set) return -1;
    for (uint32_t i = 0; i < s->node_count; i++) {
        if (!has(set, i)) continue;
        if (f->kind == FAULT_PAUSE)
            add_pause(s, i, f->at_ns, end_ns);
        else if (f->at_ns < s->node[i]->crash_ns)
            s->node[i]->crash_ns = f->at_ns;
    }
    free(set);
    return 0;
}

static int add_fault(struct sim *s, const struct fault *f, struct error *e)
{
    struct outages *o = s->outages;
    uint64_t end_ns = f->for_ns > UINT64_MAX - f->at_ns ? UINT64_MAX : f->at_ns + f->for_ns;
    if (f->kind == FAULT_CRASH || f->kind == FAULT_PAUSE) return add_node_fault(s, f, end_ns, e);
    ASSERT(o->rule_count < s->faults->count);
    ASSERT(f->at_ns < end_ns);
    struct rule *r = &o->rule[o->rule_count++];
    *r = (struct rule){f->kind, f->at_ns, end_ns, f->rate, f->factor, NULL, NULL};
    r->from = resolve(s, f, f->from, e);
    if (r->from) r->to = resolve(s, f, f->to, e);
    return r->to ? 0 : -1;
}

static void add_change(struct outages *o, struct change change)
{
    if (change.at_ns <= QUEUE_TIME_MAX_NS) o->change[o->change_count++] = change;
}

static int compare_changes(const void *a, const void *b)
{
    const struct change *c = a, *d = b;
    if (c->at_ns != d->at_ns) return c->at_ns < d->at_ns ? -1 : 1;
    if (c->rule != d->rule) return c->rule < d->rule ? -1 : 1;
    if (c->node != d->node) return c->node < d->node ? -1 : 1;
    return c->up - d->up;
}

/* Computes when connections are reported broken and healed. */
static void find_changes(struct sim *s)
{
    struct outages *o = s->outages;
    uint64_t timeout_ns = s->model->connection_timeout_ns;
    o->change = allocate_zeroed(2 * (size_t)o->rule_count + s->node_count, sizeof *o->change);
    for (uint32_t i = 0; i < o->rule_count; i++) {
        const struct rule *r = &o->rule[i];
        bool cuts = r->kind == FAULT_CUT || r->kind == FAULT_CUT_ONEWAY;
        if (!cuts && r->kind != FAULT_BREAK) continue;
        uint64_t after_ns = cuts ? timeout_ns : 1;
        if (r->end_ns - r->begin_ns <= after_ns) continue;
        add_change(o, (struct change){r->begin_ns + after_ns, i, 0, false});
        if (r->end_ns != UINT64_MAX) add_change(o, (struct change){r->end_ns, i, 0, true});
    }
    for (uint32_t i = 0; i < s->node_count; i++)
        if (s->node[i]->crash_ns != UINT64_MAX)
            add_change(o, (struct change){s->node[i]->crash_ns + timeout_ns, UINT32_MAX, i, false});
    ASSERT(o->change_count <= 2 * o->rule_count + s->node_count);
    qsort(o->change, o->change_count, sizeof *o->change, compare_changes);
    if (o->change_count > 0) {
        o->broken = allocate_zeroed((size_t)s->node_count * s->node_count, sizeof *o->broken);
    }
}

int outages_create(struct sim *s, struct error *e)
{
    struct outages *o = allocate_zeroed(1, sizeof *o);
    s->outages = o;
    o->node_count = s->node_count;
    o->pauses = allocate_zeroed(s->node_count, sizeof *o->pauses);
    o->rule = allocate_zeroed(s->faults->count, sizeof *o->rule);
    for (uint32_t i = 0; i < s->faults->count; i++) {
        ASSERT(i == 0 || s->faults->fault[i - 1].at_ns <= s->faults->fault[i].at_ns);
        if (add_fault(s, &s->faults->fault[i], e) < 0) return -1;
    }
    find_changes(s);
    return 0;
}

void outages_destroy(struct outages *o)
{
    if (!o) return;
    for (uint32_t i = 0; i < o->rule_count; i++) {
        free(o->rule[i].from);
        free(o->rule[i].to);
    }
    for (uint32_t i = 0; i < o->node_count; i++) free(o->pauses[i]);
    free(o->pauses);
    free(o->rule);
    free(o->change);
    free(o->broken);
    free(o);
}

/* ---- faults of a message
 * ----------------------------------------------------------------------- */

static bool covers(const struct rule *r, uint32_t from, uint32_t to)
{
    if (has(r->from, from) && has(r->to, to)) return true;
    bool one_way = r->kind == FAULT_CUT_ONEWAY || r->kind == FAULT_TORN;
    return !one_way && has(r->from, to) && has(r->to, from);
}

static bool in_force(const struct rule *r, uint64_t at_ns)
{
    return r->begin_ns <= at_ns && at_ns < r->end_ns;
}

/* Where slow links overlap the slowest counts: the product of a few would delay a message for
 * minutes, and with it all that follow it. */
static uint32_t slowed(uint32_t factor, const struct rule *r)
{
    return factor > r->factor ? factor : r->factor;
}

struct message_faults outages_message_faults(const struct outages *o, struct sim_node *from,
                                             uint32_t to, uint64_t at_ns)
{
    struct message_faults faults = {.factor = 1};
    for (uint32_t i = 0; i < o->rule_count && o->rule[i].begin_ns <= at_ns; i++) {
        const struct rule *r = &o->rule[i];
        if (!in_force(r, at_ns) || !covers(r, from->transport.self, to)) continue;
        if (r->kind == FAULT_SLOW) faults.factor = slowed(faults.factor, r);
        bool *drawn = r->kind == FAULT_LOSS        ? &faults.lost
                      : r->kind == FAULT_DUPLICATE ? &faults.duplicated
                      : r->kind == FAULT_REORDER   ? &faults.reordered
                      : r->kind == FAULT_CORRUPT   ? &faults.corrupted
                      : r->kind == FAULT_FORGE     ? &faults.forged
                                                   : NULL;
        if (drawn && random_chance(&from->fault_random, r->rate, FAULT_RATE_ONE)) *drawn = true;
    }
    return faults;
}

uint32_t outages_factor(const struct outages *o, uint32_t from, uint32_t to, uint64_t at_ns)
{
    uint32_t factor = 1;
    for (uint32_t i = 0; i < o->rule_count && o->rule[i].begin_ns <= at_ns; i++) {
        const struct rule *r = &o->rule[i];
        if (r->kind == FAULT_SLOW && in_force(r, at_ns) && covers(r, from, to))
            factor = slowed(factor, r);
    }
    ASSERT(factor >= 1);
    return factor;
}

bool outages_torn(const struct outages *o, struct sim_node *from, uint32_t to, uint64_t at_ns)
{
    for (uint32_t i = 0; i < o->rule_count && o->rule[i].begin_ns <= at_ns; i++) {
        const struct rule *r = &o->rule[i];
        if (r->kind == FAULT_TORN && in_force(r, at_ns) && covers(r, from->transport.self, to) &&
            random_chance(&from->fault_random, r->rate, FAULT_RATE_ONE))
            return true;
    }
    return false;
}

uint64_t outages_cut_until(const struct outages *o, uint32_t from, uint32_t to, uint64_t begin_ns,
                           uint64_t end_ns)
{
    uint64_t until_ns = 0;
    for (uint32_t i = 0; i < o->rule_count && o->rule[i].begin_ns <= end_ns; i++) {
        const struct rule *r = &o->rule[i];
        bool cuts = r->kind == FAULT_CUT || r->kind == FAULT_CUT_ONEWAY || r->kind == FAULT_BREAK;
        if (cuts && r->end_ns > begin_ns && r->end_ns > until_ns && covers(r, from, to))
            until_ns = r->end_ns;
    }
    ASSERT(until_ns == 0 || until_ns > begin_ns);
    return until_ns;
}

/* ---- connections -------------------------------------------------------------------------------
 */

void outages_start(struct sim *s)
{
    uint64_t source = (uint64_t)s->node_count << SOURCE_SHIFT;
    for (uint32_t i = 0; i < s->outages->change_count; i++)
        sim_push(s, EVENT_OUTAGE, 0, i, s->outages->change[i].at_ns, source + i + 1);
    s->peer_order = source + s->outages->change_count;
}

static void report(struct sim *s, uint32_t node, uint32_t peer, bool up)
{
    ASSERT(node != peer);
    const struct sim_node *p = s->node[peer];
    /* A crash is reported once, also if a cut ends later. */
    if (up && p->crash_ns <= s->now_ns) return;
    sim_enter(s, &(struct event){s->now_ns, ++s->peer_order,
                                 (uint32_t)EVENT_PEER << KIND_SHIFT | node, peer << 1 | up});
}

static bool crash_is_known(const struct sim *s, uint32_t node)
{
    uint64_t crash_ns = s->node[node]->crash_ns;
    return crash_ns != UINT64_MAX && crash_ns + s->model->connection_timeout_ns <= s->now_ns;
}

static void change_pair(struct sim *s, uint32_t low, uint32_t high, bool up)
{
    ASSERT(low < high);
    uint16_t *broken = &s->outages->broken[(size_t)low * s->node_count + high];
    ASSERT(up ? *broken > 0 : *broken < UINT16_MAX);
    bool first = !up && *broken == 0, last = up && *broken == 1;
    *broken = (uint16_t)(*broken + (up ? -1 : 1));
    if (!first && !last) return;
    if (up || !crash_is_known(s, high)) report(s, low, high, up);
    if (up || !crash_is_known(s, low)) report(s, high, low, up);
}

void outages_event(struct sim *s, const struct event *e)
{
    struct outages *o = s->outages;
    ASSERT(e->item < o->change_count);
    const struct change *c = &o->change[e->item];
    ASSERT(c->at_ns == s->now_ns);
    if (c->rule == UINT32_MAX) {
        ASSERT(s->node[c->node]->crash_ns <= s->now_ns);
        for (uint32_t i = 0; i < s->node_count; i++) {
            uint32_t low = i < c->node ? i : c->node, high = i < c->node ? c->node : i;
            if (i != c->node && o->broken[(size_t)low * s->node_count + high] == 0)
                report(s, i, c->node, false);
        }
        return;
    }
    const struct rule *r = &o->rule[c->rule];
    for (uint32_t low = 0; low < s->node_count; low++) {
        if (!has(r->from, low) && !has(r->to, low)) continue;
        for (uint32_t high = low + 1; high < s->node_count; high++)
            if ((has(r->from, low) && has(r->to, high)) || (has(r->from, high) && has(r->to, low)))
                change_pair(s, low, high, c->up);
    }
}
