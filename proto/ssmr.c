/* ssmr.c - see ssmr.h for the protocol. */
#include "proto/ssmr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/client.h"
#include "proto/idmap.h"
#include "proto/memory.h"
#include "proto/plant.h"
#include "proto/random.h"
#include "proto/store.h"

/* What has come for one command, possibly before the command itself. */
struct inbox {
    struct idmap_node node;
    struct group_set have;
    uint32_t count;
    uint32_t capacity;
    struct message_values **messages; /* retained, one per group */
};

/* A delivered command behind the one that executes. */
struct queued {
    struct queued *next;
    uint64_t timestamp;
    struct command command;
};

/* A VALUES message that somebody may still need. */
struct sent {
    uint64_t timestamp;
    struct group_set dests;
    struct message *message; /* retained */
};

struct ssmr {
    struct executor base;
    struct executor_setup setup;
    struct transport *t;
    bool leading;

    struct store store;
    uint64_t executed; /* commands */
    uint64_t executed_timestamp;
    uint64_t state_hash;
    uint64_t writes;

    struct queued *head, *tail; /* the head is the one that waits for values, if any waits */
    bool waiting;
    bool next_set;        /* TIMER_NEXT is */
    uint64_t executed_ns; /* when the last execution ended */
    uint64_t waiting_since_ns;
    uint32_t asked_count;
    uint64_t behind;  /* had to ask when commands up to this one were already delivered */
    bool missing_set; /* TIMER_MISSING is */

    struct idmap inboxes;
    struct inbox *spare;
    struct sent *sent; /* by timestamp */
    uint32_t sent_count;
    uint32_t sent_capacity;
    uint32_t sweep_at;
    uint64_t executed_by[GROUPS_MAX]; /* all replicas of that group have executed so far */

    struct variable_state *states; /* of the command that executes, by access */
    uint64_t *seen;
};

/* ---- values and signals -------------------------------------------------------------------- */

static bool owns(const struct ssmr *s, const struct access *a)
{
    return a->group == s->setup.group;
}

static uint32_t variable_bytes(const struct ssmr *s, uint32_t variable)
{
    return variable < s->setup.variable_count ? s->setup.variable_bytes[variable] : 0;
}

/* The other partitions whose message the command cannot do without. */
static struct group_set awaited(const struct ssmr *s, const struct command *c)
{
    struct group_set others = c->dests;
    if (s->setup.plant == PLANT_NO_SIGNALS) {
        others = (struct group_set){{0}};
        for (uint32_t i = 0; i < c->access_count; i++)
            if (c->accesses[i].mode & ACCESS_READ) group_set_add(&others, c->accesses[i].group);
    }
    group_set_remove(&others, s->setup.group);
    return others;
}

static struct message_values *values_new(struct ssmr *s, const struct command *c,
                                         uint64_t timestamp)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->access_count; i++)
        count += owns(s, &c->accesses[i]) && c->accesses[i].mode & ACCESS_READ;
    uint32_t size = (uint32_t)(sizeof(struct message_values) + count * sizeof(struct pushed_value));
    struct message_values *m =
        (struct message_values *)transport_message_new(s->t, size, MESSAGE_VALUES);
    m->id = c->id;
    m->timestamp = timestamp;
    m->executed = s->setup.multicast->ops->executed_min(s->setup.multicast);
    m->group = s->setup.group;
    m->count = count;
    struct pushed_value *v = m->values;
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!owns(s, a) || !(a->mode & ACCESS_READ)) continue;
        *v++ = (struct pushed_value){a->variable, 0, store_get(&s->store, a->variable)};
        m->m.opaque_bytes += variable_bytes(s, a->variable);
    }
    return m;
}

/* To every replica of the other destinations. */
static void values_send(struct ssmr *s, const struct group_set *dests, struct message *m)
{
    uint32_t to[GROUPS_MAX * REPLICAS_MAX];
    uint32_t count = 0;
    group_set_each (g, dests)
        if (g != s->setup.group)
            for (uint32_t i = 0; i < s->setup.topology->replicas; i++)
                to[count++] = topology_replica(s->setup.topology, g, i);
    s->t->ops->message_send(s->t, to, count, m);
}

