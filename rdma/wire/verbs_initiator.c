/* verbs_initiator.c - own one-sided operations, from the call to the completion.
 *
 * The operations on a peer's nodes form a FIFO queue. Its head is posted when the queue pair is
 * open, the key is known, and work requests and bounce buffer have room for it; if the key is not
 * known, it is requested from the owner and the queue blocks. A queue pair completes operations in
 * order, so one completion covers all before it, and places in the bounce buffer are freed in the
 * order of allocation.
 *
 * An operation that is denied by a remembered key may only be late: the grant may have been given
 * anew. The key is requested once more; if that is refused, or the new key is denied, too, it is
 * denied. Operations posted behind it never took effect and are posted again, on a new queue pair.
 * After any other failure it is unknown which have taken effect: all in the queue are
 * unreachable. */
#include <string.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/wire/verbs_parts.h"

static struct operation *operation_at(const struct initiator *i, uint64_t number)
{
    return &i->operation[number & (i->room - 1)];
}

static bool is_quiet(const struct operation *o)
{
    return o->kind == OPERATION_WRITE && o->cookie & COOKIE_QUIET;
}

void verbs_end(struct verbs *v, const struct operation *o, enum completion how)
{
    if (how == COMPLETION_OK && is_quiet(o)) return;
    pending_completion(&v->pending, o->node, o->cookie, how);
}

/* ---- the bounce buffer --------------------------------------------------------------------------
 */

static bool is_inline(const struct operation *o)
{
    return o->kind == OPERATION_WRITE && o->bytes <= INLINE_BYTES;
}

static unsigned char *bounce_of(const struct initiator *i, const struct operation *o)
{
    return i->bounce + o->offset;
}

/* Takes a place in the bounce buffer, in one piece, and moves a write's data there. False: full. */
static bool stage(struct initiator *i, struct operation *o, const void *source)
{
    if (o->staged || is_inline(o)) return true;
    if (!i->bounce) return false;
    uint64_t bytes = (o->bytes + 63) / 64 * 64, begin = i->bounce_end;
    uint64_t to_end = BOUNCE_BYTES - begin % BOUNCE_BYTES;
    if (bytes > to_end) begin += to_end;
    if (begin + bytes > i->bounce_begin + BOUNCE_BYTES) return false;
    o->offset = (uint32_t)(begin % BOUNCE_BYTES);
    o->end = i->bounce_end = begin + bytes;
    o->staged = true;
    if (o->kind == OPERATION_WRITE) memcpy(bounce_of(i, o), source, o->bytes);
    free(o->data);
    o->data = NULL;
    return true;
}

/* ---- the line -----------------------------------------------------------------------------------
 */

static struct operation *append(struct initiator *i)
{
    if (i->end - i->first == i->room) {
        uint32_t room = i->room ? 2 * i->room : INITIATOR_DEPTH;
        struct operation *line = allocate(room * sizeof *line);
        for (uint64_t n = i->first; n < i->end; n++) line[n & (room - 1)] = *operation_at(i, n);
        free(i->operation);
        i->operation = line;
        i->room = room;
    }
    return operation_at(i, i->end++);
}

void verbs_initiator_add(struct verbs *v, const struct operation *operation, const void *source)
{
    const struct members *members = v->setup.members;
    struct initiator *i = &v->peer[members->of_node[operation->place.node]].initiator;
    bool waits = i->posted < i->end; /* one before it may have no place yet */
    struct operation *o = append(i);
    *o = *operation;
    v->operations++;
    if (o->kind != OPERATION_WRITE) return;
    if (is_inline(o)) {
        if (o->bytes) memcpy(o->word, source, o->bytes);
    } else if (waits || !stage(i, o, source)) {
        o->data = allocate(o->bytes);
        memcpy(o->data, source, o->bytes);
    }
}

