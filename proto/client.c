/* client.c - the client node (client.h). */
#include "proto/client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/memory.h"
#include "proto/patience.h"
#include "proto/plant.h"
#include "proto/proxy.h"

struct client {
    struct client_setup setup;
    struct transport *t;
    struct links links;
    struct route route;
    uint64_t seq;             /* of the last command issued */
    struct outstanding *list; /* in order of seq */
    uint32_t count;
    uint32_t capacity;
    struct places places; /* what is known of variables' places */
    struct command *next; /* open loop: due at next_ns */
    uint64_t next_ns;
    bool exhausted;          /* the source has no more */
    bool retry_set;          /* TIMER_RETRY is */
    struct patience latency; /* of commands that were not sent again */
};

static struct command *command_copy(const struct command *c)
{
    struct command *copy = allocate(c->bytes);
    memcpy(copy, c, c->bytes);
    return copy;
}

/* ---- multicasts ---------------------------------------------------------------------------- */

/* A loaded system is not taken for a lossy one: some of a command's multicasts wait for others. */
static uint64_t retry_after_ns(const struct client *c, uint32_t sends)
{
    uint64_t mean_ns = c->latency.mean_ns;
    uint64_t most_ns = mean_ns ? UINT64_MAX >> PATIENCE_DOUBLINGS_MAX : c->setup.timing->retry_ns;
    return patience_ns(&c->latency, 4 * mean_ns + c->setup.timing->heartbeat_ns, most_ns,
                       sends - 1);
}

/* One timer for all, and set only when none is: it fires at times too early and looks again, which
 * is cheaper than moving it at every reply. */
static void set_retry_timer(struct client *c)
{
    if (c->retry_set) return;
    uint64_t earliest = UINT64_MAX;
    for (uint32_t i = 0; i < c->count; i++)
        for (uint32_t j = 0; j < c->list[i].flight_count; j++)
            if (c->list[i].flights[j].retry_ns < earliest)
                earliest = c->list[i].flights[j].retry_ns;
    if (earliest == UINT64_MAX) return;
    uint64_t now = transport_now(c->t);
    c->retry_set = true;
    c->t->ops->timer_set(c->t, TIMER_RETRY, earliest > now ? earliest - now : 1);
}

/* To these of its destinations. What the oracle multicasts the client only sends again; it may be
 * the first to do so, if the oracle's leader has crashed. */
static void send_to(struct client *c, struct flight *f, const struct group_set *dests,
                    uint32_t attempt)
{
    if (!f->reported)
        observe_multicast(c->setup.observer, c->t->self, transport_now(c->t), f->command);
    f->reported = true;
    c->setup.multicast->send(c->t, &c->route, f->command, dests, attempt);
}

static void send(struct client *c, struct flight *f)
{
    f->sends++;
    f->retry_ns = transport_now(c->t) + retry_after_ns(c, f->sends);
    send_to(c, f, &f->command->dests, f->sends);
}

static struct flight *flight_add(struct outstanding *o, struct command *command)
{
    if (o->flight_count == o->flight_capacity) {
        o->flight_capacity = o->flight_capacity ? 2 * o->flight_capacity : 1;
        o->flights = reallocate(o->flights, o->flight_capacity * sizeof(*o->flights));
    }
    o->flights[o->flight_count] = (struct flight){.command = command};
    return &o->flights[o->flight_count++];
}

static void flight_end(struct outstanding *o, struct flight *f)
{
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
    draft->answered = c->list[0].command->id.seq;
    send(c, flight_add(o, draft));
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
        if (group != UINT32_MAX) a->group = (uint16_t)group;
    }
    return true;
}

/* ---- issuing ------------------------------------------------------------------------------- */

/* Takes the command over. A command of an open loop that is late counts from its intended start. */
static void issue(struct client *c, struct command *command, uint64_t intended_ns)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 4;
        c->list = reallocate(c->list, c->capacity * sizeof(*c->list));
    }
    command->id = (struct command_id){c->setup.client, 0, ++c->seq};
    struct outstanding *o = &c->list[c->count++];
    *o = (struct outstanding){
        .command = command, .issued_ns = intended_ns, .asked_round = UINT32_MAX};
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
    if (*due_ns)
        c->t->ops->timer_set(c->t, TIMER_ISSUE, *due_ns - transport_now(c->t));
    else
        c->exhausted = true;
    return NULL;
}