static bool sent_wanted(const struct ssmr *s, const struct sent *sent)
{
    group_set_each (g, &sent->dests)
        if (g != s->setup.group && s->executed_by[g] < sent->timestamp) return true;
    return false;
}

/* Forget what all have executed; each time twice as many must have come: O(1) a command. */
static void sent_sweep(struct ssmr *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->sent_count; i++)
        if (sent_wanted(s, &s->sent[i]))
            s->sent[kept++] = s->sent[i];
        else
            s->t->ops->message_release(s->t, s->sent[i].message);
    s->sent_count = kept;
    s->sweep_at = 2 * kept + 64;
}

static void push_values(struct ssmr *s, const struct command *c, uint64_t timestamp)
{
    struct message_values *m = values_new(s, c, timestamp);
    if (s->setup.plant == PLANT_NO_SIGNALS && m->count == 0) {
        s->t->ops->message_release(s->t, &m->m);
        return;
    }
    if (s->sent_count >= s->sweep_at) sent_sweep(s);
    if (s->sent_count == s->sent_capacity) {
        s->sent_capacity = s->sent_capacity ? 2 * s->sent_capacity : 64;
        s->sent = reallocate(s->sent, s->sent_capacity * sizeof(*s->sent));
    }
    struct message *kept = s->t->ops->message_retain(s->t, &m->m);
    s->sent[s->sent_count++] = (struct sent){timestamp, c->dests, kept};
    if (s->leading)
        values_send(s, &c->dests, &m->m);
    else
        s->t->ops->message_release(s->t, &m->m);
}

/* ---- execution ----------------------------------------------------------------------------- */

static const struct message_values *inbox_of(const struct inbox *inbox, uint32_t group)
{
    for (uint32_t i = 0; inbox && i < inbox->count; i++)
        if (inbox->messages[i]->group == group) return inbox->messages[i];
    return NULL;
}

static struct variable_state remote_state(const struct inbox *inbox, const struct access *a)
{
    const struct message_values *m = inbox_of(inbox, a->group);
    uint32_t low = 0, high = m ? m->count : 0;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (m->values[middle].variable < a->variable)
            low = middle + 1;
        else
            high = middle;
    }
    if (m && low < m->count && m->values[low].variable == a->variable) return m->values[low].state;
    return (struct variable_state){VERSION_UNSEEN, 0};
}

static void write_back(struct ssmr *s, const struct command *c)
{
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        if (!owns(s, a) || !(a->mode & ~ACCESS_READ)) continue;
        bool lost = ++s->writes % PLANT_AT == 0 && s->setup.group == 0 &&
                    s->setup.plant == PLANT_LOST_WRITE;
        if (lost) continue;
        store_put(&s->store, a->variable, s->states[i]);
        s->state_hash = hash_add(hash_add(s->state_hash, a->variable), s->states[i].value);
    }
}

/* Kept by every replica, for whoever leads when the client asks again; sent by the leader of the
 * first destination: one reply is enough. */
static void answer(struct ssmr *s, const struct command *c, uint64_t digest)
{
    uint32_t size = (uint32_t)(sizeof(struct message_reply) + c->access_count * sizeof(uint64_t));
    struct message_reply *m =
        (struct message_reply *)transport_message_new(s->t, size, MESSAGE_REPLY);
    m->m.opaque_bytes = c->reply_bytes;
    m->id = c->id;
    m->digest = digest;
    m->group = s->setup.group;
    m->status = REPLY_OK;
    m->seen_count = c->access_count;
    m->reserved = 0;
    memcpy(m->seen, s->seen, c->access_count * sizeof(uint64_t));
    if (s->leading && group_set_next(&c->dests, 0) == s->setup.group) {
        struct message *sending = s->t->ops->message_retain(s->t, &m->m);
        transport_send_one(s->t, topology_client(s->setup.topology, c->id.client), sending);
    }
    sessions_executed(s->setup.sessions, c->id, &m->m);
}

