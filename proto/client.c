/* client.c - the client node (client.h). */
#include "proto/client.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "proto/memory.h"

enum { DOUBLINGS_MAX = 6 }; /* of the patience before a command is sent again */

struct outstanding {
    struct command *command;
    uint64_t issued_ns; /* the intended start */
    uint64_t retry_ns;  /* when to send it again */
    uint32_t sends;
};

struct client {
    struct client_setup setup;
    struct transport *t;
    uint32_t leaders[GROUPS_MAX];
    uint64_t seq;             /* of the last command issued */
    struct outstanding *list; /* in order of seq */
    uint32_t count;
    uint32_t capacity;
    struct command *next; /* open loop: due at next_ns */
    uint64_t next_ns;
    bool exhausted;      /* the source has no more */
    bool retry_set;      /* TIMER_RETRY is */
    uint64_t latency_ns; /* smoothed: a loaded system is not taken for a lossy one */
};

static struct command *command_copy(const struct command *c)
{
    struct command *copy = allocate(c->bytes);
    memcpy(copy, c, c->bytes);
    return copy;
}

static uint64_t patience_ns(const struct client *c, uint32_t sends)
{
    uint64_t base = c->setup.timing->retry_ns;
    if (4 * c->latency_ns > base) base = 4 * c->latency_ns;
    return base << (sends - 1 < DOUBLINGS_MAX ? sends - 1 : DOUBLINGS_MAX);
}

/* One timer for all, and set only when none is: it fires at times too early and looks again, which
 * is cheaper than moving it at every reply. */
static void set_retry_timer(struct client *c)
{
    if (c->retry_set) return;
    uint64_t earliest = UINT64_MAX;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->list[i].retry_ns < earliest) earliest = c->list[i].retry_ns;
    if (earliest == UINT64_MAX) return;
    uint64_t now = transport_now(c->t);
    c->retry_set = true;
    c->t->ops->timer_set(c->t, TIMER_RETRY, earliest > now ? earliest - now : 1);
}

static void send(struct client *c, struct outstanding *o)
{
    o->sends++;
    o->retry_ns = transport_now(c->t) + patience_ns(c, o->sends);
    c->setup.multicast->send(c->t, c->setup.topology, c->leaders, o->command, o->sends);
}

/* Takes the command over. A command of an open loop that is late counts from its intended start. */
static void issue(struct client *c, struct command *command, uint64_t intended_ns)
{
    if (c->count == c->capacity) {
        c->capacity = c->capacity ? 2 * c->capacity : 4;
        c->list = reallocate(c->list, c->capacity * sizeof(*c->list));
    }
    command->id = (struct command_id){c->setup.client, 0, ++c->seq};
    command->target = (uint16_t)group_set_next(&command->dests, 0);
    command->answered = c->count ? c->list[0].command->id.seq : c->seq;
    struct outstanding *o = &c->list[c->count++];
    *o = (struct outstanding){.command = command, .issued_ns = intended_ns};
    struct observer *observer = c->setup.observer;
    if (observer) observer->ops->issued(observer, c->t->self, intended_ns, command);
    if (observer) observer->ops->multicast(observer, c->t->self, transport_now(c->t), command);
    send(c, o);
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

static void on_reply(struct client *c, const struct message_reply *m)
{
    if (topology_group(c->setup.topology, m->m.from) == m->group) c->leaders[m->group] = m->m.from;
    uint32_t at = 0;
    while (at < c->count && c->list[at].command->id.seq != m->id.seq) at++;
    if (at == c->count || m->id.client != c->setup.client) return; /* answered before */
    struct outstanding o = c->list[at];
    if (m->seen_count != o.command->access_count) return;
    memmove(&c->list[at], &c->list[at + 1], (--c->count - at) * sizeof(*c->list));
    uint64_t now = transport_now(c->t);
    uint64_t latency_ns = now - o.issued_ns;
    c->latency_ns = c->latency_ns ? (7 * c->latency_ns + latency_ns) / 8 : latency_ns;
    struct observer *observer = c->setup.observer;
    struct reply_view view = {(enum reply_status)m->status, m->digest, m->seen};
    if (observer) observer->ops->answered(observer, c->t->self, now, o.command, &view, 1);
    free(o.command);
    issue_more(c);
}

/* A better belief about a leader: commands to that group need not wait out their patience. */
static void on_leader(struct client *c, const struct message_leader *m)
{
    if (topology_group(c->setup.topology, m->node) != m->group) return;
    if (c->leaders[m->group] == m->node) return;
    c->leaders[m->group] = m->node;
    for (uint32_t i = 0; i < c->count; i++) {
        struct outstanding *o = &c->list[i];
        if (!group_set_has(&o->command->dests, m->group)) continue;
        c->setup.multicast->send(c->t, c->setup.topology, c->leaders, o->command, 1);
    }
}

static void on_retry_timer(struct client *c)
{
    uint64_t now = transport_now(c->t);
    c->retry_set = false;
    for (uint32_t i = 0; i < c->count; i++)
        if (c->list[i].retry_ns <= now) send(c, &c->list[i]);
    set_retry_timer(c);
}

static void client_init(void *node, struct transport *t)
{
    struct client *c = node;
    c->t = t;
    for (uint32_t g = 0; g < c->setup.topology->groups; g++)
        c->leaders[g] = topology_replica(c->setup.topology, g, 0);
    issue_more(c);
}

static void client_on_message(void *node, struct message *m)
{
    if (m->kind == MESSAGE_REPLY)
        on_reply(node, (const struct message_reply *)m);
    else if (m->kind == MESSAGE_LEADER)
        on_leader(node, (const struct message_leader *)m);
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
    (void)node, (void)peer, (void)up; /* retransmission covers what was lost */
}

const struct node_ops client_node_ops = {client_init, client_on_message, client_on_timer,
                                         client_on_completion, client_on_peer};

struct client *client_create(const struct client_setup *setup)
{
    struct client *c = allocate_zeroed(1, sizeof(*c));
    c->setup = *setup;
    return c;
}

void client_destroy(struct client *c)
{
    if (!c) return;
    for (uint32_t i = 0; i < c->count; i++) free(c->list[i].command);
    free(c->list);
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
    const struct message_reply *r = (const struct message_reply *)m;
    return m->bytes >= sizeof(*r) && r->group < GROUPS_MAX && r->status <= REPLY_NOK &&
           r->seen_count <= COMMAND_ACCESSES_MAX &&
           m->bytes == sizeof(*r) + r->seen_count * sizeof(r->seen[0]);
}
