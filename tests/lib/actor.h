/* actor.h - a node that logs its events, for tests of hosts. */
#ifndef AVIARY_TESTS_LIB_ACTOR_H
#define AVIARY_TESTS_LIB_ACTOR_H

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rdma/wire/host.h"
#include "tests/lib/harness.h"

struct actor {
    struct transport *t;
    char text[512]; /* "message 7 from 2, timer 3, ..." */
    uint64_t messages, timers, opaque_bytes;
    uint64_t out_of_order; /* messages whose number is not the count of those before */
    uint64_t now_ns;       /* time of the last event */
    bool quiet;            /* only counts */
    char dropped[64];      /* the last message that was: "accept from 2: corrupted" */
};

__attribute__((format(printf, 2, 3))) static inline void actor_log(struct actor *a,
                                                                   const char *format, ...)
{
    va_list list;
    size_t used = strlen(a->text);
    a->now_ns = transport_now(a->t);
    if (a->quiet) return;
    va_start(list, format);
    vsnprintf(a->text + used, sizeof a->text - used, format, list);
    va_end(list);
}

static inline void actor_init(void *node, struct transport *t)
{
    ((struct actor *)node)->t = t;
}

static inline uint64_t actor_number(const struct message *m)
{
    uint64_t number;
    memcpy(&number, m + 1, sizeof number);
    return number;
}

static inline void actor_message(void *node, struct message *m)
{
    struct actor *a = node;
    uint64_t number = actor_number(m);
    if (number != a->messages++) a->out_of_order++;
    a->opaque_bytes += m->opaque_bytes;
    actor_log(a, "message %llu from %u, ", (unsigned long long)number, m->from);
}

static inline void actor_timer(void *node, uint32_t timer)
{
    struct actor *a = node;
    a->timers++;
    actor_log(a, "timer %u, ", timer);
}

static inline void actor_completion(void *node, uint64_t cookie, enum completion how)
{
    static const char *const names[] = {"ok", "denied", "unreachable", "end"};
    actor_log(node, "%llu %s, ", (unsigned long long)cookie, names[how]);
}

static inline void actor_peer(void *node, uint32_t peer, bool up)
{
    actor_log(node, "%u %s, ", peer, up ? "up" : "down");
}

static inline void actor_drop(void *node, uint32_t peer, uint32_t kind, enum drop why)
{
    static const char *const reasons[] = {"corrupted", "malformed", "refused"};
    struct actor *a = node;
    snprintf(a->dropped, sizeof a->dropped, "%s from %u: %s", message_kind_name(kind), peer,
             reasons[why]);
}

static const struct node_ops actor_ops = {actor_init, actor_message, actor_timer, actor_completion,
                                          actor_peer, actor_drop,    NULL};

static inline struct message *actor_message_new(struct actor *a, uint32_t bytes, uint64_t number)
{
    struct message *m = transport_message_new(a->t, bytes, MESSAGE_PROBE);
    memset(m + 1, 0, bytes - sizeof *m);
    memcpy(m + 1, &number, sizeof number);
    return m;
}

static inline void actor_send(struct actor *a, uint32_t to, uint64_t number)
{
    transport_send_one(a->t, to, actor_message_new(a, sizeof(struct message) + 8, number));
}

/* One round of a host's loop, without waiting. */
static inline bool actor_no_more(void *context)
{
    (void)context;
    return false;
}

static inline void actor_round(struct host *h)
{
    host_run(h, 0, actor_no_more, NULL);
}

#endif