static void execute(struct ssmr *s, const struct command *c, uint64_t timestamp,
                    const struct inbox *inbox)
{
    for (uint32_t i = 0; i < c->access_count; i++) {
        const struct access *a = &c->accesses[i];
        s->states[i] = owns(s, a) ? store_get(&s->store, a->variable) : remote_state(inbox, a);
        s->seen[i] = s->states[i].version;
    }
    s->t->ops->charge(s->t, c->cost_ns);
    uint64_t digest = s->setup.application->execute(c, s->states);
    write_back(s, c);
    s->executed++;
    s->executed_timestamp = timestamp;
    s->setup.multicast->ops->set_executed(s->setup.multicast, timestamp);
    struct observer *o = s->setup.observer;
    if (o)
        o->ops->executed(o, s->t->self, s->setup.group, transport_now(s->t), c, digest, s->seen,
                         s->state_hash);
    answer(s, c, digest);
    s->executed_ns = transport_now(s->t);
}

static void start(struct ssmr *s, const struct command *c, uint64_t timestamp)
{
    struct observer *o = s->setup.observer;
    if (o) o->ops->started(o, s->t->self, s->setup.group, transport_now(s->t), c);
    if (!group_set_single(&c->dests)) push_values(s, c, timestamp);
}

static bool complete(const struct ssmr *s, const struct command *c, const struct inbox *inbox)
{
    struct group_set others = awaited(s, c);
    group_set_each (g, &others)
        if (!inbox || !group_set_has(&inbox->have, g)) return false;
    return true;
}

static void inbox_free(struct ssmr *s, struct inbox *inbox)
{
    for (uint32_t i = 0; i < inbox->count; i++)
        s->t->ops->message_release(s->t, &inbox->messages[i]->m);
    inbox->count = 0;
    inbox->node.next = (struct idmap_node *)s->spare;
    s->spare = inbox;
}

/* Execute a started command if nothing is missing. */
static bool try_execute(struct ssmr *s, const struct command *c, uint64_t timestamp)
{
    if (group_set_single(&c->dests)) {
        execute(s, c, timestamp, NULL);
        return true;
    }
    struct inbox *inbox = (struct inbox *)idmap_find(&s->inboxes, c->id);
    if (!complete(s, c, inbox)) return false;
    execute(s, c, timestamp, inbox);
    if (inbox) {
        idmap_remove(&s->inboxes, &inbox->node);
        inbox_free(s, inbox);
    }
    return true;
}

static void enqueue(struct ssmr *s, const struct command *c, uint64_t timestamp)
{
    struct queued *q = allocate(sizeof(*q) + c->bytes - sizeof(q->command));
    q->next = NULL;
    q->timestamp = timestamp;
    memcpy(&q->command, c, c->bytes);
    if (s->tail)
        s->tail->next = q;
    else
        s->head = q;
    s->tail = q;
}

/* The designated sender may have crashed, or its message be lost: ask everybody there. */
static void ask_for_values(struct ssmr *s)
{
    const struct queued *q = s->head;
    struct group_set missing = awaited(s, &q->command);
    const struct inbox *inbox = (struct inbox *)idmap_find(&s->inboxes, q->command.id);
    for (int i = 0; inbox && i < GROUP_SET_WORDS; i++) missing.word[i] &= ~inbox->have.word[i];
    struct message_need *m =
        (struct message_need *)transport_message_new(s->t, sizeof(*m), MESSAGE_NEED);
    m->timestamp = q->timestamp;
    values_send(s, &missing, &m->m);
    s->asked_count++;
    s->behind = s->tail->timestamp;
}

/* The head waits. A replica that had to ask, and is not yet through with what was delivered by
 * then, missed more than one message (it was cut off, say): it asks at once instead of with
 * patience. */
static void wait_for_values(struct ssmr *s)
{
    s->waiting = true;
    s->waiting_since_ns = transport_now(s->t);
    s->asked_count = 0;
    if (s->head->timestamp <= s->behind) ask_for_values(s);
    if (s->missing_set) return;
    s->missing_set = true;
    s->t->ops->timer_set(s->t, TIMER_MISSING, s->setup.timing->retry_ns);
}

/* One command a handler: between two, messages that have come are handled, so that ordering does
 * not stand still while a long batch executes (the prototypes have threads for the two). */
static void run_next_soon(struct ssmr *s)
{
    if (s->next_set || s->waiting || !s->head) return;
    s->next_set = true;
    s->t->ops->timer_set(s->t, TIMER_NEXT, 1);
}

