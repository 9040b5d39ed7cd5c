/* executor.c - one command after the other (executor.h). */
#include "proto/execution/executor.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"
#include "proto/cookie.h"
#include "proto/reply.h"

static const struct plant lost_write = {"lost-write",
                                        "every 20th write of partition 0 is stored by no replica"};
const struct plant *const executor_plants[] = {&lost_write, NULL};
const struct plant plant_queued_values = {"queued-values",
                                          "what others send is not taken while a command waits"};

enum {
    ASKED_MAX = 4096,   /* more are forgotten: their clients retransmit */
    SLICES_MAX = 65536, /* of one cost: longer ones, where its command costs hours */
};

/* A delivered command behind the one that executes. */
struct queued {
    struct queued *next;
    uint64_t timestamp;
    struct command command;
};

/* ---- executing one command ----------------------------------------------------------------- */

void executor_charge(struct executor *e, uint64_t cost_ns)
{
    uint64_t most_ns = e->setup.timing->heartbeat_ns;
    if (most_ns < cost_ns / SLICES_MAX) most_ns = cost_ns / SLICES_MAX;
    for (uint64_t left_ns = cost_ns, slice_ns; left_ns > 0; left_ns -= slice_ns) {
        slice_ns = most_ns < left_ns ? most_ns : left_ns;
        e->t->ops->charge(e->t, slice_ns);
        multicast_keep_alive(e->setup.multicast);
    }
}

uint64_t executor_apply(struct executor *e, const struct command *c)
{
    ASSERT(c->access_count <= COMMAND_ACCESSES_MAX);
    for (uint32_t i = 0; i < c->access_count; i++) e->seen[i] = e->states[i].version;
    executor_charge(e, c->cost_ns);
    return e->setup.application->ops->execute(e->setup.application, c, e->states);
}

void executor_note(struct executor *e, uint64_t word)
{
    e->state_hash = hash_add(e->state_hash, word);
}

void executor_write(struct executor *e, uint32_t variable, struct variable_state state)
{
    bool lost = ++e->writes % PLANT_AT == 0 && e->setup.group == 0 && e->setup.plant == &lost_write;
    if (lost) return;
    store_put(&e->store, variable, state);
    executor_note(e, variable);
    executor_note(e, state.value);
}

static bool asked_drop(void *context, struct idmap_node *node)
{
    (void)context;
    free(node);
    return false;
}

static void asked_forget(struct executor *e)
{
    idmap_filter(&e->asked, asked_drop, NULL);
}

static struct message *reply_new(struct executor *e, const struct command *c,
                                 const struct outcome *o)
{
    uint32_t count = o->seen ? c->access_count : 0;
    uint32_t size = (uint32_t)(sizeof(struct message_reply) + count * sizeof(uint64_t));
    struct message_reply *m =
        (struct message_reply *)transport_message_new(e->t, size, MESSAGE_REPLY);
    m->m.opaque_bytes = o->status == REPLY_OK ? c->reply_bytes : 0;
    m->id = c->id;
    m->digest = o->digest;
    m->plan_version = e->plan_version;
    m->group = (uint16_t)e->setup.group;
    m->status = (uint16_t)o->status;
    m->seen_count = count;
    if (count) memcpy(m->seen, o->seen, count * sizeof(uint64_t));
    return &m->m;
}

static void send_to_client(struct executor *e, uint32_t client, struct message *m)
{
    struct message *sending = e->t->ops->message_retain(e->t, m);
    transport_send_one(e->t, topology_sender_node(e->setup.topology, client), sending);
}

/* Has a client that cannot reach the leader sent the command to this replica? */
static bool was_asked(struct executor *e, struct command_id id)
{
    struct idmap_node *node = e->asked.count ? idmap_find(&e->asked, id) : NULL;
    if (!node) return false;
    transport_mark(e->t, MARK_ANSWERED_ASIDE);
    idmap_remove(&e->asked, node);
    free(node);
    return true;
}

void executor_conclude_with(struct executor *e, const struct command *c, uint64_t timestamp,
                            const struct outcome *o, struct message *reply)
{
    ASSERT(timestamp <= e->delivered);
    ASSERT(o->answers || !reply);
    e->executed++;
    exchange_settle(&e->exchange, c, timestamp);
    ASSERT(e->exchange.done == timestamp);
    multicast_set_executed(e->setup.multicast, timestamp);
    struct observer *observer = e->setup.observer;
    if (observer)
        observer->ops->executed(observer, e->t->self, e->setup.group, transport_now(e->t), c,
                                o->digest, o->seen, e->state_hash);
    if (reply && (was_asked(e, c->id) || e->leading)) send_to_client(e, c->id.client, reply);
    sessions_executed(e->setup.sessions, c->id, reply);
    e->executed_ns = transport_now(e->t);
}

