/* transfer.c - see transfer.h. */
#include "proto/transfer.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/memory.h"
#include "proto/plant.h"

/* What a plan took from this partition for another one, as it was at the plan. */
struct departure {
    struct departure *next;
    uint64_t version;
    uint32_t group;
    uint32_t received_by; /* bit per replica of the new owner */
    uint32_t count;
    struct pushed_value values[]; /* by variable */
};

/* What a plan brings from another partition. */
struct arrival {
    struct arrival *next;
    uint64_t version;
    uint64_t timestamp; /* of the plan */
    uint32_t group;
    uint32_t left; /* still on their way */
    uint32_t left_ticked;
    uint32_t cursor; /* eager: everything before has been asked for */
    uint32_t count;
    uint32_t *variables; /* ascending */
    bool *here;          /* parallel */
};

void executor_ownership(struct executor *e, enum ownership what, uint32_t other, uint32_t variable,
                        uint64_t timestamp)
{
    struct observer *o = e->setup.observer;
    if (!o || !o->ops->ownership) return;
    struct ownership_event event = {what, e->setup.group, other, variable, timestamp};
    o->ops->ownership(o, e->t->self, transport_now(e->t), &event);
}

/* A replica of another group: the one with this one's number, or, `turn` later, another. */
static uint32_t counterpart(const struct transfer *t, uint32_t group, uint32_t turn)
{
    const struct topology *topology = t->e->setup.topology;
    uint32_t index = (t->e->t->self + turn) % topology->replicas;
    return topology_replica(topology, group, index);
}

/* ---- the new owner ------------------------------------------------------------------------- */

/* The variable's index in the arrival, or UINT32_MAX. */
static uint32_t arrival_index(const struct arrival *a, uint32_t variable)
{
    uint32_t low = 0, high = a->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (a->variables[middle] < variable)
            low = middle + 1;
        else
            high = middle;
    }
    return low < a->count && a->variables[low] == variable ? low : UINT32_MAX;
}

/* The arrival in which a variable is still on its way. */
static struct arrival *arrival_of(const struct transfer *t, uint32_t variable, uint32_t *index)
{
    for (struct arrival *a = t->arrivals; a; a = a->next) {
        *index = arrival_index(a, variable);
        if (*index != UINT32_MAX && !a->here[*index]) return a;
    }
    return NULL;
}

static void fetch(struct transfer *t, const struct arrival *a, const uint32_t *variables,
                  uint32_t count, uint32_t cursor, uint32_t turn)
{
    uint32_t size = (uint32_t)sizeof(struct message_fetch) + (count + count % 2) * 4;
    struct message_fetch *m =
        (struct message_fetch *)transport_message_new(t->e->t, size, MESSAGE_FETCH);
    m->version = a->version;
    m->count = count;
    m->cursor = cursor;
    for (uint32_t i = 0; i < count; i++) m->variables[i] = variables[i];
    if (count % 2) m->variables[count] = 0;
    transport_send_one(t->e->t, counterpart(t, a->group, turn), &m->m);
}

/* The next of what is on its way, beginning at the cursor. */
static void fetch_next(struct transfer *t, struct arrival *a, uint32_t turn)
{
    uint32_t variables[FETCH_VARIABLES_MAX];
    uint32_t count = 0, bytes = 0;
    for (; a->cursor < a->count && count < FETCH_VARIABLES_MAX && bytes < FETCH_BYTES_MAX;
         a->cursor++) {
        if (a->here[a->cursor]) continue;
        variables[count++] = a->variables[a->cursor];
        bytes += t->e->setup.variables->bytes[a->variables[a->cursor]];
    }
    if (count) fetch(t, a, variables, count, a->cursor, turn);
}

static void set_timer(struct transfer *t)
{
    if (t->timer_set || !t->arrivals || t->e->setup.options->lazy) return;
    t->timer_set = true;
    t->e->t->ops->timer_set(t->e->t, TIMER_TRANSFER, t->e->setup.timing->retry_ns);
}

/* Where nothing has come for long, a message is lost or its sender down: begin again elsewhere. */
void transfer_on_timer(struct transfer *t)
{
    t->timer_set = false;
    t->turn++;
    for (struct arrival *a = t->arrivals; a; a = a->next) {
        if (a->left == a->left_ticked) {
            a->cursor = 0;
            fetch_next(t, a, t->turn);
        }
        a->left_ticked = a->left;
    }
    set_timer(t);
}

static void arrival_free(struct arrival *a)
{
    free(a->variables);
    free(a->here);
    free(a);
}

