/* teller.c - see teller.h. */
#include "tests/check/teller.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

__attribute__((format(printf, 2, 3))) static void say(struct observer *o, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(((struct teller *)o)->text, format, list);
    va_end(list);
}

static void say_bytes(struct observer *o, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) say(o, "%02x", ((const unsigned char *)data)[i]);
    say(o, "\n");
}

static void say_seen(struct observer *o, const struct command *c, const uint64_t *seen)
{
    if (!seen) say(o, "unseen ");
    for (uint32_t i = 0; seen && i < c->access_count; i++) say(o, "saw %lx ", seen[i]);
}

static void tell_issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    say(o, "%lu: %u issued ", now_ns, node);
    say_bytes(o, c, c->bytes);
}

static void tell_answered(struct observer *o, uint32_t node, uint64_t now_ns,
                          const struct command *c, const struct reply_view *reply,
                          uint32_t attempts)
{
    say(o, "%lu: %u answered %d %lx after %u ", now_ns, node, reply->status, reply->digest,
        attempts);
    say_seen(o, c, reply->status == REPLY_OK ? reply->seen : NULL);
    say_bytes(o, c, c->bytes);
}

static void tell_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c, uint64_t timestamp)
{
    say(o, "%lu: %u of %u delivered under %lu ", now_ns, node, group, timestamp);
    say_bytes(o, c, c->bytes);
}

static void tell_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         const struct command *c)
{
    say(o, "%lu: %u of %u started ", now_ns, node, group);
    say_bytes(o, c, c->bytes);
}

static void tell_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          const struct command *c, uint64_t digest, const uint64_t *seen,
                          uint64_t state_hash)
{
    say(o, "%lu: %u of %u executed %lx %lx ", now_ns, node, group, digest, state_hash);
    say_seen(o, c, seen);
    say_bytes(o, c, c->bytes);
}

static void tell_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         uint64_t ballot)
{
    say(o, "%lu: %u of %u leads by %lu\n", now_ns, node, group, ballot);
}

static void tell_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                           const struct command *c)
{
    say(o, "%lu: %u multicast ", now_ns, node);
    say_bytes(o, c, c->bytes);
}

static void tell_ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                           const struct ownership_event *e)
{
    say(o, "%lu: %u: ownership %d of %u: %u, %u under %lu\n", now_ns, node, e->what, e->variable,
        e->group, e->other, e->timestamp);
}

static void tell_exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           uint64_t variables, uint64_t bytes)
{
    say(o, "%lu: %u of %u exchanged %lu, %lu\n", now_ns, node, group, variables, bytes);
}

static void tell_planned(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct plan_report *p)
{
    say(o, "%lu: %u planned %lu %lu %lx %u %lu %lu %u %lu %lu\n", now_ns, node, p->version,
        p->timestamp, p->hash, p->vertices, p->edges, p->edge_cut, p->imbalance_permille, p->moved,
        p->modelled_ns);
}

static void tell_owner(struct finals *f, uint32_t group, uint32_t variable)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    say(&t->observer, "in the end %u owns %u\n", group, variable);
}

static void tell_location(struct finals *f, uint32_t variable, uint16_t group)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    say(&t->observer, "in the end %u is believed in %u\n", variable, group);
}

static void tell_value(struct finals *f, uint32_t group, uint32_t variable,
                       struct variable_state state)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    say(&t->observer, "in the end %u has %lx, version %lu, in %u\n", group, state.value,
        state.version, variable);
}

static const struct observer_ops teller_ops = {
    .issued = tell_issued,
    .answered = tell_answered,
    .delivered = tell_delivered,
    .started = tell_started,
    .executed = tell_executed,
    .leading = tell_leading,
    .multicast = tell_multicast,
    .ownership = tell_ownership,
    .exchanged = tell_exchanged,
    .planned = tell_planned,
};

void teller_begin(struct teller *t)
{
    *t = (struct teller){.observer = {&teller_ops},
                         .finals = {tell_owner, tell_location, tell_value}};
    t->text = open_memstream(&t->written, &t->bytes);
}

const char *teller_text(struct teller *t)
{
    fflush(t->text);
    return t->written;
}

void teller_end(struct teller *t)
{
    fclose(t->text);
    free(t->written);
}
