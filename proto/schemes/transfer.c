/* transfer.c - see transfer.h. */
#include "proto/schemes/transfer.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

/* ---- what commands need -------------------------------------------------------------------- */

static bool coming(const struct transfer *t, uint32_t variable)
{
    return transfer_holding(t, variable) == HOLDING_COMING;
}

/* Is a variable of c still on its way here? Then it is wanted. */
static bool want(struct transfer *t, const struct command *c)
{
    bool everywhere = c->purpose == PURPOSE_EXECUTE && c->execution == EXECUTION_EVERYWHERE;
    bool some = false;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!coming(t, a->variable) || (!everywhere && a->group != t->e->setup.group)) continue;
        arrivals_want(&t->arrivals, a->variable);
        some = true;
    }
    return some;
}

static void look(void *context, const struct command *c)
{
    want(context, c);
}

bool transfer_ready(struct transfer *t, const struct command *c)
{
    if (!t->arrivals.coming || !want(t, c)) return true;
    transport_mark(t->e->t, MARK_TRANSFER_AWAITED);
    executor_look_ahead(t->e, TRANSFER_LOOK_AHEAD, look, t);
    arrivals_pull(&t->arrivals);
    return false;
}

/* ---- the plan ------------------------------------------------------------------------------ */

static void need_part(struct transfer *t)
{
    ASSERT(!t->need);
    ASSERT(t->next != UINT64_MAX);
    struct message_plan_need *m =
        (struct message_plan_need *)transport_message_new(t->e->t, sizeof(*m), MESSAGE_PLAN_NEED);
    m->version = t->version;
    m->from = t->next;
    t->need = inquire(&t->inquiries, topology_oracle(t->e->setup.topology), &m->m);
}

void transfer_plan_begin(struct transfer *t, uint64_t version)
{
    ASSERT(version > t->e->plan_version); /* each plan once, in order */
    t->version = version;
    t->next = 0;
    t->entry_count = 0;
    t->checked = 0;
    t->wanting = false;
    need_part(t);
}

/* Behind those of earlier parts, and so that what leaves is this partition's, or on its way here,
 * and what arrives is not. */
static bool part_believable(const struct transfer *t, const struct message_plan_part *m)
{
    uint32_t group = t->e->setup.group;
    if (m->count && t->entry_count &&
        m->entries[0].variable <= t->entries[t->entry_count - 1].variable)
        return false;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct plan_entry *entry = &m->entries[i];
        bool held = t->holding[entry->variable] != HOLDING_NONE;
        if ((entry->from == group) == (entry->to == group) || held != (entry->from == group))
            return false;
    }
    return true;
}

static void on_part(struct transfer *t, const struct message_plan_part *m)
{
    uint32_t group = topology_group(t->e->setup.topology, m->m.from);
    if (!t->need || group != t->need->group) return;
    if (m->version != t->version || m->from != t->next) return;
    if (!part_believable(t, m)) {
        transport_refuse(t->e->t, &m->m);
        return;
    }
    if (t->entry_count + m->count > t->entry_room) {
        while (t->entry_count + m->count > t->entry_room)
            t->entry_room = t->entry_room ? 2 * t->entry_room : 256;
        t->entries = reallocate(t->entries, t->entry_room * sizeof(*t->entries));
    }
    for (uint32_t i = 0; i < m->count; i++) t->entries[t->entry_count++] = m->entries[i];
    ASSERT(t->entry_count <= t->entry_room);
    t->next = m->next;
    inquiry_answered(&t->inquiries, t->need, m->m.from);
    t->need = NULL;
    if (t->next == UINT64_MAX)
        executor_resume(t->e);
    else
        need_part(t);
}

/* A variable still on its way since an earlier plan cannot leave by this one: fetch it first. */
static bool all_leaving_are_here(struct transfer *t)
{
    uint32_t group = t->e->setup.group;
    for (; t->checked < t->entry_count; t->checked++) {
        const struct plan_entry *entry = &t->entries[t->checked];
        if (entry->from == group && coming(t, entry->variable)) break;
    }
    ASSERT(t->checked <= t->entry_count);
    if (t->checked == t->entry_count) return true;
    for (uint32_t i = t->checked; i < t->entry_count && !t->wanting; i++) {
        const struct plan_entry *entry = &t->entries[i];
        if (entry->from == group && coming(t, entry->variable))
            arrivals_want(&t->arrivals, entry->variable);
    }
    if (!t->wanting) {
        transport_mark(t->e->t, MARK_TRANSFER_CHAINED);
        arrivals_pull(&t->arrivals);
    }
    t->wanting = true;
    return false;
}

static uint32_t entries_between(const struct transfer *t, uint32_t from, uint32_t to)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < t->entry_count; i++)
        count += t->entries[i].from == from && t->entries[i].to == to;
    return count;
}

static void depart(struct transfer *t, uint32_t group, uint32_t count, uint64_t timestamp)
{
    struct executor *e = t->e;
    struct departure *d = departures_begin(&t->departures, t->version, group, count);
    for (uint32_t i = 0; i < t->entry_count; i++) {
        const struct plan_entry *entry = &t->entries[i];
        if (entry->from != e->setup.group || entry->to != group) continue;
        ASSERT(t->holding[entry->variable] == HOLDING_OWNED);
        departure_add(d, entry->variable, store_get(&e->store, entry->variable));
        store_remove(&e->store, entry->variable);
        holding_set(t->holding, entry->variable, HOLDING_NONE);
        executor_ownership(e, OWNERSHIP_GIVEN, group, entry->variable, timestamp);
    }
}