/* All of it is here: the old owner may forget it. */
static void arrival_end(struct transfer *t, struct arrival *ended)
{
    struct arrival **at = &t->arrivals;
    while (*at != ended) at = &(*at)->next;
    *at = ended->next;
    struct message_received *m =
        (struct message_received *)transport_message_new(t->e->t, sizeof(*m), MESSAGE_RECEIVED);
    m->version = ended->version;
    struct group_set from = {{0}};
    uint32_t to[REPLICAS_MAX];
    group_set_add(&from, ended->group);
    const struct multicast *multicast = t->e->setup.multicast;
    uint32_t count = route_replicas(multicast->ops->route(multicast), &from, GROUPS_MAX, to);
    t->e->t->ops->message_send(t->e->t, to, count, &m->m);
    arrival_free(ended);
}

static void take(struct transfer *t, struct arrival *a, uint32_t index, struct variable_state state)
{
    uint32_t variable = a->variables[index];
    a->here[index] = true;
    a->left--;
    t->coming--;
    assert(t->holding[variable] == HOLDING_COMING);
    t->holding[variable] = HOLDING_OWNED;
    store_put(&t->e->store, variable, state);
    t->e->t->ops->charge(t->e->t, t->e->setup.options->move_cost_ns);
    executor_ownership(t->e, OWNERSHIP_TAKEN, a->group, variable, a->timestamp);
}

static void report_exchanged(const struct transfer *t, const struct message_objects *m)
{
    const struct executor *e = t->e;
    struct observer *o = e->setup.observer;
    if (o && o->ops->exchanged && e->leading)
        o->ops->exchanged(o, e->t->self, e->setup.group, transport_now(e->t), m->count,
                          m->m.opaque_bytes);
}

static void on_objects(struct transfer *t, const struct message_objects *m)
{
    if (topology_group(t->e->setup.topology, m->m.from) != m->group) return;
    struct arrival *a = t->arrivals;
    while (a && (a->version != m->version || a->group != m->group)) a = a->next;
    if (!a) return;
    uint32_t before = a->left;
    for (uint32_t i = 0; i < m->count; i++) {
        uint32_t index = arrival_index(a, m->values[i].variable);
        if (index != UINT32_MAX && !a->here[index])
            take(t, a, index, m->values[i].state);
        else if (index != UINT32_MAX && t->e->setup.plant == PLANT_OBJECTS_AGAIN)
            store_put(&t->e->store, m->values[i].variable, m->values[i].state);
    }
    bool news = a->left < before;
    if (news) report_exchanged(t, m);
    if (a->left == 0)
        arrival_end(t, a);
    else if (m->cursor && m->cursor == a->cursor)
        fetch_next(t, a, 0);
    if (news) executor_resume(t->e);
}

/* Asks for those of the variables that are on their way. */
static void want(struct transfer *t, const struct command *c, bool everything, uint32_t turn)
{
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        uint32_t index;
        if (transfer_holding(t, a->variable) != HOLDING_COMING) continue;
        if (!everything && a->group != t->e->setup.group) continue;
        const struct arrival *arrival = arrival_of(t, a->variable, &index);
        assert(arrival);
        fetch(t, arrival, &a->variable, 1, 0, turn);
    }
}

bool transfer_ready(struct transfer *t, const struct command *c, bool everything)
{
    bool ready = true;
    for (uint32_t i = 0; t->coming && i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!everything && a->group != t->e->setup.group) continue;
        ready = ready && transfer_holding(t, a->variable) != HOLDING_COMING;
    }
    if (ready || t->wanted) return ready;
    t->wanted = true;
    want(t, c, everything, 0);
    return false;
}

/* ---- the old owner ------------------------------------------------------------------------- */

static const struct pushed_value *departure_value(const struct departure *d, uint32_t variable)
{
    uint32_t low = 0, high = d->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (d->values[middle].variable < variable)
            low = middle + 1;
        else
            high = middle;
    }
    return low < d->count && d->values[low].variable == variable ? &d->values[low] : NULL;
}

static void answer_fetch(struct transfer *t, const struct message_fetch *m)
{
    uint32_t group = topology_group(t->e->setup.topology, m->m.from);
    const struct departure *d = t->departures;
    while (d && (d->version != m->version || d->group != group)) d = d->next;
    if (!d) return;
    uint32_t size =
        (uint32_t)(sizeof(struct message_objects) + m->count * sizeof(struct pushed_value));
    struct message_objects *answer =
        (struct message_objects *)transport_message_new(t->e->t, size, MESSAGE_OBJECTS);
    answer->version = m->version;
    answer->group = t->e->setup.group;
    answer->count = 0;
    answer->cursor = m->cursor;
    answer->reserved = 0;
    for (uint32_t i = 0; i < m->count; i++) {
        const struct pushed_value *v = departure_value(d, m->variables[i]);
        if (!v) continue;
        answer->values[answer->count++] = *v;
        answer->m.opaque_bytes += t->e->setup.variables->bytes[v->variable];
        t->e->t->ops->charge(t->e->t, t->e->setup.options->move_cost_ns);
    }
    answer->m.bytes = (uint32_t)(sizeof(*answer) + answer->count * sizeof(struct pushed_value));
    transport_send_one(t->e->t, m->m.from, &answer->m);
}