static void finish_first(struct verbs *v, struct initiator *i, enum completion how)
{
    struct operation *o = operation_at(i, i->first++);
    if (how == COMPLETION_OK && o->kind != OPERATION_WRITE && o->bytes)
        memcpy(o->target, bounce_of(i, o), o->bytes);
    if (o->staged) i->bounce_begin = o->end;
    free(o->data);
    v->operations--;
    verbs_end(v, o, how);
}

/* Completes finished operations, in order. */
static void settle(struct verbs *v, struct initiator *i)
{
    while (i->first < i->posted) {
        if (operation_at(i, i->first)->denied)
            finish_first(v, i, COMPLETION_DENIED);
        else if (i->first < i->completed)
            finish_first(v, i, COMPLETION_OK);
        else
            break;
    }
}

/* ---- keys ---------------------------------------------------------------------------------------
 */

static uint32_t writer_of(const struct operation *o)
{
    return o->kind == OPERATION_READ ? ALL_READERS : o->node;
}

/* NULL: not known. */
static struct key *key_for(struct initiator *i, const struct operation *o)
{
    for (uint32_t k = 0; k < i->key_count; k++) {
        struct key *key = &i->key[k];
        if (key->owner == o->place.node && key->region == o->place.region &&
            key->writer == writer_of(o))
            return key;
    }
    return NULL;
}

static void forget_key(struct initiator *i, const struct operation *o)
{
    struct key *key = key_for(i, o);
    if (key) *key = i->key[--i->key_count];
}

static void ask(struct verbs *v, struct peer *p, struct operation *o)
{
    struct initiator *i = &p->initiator;
    if (i->asking) return;
    struct control c = {.kind = LINK_ASK,
                        .key = {.number = ++i->question,
                                .owner = o->place.node,
                                .region = o->place.region,
                                .writer = writer_of(o)}};
    i->asking = true;
    o->asked++;
    verbs_owe(v, p, &c);
}

/* The answer is for the first waiting operation. */
void verbs_initiator_told(struct verbs *v, struct peer *p, const struct key *key)
{
    struct initiator *i = &p->initiator;
    if (!i->asking || key->number != i->question || i->posted == i->end) {
        v->dropped++;
        return;
    }
    struct operation *o = operation_at(i, i->posted);
    i->asking = false;
    if (!key->granted) {
        o->denied = true;
        return;
    }
    if (i->key_count == i->key_room) {
        i->key_room = i->key_room ? 2 * i->key_room : 8;
        i->key = reallocate(i->key, i->key_room * sizeof *i->key);
    }
    i->key[i->key_count] = *key;
    i->key[i->key_count].owner = o->place.node;
    i->key[i->key_count].region = o->place.region;
    i->key[i->key_count++].writer = writer_of(o);
}

/* ---- the queue pair -----------------------------------------------------------------------------
 */

static void close_pair(struct verbs *v, struct initiator *i)
{
    verbs_pair_destroy(&i->pair);
    v->signals -= i->signals;
    i->signals = 0;
    i->read_end = i->swap_end = 0;
    i->state = INITIATOR_CLOSED;
}

/* Ends all operations in the queue, which may or may not have taken effect. */
static void fail_all(struct verbs *v, struct initiator *i)
{
    close_pair(v, i);
    i->asking = false;
    while (i->first < i->end) finish_first(v, i, COMPLETION_UNREACHABLE);
    i->completed = i->posted = i->end;
}

void verbs_initiator_lost(struct verbs *v, struct peer *p)
{
    fail_all(v, &p->initiator);
    p->initiator.key_count = 0;
}

void verbs_initiator_finish(struct verbs *v, struct peer *p)
{
    struct initiator *i = &p->initiator;
    fail_all(v, i);
    if (i->bounce_mr) ibv_dereg_mr(i->bounce_mr);
    free(i->bounce);
    free(i->operation);
    free(i->key);
}

