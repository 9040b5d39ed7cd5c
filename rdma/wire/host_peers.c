/* host_peers.c - messages to other members, and their backlog.
 *
 * Items for one member keep their order: into the wire while the backlog is empty, else behind the
 * backlog. Before a member was up for the first time all items wait: while a cluster starts,
 * nothing is lost. When a connection breaks, the backlog is lost with it: messages of a pair must
 * not arrive out of order or with a gap within. */
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "rdma/wire/hosting.h"

void items_push(struct items *q, const struct item *i)
{
    if (q->count == q->room) {
        uint32_t room = q->room ? 2 * q->room : 16;
        struct item *item = allocate(room * sizeof *item);
        for (uint32_t k = 0; k < q->count; k++) item[k] = q->item[(q->first + k) % q->room];
        free(q->item);
        *q = (struct items){.item = item, .room = room, .count = q->count};
    }
    q->item[(q->first + q->count++) % q->room] = *i;
}

void items_pop(struct items *q)
{
    q->first = (q->first + 1) % q->room;
    q->count--;
}

static uint64_t backlog_bytes(const struct item *i)
{
    return sizeof *i + sizeof *i->buffer + i->bytes + i->tail_bytes + i->ahead_bytes;
}

/* Room in the wire for a frame with a body of `bytes`, its header filled in. */
static unsigned char *reserve(struct host *h, uint32_t member, const struct item *i,
                              enum frame_type type, uint32_t bytes)
{
    struct frame *f = h->wire->ops->reserve(h->wire, member, (uint32_t)sizeof *f + bytes);
    if (!f) return NULL;
    *f = (struct frame){.node = i->node, .type = type, .sent_ns = i->sent_ns};
    return (unsigned char *)(f + 1);
}

static void commit(struct host *h, uint32_t member, unsigned char *body, uint32_t bytes)
{
    struct frame *f = (struct frame *)(void *)(body - sizeof *f);
    uint32_t all_bytes = (uint32_t)sizeof *f + bytes;
    f->check = frame_check(f, all_bytes);
    h->wire->ops->commit(h->wire, member, all_bytes);
}

/* As much of the item as the wire takes; true: all of it. */
static bool pass(struct host *h, uint32_t member, struct item *i)
{
    unsigned char *body;
    while (i->ahead_bytes) {
        uint32_t bytes =
            i->ahead_bytes < FRAME_BODY_BYTES_MAX ? (uint32_t)i->ahead_bytes : FRAME_BODY_BYTES_MAX;
        if (!(body = reserve(h, member, i, FRAME_PADDING, bytes))) return false;
        memset(body, 0, bytes);
        commit(h, member, body, bytes);
        i->ahead_bytes -= bytes;
    }
    if (!(body = reserve(h, member, i, FRAME_MESSAGE, i->bytes + i->tail_bytes))) return false;
    memcpy(body, i->buffer->content, i->bytes);
    memset(body + i->bytes, 0, i->tail_bytes);
    commit(h, member, body, i->bytes + i->tail_bytes);
    return true;
}

void peers_send(struct host *h, uint32_t member, struct item *i)
{
    struct peer *p = &h->peer[member];
    if (!p->up && p->was_up) return;
    if (p->up && p->backlog.count == 0 && pass(h, member, i)) return;
    uint64_t bytes = backlog_bytes(i);
    if (p->backlog.count && p->backlog_bytes + bytes > BACKLOG_BYTES_MAX) {
        h->stats.overflowed++;
        return;
    }
    if (p->backlog.count == 0) h->backlogs++;
    p->backlog_bytes += bytes;
    i->buffer->references++;
    items_push(&p->backlog, i);
}

static void forget_first(struct host *h, struct peer *p)
{
    buffer_release(items_first(&p->backlog)->buffer);
    items_pop(&p->backlog);
    if (p->backlog.count) return;
    p->backlog_bytes = 0;
    h->backlogs--;
}

static void retry(struct host *h, uint32_t member)
{
    struct peer *p = &h->peer[member];
    while (p->up && p->backlog.count) {
        struct item *i = items_first(&p->backlog);
        uint64_t bytes = backlog_bytes(i);
        bool all = pass(h, member, i);
        p->backlog_bytes -= all ? bytes : bytes - backlog_bytes(i);
        if (!all) break;
        forget_first(h, p);
    }
}

void peers_retry(struct host *h)
{
    if (h->backlogs == 0) return;
    for (uint32_t member = 0; member < h->setup.members->count; member++) retry(h, member);
}

static void drop_backlog(struct host *h, struct peer *p)
{
    while (p->backlog.count) forget_first(h, p);
}

/* Reports every node there to every own node. */
static void report(struct host *h, uint32_t member, bool up)
{
    const struct members *m = h->setup.members;
    for (uint32_t slot = 0; slot < h->node_count; slot++) {
        struct node *n = h->node[slot];
        for (uint32_t node = 0; node < m->nodes; node++) {
            if (m->of_node[node] != member) continue;
            h->handling = n;
            n->ops->on_peer(n->state, node, up);
            host_ended(h, n);
        }
    }
}

void peers_changed(struct host *h, uint32_t member, bool up)
{
    ASSERT(member < h->setup.members->count);
    ASSERT(member != h->setup.self);
    struct peer *p = &h->peer[member];
    if (p->up == up) return;
    bool first = !p->was_up;
    p->up = up;
    p->was_up = true;
    if (up)
        retry(h, member);
    else
        drop_backlog(h, p);
    if (!first && h->running) report(h, member, up);
}

void peers_finish(struct host *h)
{
    for (uint32_t member = 0; member < h->setup.members->count; member++) {
        drop_backlog(h, &h->peer[member]);
        free(h->peer[member].backlog.item);
    }
    free(h->peer);
}
