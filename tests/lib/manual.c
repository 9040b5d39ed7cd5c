/* manual.c - see manual.h. */
#include "tests/lib/manual.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"

/* Stands before each message. */
struct holder {
    uint64_t references;
};

static struct holder *holder_of(struct message *message)
{
    return (struct holder *)message - 1;
}

static struct manual *manual_of(struct transport *t)
{
    return (struct manual *)t;
}

static uint64_t now(const struct transport *t)
{
    return ((const struct manual *)t)->now_ns;
}

static struct random *random_of(struct transport *t, const char *purpose)
{
    (void)purpose;
    return &manual_of(t)->random;
}

static void timer_set(struct transport *t, uint32_t timer, uint64_t delay_ns)
{
    ck_assert_uint_lt(timer, TIMERS_MAX);
    ck_assert_uint_ge(delay_ns, 1);
    manual_of(t)->due_ns[timer] = manual_of(t)->now_ns + delay_ns;
}

static void timer_cancel(struct transport *t, uint32_t timer)
{
    manual_of(t)->due_ns[timer] = 0;
}

static struct message *message_retain(struct transport *t, struct message *message)
{
    holder_of(message)->references++;
    manual_of(t)->held++;
    return message;
}

static void message_release(struct transport *t, struct message *message)
{
    struct holder *holder = holder_of(message);
    ck_assert_uint_gt(holder->references, 0);
    manual_of(t)->held--;
    if (--holder->references == 0) free(holder);
}

static void message_refuse(struct transport *t, const struct message *message)
{
    ck_assert_uint_lt(message->kind, MESSAGE_KIND_COUNT);
    manual_of(t)->refused++;
}

static struct message *message_new(struct transport *t, uint32_t bytes)
{
    ck_assert_uint_le(bytes, MESSAGE_BYTES_MAX);
    struct holder *holder = calloc(1, sizeof(*holder) + bytes);
    ck_assert_ptr_nonnull(holder);
    return message_retain(t, (struct message *)(holder + 1));
}

static void message_send(struct transport *t, const uint32_t *to, uint32_t count,
                         struct message *message)
{
    struct manual *m = manual_of(t);
    message->from = t->self;
    ck_assert_uint_lt(message->kind, MESSAGE_KIND_COUNT);
    ck_assert_uint_eq(message->bytes % 8, 0);
    ck_assert_uint_le(m->sent_count + count, MANUAL_SENT_MAX);
    for (uint32_t i = 0; i < count; i++)
        m->sent[m->sent_count++] = (struct manual_sent){to[i], message_retain(t, message)};
    message_release(t, message);
}

static void charge(struct transport *t, uint64_t ns)
{
    manual_of(t)->now_ns += ns;
}

static void append(struct transport *t, const void *record, uint32_t bytes)
{
    struct manual *m = manual_of(t);
    ck_assert(t->durable);
    ck_assert_uint_lt(m->record_count, MANUAL_RECORDS_MAX);
    ck_assert_uint_ge(bytes, sizeof(m->record[0]));
    memcpy(&m->record[m->record_count++], record, sizeof(m->record[0]));
}

/* One at a time. */
static void sync_records(struct transport *t, uint64_t cookie)
{
    struct manual *m = manual_of(t);
    ck_assert_uint_eq(m->syncing, 0);
    m->syncing = m->record_count;
    m->sync_cookie = cookie;
    m->syncs++;
}

static void mark(struct transport *t, enum mark mark)
{
    manual_of(t)->marks[mark]++;
}

static const struct transport_ops manual_ops = {
    .now = now,
    .random = random_of,
    .timer_set = timer_set,
    .timer_cancel = timer_cancel,
    .message_new = message_new,
    .message_send = message_send,
    .message_retain = message_retain,
    .message_release = message_release,
    .append = append,
    .sync = sync_records,
    .message_refuse = message_refuse,
    .charge = charge,
    .mark = mark,
};

void manual_init(struct manual *m, uint32_t self)
{
    *m = (struct manual){.transport = {.ops = &manual_ops, .self = self},
                         .random = random_named(1, "manual", "all"),
                         .now_ns = 1};
}

void manual_finish(struct manual *m)
{
    manual_forget(m);
    ck_assert_uint_eq(m->held, 0);
}

void manual_fire(struct manual *m, uint32_t timer)
{
    ck_assert_uint_gt(m->due_ns[timer], 0);
    if (m->due_ns[timer] > m->now_ns) m->now_ns = m->due_ns[timer];
    m->due_ns[timer] = 0;
}

uint32_t manual_count(const struct manual *m, enum message_kind kind, uint32_t to)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < m->sent_count; i++)
        count += m->sent[i].to == to && m->sent[i].message->kind == kind;
    return count;
}

const struct message *manual_last(const struct manual *m, enum message_kind kind, uint32_t to)
{
    for (uint32_t i = m->sent_count; i > 0; i--)
        if (m->sent[i - 1].to == to && m->sent[i - 1].message->kind == kind)
            return m->sent[i - 1].message;
    return NULL;
}

void manual_forget(struct manual *m)
{
    for (uint32_t i = 0; i < m->sent_count; i++) message_release(&m->transport, m->sent[i].message);
    m->sent_count = 0;
}