static bool make_bounce(struct verbs *v, struct initiator *i)
{
    if (i->bounce) return true;
    i->bounce = aligned_alloc(4096, BOUNCE_BYTES);
    ASSERT(i->bounce);
    i->bounce_mr = ibv_reg_mr(mq_pd(v->q), i->bounce, BOUNCE_BYTES, IBV_ACCESS_LOCAL_WRITE);
    if (i->bounce_mr) return true;
    free(i->bounce);
    i->bounce = NULL;
    return false;
}

static void open_pair(struct verbs *v, struct peer *p)
{
    struct initiator *i = &p->initiator;
    struct ibv_device_attr device;
    if (!make_bounce(v, i) || ibv_query_device(mq_pd(v->q)->context, &device) != 0 ||
        !verbs_pair_create(v, p, &i->pair, INITIATOR_DEPTH, 1)) {
        fail_all(v, i);
        return;
    }
    uint32_t most = (uint32_t)device.max_qp_init_rd_atom;
    i->rd_atomic = most < 1 ? 1 : most > RD_ATOMIC_MAX ? RD_ATOMIC_MAX : most;
    i->state = INITIATOR_OPENING;
    struct control open = {.kind = LINK_OPEN,
                           .ending = {.number = ++i->number,
                                      .qp = i->pair.qp->qp_num,
                                      .psn = i->pair.psn,
                                      .rd_atomic = i->rd_atomic}};
    verbs_owe(v, p, &open);
}

void verbs_initiator_opened(struct verbs *v, struct peer *p, const struct ending *other)
{
    struct initiator *i = &p->initiator;
    if (i->state != INITIATOR_OPENING || other->number != i->number) {
        v->dropped++;
        return;
    }
    bool sane = other->qp && other->rd_atomic >= 1 && other->rd_atomic <= i->rd_atomic;
    struct ending back = *other;
    back.rd_atomic = 1; /* no reads over this end */
    if (sane && verbs_pair_receive(&i->pair, &back) && verbs_pair_send(&i->pair, other->rd_atomic))
        i->state = INITIATOR_OPEN;
    else
        fail_all(v, i);
}

/* ---- posting ------------------------------------------------------------------------------------
 */

/* Work requests to be posted with one doorbell. */
struct list {
    struct ibv_send_wr request[INITIATOR_DEPTH];
    struct ibv_sge piece[INITIATOR_DEPTH];
    uint32_t count;
    uint64_t last; /* number of the operation of the last one */
    bool awaited;  /* not all are quiet */
};

static uint64_t request_id(const struct peer *p, uint64_t number)
{
    return (uint64_t)(uint16_t)p->member << 48 | (uint64_t)(uint16_t)p->initiator.number << 32 |
           (uint32_t)number;
}

/* A device may let WRITEs overtake READs and atomics before them, and atomics READs. IBV_SEND_FENCE
 * prevents that; but rxe blocks at a fence, and sometimes, when packets were lost, for ever. So
 * operations that must not overtake wait here. */
static bool must_wait(const struct initiator *i, const struct operation *o)
{
    return (o->kind != OPERATION_READ && i->read_end > i->completed) ||
           (o->kind == OPERATION_WRITE && i->swap_end > i->completed);
}

