/* client.c - the client node (client.h). */
#include "proto/client/client.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/client/backlog.h"
#include "proto/client/proxy.h"
#include "proto/patience.h"

const struct plant plant_final_retry = {"final-retry",
                                        "a client gives up when what the oracle sent was refused"};

struct client {
    struct client_setup setup;
    struct transport *t;
    struct links links;
    struct route route;
    uint64_t seq; /* of the last command issued */
    struct backlog backlog;
    struct places places; /* the location cache */
    struct command *next; /* open loop: due at next_ns */
    uint64_t next_ns;
    bool exhausted; /* the source has no more */
    bool retry_set; /* TIMER_RETRY is */
    struct patience latency;
};

/* ---- multicasts ---------------------------------------------------------------------------- */

/* A loaded system is not taken for a lossy one: some of a command's multicasts wait for others.
 * Doubling makes a wait as long as those before it together. It is no longer than that and one
 * time-out: the first latencies measured may be much longer than the time-outs before. */
static uint64_t retry_after_ns(const struct client *c, const struct outstanding *o, uint32_t sends)
{
    ASSERT(sends >= 1);
    uint64_t mean_ns = c->latency.mean_ns, least_ns = 4 * mean_ns + c->setup.timing->heartbeat_ns;
    uint64_t most_ns = mean_ns ? UINT64_MAX >> PATIENCE_DOUBLINGS_MAX : c->setup.timing->retry_ns;
    uint64_t ns = patience_ns(&c->latency, least_ns, most_ns, sends - 1);
    if (mean_ns == 0) return ns;
    uint64_t waited_ns = transport_now(c->t) - o->issued_ns;
    uint64_t bound_ns = waited_ns + patience_ns(&c->latency, least_ns, most_ns, 0);
    return ns < bound_ns ? ns : bound_ns;
}

/* One timer for all, set only when none is: where it fires too early it is set again, which is
 * cheaper than moving it at every reply. */
static void set_retry_timer(struct client *c)
{
    if (c->retry_set) return;
    uint64_t earliest;
    if (!backlog_first(&c->backlog, &earliest)) return;
    uint64_t now = transport_now(c->t);
    c->retry_set = true;
    c->t->ops->timer_set(c->t, TIMER_RETRY, earliest > now ? earliest - now : 1);
}

/* To these of its destinations. The oracle's multicasts are only retransmitted by the client, which
 * may be the first to send one if the oracle's leader has crashed. */
static void send_to(struct client *c, struct flight *f, const struct group_set *dests,
                    uint32_t attempt)
{
    ASSERT(attempt >= 1);
    if (!f->reported)
        observe_multicast(c->setup.observer, c->t->self, transport_now(c->t), f->command);
    f->reported = true;
    multicast_send(c->t, &c->route, f->command, dests, attempt);
}

static void await_answer(struct client *c, struct outstanding *o, struct flight *f)
{
    ASSERT(f->sends >= 1);
    ASSERT(o->node.seq <= c->seq);
    o->sent_ns = transport_now(c->t);
    f->retry_ns = o->sent_ns + retry_after_ns(c, o, f->sends);
    backlog_expect(&c->backlog, o, f->retry_ns);
}

static void send(struct client *c, struct outstanding *o, struct flight *f)
{
    f->sends++;
    await_answer(c, o, f);
    send_to(c, f, &f->command->dests, f->sends);
}

static struct flight *flight_add(struct outstanding *o, struct command *command)
{
    if (o->flight_count == o->flight_capacity) {
        o->flight_capacity = o->flight_capacity ? 2 * o->flight_capacity : 1;
        o->flights = reallocate(o->flights, o->flight_capacity * sizeof(*o->flights));
    }
    ASSERT(o->flight_count < o->flight_capacity);
    ASSERT(command->id.round < o->rounds);
    o->flights[o->flight_count] = (struct flight){.command = command};
    return &o->flights[o->flight_count++];
}

static void flight_end(struct outstanding *o, struct flight *f)
{
    ASSERT(o->flight_count > 0);
    ASSERT(f - o->flights < o->flight_count);
    free(f->command);
    *f = o->flights[--o->flight_count];
}

static struct flight *flight_find(struct outstanding *o, uint32_t round)
{
    for (uint32_t i = 0; i < o->flight_count; i++)
        if (o->flights[i].command->id.round == round) return &o->flights[i];
    return NULL;
}

/* ---- for proxies --------------------------------------------------------------------------- */

const struct client_setup *client_setup_of(const struct client *c)
{
    return &c->setup;
}

struct places *client_places(struct client *c)
{
    return &c->places;
}

struct command *client_draft(const struct outstanding *o, enum purpose purpose)
{
    struct command *draft = command_copy(o->command);
    draft->purpose = (uint8_t)purpose;
    return draft;
}

