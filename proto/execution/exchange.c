/* exchange.c - see exchange.h. */
#include "proto/execution/exchange.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/search.h"

/* The messages received about one command, possibly before the command itself. */
struct inbox {
    struct idmap_node node;
    struct group_set have;
    uint32_t count;
    uint32_t capacity;
    struct message_values **messages; /* retained, one per group */
};

/* A message to a group that may still need it. */
struct sent {
    uint64_t timestamp;
    uint32_t group;
    struct message_values *message; /* retained */
};

/* ---- sending ------------------------------------------------------------------------------- */

struct message_values *exchange_new(struct exchange *x, enum message_kind kind,
                                    const struct command *c, uint64_t timestamp, uint32_t room)
{
    ASSERT(timestamp > x->done);
    uint32_t size = (uint32_t)(sizeof(struct message_values) + room * sizeof(struct pushed_value));
    struct message_values *m =
        (struct message_values *)transport_message_new(x->transport, size, kind);
    m->id = c->id;
    m->timestamp = timestamp;
    m->previous = 0;
    m->executed = multicast_executed_min(x->multicast);
    ASSERT(m->executed <= x->done);
    m->group = (uint16_t)x->group;
    m->verdict = REPLY_OK;
    m->count = 0;
    m->m.bytes = sizeof(struct message_values);
    return m;
}

void exchange_add(struct exchange *x, struct message_values *m, uint32_t variable,
                  struct variable_state state, bool exchanged)
{
    ASSERT(m->count == 0 || m->values[m->count - 1].variable < variable);
    m->values[m->count++] = (struct pushed_value){variable, 0, state};
    m->m.bytes += (uint32_t)sizeof(struct pushed_value);
    if (exchanged && variable < x->variables->count)
        m->m.opaque_bytes += x->variables->bytes[variable];
    ASSERT(m->m.bytes == sizeof(*m) + m->count * sizeof(m->values[0]));
}

void exchange_add_valid(struct message_values *m, uint32_t variable)
{
    ASSERT(m->count == 0 || m->values[m->count - 1].variable < variable);
    m->values[m->count++] = (struct pushed_value){variable, PUSHED_STILL_VALID, {0, 0}};
    m->m.bytes += (uint32_t)sizeof(struct pushed_value);
}

static const struct route *route_of(const struct exchange *x)
{
    return multicast_route(x->multicast);
}

static enum exchange_chain chain_of(const struct exchange *x, const struct message_values *m)
{
    return x->signals && m->count == 0 ? CHAIN_SIGNALS : CHAIN_MESSAGES;
}

static uint64_t last_of(const uint64_t through[EXCHANGE_CHAINS][GROUPS_MAX], uint32_t group)
{
    uint64_t messages = through[CHAIN_MESSAGES][group], signals = through[CHAIN_SIGNALS][group];
    return messages > signals ? messages : signals;
}

static void send_message(struct exchange *x, uint32_t to, struct message *m)
{
    transport_send_one(x->transport, to, x->transport->ops->message_retain(x->transport, m));
}

/* False: there is no slot for it. */
static bool send_signal(struct exchange *x, uint32_t to, const struct message_values *m)
{
    ASSERT(m->count == 0);
    ASSERT(m->verdict == REPLY_OK);
    const struct signal signal = {m->id, m->timestamp, m->previous, m->executed};
    if (signals_write(x->signals, to, &signal)) return true;
    transport_mark(x->transport, MARK_SIGNALS_FULL);
    return false;
}

/* To all replicas of a group, one by one, since packing a large message takes long. `chain`: a
 * message that is sent again goes as one. */
static void send(struct exchange *x, uint32_t group, struct message_values *m,
                 enum exchange_chain chain)
{
    ASSERT(x->leading);
    ASSERT(group != x->group);
    for (uint32_t i = 0; i < x->topology->replicas; i++) {
        uint32_t to = topology_replica(x->topology, group, i);
        if (chain == CHAIN_MESSAGES || !send_signal(x, to, m)) send_message(x, to, &m->m);
        multicast_keep_alive(x->multicast);
    }
    x->transport->ops->message_release(x->transport, &m->m);
}

/* Forget what all are done with; the threshold doubles each time: O(1) a command, amortised. */
static void sent_sweep(struct exchange *x)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < x->sent_count; i++)
        if (x->executed_by[x->sent[i].group] < x->sent[i].timestamp)
            x->sent[kept++] = x->sent[i];
        else
            x->transport->ops->message_release(x->transport, &x->sent[i].message->m);
    x->sent_count = kept;
    x->sweep_at = 2 * kept + 64;
    ASSERT(x->sent_count < x->sweep_at);
}