static void issue_closed(struct client *c)
{
    uint64_t due_ns;
    while (c->count < c->setup.outstanding) {
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
}

static struct outstanding *find(struct client *c, struct command_id id)
{
    for (uint32_t i = 0; id.client == c->setup.client && i < c->count; i++)
        if (c->list[i].command->id.seq == id.seq) return &c->list[i];
    return NULL; /* answered before */
}

static void answered(struct client *c, struct outstanding *o, const struct reply_view *view)
{
    struct outstanding done = *o;
    uint32_t at = (uint32_t)(o - c->list);
    memmove(&c->list[at], &c->list[at + 1], (--c->count - at) * sizeof(*c->list));
    uint64_t now = transport_now(c->t);
    uint64_t latency_ns = now - done.issued_ns;
    if (!done.resent) patience_sample(&c->latency, latency_ns);
    struct observer *observer = c->setup.observer;
    if (observer)
        observer->ops->answered(observer, c->t->self, now, done.command, view, done.attempts);
    outstanding_free(&done);
    issue_more(c);
}

/* `dispatched`: in the round that the oracle multicast. */
static void on_executed(struct client *c, struct outstanding *o, const struct message_reply *m,
                        bool dispatched)
{
    if (m->status == REPLY_OK && m->seen_count != o->command->access_count) return;
    if (m->status != REPLY_RETRY || (dispatched && c->setup.plant == PLANT_FINAL_RETRY)) {
        struct reply_view view = {(enum reply_status)m->status, m->digest, m->seen};
        answered(c, o, &view);
        return;
    }
    while (o->flight_count > 0) flight_end(o, &o->flights[0]);
    o->asked_round = UINT32_MAX;
    c->setup.proxy->refused(c, o);
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
    if (!f) o->attempts++;    /* it comes before the oracle's answer, which would have told of it */
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

static void on_prophecy(struct client *c, const struct message_prophecy *m)
{
    struct outstanding *o = find(c, m->id);
    struct flight *f = o ? flight_find(o, m->id.round) : NULL;
    if (!f || m->command->access_count != o->command->access_count) return;
    flight_end(o, f);
    if (m->status != REPLY_OK) {
        struct reply_view view = {REPLY_NOK, 0, NULL};
        places_expire(&c->places, m->plan_version);
        answered(c, o, &view);
        return;
    }
    if (c->setup.options->location_cache != CACHE_OFF) learn(c, m);
    if (m->command->purpose ==
        PURPOSE_EXECUTE) { /* on its way: only to be sent again if it is lost */
        f = flight_add(o, command_copy(m->command));
        f->sends = 1;
        f->retry_ns = transport_now(c->t) + retry_after_ns(c, f->sends);
        o->attempts++;
    }
    if (c->setup.proxy->told) c->setup.proxy->told(c, o, m->command);
    set_retry_timer(c);
}

/* What the former leader was sent may be lost, and its answers, too. */
static void on_leader(struct client *c, const struct message_leader *m)
{
    struct group_set group = {{0}};
    if (m->group >= c->setup.topology->groups) return;
    if (!route_learn(&c->route, m->group, m->node, m->ballot)) return;
    group_set_add(&group, m->group);
    for (uint32_t i = 0; i < c->count; i++)
        for (uint32_t j = 0; j < c->list[i].flight_count; j++) {
            struct flight *f = &c->list[i].flights[j];
            if (!group_set_has(&f->command->dests, m->group)) continue;
            c->list[i].resent = true;
            send_to(c, f, &group, 1);
        }
}

static void on_retry_timer(struct client *c)
{
    uint64_t now = transport_now(c->t);
    c->retry_set = false;
    for (uint32_t i = 0; i < c->count; i++)
        for (uint32_t j = 0; j < c->list[i].flight_count; j++) {
            if (c->list[i].flights[j].retry_ns > now) continue;
            c->list[i].resent = true;
            send(c, &c->list[i].flights[j]);
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

const struct node_ops client_node_ops = {client_init, client_on_message, client_on_timer,
                                         client_on_completion, client_on_peer};

struct client *client_create(const struct client_setup *setup)
{
    struct client *c = allocate_zeroed(1, sizeof(*c));
    c->setup = *setup;
    places_init(&c->places);
    links_init(&c->links, setup->topology);
    route_init(&c->route, setup->topology, &c->links);
    return c;
}

void client_destroy(struct client *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->count; i++) outstanding_free(&c->list[i]);
    free(c->list);
    places_finish(&c->places);
    links_finish(&c->links);
    free(c->next);
    free(c);
}

bool client_done(const struct client *c)
{
    return c->exhausted && c->count == 0 && !c->next;
}

uint32_t client_unanswered(const struct client *c)
{
    return c->count;
}

bool client_message_valid(const struct message *m)
{
    if (m->kind == MESSAGE_PROPHECY) {
        const struct message_prophecy *p = (const struct message_prophecy *)m;
        return m->bytes > sizeof(*p) && p->status <= REPLY_NOK &&
               command_valid(p->command, m->bytes - sizeof(*p));
    }
    const struct message_reply *r = (const struct message_reply *)m;
    return m->bytes >= sizeof(*r) && r->group < GROUPS_MAX && r->status <= REPLY_NOK &&
           r->seen_count <= COMMAND_ACCESSES_MAX &&
           m->bytes == sizeof(*r) + r->seen_count * sizeof(r->seen[0]);
}