void client_discard(struct command *draft)
{
    free(draft);
}

void client_multicast(struct client *c, struct outstanding *o, struct command *draft)
{
    draft->id = (struct command_id){c->setup.client, o->rounds++, o->command->id.seq};
    draft->answered = c->backlog.oldest;
    ASSERT(draft->answered <= draft->id.seq);
    ASSERT(draft->id.seq <= c->seq);
    send(c, o, flight_add(o, draft));
}

void client_question(struct client *c, struct outstanding *o, enum purpose purpose)
{
    struct command *draft = client_draft(o, purpose);
    draft->dests = (struct group_set){{0}};
    group_set_add(&draft->dests, topology_oracle(c->setup.topology));
    draft->target = (uint16_t)topology_oracle(c->setup.topology);
    if (purpose == PURPOSE_ASK) o->asked_round = o->rounds;
    client_multicast(c, o, draft);
    if (purpose == PURPOSE_ASK) o->rounds++; /* the oracle's own multicast */
    ASSERT(purpose != PURPOSE_ASK || o->rounds == o->asked_round + 2);
}

bool client_locate(const struct client *c, struct command *draft)
{
    enum location_cache cache = c->setup.options->location_cache;
    if (cache == CACHE_OFF || command_creates_or_deletes(draft)) return false;
    for (uint32_t i = 0; i < draft->access_count; i++) {
        struct access *a = &draft->accesses[i];
        uint32_t group = places_get(&c->places, a->variable);
        bool unmoved = cache == CACHE_WARM && c->places.plan_version == 0;
        if (group == UINT32_MAX && !unmoved) return false;
        ASSERT(group == UINT32_MAX || group < topology_partitions(c->setup.topology));
        if (group != UINT32_MAX) a->group = (uint16_t)group;
    }
    return true;
}

/* ---- issuing ------------------------------------------------------------------------------- */

/* Takes the command over. A command of an open loop that is late counts from its intended start. */
static void issue(struct client *c, struct command *command, uint64_t intended_ns)
{
    command->id = (struct command_id){c->setup.client, 0, ++c->seq};
    struct outstanding *o = allocate(sizeof(*o));
    *o = (struct outstanding){.node.seq = c->seq,
                              .command = command,
                              .issued_ns = intended_ns,
                              .asked_round = UINT32_MAX};
    backlog_add(&c->backlog, o);
    ASSERT(!c->setup.outstanding || c->backlog.count <= c->setup.outstanding);
    ASSERT(c->backlog.oldest <= c->seq);
    struct observer *observer = c->setup.observer;
    if (observer) observer->ops->issued(observer, c->t->self, intended_ns, command);
    c->setup.proxy->begin(c, o);
}

static struct command *take_next(struct client *c, uint64_t *due_ns)
{
    if (c->exhausted) return NULL;
    *due_ns = 0;
    const struct command *command =
        c->setup.source->ops->next(c->setup.source, c->setup.client, transport_now(c->t), due_ns);
    if (command) return command_copy(command);
    ASSERT(*due_ns == 0 || *due_ns > transport_now(c->t));
    if (*due_ns)
        c->t->ops->timer_set(c->t, TIMER_ISSUE, *due_ns - transport_now(c->t));
    else
        c->exhausted = true;
    return NULL;
}

static void issue_closed(struct client *c)
{
    uint64_t due_ns;
    while (c->backlog.count < c->setup.outstanding) {
        struct command *command = take_next(c, &due_ns);
        if (!command) break;
        issue(c, command, transport_now(c->t));
    }
}

/* Issue all that is due, keep the next one and a timer for it. */
static void issue_open(struct client *c)
{
    for (;;) {
        if (!c->next) c->next = take_next(c, &c->next_ns);
        if (!c->next) return;
        uint64_t now = transport_now(c->t);
        if (c->next_ns > now) {
            c->t->ops->timer_set(c->t, TIMER_ISSUE, c->next_ns - now);
            return;
        }
        struct command *command = c->next;
        c->next = NULL;
        issue(c, command, c->next_ns);
    }
}

static void issue_more(struct client *c)
{
    if (c->setup.outstanding)
        issue_closed(c);
    else
        issue_open(c);
    set_retry_timer(c);
}

/* ---- answers ------------------------------------------------------------------------------- */

static void outstanding_free(struct outstanding *o)
{
    for (uint32_t i = 0; i < o->flight_count; i++) free(o->flights[i].command);
    free(o->flights);
    free(o->command);
    free(o);
}

static struct outstanding *find(struct client *c, struct command_id id)
{
    return id.client == c->setup.client ? backlog_find(&c->backlog, id.seq) : NULL;
}

