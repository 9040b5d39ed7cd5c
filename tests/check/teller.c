/* teller.c - see teller.h. */
#include "tests/check/teller.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

__attribute__((format(printf, 2, 3))) static void append(struct observer *o, const char *format,
                                                         ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(((struct teller *)o)->text, format, list);
    va_end(list);
}

static void append_bytes(struct observer *o, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) append(o, "%02x", ((const unsigned char *)data)[i]);
    append(o, "\n");
}

static void append_seen(struct observer *o, const struct command *c, const uint64_t *seen)
{
    if (!seen) append(o, "unseen ");
    for (uint32_t i = 0; seen && i < c->access_count; i++) append(o, "saw %lx ", seen[i]);
}

static void record_issued(struct observer *o, uint32_t node, uint64_t now_ns,
                          const struct command *c)
{
    append(o, "%lu: %u issued ", now_ns, node);
    append_bytes(o, c, c->bytes);
}

static void record_answered(struct observer *o, uint32_t node, uint64_t now_ns,
                            const struct command *c, const struct reply_view *reply,
                            uint32_t attempts)
{
    append(o, "%lu: %u answered %d %lx after %u ", now_ns, node, reply->status, reply->digest,
           attempts);
    append_seen(o, c, reply->status == REPLY_OK ? reply->seen : NULL);
    append_bytes(o, c, c->bytes);
}

static void record_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                             const struct command *c, uint64_t timestamp)
{
    append(o, "%lu: %u of %u delivered under %lu ", now_ns, node, group, timestamp);
    append_bytes(o, c, c->bytes);
}

static void record_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c)
{
    append(o, "%lu: %u of %u started ", now_ns, node, group);
    append_bytes(o, c, c->bytes);
}

static void record_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                            const struct command *c, uint64_t digest, const uint64_t *seen,
                            uint64_t state_hash)
{
    append(o, "%lu: %u of %u executed %lx %lx ", now_ns, node, group, digest, state_hash);
    append_seen(o, c, seen);
    append_bytes(o, c, c->bytes);
}

static void record_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           uint64_t ballot)
{
    append(o, "%lu: %u of %u leads by %lu\n", now_ns, node, group, ballot);
}

static void record_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                             const struct command *c)
{
    append(o, "%lu: %u multicast ", now_ns, node);
    append_bytes(o, c, c->bytes);
}

static void record_ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                             const struct ownership_event *e)
{
    append(o, "%lu: %u: ownership %d of %u: %u, %u under %lu\n", now_ns, node, e->what, e->variable,
           e->group, e->other, e->timestamp);
}

static void record_exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                             uint64_t variables, uint64_t bytes)
{
    append(o, "%lu: %u of %u exchanged %lu, %lu\n", now_ns, node, group, variables, bytes);
}

static void record_planned(struct observer *o, uint32_t node, uint64_t now_ns,
                           const struct plan_report *p)
{
    append(o, "%lu: %u planned %lu %lu %lx %u %lu %lu %u %lu %lu\n", now_ns, node, p->version,
           p->timestamp, p->hash, p->vertices, p->edges, p->edge_cut, p->imbalance_permille,
           p->moved, p->modelled_ns);
}

static void record_owner(struct finals *f, uint32_t group, uint32_t variable)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    append(&t->observer, "in the end %u owns %u\n", group, variable);
}

static void record_location(struct finals *f, uint32_t variable, uint16_t group)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    append(&t->observer, "in the end %u is located in %u\n", variable, group);
}

static void record_value(struct finals *f, uint32_t group, uint32_t variable,
                         struct variable_state state)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    append(&t->observer, "in the end %u has %lx, version %lu, in %u\n", group, state.value,
           state.version, variable);
}

static const struct observer_ops teller_ops = {
    .issued = record_issued,
    .answered = record_answered,
    .delivered = record_delivered,
    .started = record_started,
    .executed = record_executed,
    .leading = record_leading,
    .multicast = record_multicast,
    .ownership = record_ownership,
    .exchanged = record_exchanged,
    .planned = record_planned,
};

void teller_begin(struct teller *t)
{
    *t = (struct teller){.observer = {&teller_ops},
                         .finals = {record_owner, record_location, record_value}};
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