static void add_request(struct list *l, struct peer *p, uint64_t number, const struct key *key)
{
    static const enum ibv_wr_opcode opcode[] = {[OPERATION_WRITE] = IBV_WR_RDMA_WRITE,
                                                [OPERATION_READ] = IBV_WR_RDMA_READ,
                                                [OPERATION_SWAP] = IBV_WR_ATOMIC_CMP_AND_SWP};
    struct initiator *i = &p->initiator;
    struct operation *o = operation_at(i, number);
    uint64_t address = key->address + o->place.offset;
    struct ibv_sge *piece = &l->piece[l->count];
    *piece = (struct ibv_sge){
        .addr = (uintptr_t)(is_inline(o) ? (void *)o->word : (void *)bounce_of(i, o)),
        .length = o->bytes,
        .lkey = i->bounce_mr->lkey,
    };
    struct ibv_send_wr *r = &l->request[l->count];
    *r = (struct ibv_send_wr){
        .wr_id = request_id(p, number),
        .sg_list = piece,
        .num_sge = o->bytes ? 1 : 0,
        .opcode = opcode[o->kind],
        .send_flags = is_inline(o) ? IBV_SEND_INLINE : 0,
    };
    if (o->kind == OPERATION_WRITE && key->watch) {
        r->opcode = IBV_WR_RDMA_WRITE_WITH_IMM;
        r->imm_data = verbs_watch_immediate(key->watch, o->stamp);
    }
    if (o->kind == OPERATION_READ) i->read_end = number + 1;
    if (o->kind == OPERATION_SWAP) i->swap_end = number + 1;
    if (o->kind == OPERATION_SWAP) {
        r->wr.atomic.remote_addr = address;
        r->wr.atomic.rkey = key->rkey;
        r->wr.atomic.compare_add = o->expected;
        r->wr.atomic.swap = o->desired;
    } else {
        r->wr.rdma.remote_addr = address;
        r->wr.rdma.rkey = key->rkey;
    }
    if (l->count > 0) l->request[l->count - 1].next = r;
    l->count++;
    l->last = number;
    l->awaited |= !is_quiet(o);
    o->awaited = false;
    if (number % INITIATOR_SIGNAL == 0) r->send_flags |= IBV_SEND_SIGNALED;
}

static bool is_inside(const struct operation *o, const struct key *key)
{
    return o->place.offset <= key->bytes && o->bytes <= key->bytes - o->place.offset;
}

/* Posts the first waiting operation if possible. */
static bool advance(struct verbs *v, struct peer *p, struct list *l)
{
    struct initiator *i = &p->initiator;
    struct operation *o = operation_at(i, i->posted);
    if (!o->denied) {
        const struct key *key = key_for(i, o);
        if (!key) {
            ask(v, p, o);
            return false;
        }
        o->denied = !is_inside(o, key);
        if (!o->denied) {
            if (must_wait(i, o) || !stage(i, o, o->data)) return false;
            add_request(l, p, i->posted, key);
        }
    }
    i->posted++;
    return true;
}

static void await(struct verbs *v, struct initiator *i, struct list *l)
{
    l->request[l->count - 1].send_flags |= IBV_SEND_SIGNALED;
    operation_at(i, l->last)->awaited = true;
    if (i->signals == 0) i->progress_ns = clock_now();
    i->signals++;
    v->signals++;
}

static void post(struct verbs *v, struct peer *p)
{
    struct initiator *i = &p->initiator;
    struct list l;
    l.count = 0;
    l.awaited = false;
    uint64_t under_way = i->completed > i->first ? i->completed : i->first;
    while (i->posted < i->end && i->posted - under_way < INITIATOR_DEPTH && advance(v, p, &l))
        continue;
    if (l.count > 0) {
        struct ibv_send_wr *bad;
        if (l.awaited) await(v, i, &l);
        if (ibv_post_send(i->pair.qp, l.request, &bad) != 0) fail_all(v, i);
    }
    settle(v, i);
}

void verbs_initiators_post(struct verbs *v)
{
    for (uint32_t member = 0; v->operations && member < v->setup.members->count; member++) {
        struct peer *p = &v->peer[member];
        struct initiator *i = &p->initiator;
        if (i->posted == i->end || !p->up) continue;
        if (i->state == INITIATOR_CLOSED) open_pair(v, p);
        if (i->state == INITIATOR_OPEN) post(v, p);
    }
}

/* ---- completions --------------------------------------------------------------------------------
 */

enum meaning { MEANING_OK, MEANING_DENIED, MEANING_BROKEN };