/* A question about a plan that is not in force here yet is answered when it is. */
static void on_fetch(struct transfer *t, struct message *m)
{
    if (((const struct message_fetch *)m)->version <= t->e->plan_version)
        answer_fetch(t, (const struct message_fetch *)m);
    else if (t->postponed_count < TRANSFER_POSTPONED_MAX)
        t->postponed[t->postponed_count++] = t->e->t->ops->message_retain(t->e->t, m);
}

static void answer_postponed(struct transfer *t)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < t->postponed_count; i++) {
        struct message *m = t->postponed[i];
        if (((const struct message_fetch *)m)->version > t->e->plan_version) {
            t->postponed[kept++] = m;
            continue;
        }
        answer_fetch(t, (const struct message_fetch *)m);
        t->e->t->ops->message_release(t->e->t, m);
    }
    t->postponed_count = kept;
}

static void on_received(struct transfer *t, const struct message_received *m)
{
    const struct topology *topology = t->e->setup.topology;
    uint32_t group = topology_group(topology, m->m.from);
    for (struct departure **at = &t->departures; *at; at = &(*at)->next) {
        struct departure *d = *at;
        if (d->version != m->version || d->group != group) continue;
        d->received_by |= UINT32_C(1) << (m->m.from - topology_replica(topology, group, 0));
        if (d->received_by != (UINT32_C(1) << topology->replicas) - 1) return;
        *at = d->next;
        free(d);
        return;
    }
}

/* ---- the plan ------------------------------------------------------------------------------ */

static void need_part(struct transfer *t, uint32_t turn)
{
    struct message_plan_need *m =
        (struct message_plan_need *)transport_message_new(t->e->t, sizeof(*m), MESSAGE_PLAN_NEED);
    m->version = t->version;
    m->from = t->next;
    transport_send_one(t->e->t, counterpart(t, topology_oracle(t->e->setup.topology), turn), &m->m);
}

void transfer_plan_begin(struct transfer *t, uint64_t version)
{
    t->version = version;
    t->next = 0;
    t->entry_count = 0;
    need_part(t, 0);
}

static void on_part(struct transfer *t, const struct message_plan_part *m)
{
    bool from_oracle =
        topology_group(t->e->setup.topology, m->m.from) == topology_oracle(t->e->setup.topology);
    if (!from_oracle || m->version != t->version || m->from != t->next) return;
    for (uint32_t i = 0; i < m->count; i++)
        if (m->entries[i].variable >= t->e->setup.variables->count) return;
    if (t->entry_count + m->count > t->entry_room) {
        while (t->entry_count + m->count > t->entry_room)
            t->entry_room = t->entry_room ? 2 * t->entry_room : 256;
        t->entries = reallocate(t->entries, t->entry_room * sizeof(*t->entries));
    }
    for (uint32_t i = 0; i < m->count; i++) t->entries[t->entry_count++] = m->entries[i];
    t->next = m->next;
    if (t->next == UINT64_MAX)
        executor_resume(t->e);
    else
        need_part(t, 0);
}

/* A variable that has not come since an earlier plan cannot leave by this one: get it first. */
static bool all_leaving_are_here(struct transfer *t)
{
    bool here = true;
    for (uint32_t i = 0; t->coming && i < t->entry_count; i++) {
        const struct plan_entry *entry = &t->entries[i];
        uint32_t index;
        if (entry->from != t->e->setup.group) continue;
        if (t->holding[entry->variable] != HOLDING_COMING) continue;
        here = false;
        if (t->wanted) break;
        fetch(t, arrival_of(t, entry->variable, &index), &entry->variable, 1, 0, t->turn);
    }
    t->wanted = !here;
    return here;
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
    struct departure *d = allocate(sizeof(*d) + count * sizeof(d->values[0]));
    *d = (struct departure){.next = t->departures, .version = t->version, .group = group};
    t->departures = d;
    for (uint32_t i = 0; i < t->entry_count; i++) {
        const struct plan_entry *entry = &t->entries[i];
        if (entry->from != e->setup.group || entry->to != group) continue;
        assert(t->holding[entry->variable] == HOLDING_OWNED);
        d->values[d->count++] =
            (struct pushed_value){entry->variable, 0, store_get(&e->store, entry->variable)};
        store_remove(&e->store, entry->variable);
        t->holding[entry->variable] = HOLDING_NONE;
        executor_ownership(e, OWNERSHIP_GIVEN, group, entry->variable, timestamp);
    }
}