/* The head is started, or has what it waited for. */
static void run_head(struct ssmr *s)
{
    struct queued *q = s->head;
    if (!s->waiting) start(s, &q->command, q->timestamp);
    if (!try_execute(s, &q->command, q->timestamp)) {
        if (!s->waiting) wait_for_values(s);
        return;
    }
    s->waiting = false;
    s->head = q->next;
    if (!s->head) s->tail = NULL;
    free(q);
    run_next_soon(s);
}

/* The planted bug: a signal without values leaves while earlier commands still wait. */
static void signal_early(struct ssmr *s, const struct command *c, uint64_t timestamp)
{
    struct message_values *m = values_new(s, c, timestamp);
    if (s->leading && m->count == 0 && !group_set_single(&c->dests))
        values_send(s, &c->dests, &m->m);
    else
        s->t->ops->message_release(s->t, &m->m);
}

/* ---- events -------------------------------------------------------------------------------- */

static void ssmr_deliver(struct executor *e, const struct command *c, uint64_t timestamp)
{
    struct ssmr *s = (struct ssmr *)e;
    bool in_this_handler = s->executed && transport_now(s->t) == s->executed_ns;
    if (s->head || in_this_handler) {
        if (s->setup.plant == PLANT_SIGNALS_AT_ENQUEUE) signal_early(s, c, timestamp);
        enqueue(s, c, timestamp);
        run_next_soon(s);
        return;
    }
    start(s, c, timestamp);
    if (try_execute(s, c, timestamp)) return;
    enqueue(s, c, timestamp);
    wait_for_values(s);
}

static void on_values(struct ssmr *s, struct message_values *m)
{
    if (topology_group(s->setup.topology, m->m.from) != m->group) return;
    if (m->executed > s->executed_by[m->group]) s->executed_by[m->group] = m->executed;
    if (m->timestamp <= s->executed_timestamp) return; /* comes again */
    struct inbox *inbox = (struct inbox *)idmap_find(&s->inboxes, m->id);
    if (!inbox) {
        inbox = s->spare;
        if (inbox)
            s->spare = (struct inbox *)inbox->node.next;
        else
            inbox = allocate_zeroed(1, sizeof(*inbox));
        inbox->node.id = m->id;
        inbox->have = (struct group_set){{0}};
        idmap_add(&s->inboxes, &inbox->node);
    }
    if (group_set_has(&inbox->have, m->group)) return;
    group_set_add(&inbox->have, m->group);
    if (inbox->count == inbox->capacity) {
        inbox->capacity = inbox->capacity ? 2 * inbox->capacity : 2;
        inbox->messages = reallocate(inbox->messages, inbox->capacity * sizeof(*inbox->messages));
    }
    struct message *kept = s->t->ops->message_retain(s->t, &m->m);
    inbox->messages[inbox->count++] = (struct message_values *)kept;
    if (s->waiting && command_id_equal(s->head->command.id, m->id)) run_head(s);
}

/* The asker misses the values of one command, and likely of some that follow. */
static void on_need(struct ssmr *s, const struct message_need *m)
{
    uint32_t group = topology_group(s->setup.topology, m->m.from);
    uint32_t at = 0, high = s->sent_count;
    while (at < high) {
        uint32_t middle = (at + high) / 2;
        if (s->sent[middle].timestamp < m->timestamp)
            at = middle + 1;
        else
            high = middle;
    }
    for (uint32_t answers = 0; at < s->sent_count && answers < SSMR_ANSWERS_MAX; at++) {
        if (group >= GROUPS_MAX || !group_set_has(&s->sent[at].dests, group)) continue;
        struct message *sending = s->t->ops->message_retain(s->t, s->sent[at].message);
        transport_send_one(s->t, m->m.from, sending);
        answers++;
    }
}

static bool ssmr_on_message(struct executor *e, struct message *m)
{
    if (m->kind == MESSAGE_VALUES)
        on_values((struct ssmr *)e, (struct message_values *)m);
    else if (m->kind == MESSAGE_NEED)
        on_need((struct ssmr *)e, (const struct message_need *)m);
    else
        return false;
    return true;
}

