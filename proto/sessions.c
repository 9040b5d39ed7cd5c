/* sessions.c - duplicate suppression and kept replies, per client. */
#include "proto/sessions.h"

#include <assert.h>
#include <stdlib.h>

#include "proto/memory.h"

struct entry_seen {
    uint64_t seq; /* 0: none */
    uint32_t round;
    bool executed;
    struct message *reply; /* may be NULL */
};

/* Most clients have one command outstanding: it stands in the session itself, a cache line less. */
struct session {
    uint64_t answered; /* all seq below are settled */
    struct entry_seen only;
    struct entry_seen *more; /* unordered */
    uint32_t more_count;
    uint32_t more_capacity;
};

struct sessions {
    struct transport *t;
    struct session *session;
    uint32_t senders;
};

struct sessions *sessions_create(struct transport *t, uint32_t senders)
{
    struct sessions *s = allocate(sizeof(*s));
    *s = (struct sessions){t, allocate_zeroed(senders, sizeof(struct session)), senders};
    return s;
}

void sessions_destroy(struct sessions *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->senders; i++) {
        struct session *session = &s->session[i];
        if (session->only.reply) s->t->ops->message_release(s->t, session->only.reply);
        for (uint32_t j = 0; j < session->more_count; j++)
            if (session->more[j].reply) s->t->ops->message_release(s->t, session->more[j].reply);
        free(session->more);
    }
    free(s->session);
    free(s);
}

static struct entry_seen *find(const struct sessions *s, struct command_id id)
{
    struct session *session = &s->session[id.client];
    if (session->only.seq == id.seq && session->only.round == id.round) return &session->only;
    for (uint32_t i = 0; i < session->more_count; i++)
        if (session->more[i].seq == id.seq && session->more[i].round == id.round)
            return &session->more[i];
    return NULL;
}

bool sessions_seen(const struct sessions *s, struct command_id id)
{
    return id.client >= s->senders || id.seq < s->session[id.client].answered || find(s, id);
}

bool sessions_settled(const struct sessions *s, struct command_id id)
{
    return id.client >= s->senders || id.seq < s->session[id.client].answered;
}

/* Executed and answered: its reply will not be asked for. */
static bool forget(struct sessions *s, const struct session *session, struct entry_seen *e)
{
    if (e->seq >= session->answered || !e->executed) return false;
    if (e->reply) s->t->ops->message_release(s->t, e->reply);
    *e = (struct entry_seen){0};
    return true;
}

static void forget_answered(struct sessions *s, struct session *session)
{
    forget(s, session, &session->only);
    for (uint32_t i = 0; i < session->more_count;)
        if (forget(s, session, &session->more[i]))
            session->more[i] = session->more[--session->more_count];
        else
            i++;
}

static void add(struct session *session, struct command_id id)
{
    struct entry_seen *e = &session->only;
    if (e->seq) {
        if (session->more_count == session->more_capacity) {
            session->more_capacity = session->more_capacity ? 2 * session->more_capacity : 2;
            session->more =
                reallocate(session->more, session->more_capacity * sizeof(*session->more));
        }
        e = &session->more[session->more_count++];
    }
    *e = (struct entry_seen){.seq = id.seq, .round = id.round};
}

bool sessions_admit(struct sessions *s, const struct command *c)
{
    if (sessions_seen(s, c->id)) return false;
    struct session *session = &s->session[c->id.client];
    if (c->answered > session->answered) {
        session->answered = c->answered;
        forget_answered(s, session);
    }
    add(session, c->id);
    return true;
}

void sessions_executed(struct sessions *s, struct command_id id, struct message *reply)
{
    struct entry_seen *e = find(s, id);
    assert(e && !e->executed);
    e->executed = true;
    e->reply = reply;
    /* Another partition may have answered already, and the client have gone on. */
    forget_answered(s, &s->session[id.client]);
}

struct message *sessions_reply(const struct sessions *s, struct command_id id)
{
    if (id.client >= s->senders) return NULL;
    struct entry_seen *e = find(s, id);
    return e ? e->reply : NULL;
}