static enum meaning meaning_of(enum ibv_wc_status status)
{
    switch (status) {
    case IBV_WC_SUCCESS:
        return MEANING_OK;
    case IBV_WC_REM_ACCESS_ERR:  /* no such key, out of its bounds, not for this */
    case IBV_WC_REM_INV_REQ_ERR: /* the queue pair or the key does not allow it */
        return MEANING_DENIED;
    case IBV_WC_WR_FLUSH_ERR: /* flushed by the device: the cause precedes it */
    case IBV_WC_RETRY_EXC_ERR:
    case IBV_WC_RNR_RETRY_EXC_ERR:
    case IBV_WC_RESP_TIMEOUT_ERR:
    case IBV_WC_REM_OP_ERR:
    case IBV_WC_REM_ABORT_ERR:
    case IBV_WC_BAD_RESP_ERR:
    case IBV_WC_FATAL_ERR:
    case IBV_WC_GENERAL_ERR:
    case IBV_WC_LOC_LEN_ERR:
    case IBV_WC_LOC_QP_OP_ERR:
    case IBV_WC_LOC_PROT_ERR:
    case IBV_WC_LOC_ACCESS_ERR:
    case IBV_WC_LOC_EEC_OP_ERR: /* of services, work and receives that are not used here */
    case IBV_WC_LOC_RDD_VIOL_ERR:
    case IBV_WC_REM_INV_RD_REQ_ERR:
    case IBV_WC_INV_EECN_ERR:
    case IBV_WC_INV_EEC_STATE_ERR:
    case IBV_WC_MW_BIND_ERR:
    case IBV_WC_TM_ERR:
    case IBV_WC_TM_RNDV_INCOMPLETE:
        return MEANING_BROKEN;
    }
    return MEANING_BROKEN;
}

static void denied(struct verbs *v, struct initiator *i, uint64_t number)
{
    struct operation *o = operation_at(i, number);
    forget_key(i, o);
    if (o->asked > 0) o->denied = true;
    close_pair(v, i);
    i->completed = i->posted = number;
}

static void take(struct verbs *v, const struct ibv_wc *wc)
{
    if (wc->wr_id >> 48 >= v->setup.members->count) return;
    struct initiator *i = &v->peer[wc->wr_id >> 48].initiator;
    if (i->state != INITIATOR_OPEN || (uint16_t)i->number != (uint16_t)(wc->wr_id >> 32)) return;
    uint64_t number = i->first + (uint32_t)((uint32_t)wc->wr_id - (uint32_t)i->first);
    if (number >= i->posted) return;
    switch (meaning_of(wc->status)) {
    case MEANING_OK:
        i->completed = number + 1;
        i->progress_ns = clock_now();
        if (!operation_at(i, number)->awaited) break;
        i->signals--;
        v->signals--;
        break;
    case MEANING_DENIED:
        denied(v, i, number);
        break;
    case MEANING_BROKEN:
        fail_all(v, i);
        break;
    }
    settle(v, i);
}

/* Normally retransmission in the device ends sooner. */
static void watch(struct verbs *v)
{
    uint64_t now_ns = clock_now();
    for (uint32_t member = 0; v->signals && member < v->setup.members->count; member++) {
        struct initiator *i = &v->peer[member].initiator;
        if (i->signals && now_ns - i->progress_ns > 2 * v->setup.dead_after_ns) fail_all(v, i);
    }
}

bool verbs_initiators_poll(struct verbs *v)
{
    bool some = false;
    for (;;) {
        for (int k = 0; k < v->wc_count; k++) take(v, &v->wc[k]);
        some |= v->wc_count > 0;
        v->wc_count = 0;
        if (v->operations == 0) return some;
        v->wc_count = ibv_poll_cq(v->cq, sizeof v->wc / sizeof *v->wc, v->wc);
        if (v->wc_count <= 0) break;
    }
    v->wc_count = 0;
    if (!some) watch(v);
    return some;
}