/* The latency of a command that was sent again contains a time-out. If it is the first one measured
 * there is no mean to bound it by, so only what passed since the last transmission counts. */
static void sample_latency(struct client *c, const struct outstanding *o, uint64_t now)
{
    ASSERT(now >= o->sent_ns);
    if (!o->resent)
        patience_sample(&c->latency, now - o->issued_ns);
    else if (c->latency.mean_ns == 0)
        patience_sample(&c->latency, now - o->sent_ns);
    else
        patience_sample_asked(&c->latency, now - o->issued_ns);
}

static void answered(struct client *c, struct outstanding *o, const struct reply_view *view)
{
    ASSERT(o->node.seq >= c->backlog.oldest);
    ASSERT(o->node.seq <= c->seq);
    backlog_remove(&c->backlog, o);
    uint64_t now = transport_now(c->t);
    ASSERT(now >= o->issued_ns);
    sample_latency(c, o, now);
    struct observer *observer = c->setup.observer;
    if (observer) observer->ops->answered(observer, c->t->self, now, o->command, view, o->attempts);
    outstanding_free(o);
    issue_more(c);
}

/* `dispatched`: in the round that the oracle multicast. */
static void on_executed(struct client *c, struct outstanding *o, const struct message_reply *m,
                        bool dispatched)
{
    if (m->status == REPLY_OK && m->seen_count != o->command->access_count) {
        transport_refuse(c->t, &m->m);
        return;
    }
    ASSERT(m->status != REPLY_RETRY || c->setup.proxy->refused); /* reply_message_valid() */
    if (m->status != REPLY_RETRY || (dispatched && c->setup.plant == &plant_final_retry)) {
        struct reply_view view = {(enum reply_status)m->status, m->digest, m->seen};
        answered(c, o, &view);
        return;
    }
    transport_mark(c->t, MARK_ATTEMPT_REFUSED);
    while (o->flight_count > 0) flight_end(o, &o->flights[0]);
    o->asked_round = UINT32_MAX;
    c->setup.proxy->refused(c, o);
    ASSERT(o->flight_count > 0); /* it is tried again */
    set_retry_timer(c);
}

static void on_reply(struct client *c, const struct message_reply *m)
{
    places_expire(&c->places, m->plan_version);
    struct outstanding *o = find(c, m->id);
    if (!o) return;
    struct flight *f = flight_find(o, m->id.round);
    bool asked = o->asked_round != UINT32_MAX && m->id.round == o->asked_round + 1;
    if (!f && !asked) return; /* a former attempt's */
    if (f && f->command->purpose != PURPOSE_EXECUTE) {
        transport_refuse(c->t, &m->m);
        return;
    }
    ASSERT(!f || m->id.round < o->rounds);
    if (!f) {
        transport_mark(c->t, MARK_REPLY_FIRST);
        o->attempts++;
    }
    on_executed(c, o, m, asked);
}

static void learn(struct client *c, const struct message_prophecy *m)
{
    places_expire(&c->places, m->plan_version);
    if (m->plan_version < c->places.plan_version) return;
    for (uint32_t i = 0; i < m->command->access_count; i++) {
        const struct access *a = &m->command->accesses[i];
        if (!(a->mode & ACCESS_DELETE)) places_put(&c->places, a->variable, a->group);
    }
}

/* Can the oracle have said so to that question? It is about the same variables; a yes names
 * partitions, and to an ASK it is what is multicast. */
static bool believable(const struct client *c, const struct outstanding *o, const struct flight *f,
                       const struct message_prophecy *m)
{
    const struct command *told = m->command;
    uint8_t purpose = f->command->purpose;
    bool yes = m->status == REPLY_OK;
    if (purpose != PURPOSE_CONSULT && purpose != PURPOSE_ASK) return false;
    if (told->purpose != (yes && purpose == PURPOSE_ASK ? PURPOSE_EXECUTE : purpose)) return false;
    if (told->access_count != o->command->access_count) return false;
    for (uint32_t i = 0; i < told->access_count; i++) {
        const struct access *a = &told->accesses[i], *own = &o->command->accesses[i];
        if (a->variable != own->variable || a->mode != own->mode) return false;
        if (yes && a->group >= topology_partitions(c->setup.topology)) return false;
    }
    return true;
}