static bool ssmr_on_timer(struct executor *e, uint32_t timer)
{
    struct ssmr *s = (struct ssmr *)e;
    if (timer == TIMER_NEXT) {
        s->next_set = false;
        run_head(s);
        return true;
    }
    if (timer != TIMER_MISSING) return false;
    s->missing_set = false;
    if (!s->waiting) return true;
    uint64_t waited_ns = transport_now(s->t) - s->waiting_since_ns;
    uint64_t patience_ns = s->setup.timing->retry_ns << (s->asked_count < 6 ? s->asked_count : 6);
    if (waited_ns >= patience_ns) ask_for_values(s);
    s->missing_set = true;
    s->t->ops->timer_set(s->t, TIMER_MISSING, s->setup.timing->retry_ns);
    return true;
}

static void ssmr_asked_again(struct executor *e, struct command_id id)
{
    struct ssmr *s = (struct ssmr *)e;
    struct message *reply = sessions_reply(s->setup.sessions, id);
    if (!reply) return; /* not executed yet, or answered for good */
    struct message *sending = s->t->ops->message_retain(s->t, reply);
    transport_send_one(s->t, topology_client(s->setup.topology, id.client), sending);
}

/* A new designated sender: what the old one sent last may be lost. No leader elsewhere waits for
 * more: this partition has not ended a command before the others have started it. Laggards ask. */
static void ssmr_leading(struct executor *e, bool leading)
{
    struct ssmr *s = (struct ssmr *)e;
    s->leading = leading;
    if (!leading) return;
    uint32_t first = s->sent_count > SSMR_TAKEOVER ? s->sent_count - SSMR_TAKEOVER : 0;
    for (uint32_t i = first; i < s->sent_count; i++) {
        struct message *sending = s->t->ops->message_retain(s->t, s->sent[i].message);
        values_send(s, &s->sent[i].dests, sending);
    }
}

static uint64_t ssmr_executed(const struct executor *e, uint64_t *state_hash)
{
    const struct ssmr *s = (const struct ssmr *)e;
    *state_hash = s->state_hash;
    return s->executed;
}

static struct executor *ssmr_create(const struct executor_setup *setup)
{
    struct ssmr *s = allocate_zeroed(1, sizeof(*s));
    s->base.ops = &ssmr_executor;
    s->setup = *setup;
    s->t = setup->transport;
    s->sweep_at = 64;
    s->states = allocate(COMMAND_ACCESSES_MAX * sizeof(*s->states));
    s->seen = allocate(COMMAND_ACCESSES_MAX * sizeof(*s->seen));
    store_init(&s->store);
    idmap_init(&s->inboxes);
    return &s->base;
}

static bool inbox_drop(void *context, struct idmap_node *node)
{
    inbox_free(context, (struct inbox *)node);
    return false;
}

static void ssmr_destroy(struct executor *e)
{
    if (!e) return;
    struct ssmr *s = (struct ssmr *)e;
    idmap_filter(&s->inboxes, inbox_drop, s);
    idmap_finish(&s->inboxes);
    for (struct inbox *inbox = s->spare, *next; inbox; inbox = next) {
        next = (struct inbox *)inbox->node.next;
        free(inbox->messages);
        free(inbox);
    }
    for (struct queued *q = s->head, *next; q; q = next) {
        next = q->next;
        free(q);
    }
    for (uint32_t i = 0; i < s->sent_count; i++)
        s->t->ops->message_release(s->t, s->sent[i].message);
    free(s->sent);
    store_finish(&s->store);
    free(s->states);
    free(s->seen);
    free(s);
}

const struct executor_ops ssmr_executor = {
    .create = ssmr_create,
    .destroy = ssmr_destroy,
    .deliver = ssmr_deliver,
    .asked_again = ssmr_asked_again,
    .leading = ssmr_leading,
    .on_message = ssmr_on_message,
    .on_timer = ssmr_on_timer,
    .executed = ssmr_executed,
};

bool ssmr_message_valid(const struct message *m)
{
    if (m->kind == MESSAGE_NEED) return m->bytes == sizeof(struct message_need);
    const struct message_values *v = (const struct message_values *)m;
    return m->bytes >= sizeof(*v) && v->group < GROUPS_MAX && v->count <= COMMAND_ACCESSES_MAX &&
           m->bytes == sizeof(*v) + v->count * sizeof(v->values[0]);
}