/* Observers count variables that are sent; "still valid" is none. */
static void report(const struct exchange *x, const struct message_values *m)
{
    struct observer *o = x->observer;
    if (!o || !o->ops->exchanged) return;
    uint64_t variables = 0;
    for (uint32_t i = 0; i < m->count; i++) variables += !(m->values[i].flags & PUSHED_STILL_VALID);
    if (variables)
        o->ops->exchanged(o, x->transport->self, x->group, transport_now(x->transport), variables,
                          m->m.opaque_bytes);
}

static void sent_add(struct exchange *x, uint32_t group, struct message_values *m)
{
    ASSERT(x->sent_count == 0 || x->sent[x->sent_count - 1].timestamp <= m->timestamp);
    if (x->sent_count >= x->sweep_at) sent_sweep(x);
    if (x->sent_count == x->sent_capacity) {
        x->sent_capacity = x->sent_capacity ? 2 * x->sent_capacity : 64;
        x->sent = reallocate(x->sent, x->sent_capacity * sizeof(*x->sent));
    }
    struct message *kept = x->transport->ops->message_retain(x->transport, &m->m);
    x->sent[x->sent_count++] = (struct sent){m->timestamp, group, (struct message_values *)kept};
    ASSERT(x->sent_count <= x->sent_capacity);
}

static void resend(struct exchange *x, const struct sent *sent, uint32_t node)
{
    ASSERT(sent->group == topology_group(x->topology, node));
    ASSERT(sent->timestamp == sent->message->timestamp);
    struct message *m = x->transport->ops->message_retain(x->transport, &sent->message->m);
    transport_send_one(x->transport, node, m);
}

/* Replicas that asked for this message before there was one. */
static void answer_postponed(struct exchange *x, uint32_t group)
{
    ASSERT(x->sent_count > 0);
    ASSERT(x->sent[x->sent_count - 1].group == group);
    const struct sent *sent = &x->sent[x->sent_count - 1];
    uint32_t kept = 0;
    for (uint32_t i = 0; i < x->postponed_count; i++) {
        struct postponed_need need = x->postponed[i];
        bool concerns = topology_group(x->topology, need.node) == group;
        if (!concerns || need.timestamp > sent->timestamp)
            x->postponed[kept++] = need;
        else if (!x->leading)
            resend(x, sent, need.node);
    }
    x->postponed_count = kept;
}

static void push_to(struct exchange *x, uint32_t group, struct message_values *m)
{
    ASSERT(group != x->group);
    ASSERT(m->timestamp > last_of(x->sent_through, group)); /* one message a command */
    ASSERT(m->group == x->group);
    enum exchange_chain chain = chain_of(x, m);
    m->previous = x->sent_through[chain][group];
    x->sent_through[chain][group] = m->timestamp;
    sent_add(x, group, m);
    answer_postponed(x, group);
    if (!x->leading) {
        x->transport->ops->message_release(x->transport, &m->m);
        return;
    }
    report(x, m);
    send(x, group, m, chain);
}

static struct message_values *copy_of(struct exchange *x, const struct message_values *m)
{
    struct message *copy = transport_message_new(x->transport, m->m.bytes, m->m.kind);
    copy->opaque_bytes = m->m.opaque_bytes;
    memcpy(copy + 1, &m->m + 1, m->m.bytes - sizeof(m->m));
    return (struct message_values *)copy;
}

void exchange_push(struct exchange *x, const struct group_set *to, struct message_values *m)
{
    struct group_set others = *to;
    group_set_remove(&others, x->group);
    uint32_t group = group_set_next(&others, 0);
    ASSERT(group < GROUPS_MAX);
    ASSERT(m->timestamp > x->done);
    for (uint32_t next; (next = group_set_next(&others, group + 1)) < GROUPS_MAX; group = next)
        push_to(x, group, copy_of(x, m));
    push_to(x, group, m);
}

static void need(struct exchange *x, const uint32_t *to, uint32_t count, uint64_t from,
                 uint64_t through)
{
    struct message_need *m =
        (struct message_need *)transport_message_new(x->transport, sizeof(*m), MESSAGE_NEED);
    m->from = from;
    m->through = through;
    x->transport->ops->message_send(x->transport, to, count, &m->m);
}