/* Kept by every replica, since any may lead when the client retransmits; sent by the leader: one
 * reply is enough. */
void executor_conclude(struct executor *e, const struct command *c, uint64_t timestamp,
                       const struct outcome *o)
{
    executor_conclude_with(e, c, timestamp, o, o->answers ? reply_new(e, c, o) : NULL);
}

/* ---- one after the other ------------------------------------------------------------------- */

static void start(struct executor *e, const struct command *c, uint64_t timestamp)
{
    ASSERT(timestamp > e->exchange.done); /* in the order of delivery, each once */
    struct observer *o = e->setup.observer;
    if (o) o->ops->started(o, e->t->self, e->setup.group, transport_now(e->t), c);
    e->ops->start(e, c, timestamp);
}

static void enqueue(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct queued *q = allocate(sizeof(*q) + c->bytes - sizeof(q->command));
    q->next = NULL;
    q->timestamp = timestamp;
    memcpy(&q->command, c, c->bytes);
    if (e->tail)
        e->tail->next = q;
    else
        e->head = q;
    e->tail = q;
}

static void set_missing_timer(struct executor *e)
{
    uint64_t ns = timing_patience_ns(e->setup.timing, &e->waits, e->asked_count);
    e->ask_ns = transport_now(e->t) + ns;
    e->t->ops->timer_set(e->t, TIMER_MISSING, ns);
}

static void ask(struct executor *e)
{
    ASSERT(e->waiting);
    ASSERT(e->head->timestamp > e->exchange.done);
    e->ops->ask(e, &e->head->command, e->head->timestamp);
    e->asked_count++;
    set_missing_timer(e);
}

/* The head waits for a time-out, unless a message is known to be lost. */
static void wait(struct executor *e)
{
    ASSERT(!e->waiting);
    ASSERT(e->head);
    e->waiting = true;
    e->waiting_since_ns = transport_now(e->t);
    e->asked_count = 0;
    if (exchange_lost(&e->exchange, &e->head->command.dests, e->head->timestamp))
        ask(e);
    else
        set_missing_timer(e);
}

static void end_waiting(struct executor *e)
{
    if (!e->waiting) return;
    ASSERT(transport_now(e->t) >= e->waiting_since_ns);
    uint64_t waited_ns = transport_now(e->t) - e->waiting_since_ns;
    (e->asked_count ? patience_sample_asked : patience_sample)(&e->waits, waited_ns);
    e->waiting = false;
}

/* One command per handler call: between two, received messages are handled, so that ordering goes
 * on while a long batch executes (the prototypes have a thread for each). */
static void run_next_soon(struct executor *e)
{
    if (e->next_set || e->waiting || !e->head) return;
    e->next_set = true;
    e->t->ops->timer_set(e->t, TIMER_NEXT, 1);
}

/* Start the head, or resume it. */
static void run_head(struct executor *e)
{
    struct queued *q = e->head;
    if (!e->waiting) start(e, &q->command, q->timestamp);
    if (!e->ops->finish(e, &q->command, q->timestamp)) {
        if (!e->waiting) wait(e);
        return;
    }
    ASSERT(e->head == q); /* it is executed once, and nothing has overtaken it */
    ASSERT(e->exchange.done == q->timestamp);
    end_waiting(e);
    e->head = q->next;
    if (!e->head) e->tail = NULL;
    free(q);
    run_next_soon(e);
}

void executor_resume(struct executor *e)
{
    if (e->waiting) run_head(e);
}

void executor_look_ahead(const struct executor *e, uint32_t most,
                         void (*look)(void *context, const struct command *c), void *context)
{
    for (const struct queued *q = e->head ? e->head->next : NULL; q && most > 0;
         q = q->next, most--)
        look(context, &q->command);
}

void executor_deliver(struct executor *e, const struct command *c, uint64_t timestamp)
{
    bool in_this_handler = e->executed && transport_now(e->t) == e->executed_ns;
    ASSERT(timestamp > e->delivered);
    e->delivered = timestamp;
    if (e->head || in_this_handler) {
        if (e->ops->queued) e->ops->queued(e, c, timestamp);
        enqueue(e, c, timestamp);
        run_next_soon(e);
        return;
    }
    start(e, c, timestamp);
    if (e->ops->finish(e, c, timestamp)) return;
    ASSERT(e->exchange.done < timestamp);
    enqueue(e, c, timestamp);
    wait(e);
}

