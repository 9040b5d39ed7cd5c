/* host_onesided.c - registered memory, and one-sided operations on it.
 *
 * Where the wire has one-sided operations (verbs), they are its own. Elsewhere an operation is a
 * frame that the target's host executes between two handlers of its nodes, and answers: the target
 * node is not involved. Frames of two members keep their order, so operations do, and the answers
 * come in that order, too. Nodes of one member reach each other's memory directly. */
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "rdma/wire/hosting.h"

enum { WORD_BYTES = 8 };

/* One operation, at the initiator. */
struct operation {
    struct operation *next; /* to the same member */
    uint64_t number;
    enum frame_type type;
    struct remote place;
    uint32_t initiator, bytes;
    void *target; /* of a read; where `previous` goes */
    uint64_t cookie;
};

/* ---- memory ---------------------------------------------------------------------------------- */

void onesided_register(struct transport *t, uint32_t region, void *memory, uint64_t bytes)
{
    struct node *n = node_of(t);
    struct wire *w = n->host->wire;
    ASSERT(region < REGIONS_MAX);
    ASSERT(!n->region[region].memory);
    ASSERT(memory);
    ASSERT((uintptr_t)memory % WORD_BYTES == 0);
    n->region[region] = (struct region){
        .memory = memory,
        .bytes = bytes,
        .writers = allocate_zeroed(n->host->setup.members->nodes / 64 + 1, sizeof(uint64_t))};
    if (w->ops->region_register) w->ops->region_register(w, t->self, region, memory, bytes);
}

void regions_finish(struct node *n)
{
    for (uint32_t i = 0; i < REGIONS_MAX; i++) free(n->region[i].writers);
}

static uint64_t *writer_word(struct node *n, uint32_t region, uint32_t writer)
{
    ASSERT(region < REGIONS_MAX);
    ASSERT(n->region[region].memory);
    ASSERT(writer < n->host->setup.members->nodes);
    return &n->region[region].writers[writer / 64];
}

void onesided_grant(struct transport *t, uint32_t region, uint32_t writer)
{
    struct wire *w = node_of(t)->host->wire;
    *writer_word(node_of(t), region, writer) |= UINT64_C(1) << writer % 64;
    if (w->ops->region_grant) w->ops->region_grant(w, t->self, region, writer);
}

void onesided_revoke(struct transport *t, uint32_t region, uint32_t writer)
{
    struct wire *w = node_of(t)->host->wire;
    *writer_word(node_of(t), region, writer) &= ~(UINT64_C(1) << writer % 64);
    if (w->ops->region_revoke) w->ops->region_revoke(w, t->self, region, writer);
}

/* The memory of an operation of `initiator`, or NULL if it is not permitted. */
static unsigned char *allowed(const struct node *n, enum frame_type type, uint32_t initiator,
                              const struct remote *place, uint32_t bytes)
{
    if (place->region >= REGIONS_MAX) return NULL;
    const struct region *r = &n->region[place->region];
    if (!r->memory || place->offset > r->bytes || bytes > r->bytes - place->offset) return NULL;
    bool granted = r->writers[initiator / 64] >> initiator % 64 & 1;
    if (type != FRAME_READ && !granted) return NULL;
    if (type == FRAME_SWAP && place->offset % WORD_BYTES != 0) return NULL;
    return r->memory + place->offset;
}

/* `given`: the bytes to write, or expected and desired; `result` receives the bytes read. */
static void perform(enum frame_type type, unsigned char *memory, uint32_t bytes, const void *given,
                    void *result)
{
    if (type == FRAME_WRITE) {
        memcpy(memory, given, bytes);
        return;
    }
    memcpy(result, memory, bytes);
    if (type == FRAME_SWAP && memcmp(result, given, WORD_BYTES) == 0)
        memcpy(memory, (const unsigned char *)given + WORD_BYTES, WORD_BYTES);
}

/* ---- at the initiator ------------------------------------------------------------------------ */