void exchange_ask(struct exchange *x, const struct group_set *groups, struct command_id id,
                  uint64_t timestamp, uint32_t asked)
{
    ASSERT(timestamp > x->done);
    uint32_t to[GROUPS_MAX * REPLICAS_MAX], count = 0;
    struct group_set silent = {{0}};
    group_set_each (g, groups) {
        bool members = x->contact_ns[g] < x->asked_ns || asked >= EXCHANGE_ASKED_MANY;
        if (asked > 0 && members)
            group_set_add(&silent, g);
        else
            to[count++] = route_contact(route_of(x), g);
    }
    bool all = group_set_next(&silent, 0) < GROUPS_MAX;
    transport_mark(x->transport, all ? MARK_VALUES_ASKED_ALL : MARK_VALUES_ASKED);
    count += route_replicas(route_of(x), &silent, x->group, to + count);
    ASSERT(count <= x->topology->groups * x->topology->replicas);
    x->asked_ns = transport_now(x->transport);
    x->asked_id = id;
    x->asked_timestamp = timestamp;
    need(x, to, count, timestamp, EXCHANGE_INQUIRY);
}

bool exchange_lost(const struct exchange *x, const struct group_set *groups, uint64_t timestamp)
{
    const struct route *route = route_of(x);
    group_set_each (g, groups) {
        if (g == x->group) continue;
        if (timestamp <= x->lost[g] || route_contact(route, g) != route->leader[g]) return true;
    }
    return false;
}

static void send_told(struct exchange *x, uint32_t to, uint32_t group)
{
    ASSERT(x->leading);
    ASSERT(group < x->topology->groups);
    struct message_told *m =
        (struct message_told *)transport_message_new(x->transport, sizeof(*m), MESSAGE_TOLD);
    m->through = last_of(x->sent_through, group);
    transport_send_one(x->transport, to, &m->m);
}

/* The sender of the NEED misses the message about one command, and likely some that follow. */
static void on_need(struct exchange *x, const struct message_need *m)
{
    uint32_t group = topology_group(x->topology, m->m.from);
    if (group == GROUPS_MAX || group == x->group) return;
    if (x->leading && m->through == EXCHANGE_INQUIRY) {
        send_told(x, m->m.from, group);
        return;
    }
    uint32_t at = 0, high = x->sent_count;
    while (at < high) {
        uint32_t middle = (at + high) / 2;
        if (x->sent[middle].timestamp < m->from)
            at = middle + 1;
        else
            high = middle;
    }
    uint32_t answers = 0;
    ASSERT(at <= x->sent_count);
    for (; at < x->sent_count && x->sent[at].timestamp <= m->through; at++) {
        if (x->sent[at].group != group) continue;
        resend(x, &x->sent[at], m->m.from);
        if (++answers == EXCHANGE_ANSWERS_MAX) return;
    }
    if (answers == 0 && x->postponed_count < EXCHANGE_POSTPONED_MAX) {
        transport_mark(x->transport, MARK_NEED_POSTPONED);
        x->postponed[x->postponed_count++] = (struct postponed_need){m->from, m->m.from};
    }
    ASSERT(x->postponed_count <= EXCHANGE_POSTPONED_MAX);
}

/* A new designated sender: the old one's last messages may be lost. */
void exchange_leading(struct exchange *x, bool leading)
{
    x->leading = leading;
    if (!leading) return;
    uint32_t first = x->sent_count;
    for (uint32_t commands = 0; first > 0; first--) {
        bool another =
            first == x->sent_count || x->sent[first - 1].timestamp != x->sent[first].timestamp;
        if (another && ++commands > EXCHANGE_TAKEOVER) break;
    }
    for (uint32_t i = first; i < x->sent_count; i++) {
        transport_mark(x->transport, MARK_VALUES_RESENT);
        struct message_values *m = x->sent[i].message;
        x->transport->ops->message_retain(x->transport, &m->m);
        send(x, x->sent[i].group, m, CHAIN_MESSAGES);
    }
}

/* ---- receiving ----------------------------------------------------------------------------- */

static struct inbox *inbox_find(const struct exchange *x, struct command_id id)
{
    return (struct inbox *)idmap_find(&x->inboxes, id);
}

static struct inbox *inbox_add(struct exchange *x, struct command_id id)
{
    struct inbox *inbox = x->spare;
    if (inbox)
        x->spare = (struct inbox *)inbox->node.next;
    else
        inbox = allocate_zeroed(1, sizeof(*inbox));
    ASSERT(inbox->count == 0);
    inbox->node.id = id;
    inbox->have = (struct group_set){{0}};
    idmap_add(&x->inboxes, &inbox->node);
    return inbox;
}