static void expect(struct transfer *t, uint32_t group, uint32_t count, uint64_t timestamp)
{
    struct arrival *a = allocate(sizeof(*a));
    *a = (struct arrival){.next = t->arrivals,
                          .version = t->version,
                          .timestamp = timestamp,
                          .group = group,
                          .left = count,
                          .left_ticked = count,
                          .variables = allocate(count * sizeof(*a->variables)),
                          .here = allocate_zeroed(count, sizeof(*a->here))};
    t->arrivals = a;
    t->coming += count;
    for (uint32_t i = 0; i < t->entry_count; i++) {
        const struct plan_entry *entry = &t->entries[i];
        if (entry->to != t->e->setup.group || entry->from != group) continue;
        assert(t->holding[entry->variable] == HOLDING_NONE);
        t->holding[entry->variable] = HOLDING_COMING;
        a->variables[a->count++] = entry->variable;
    }
    if (!t->e->setup.options->lazy) fetch_next(t, a, 0);
}

bool transfer_plan_go_on(struct transfer *t, uint64_t timestamp)
{
    struct executor *e = t->e;
    if (t->next != UINT64_MAX || !all_leaving_are_here(t)) return false;
    for (uint32_t i = 0; i < t->entry_count; i++) {
        executor_note(e, t->entries[i].variable);
        executor_note(e, (uint64_t)t->entries[i].from << 32 | t->entries[i].to);
    }
    e->plan_version = t->version;
    for (uint32_t g = 0; g < topology_partitions(e->setup.topology); g++) {
        uint32_t leaving = entries_between(t, e->setup.group, g);
        uint32_t coming = entries_between(t, g, e->setup.group);
        if (leaving) depart(t, g, leaving, timestamp);
        if (coming) expect(t, g, coming, timestamp);
    }
    answer_postponed(t);
    set_timer(t);
    return true;
}

void transfer_ask(struct transfer *t, const struct command *c)
{
    t->turn++;
    t->wanted = false;
    if (c->purpose != PURPOSE_PLAN)
        want(t, c, c->execution == EXECUTION_EVERYWHERE, t->turn);
    else if (t->next != UINT64_MAX)
        need_part(t, t->turn);
    else
        all_leaving_are_here(t);
}

uint32_t transfer_gone_to(const struct transfer *t, uint32_t variable, uint32_t otherwise)
{
    for (uint32_t i = 0; i < t->entry_count; i++)
        if (t->entries[i].variable == variable && t->entries[i].from == t->e->setup.group)
            return t->entries[i].to;
    return otherwise;
}

/* ---- the owner's side ---------------------------------------------------------------------- */

bool transfer_on_message(struct transfer *t, struct message *m)
{
    switch (m->kind) {
    case MESSAGE_PLAN_PART:
        on_part(t, (const struct message_plan_part *)m);
        return true;
    case MESSAGE_FETCH:
        on_fetch(t, m);
        return true;
    case MESSAGE_OBJECTS:
        on_objects(t, (const struct message_objects *)m);
        return true;
    case MESSAGE_RECEIVED:
        on_received(t, (const struct message_received *)m);
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
        if (variables->place[v] == e->setup.group) t->holding[v] = HOLDING_OWNED;
}

void transfer_finish(struct transfer *t)
{
    for (struct departure *d = t->departures, *next; d; d = next) {
        next = d->next;
        free(d);
    }
    for (struct arrival *a = t->arrivals, *next; a; a = next) {
        next = a->next;
        arrival_free(a);
    }
    for (uint32_t i = 0; i < t->postponed_count; i++)
        t->e->t->ops->message_release(t->e->t, t->postponed[i]);
    free(t->entries);
    free(t->holding);
}

bool transfer_message_valid(const struct message *m)
{
    const struct message_plan_part *part = (const struct message_plan_part *)m;
    const struct message_fetch *fetch = (const struct message_fetch *)m;
    const struct message_objects *objects = (const struct message_objects *)m;
    switch (m->kind) {
    case MESSAGE_PLAN_NEED:
        return m->bytes == sizeof(struct message_plan_need);
    case MESSAGE_PLAN_PART:
        return m->bytes >= sizeof(*part) && part->count <= PLAN_PART_MAX &&
               m->bytes == sizeof(*part) + part->count * sizeof(part->entries[0]);
    case MESSAGE_FETCH:
        return m->bytes >= sizeof(*fetch) && fetch->count <= FETCH_VARIABLES_MAX &&
               m->bytes == sizeof(*fetch) + (fetch->count + fetch->count % 2) * 4;
    case MESSAGE_OBJECTS:
        return m->bytes >= sizeof(*objects) && objects->count <= FETCH_VARIABLES_MAX &&
               m->bytes == sizeof(*objects) + objects->count * sizeof(objects->values[0]);
    default:
        return m->bytes == sizeof(struct message_received);
    }
}