/* Later: never from within the call that begins the operation. */
static void complete(struct host *h, const struct operation *o, enum completion how)
{
    items_push(&h->inbox,
               &(struct item){
                   .kind = ITEM_COMPLETION, .node = o->initiator, .cookie = o->cookie, .how = how});
}

static void issue_here(struct host *h, const struct operation *o, const void *given)
{
    const struct node *n = host_node_at(h, o->place.node);
    unsigned char *memory = n ? allowed(n, o->type, o->initiator, &o->place, o->bytes) : NULL;
    if (memory) perform(o->type, memory, o->bytes, given, o->target);
    complete(h, o, memory ? COMPLETION_OK : COMPLETION_DENIED);
}

static uint32_t given_bytes(enum frame_type type, uint32_t bytes)
{
    return type == FRAME_WRITE ? bytes : type == FRAME_SWAP ? 2 * WORD_BYTES : 0;
}

static void issue_frame(struct host *h, uint32_t member, struct operation *o, const void *given)
{
    struct peer *p = &h->peer[member];
    struct frame_request request = {.number = ++h->operations,
                                    .offset = o->place.offset,
                                    .region = o->place.region,
                                    .initiator = o->initiator,
                                    .bytes = o->bytes};
    uint32_t more_bytes = given_bytes(o->type, o->bytes);
    struct buffer *b = buffer_new((uint32_t)sizeof request + more_bytes);
    memcpy(b->content, &request, sizeof request);
    memcpy(b->content + sizeof request, given, more_bytes);
    struct item item = {.kind = ITEM_FRAME,
                        .type = o->type,
                        .node = o->place.node,
                        .bytes = b->room,
                        .sent_ns = h->now_ns,
                        .buffer = b};
    o->number = request.number;
    if (peers_send(h, member, &item, false)) {
        struct operation *kept = allocate(sizeof *kept);
        *kept = *o;
        *p->last = kept;
        p->last = &kept->next;
    } else {
        complete(h, o, COMPLETION_UNREACHABLE);
    }
    buffer_release(b);
}

/* False: the wire does it itself. */
static bool issue(struct transport *t, struct operation o, const void *given)
{
    struct host *h = node_of(t)->host;
    ASSERT(o.place.node < h->setup.members->nodes);
    ASSERT(o.bytes <= MESSAGE_BYTES_MAX);
    o.initiator = t->self;
    uint32_t member = h->setup.members->of_node[o.place.node];
    if (member == h->setup.self)
        issue_here(h, &o, given);
    else if (h->wire->ops->write)
        return false;
    else
        issue_frame(h, member, &o, given);
    return true;
}

void onesided_write(struct transport *t, struct remote to, const void *source, uint32_t bytes,
                    uint64_t cookie)
{
    struct operation o = {.type = FRAME_WRITE, .place = to, .bytes = bytes, .cookie = cookie};
    struct wire *w = node_of(t)->host->wire;
    if (!issue(t, o, source)) w->ops->write(w, t->self, to, source, bytes, cookie);
}

void onesided_read(struct transport *t, struct remote from, void *target, uint32_t bytes,
                   uint64_t cookie)
{
    struct operation o = {
        .type = FRAME_READ, .place = from, .bytes = bytes, .target = target, .cookie = cookie};
    struct wire *w = node_of(t)->host->wire;
    if (!issue(t, o, "")) w->ops->read(w, t->self, from, target, bytes, cookie);
}

void onesided_swap(struct transport *t, struct remote at, uint64_t expected, uint64_t desired,
                   uint64_t *previous, uint64_t cookie)
{
    ASSERT(at.offset % WORD_BYTES == 0);
    struct operation o = {
        .type = FRAME_SWAP, .place = at, .bytes = WORD_BYTES, .target = previous, .cookie = cookie};
    uint64_t given[2] = {expected, desired};
    struct wire *w = node_of(t)->host->wire;
    if (!issue(t, o, given))
        w->ops->compare_and_swap(w, t->self, at, expected, desired, previous, cookie);
}

