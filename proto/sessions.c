/* sessions.c - duplicate suppression and kept replies, per client. */
#include "proto/sessions.h"

#include <assert.h>
#include <stdlib.h>

struct entry_seen {
    uint64_t seq;
    struct message *reply; /* NULL until executed */
};

struct session {
    uint64_t answered;          /* all seq below are settled */
    struct entry_seen *entries; /* unordered: as many as the client has outstanding */
    uint32_t count;
    uint32_t capacity;
};

struct sessions {
    struct transport *t;
    struct session *session;
    uint32_t clients;
};

struct sessions *sessions_create(struct transport *t, uint32_t clients)
{
    struct sessions *s = malloc(sizeof(*s));
    *s = (struct sessions){t, calloc(clients ? clients : 1, sizeof(struct session)), clients};
    return s;
}

void sessions_destroy(struct sessions *s)
{
    if (!s) return;
    for (uint32_t i = 0; i < s->clients; i++) {
        struct session *session = &s->session[i];
        for (uint32_t j = 0; j < session->count; j++)
            if (session->entries[j].reply)
                s->t->ops->message_release(s->t, session->entries[j].reply);
        free(session->entries);
    }
    free(s->session);
    free(s);
}

static struct entry_seen *find(const struct sessions *s, struct command_id id)
{
    const struct session *session = &s->session[id.client];
    for (uint32_t i = 0; i < session->count; i++)
        if (session->entries[i].seq == id.seq) return &session->entries[i];
    return NULL;
}

bool sessions_seen(const struct sessions *s, struct command_id id)
{
    return id.client >= s->clients || id.seq < s->session[id.client].answered || find(s, id);
}

static void forget_answered(struct sessions *s, struct session *session)
{
    for (uint32_t i = 0; i < session->count;) {
        struct entry_seen *e = &session->entries[i];
        if (e->seq < session->answered && e->reply) {
            s->t->ops->message_release(s->t, e->reply);
            *e = session->entries[--session->count];
        } else {
            i++;
        }
    }
}

bool sessions_admit(struct sessions *s, const struct command *c)
{
    if (sessions_seen(s, c->id)) return false;
    struct session *session = &s->session[c->id.client];
    if (c->answered > session->answered) {
        session->answered = c->answered;
        forget_answered(s, session);
    }
    if (session->count == session->capacity) {
        session->capacity = session->capacity ? 2 * session->capacity : 2;
        session->entries = realloc(session->entries, session->capacity * sizeof(*session->entries));
    }
    session->entries[session->count++] = (struct entry_seen){c->id.seq, NULL};
    return true;
}

void sessions_executed(struct sessions *s, struct command_id id, struct message *reply)
{
    struct entry_seen *e = find(s, id);
    assert(e && !e->reply);
    e->reply = reply;
    /* Another partition may have answered already, and the client have gone on. */
    forget_answered(s, &s->session[id.client]);
}

struct message *sessions_reply(const struct sessions *s, struct command_id id)
{
    if (id.client >= s->clients) return NULL;
    struct entry_seen *e = find(s, id);
    return e ? e->reply : NULL;
}