static void inbox_free(struct exchange *x, struct inbox *inbox)
{
    ASSERT(inbox->count == group_set_count(&inbox->have));
    for (uint32_t i = 0; i < inbox->count; i++)
        x->transport->ops->message_release(x->transport, &inbox->messages[i]->m);
    inbox->count = 0;
    inbox->node.next = (struct idmap_node *)x->spare;
    x->spare = inbox;
}

struct group_set exchange_missing(const struct exchange *x, struct command_id id,
                                  struct group_set from)
{
    const struct inbox *inbox = inbox_find(x, id);
    group_set_remove(&from, x->group);
    if (inbox) group_set_subtract(&from, &inbox->have);
    return from;
}

const struct inbox *exchange_inbox(const struct exchange *x, struct command_id id)
{
    return inbox_find(x, id);
}

const struct message_values *exchange_from(const struct inbox *inbox, uint32_t group)
{
    for (uint32_t i = 0; inbox && i < inbox->count; i++)
        if (inbox->messages[i]->group == group) return inbox->messages[i];
    return NULL;
}

const struct pushed_value *exchange_value(const struct message_values *m, uint32_t variable)
{
    if (!m) return NULL;
    uint64_t at = search_key(m->values, sizeof(*m->values), m->count, variable);
    return at < m->count && m->values[at].variable == variable ? &m->values[at] : NULL;
}

void exchange_settle(struct exchange *x, const struct command *c, uint64_t timestamp)
{
    ASSERT(timestamp > x->done); /* in the order of delivery, each once */
    x->done = timestamp;
    if (group_set_single(&c->dests)) return;
    struct inbox *inbox = inbox_find(x, c->id);
    if (!inbox) return;
    ASSERT(!group_set_has(&inbox->have, x->group));
    idmap_remove(&x->inboxes, &inbox->node);
    inbox_free(x, inbox);
}

/* A chain's messages are sent in the order of the commands, each naming the one before. */
static void look_for_gap(struct exchange *x, const struct message_values *m)
{
    uint64_t *heard = &x->received_through[chain_of(x, m)][m->group];
    uint64_t known = *heard > x->done ? *heard : x->done;
    if (m->previous > known) {
        transport_mark(x->transport, MARK_VALUES_MISSED);
        x->lost[m->group] = m->previous;
        need(x, &m->m.from, 1, known + 1, m->previous);
    }
    if (m->timestamp > *heard) *heard = m->timestamp;
}

/* The requested message was sent before this one, so it should be here. */
static void on_told(struct exchange *x, const struct message_told *m)
{
    uint32_t group = topology_group(x->topology, m->m.from);
    struct group_set missing = {{0}};
    group_set_add(&missing, group);
    missing = exchange_missing(x, x->asked_id, missing);
    bool asked = x->asked_timestamp > x->done && group_set_has(&missing, group);
    ASSERT(!asked || group != x->group);
    if (!asked || x->asked_timestamp > m->through) return;
    /* The last ones sent are lost. */
    bool more = x->asked_timestamp > last_of(x->received_through, group);
    transport_mark(x->transport, MARK_VALUES_TOLD_LOST);
    need(x, &m->m.from, 1, x->asked_timestamp, more ? m->through : x->asked_timestamp);
}

static void note_contact(struct exchange *x, uint32_t node, uint32_t group)
{
    if (node == route_contact(route_of(x), group))
        x->contact_ns[group] = transport_now(x->transport);
}

static bool on_values(struct exchange *x, struct message_values *m)
{
    if (m->group == x->group) {
        transport_refuse(x->transport, &m->m);
        return false;
    }
    if (m->executed > x->executed_by[m->group]) x->executed_by[m->group] = m->executed;
    look_for_gap(x, m);
    if (m->timestamp <= x->done) {
        transport_mark(x->transport, MARK_VALUES_AGAIN);
        return false;
    }
    struct inbox *inbox = inbox_find(x, m->id);
    if (!inbox) inbox = inbox_add(x, m->id);
    if (group_set_has(&inbox->have, m->group)) return false;
    group_set_add(&inbox->have, m->group);
    if (inbox->count == inbox->capacity) {
        inbox->capacity = inbox->capacity ? 2 * inbox->capacity : 2;
        inbox->messages = reallocate(inbox->messages, inbox->capacity * sizeof(*inbox->messages));
    }
    struct message *kept = x->transport->ops->message_retain(x->transport, &m->m);
    inbox->messages[inbox->count++] = (struct message_values *)kept;
    ASSERT(inbox->count <= inbox->capacity);
    ASSERT(inbox->count < x->topology->groups);
    return true;
}