static void expect(struct transfer *t, uint32_t group, uint32_t count, uint64_t timestamp)
{
    uint32_t *variables = allocate(count * sizeof(*variables));
    uint32_t at = 0;
    for (uint32_t i = 0; i < t->entry_count; i++) {
        const struct plan_entry *entry = &t->entries[i];
        if (entry->to == t->e->setup.group && entry->from == group)
            variables[at++] = entry->variable;
    }
    ASSERT(at == count);
    arrivals_expect(&t->arrivals, t->version, timestamp, group, variables, count);
}

bool transfer_plan_go_on(struct transfer *t, uint64_t timestamp)
{
    struct executor *e = t->e;
    if (t->next != UINT64_MAX || !all_leaving_are_here(t)) return false;
    for (uint32_t i = 0; i < t->entry_count; i++) {
        executor_note(e, t->entries[i].variable);
        executor_note(e, (uint64_t)t->entries[i].from << 32 | t->entries[i].to);
    }
    ASSERT(t->checked == t->entry_count);
    ASSERT(t->version > e->plan_version);
    e->plan_version = t->version;
    for (uint32_t g = 0; g < topology_partitions(e->setup.topology); g++) {
        uint32_t leaving = entries_between(t, e->setup.group, g);
        uint32_t arriving = entries_between(t, g, e->setup.group);
        if (leaving) depart(t, g, leaving, timestamp);
        if (arriving) expect(t, g, arriving, timestamp);
    }
    departures_stand(&t->departures);
    return true;
}

uint32_t transfer_gone_to(const struct transfer *t, uint32_t variable, uint32_t otherwise)
{
    for (uint32_t i = 0; i < t->entry_count; i++)
        if (t->entries[i].variable == variable && t->entries[i].from == t->e->setup.group)
            return t->entries[i].to;
    return otherwise;
}

/* ---- the executor's side ------------------------------------------------------------------- */

bool transfer_on_message(struct transfer *t, struct message *m)
{
    switch (m->kind) {
    case MESSAGE_PLAN_PART:
        on_part(t, (const struct message_plan_part *)m);
        return true;
    case MESSAGE_FETCH:
        departures_on_fetch(&t->departures, m);
        return true;
    case MESSAGE_OBJECTS:
        arrivals_on_objects(&t->arrivals, (const struct message_objects *)m);
        return true;
    case MESSAGE_RECEIVED:
        departures_on_received(&t->departures, (const struct message_received *)m);
        return true;
    default:
        return false;
    }
}

void transfer_init(struct transfer *t, struct executor *e)
{
    const struct variables *variables = e->setup.variables;
    *t = (struct transfer){.e = e};
    t->holding = allocate_zeroed(variables->count, sizeof(*t->holding));
    for (uint32_t v = 0; v < variables->count; v++)
        if (variables->place[v] == e->setup.group) holding_set(t->holding, v, HOLDING_OWNED);
    inquiries_init(&t->inquiries, &e->setup, TIMER_TRANSFER);
    departures_init(&t->departures, e);
    arrivals_init(&t->arrivals, e, &t->inquiries, t->holding);
}

void transfer_finish(struct transfer *t)
{
    arrivals_finish(&t->arrivals);
    departures_finish(&t->departures);
    inquiries_finish(&t->inquiries);
    free(t->entries);
    free(t->holding);
}

/* ---- validation ---------------------------------------------------------------------------- */

static bool part_valid(const struct message_plan_part *m, const struct limits *l)
{
    uint32_t partitions = topology_partitions(l->topology);
    if (m->m.bytes < sizeof(*m) || m->count > PLAN_PART_MAX) return false;
    if (m->m.bytes != sizeof(*m) + m->count * sizeof(m->entries[0])) return false;
    if (topology_group(l->topology, m->m.from) != topology_oracle(l->topology)) return false;
    if (m->version == 0 || m->next <= m->from) return false;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct plan_entry *entry = &m->entries[i];
        if (i > 0 && m->entries[i - 1].variable >= entry->variable) return false;
        if (entry->variable >= l->variables || entry->from == entry->to) return false;
        if (entry->from >= partitions || entry->to >= partitions) return false;
    }
    return true;
}

static bool fetch_valid(const struct message_fetch *m, const struct limits *l)
{
    if (m->m.bytes < sizeof(*m) || m->count > FETCH_VARIABLES_MAX) return false;
    if (m->m.bytes != sizeof(*m) + (m->count + m->count % 2) * sizeof(m->variables[0]))
        return false;
    for (uint32_t i = 0; i < m->count; i++)
        if (m->variables[i] >= l->variables) return false;
    return m->version > 0;
}

static bool objects_valid(const struct message_objects *m, const struct limits *l)
{
    if (m->m.bytes < sizeof(*m) || m->count > FETCH_VARIABLES_MAX) return false;
    if (m->m.bytes != sizeof(*m) + m->count * sizeof(m->values[0])) return false;
    return m->group == topology_group(l->topology, m->m.from) &&
           exchange_values_valid(m->values, m->count, false, l);
}

bool transfer_message_valid(const struct message *m, const struct limits *l)
{
    ASSERT(message_layer(m->kind) == LAYER_TRANSFER);
    const struct message_plan_need *need = (const struct message_plan_need *)m;
    if (!l->plans || !limits_replica(l, m->from)) return false;
    switch (m->kind) {
    case MESSAGE_PLAN_NEED:
        return m->bytes == sizeof(*need) && need->version > 0;
    case MESSAGE_PLAN_PART:
        return part_valid((const struct message_plan_part *)m, l);
    case MESSAGE_FETCH:
        return fetch_valid((const struct message_fetch *)m, l);
    case MESSAGE_OBJECTS:
        return objects_valid((const struct message_objects *)m, l);
    default:
        return m->bytes == sizeof(struct message_received);
    }
}