static void end_first(struct host *h, struct peer *p, enum completion how)
{
    struct operation *o = p->first;
    p->first = o->next;
    if (!p->first) p->last = &p->first;
    host_complete(h, o->initiator, o->cookie, how);
    free(o);
}

/* Answers are in the order of the requests: of earlier ones without an answer, that or the request
 * was a frame with a wrong checksum. */
bool onesided_done(struct host *h, uint32_t member, const struct frame *f, uint32_t bytes)
{
    struct peer *p = &h->peer[member];
    const struct frame_done *done = (const struct frame_done *)(f + 1);
    if (bytes < sizeof *done || bytes - sizeof *done != done->bytes) return false;
    struct operation *o = p->first;
    while (o && o->number != done->number) o = o->next;
    if (!o || f->node != o->initiator) return false;
    uint32_t expected_bytes = done->how == COMPLETION_OK && o->type != FRAME_WRITE ? o->bytes : 0;
    if (done->how > COMPLETION_UNREACHABLE || done->bytes != expected_bytes) return false;
    if (expected_bytes) memcpy(o->target, done + 1, expected_bytes);
    while (p->first != o) end_first(h, p, COMPLETION_UNREACHABLE);
    end_first(h, p, (enum completion)done->how);
    return true;
}

void onesided_lost(struct host *h, uint32_t member)
{
    struct peer *p = &h->peer[member];
    for (struct operation *o = p->first, *next; o; o = next) {
        next = o->next;
        complete(h, o, COMPLETION_UNREACHABLE);
        free(o);
    }
    p->first = NULL;
    p->last = &p->first;
}

/* ---- at the target --------------------------------------------------------------------------- */

/* An answer is small, and always sent; only a read's bytes may have to be left out. */
static void answer(struct host *h, uint32_t member, const struct frame_request *r, struct buffer *b,
                   struct frame_done done)
{
    struct item item = {.kind = ITEM_FRAME,
                        .type = FRAME_DONE,
                        .node = r->initiator,
                        .bytes = (uint32_t)sizeof done + done.bytes,
                        .sent_ns = h->now_ns,
                        .buffer = b};
    memcpy(b->content, &done, sizeof done);
    if (peers_send(h, member, &item, done.bytes <= WORD_BYTES) || done.bytes <= WORD_BYTES) return;
    done = (struct frame_done){.number = r->number, .how = COMPLETION_UNREACHABLE};
    memcpy(b->content, &done, sizeof done);
    item.bytes = sizeof done;
    peers_send(h, member, &item, true);
}

bool onesided_requested(struct host *h, uint32_t member, const struct frame *f, uint32_t bytes)
{
    const struct frame_request *r = (const struct frame_request *)(f + 1);
    const struct members *members = h->setup.members;
    enum frame_type type = (enum frame_type)f->type;
    if (bytes < sizeof *r || r->bytes > MESSAGE_BYTES_MAX) return false;
    if (bytes - sizeof *r != given_bytes(type, r->bytes)) return false;
    if (type == FRAME_SWAP && r->bytes != WORD_BYTES) return false;
    if (r->initiator >= members->nodes || members->of_node[r->initiator] != member) return false;
    struct remote place = {.node = f->node, .region = r->region, .offset = r->offset};
    unsigned char *memory = allowed(host_node_at(h, f->node), type, r->initiator, &place, r->bytes);
    struct frame_done done = {.number = r->number,
                              .how = memory ? COMPLETION_OK : COMPLETION_DENIED,
                              .bytes = memory && type != FRAME_WRITE ? r->bytes : 0};
    struct buffer *b = buffer_new((uint32_t)sizeof done + done.bytes);
    if (memory) perform(type, memory, r->bytes, r + 1, b->content + sizeof done);
    answer(h, member, r, b, done);
    buffer_release(b);
    return true;
}