bool exchange_on_message(struct exchange *x, struct message *m, struct command_id *about)
{
    *about = (struct command_id){0};
    uint32_t group = topology_group(x->topology, m->from);
    if (group < GROUPS_MAX) note_contact(x, m->from, group);
    switch (m->kind) {
    case MESSAGE_VALUES:
    case MESSAGE_LOAN:
    case MESSAGE_RETURN:
        if (on_values(x, (struct message_values *)m)) *about = ((struct message_values *)m)->id;
        return true;
    case MESSAGE_NEED:
        on_need(x, (const struct message_need *)m);
        return true;
    case MESSAGE_TOLD:
        if (group < GROUPS_MAX) on_told(x, (const struct message_told *)m);
        return true;
    default:
        return false;
    }
}

static bool order_believable(const struct message_values *v)
{
    return v->timestamp < EXCHANGE_INQUIRY >> 1 && v->previous < v->timestamp &&
           v->executed < v->timestamp;
}

/* It is a message that came another way. */
bool exchange_take_signal(struct exchange *x, uint32_t node, struct command_id *about)
{
    struct signal signal;
    uint32_t group = topology_group(x->topology, node);
    if (!x->signals || group == GROUPS_MAX || !signals_take(x->signals, node, &signal))
        return false;
    note_contact(x, node, group);
    struct message_values *m =
        (struct message_values *)transport_message_new(x->transport, sizeof(*m), MESSAGE_VALUES);
    m->m.from = node;
    m->id = signal.id;
    m->timestamp = signal.timestamp;
    m->previous = signal.previous;
    m->executed = signal.executed;
    m->group = (uint16_t)group;
    m->verdict = REPLY_OK;
    m->count = 0;
    bool news = order_believable(m) && on_values(x, m);
    *about = news ? m->id : (struct command_id){0};
    x->transport->ops->message_release(x->transport, &m->m);
    return true;
}

static bool value_valid(const struct pushed_value *v, const struct limits *l)
{
    bool empty = v->state.version == 0 && v->state.value == 0;
    return v->variable < l->variables && v->state.version <= VERSION_MAX &&
           (v->flags == 0 || (v->flags == PUSHED_STILL_VALID && empty));
}

bool exchange_values_valid(const struct pushed_value *values, uint32_t count, bool sorted,
                           const struct limits *l)
{
    for (uint32_t i = 0; i < count; i++) {
        if (!value_valid(&values[i], l)) return false;
        if (sorted && i > 0 && values[i - 1].variable >= values[i].variable) return false;
    }
    return true;
}

static bool values_valid(const struct message_values *v, const struct limits *l)
{
    if (v->m.bytes < sizeof(*v) || v->count > COMMAND_ACCESSES_MAX) return false;
    if (v->m.bytes != sizeof(*v) + v->count * sizeof(v->values[0])) return false;
    if (v->group != topology_group(l->topology, v->m.from) || v->verdict > REPLY_NOK) return false;
    if (!limits_id(l, v->id) || !order_believable(v)) return false;
    return exchange_values_valid(v->values, v->count, true, l);
}

bool exchange_message_valid(const struct message *m, const struct limits *l)
{
    ASSERT(message_layer(m->kind) == LAYER_EXCHANGE);
    const struct message_need *need = (const struct message_need *)m;
    if (!limits_replica(l, m->from)) return false;
    switch (m->kind) {
    case MESSAGE_NEED:
        return m->bytes == sizeof(*need) && need->from <= need->through;
    case MESSAGE_TOLD:
        return m->bytes == sizeof(struct message_told);
    default:
        return values_valid((const struct message_values *)m, l);
    }
}

/* ---- life ---------------------------------------------------------------------------------- */

void exchange_init(struct exchange *x)
{
    x->sweep_at = 64;
    idmap_init(&x->inboxes);
}

void exchange_use_signals(struct exchange *x)
{
    ASSERT(!x->signals);
    x->signals = signals_create(x->transport, x->topology, x->group);
}

static bool inbox_drop(void *context, struct idmap_node *node)
{
    inbox_free(context, (struct inbox *)node);
    return false;
}

void exchange_finish(struct exchange *x)
{
    idmap_filter(&x->inboxes, inbox_drop, x);
    idmap_finish(&x->inboxes);
    for (struct inbox *inbox = x->spare, *next; inbox; inbox = next) {
        next = (struct inbox *)inbox->node.next;
        free(inbox->messages);
        free(inbox);
    }
    for (uint32_t i = 0; i < x->sent_count; i++)
        x->transport->ops->message_release(x->transport, &x->sent[i].message->m);
    free(x->sent);
    signals_destroy(x->signals);
}