static void on_prophecy(struct client *c, const struct message_prophecy *m)
{
    struct outstanding *o = find(c, m->id);
    struct flight *f = o ? flight_find(o, m->id.round) : NULL;
    if (!f) return;
    if (!believable(c, o, f, m)) {
        transport_refuse(c->t, &m->m);
        return;
    }
    flight_end(o, f);
    if (m->status != REPLY_OK) {
        struct reply_view view = {REPLY_NOK, 0, NULL};
        places_expire(&c->places, m->plan_version);
        answered(c, o, &view);
        return;
    }
    if (c->setup.options->location_cache != CACHE_OFF) learn(c, m);
    if (m->command->purpose == PURPOSE_EXECUTE) { /* on its way: retransmitted only if it is lost */
        f = flight_add(o, command_copy(m->command));
        f->sends = 1;
        ASSERT(o->asked_round < o->rounds);
        await_answer(c, o, f);
        o->attempts++;
    }
    if (c->setup.proxy->prophecy) c->setup.proxy->prophecy(c, o, m->command);
    set_retry_timer(c);
}

/* Messages to the former leader may be lost, and so may its answers. */
static void on_leader(struct client *c, const struct message_leader *m)
{
    struct group_set group = {{0}};
    if (!route_learn(&c->route, m->group, m->node, m->ballot)) return;
    group_set_add(&group, m->group);
    ASSERT(c->backlog.count == 0 || c->backlog.oldest <= c->seq);
    for (uint64_t seq = c->backlog.oldest; seq <= c->seq; seq++) {
        struct outstanding *o = backlog_find(&c->backlog, seq);
        for (uint32_t i = 0; o && i < o->flight_count; i++) {
            struct flight *f = &o->flights[i];
            if (!group_set_has(&f->command->dests, m->group)) continue;
            o->resent = true;
            o->sent_ns = transport_now(c->t);
            transport_mark(c->t, MARK_LEADER_LEARNT);
            send_to(c, f, &group, 2);
        }
    }
}

/* The leader received only an inquiry. */
static void on_wanted(struct client *c, const struct message_wanted *m)
{
    struct outstanding *o = find(c, m->id);
    struct flight *f = o ? flight_find(o, m->id.round) : NULL;
    struct group_set group = {{0}};
    group_set_add(&group, (uint32_t)m->group);
    if (f && group_set_has(&f->command->dests, (uint32_t)m->group)) send_to(c, f, &group, 1);
}

static void on_retry_timer(struct client *c)
{
    uint64_t now = transport_now(c->t);
    c->retry_set = false;
    uint64_t earliest;
    struct outstanding *o;
    while ((o = backlog_first(&c->backlog, &earliest)) && earliest <= now) {
        o->resent = true;
        transport_mark(c->t, MARK_COMMAND_RESENT);
        for (uint32_t i = 0; i < o->flight_count; i++)
            if (o->flights[i].retry_ns <= now) send(c, o, &o->flights[i]);
    }
    set_retry_timer(c);
}

static void client_init(void *node, struct transport *t)
{
    struct client *c = node;
    c->t = t;
    issue_more(c);
}

static void client_on_message(void *node, struct message *m)
{
    if (m->kind == MESSAGE_REPLY)
        on_reply(node, (const struct message_reply *)m);
    else if (m->kind == MESSAGE_LEADER)
        on_leader(node, (const struct message_leader *)m);
    else if (m->kind == MESSAGE_WANTED)
        on_wanted(node, (const struct message_wanted *)m);
    else if (m->kind == MESSAGE_PROPHECY)
        on_prophecy(node, (const struct message_prophecy *)m);
}

static void client_on_timer(void *node, uint32_t timer)
{
    if (timer == TIMER_RETRY)
        on_retry_timer(node);
    else
        issue_more(node);
}

static void client_on_completion(void *node, uint64_t cookie, enum completion how)
{
    (void)node, (void)cookie, (void)how; /* it uses neither one-sided memory nor work */
}

static void client_on_peer(void *node, uint32_t peer, bool up)
{
    links_report(&((struct client *)node)->links, peer, up);
}

const struct node_ops client_node_ops = {
    client_init, client_on_message, client_on_timer, client_on_completion, client_on_peer, NULL,
    NULL};

struct client *client_create(const struct client_setup *setup)
{
    struct client *c = allocate_zeroed(1, sizeof(*c));
    c->setup = *setup;
    bool together = setup->proxy->lends && setup->options->returns;
    places_init(&c->places, together ? setup->variables : NULL);
    links_init(&c->links, setup->topology);
    route_init(&c->route, setup->topology, &c->links);
    return c;
}

void client_destroy(struct client *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->backlog.count; i++) outstanding_free(c->backlog.heap[i]);
    backlog_finish(&c->backlog);
    places_finish(&c->places);
    links_finish(&c->links);
    free(c->next);
    free(c);
}

bool client_done(const struct client *c)
{
    ASSERT(!c->exhausted || !c->next);
    return c->exhausted && c->backlog.count == 0 && !c->next;
}

uint32_t client_unanswered(const struct client *c)
{
    return c->backlog.count;
}
