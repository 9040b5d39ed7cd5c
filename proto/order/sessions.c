/* sessions.c - duplicate suppression and kept replies, per client. */
#include "proto/order/sessions.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/seqring.h"

struct entry_seen {
    struct seqring_node node;
    uint32_t round;
    bool executed;
    struct message *reply; /* may be NULL */
};

struct session {
    uint64_t answered;                      /* all seq below are settled */
    uint64_t proposed_seq, proposed_ballot; /* not replicated: sessions_propose() */
    uint32_t proposed_round;
    struct seqring entries;
};

struct sessions {
    struct transport *t;
    struct session *session;
    uint32_t senders;
    struct seqring_node *spare;
};

struct sessions *sessions_create(struct transport *t, uint32_t senders)
{
    struct sessions *s = allocate(sizeof(*s));
    *s = (struct sessions){t, allocate_zeroed(senders, sizeof(struct session)), senders, NULL};
    return s;
}

static void entry_free(struct sessions *s, struct entry_seen *e)
{
    if (e->reply) s->t->ops->message_release(s->t, e->reply);
    e->node.next = s->spare;
    s->spare = &e->node;
}

static bool drop(void *sessions, struct seqring_node *node)
{
    entry_free(sessions, (struct entry_seen *)node);
    return false;
}

void sessions_destroy(struct sessions *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->senders; i++) {
        seqring_filter(&s->session[i].entries, 0, UINT64_MAX, drop, s);
        seqring_finish(&s->session[i].entries);
    }
    for (struct seqring_node *node = s->spare, *next; node; node = next) {
        next = node->next;
        free(node);
    }
    free(s->session);
    free(s);
}

static struct entry_seen *find(const struct sessions *s, struct command_id id)
{
    const struct seqring *entries = &s->session[id.client].entries;
    for (struct seqring_node *node = seqring_slot(entries, id.seq); node; node = node->next) {
        struct entry_seen *e = (struct entry_seen *)node;
        if (node->seq == id.seq && e->round == id.round) return e;
    }
    return NULL;
}

bool sessions_seen(const struct sessions *s, struct command_id id)
{
    return id.client >= s->senders || id.seq < s->session[id.client].answered || find(s, id);
}

void sessions_propose(struct sessions *s, struct command_id id, uint64_t ballot)
{
    if (id.client >= s->senders) return;
    struct session *session = &s->session[id.client];
    session->proposed_seq = id.seq;
    session->proposed_round = id.round;
    session->proposed_ballot = ballot;
}

bool sessions_proposed(const struct sessions *s, struct command_id id, uint64_t ballot)
{
    if (id.client >= s->senders) return true;
    const struct session *session = &s->session[id.client];
    return session->proposed_seq == id.seq && session->proposed_round == id.round &&
           session->proposed_ballot == ballot;
}

bool sessions_settled(const struct sessions *s, struct command_id id)
{
    return id.client >= s->senders || id.seq < s->session[id.client].answered;
}

/* A client's `answered` mark has advanced: replies to executed commands will not be requested
 * again; the others are kept until they are executed. */
struct forgetting {
    struct sessions *sessions;
    uint64_t answered;
};

static bool keep(void *context, struct seqring_node *node)
{
    const struct forgetting *f = context;
    struct entry_seen *e = (struct entry_seen *)node;
    if (node->seq >= f->answered || !e->executed) return true;
    entry_free(f->sessions, e);
    return false;
}

static void forget_answered(struct sessions *s, struct session *session, uint64_t from)
{
    ASSERT(from < session->answered);
    struct forgetting f = {s, session->answered};
    seqring_filter(&session->entries, from, session->answered, keep, &f);
}

static void add(struct sessions *s, struct command_id id)
{
    struct entry_seen *e = (struct entry_seen *)s->spare;
    if (e)
        s->spare = e->node.next;
    else
        e = allocate(sizeof(*e));
    *e = (struct entry_seen){.node.seq = id.seq, .round = id.round};
    seqring_add(&s->session[id.client].entries, &e->node);
}

bool sessions_admit(struct sessions *s, const struct command *c)
{
    if (sessions_seen(s, c->id)) return false;
    ASSERT(c->id.client < s->senders);
    struct session *session = &s->session[c->id.client];
    if (c->answered > session->answered) {
        uint64_t from = session->answered;
        session->answered = c->answered;
        forget_answered(s, session, from);
    }
    add(s, c->id);
    return true;
}

void sessions_executed(struct sessions *s, struct command_id id, struct message *reply)
{
    struct session *session = &s->session[id.client];
    struct entry_seen *e = find(s, id);
    ASSERT(e);
    ASSERT(!e->executed);
    ASSERT(!e->reply);
    e->executed = true;
    e->reply = reply;
    if (id.seq >= session->answered) return;
    /* The client has the reply of another partition already. */
    seqring_remove(&session->entries, &e->node);
    entry_free(s, e);
}

struct message *sessions_reply(const struct sessions *s, struct command_id id)
{
    if (id.client >= s->senders) return NULL;
    struct entry_seen *e = find(s, id);
    ASSERT(!e || e->executed || !e->reply);
    return e ? e->reply : NULL;
}