/* ---- events -------------------------------------------------------------------------------- */

void executor_asked_again(struct executor *e, struct command_id id)
{
    struct message *reply = sessions_reply(e->setup.sessions, id);
    if (!reply) return; /* not executed yet, or answered for good, or by another group */
    send_to_client(e, id.client, reply);
    if (e->ops->asked_again) e->ops->asked_again(e, id);
}

void executor_asked_here(struct executor *e, struct command_id id)
{
    if (sessions_reply(e->setup.sessions, id)) {
        executor_asked_again(e, id);
        return;
    }
    if (sessions_settled(e->setup.sessions, id) || idmap_find(&e->asked, id)) return;
    if (e->asked.count == ASKED_MAX) asked_forget(e);
    ASSERT(e->asked.count < ASKED_MAX);
    struct idmap_node *node = allocate(sizeof(*node));
    node->id = id;
    idmap_add(&e->asked, node);
}

void executor_leader_changed(struct executor *e)
{
    if (e->waiting) ask(e);
}

void executor_leading(struct executor *e, bool leading)
{
    e->leading = leading;
    exchange_leading(&e->exchange, leading);
    ASSERT(e->exchange.leading == e->leading);
    if (e->ops->leading) e->ops->leading(e, leading);
}

static void take_signals(struct executor *e, uint32_t node)
{
    struct command_id about;
    while (exchange_take_signal(&e->exchange, node, &about))
        if (e->waiting && command_id_equal(e->head->command.id, about)) run_head(e);
}

void executor_on_write(struct executor *e, uint32_t region, uint32_t writer)
{
    if (e->waiting && e->setup.plant == &plant_queued_values) return;
    if (region == SIGNALS_REGION) take_signals(e, writer);
}

/* What the sender has written before is taken first: it may say that nothing is missing. */
void executor_on_message(struct executor *e, struct message *m)
{
    struct command_id about;
    if (e->waiting && e->setup.plant == &plant_queued_values) return;
    if (e->exchange.signals) take_signals(e, m->from);
    if (!exchange_on_message(&e->exchange, m, &about)) {
        if (e->ops->on_message) e->ops->on_message(e, m);
        return;
    }
    ASSERT(!e->waiting || e->head);
    if (e->waiting && command_id_equal(e->head->command.id, about)) run_head(e);
}

static void look_after_waiting(struct executor *e)
{
    if (e->waiting && transport_now(e->t) >= e->ask_ns) ask(e);
}

void executor_on_timer(struct executor *e, uint32_t timer)
{
    if (timer == TIMER_NEXT) {
        e->next_set = false;
        if (!e->waiting && e->head) run_head(e);
    } else if (timer == TIMER_MISSING) {
        look_after_waiting(e);
    } else if (e->ops->on_timer) {
        e->ops->on_timer(e, timer);
    }
}

void executor_on_completion(struct executor *e, uint64_t cookie, enum completion how)
{
    switch (cookie_layer(cookie)) {
    case COOKIE_SIGNALS:
        signals_on_completion(e->exchange.signals, cookie_number(cookie), how);
        return;
    case COOKIE_SCHEME:
        if (e->ops->on_completion) e->ops->on_completion(e, cookie, how);
        return;
    case COOKIE_MULTICAST: /* it is not asked about those */
        ASSERT(false);
    }
}

void executor_on_peer(struct executor *e, uint32_t peer, bool up)
{
    if (e->ops->on_peer) e->ops->on_peer(e, peer, up);
}

/* ---- life ---------------------------------------------------------------------------------- */

void executor_init(struct executor *e, const struct executor_ops *ops,
                   const struct executor_setup *setup)
{
    e->ops = ops;
    e->setup = *setup;
    e->t = setup->transport;
    e->states = allocate(COMMAND_ACCESSES_MAX * sizeof(*e->states));
    e->seen = allocate(COMMAND_ACCESSES_MAX * sizeof(*e->seen));
    store_init(&e->store);
    idmap_init(&e->asked);
    e->exchange.transport = setup->transport;
    e->exchange.topology = setup->topology;
    e->exchange.multicast = setup->multicast;
    e->exchange.variables = setup->variables;
    e->exchange.observer = setup->observer;
    e->exchange.group = setup->group;
    exchange_init(&e->exchange);
}

void executor_finish(struct executor *e)
{
    exchange_finish(&e->exchange);
    asked_forget(e);
    idmap_finish(&e->asked);
    for (struct queued *q = e->head, *next; q; q = next) {
        next = q->next;
        free(q);
    }
    store_finish(&e->store);
    free(e->states);
    free(e->seen);
}
