/* host_transport.c - struct transport_ops of a node on a host: time, random streams, messages,
 * storage. */
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "rdma/wire/hosting.h"

static uint64_t now(const struct transport *t)
{
    return ((const struct node *)(const void *)t)->host->now_ns;
}

struct stream {
    struct stream *next;
    struct random random;
    char purpose[];
};

static struct random *named_random(struct transport *t, const char *purpose)
{
    struct node *n = node_of(t);
    for (struct stream *s = n->streams; s; s = s->next)
        if (strcmp(s->purpose, purpose) == 0) return &s->random;
    size_t bytes = strlen(purpose) + 1;
    struct stream *s = allocate(sizeof *s + bytes);
    memcpy(s->purpose, purpose, bytes);
    s->random = random_named(n->host->setup.seed, n->name, purpose);
    s->next = n->streams;
    n->streams = s;
    return &s->random;
}

void streams_finish(struct node *n)
{
    for (struct stream *s = n->streams, *next; s; s = next) {
        next = s->next;
        free(s);
    }
}

static void timer_set(struct transport *t, uint32_t timer, uint64_t delay_ns)
{
    ASSERT(timer < TIMERS_MAX);
    ASSERT(delay_ns >= 1);
    struct node *n = node_of(t);
    uint64_t longest_ns = TIMERS_NEVER - n->host->now_ns; /* some callers mean `never` */
    uint64_t due_ns = n->host->now_ns + (delay_ns < longest_ns ? delay_ns : longest_ns);
    timers_set(&n->host->timers, n->slot * TIMERS_MAX + timer, due_ns);
}

static void timer_cancel(struct transport *t, uint32_t timer)
{
    ASSERT(timer < TIMERS_MAX);
    timers_cancel(&node_of(t)->host->timers, node_of(t)->slot * TIMERS_MAX + timer);
}

struct buffer *buffer_new(uint32_t bytes)
{
    struct buffer *b = allocate(sizeof *b + bytes);
    b->references = 1;
    b->room = bytes;
    b->sent = false;
    return b;
}

void buffer_release(struct buffer *b)
{
    ASSERT(b->references > 0);
    if (--b->references == 0) free(b);
}

static struct message *message_new(struct transport *t, uint32_t bytes)
{
    (void)t;
    ASSERT(bytes >= sizeof(struct message));
    ASSERT(bytes <= MESSAGE_BYTES_MAX);
    return buffer_message(buffer_new(bytes));
}

/* A message in the wire's memory will be overwritten there: it is copied. */
static struct message *message_retain(struct transport *t, struct message *m)
{
    if (m != node_of(t)->host->incoming) {
        buffer_of(m)->references++;
        return m;
    }
    struct buffer *copy = buffer_new(m->bytes);
    copy->sent = true;
    memcpy(copy->content, m, m->bytes);
    return buffer_message(copy);
}

static void message_release(struct transport *t, struct message *m)
{
    ASSERT(m != node_of(t)->host->incoming);
    (void)t;
    buffer_release(buffer_of(m));
}

static void message_refuse(struct transport *t, const struct message *m)
{
    struct host *h = node_of(t)->host;
    h->stats.refused++;
    host_count_refused(h, m);
}

static void account(struct node *n, const struct message *m)
{
    uint64_t bytes = (uint64_t)m->bytes + m->opaque_bytes;
    n->stats.messages_out++;
    n->stats.bytes_out += bytes;
    if (m->kind >= MESSAGE_KIND_COUNT) return;
    n->host->stats.kind_count[m->kind]++;
    n->host->stats.kind_bytes[m->kind] += bytes;
}

static void message_send(struct transport *t, const uint32_t *to, uint32_t count, struct message *m)
{
    struct node *n = node_of(t);
    struct host *h = n->host;
    const struct members *members = h->setup.members;
    struct buffer *b = buffer_of(m);
    ASSERT(m != h->incoming);
    ASSERT(!b->sent || m->from == t->self); /* own messages only */
    ASSERT(m->bytes <= b->room);
    b->sent = true;
    m->from = t->self;
    for (uint32_t i = 0; i < count; i++) {
        ASSERT(to[i] < members->nodes);
        account(n, m);
        struct item item = {.node = to[i],
                            .bytes = m->bytes,
                            .tail_bytes = frame_tail_bytes(m->bytes, m->opaque_bytes),
                            .sent_ns = h->now_ns,
                            .buffer = b};
        item.ahead_bytes = m->opaque_bytes - item.tail_bytes;
        uint32_t member = members->of_node[to[i]];
        if (member == h->setup.self) {
            b->references++;
            items_push(&h->inbox, &item);
        } else {
            peers_send(h, member, &item);
        }
    }
    buffer_release(b);
}

static void append(struct transport *t, const void *record, uint32_t bytes)
{
    ASSERT(node_of(t)->log);
    log_file_append(node_of(t)->log, record, bytes);
}

static void sync_log(struct transport *t, uint64_t cookie)
{
    ASSERT(node_of(t)->log);
    log_file_sync(node_of(t)->log, cookie);
}

static void read_back(struct transport *t, void *target, uint32_t *bytes, uint64_t cookie)
{
    ASSERT(node_of(t)->log);
    log_file_read(node_of(t)->log, target, bytes, cookie);
}

/* Real time needs no charge. */
static void charge(struct transport *t, uint64_t ns)
{
    (void)t;
    (void)ns;
}

static void mark(struct transport *t, enum mark mark)
{
    (void)t;
    (void)mark;
}

const struct transport_ops host_transport_ops = {
    .now = now,
    .random = named_random,
    .timer_set = timer_set,
    .timer_cancel = timer_cancel,
    .message_new = message_new,
    .message_send = message_send,
    .message_retain = message_retain,
    .message_release = message_release,
    .message_refuse = message_refuse,
    .region_register = onesided_register,
    .region_watch = onesided_watch,
    .region_grant = onesided_grant,
    .region_revoke = onesided_revoke,
    .write = onesided_write,
    .read = onesided_read,
    .compare_and_swap = onesided_swap,
    .work = work_start,
    .append = append,
    .sync = sync_log,
    .read_back = read_back,
    .charge = charge,
    .mark = mark,
};
