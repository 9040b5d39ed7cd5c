/* verbs_owner.c - own memory: regions, grants, and the queue pairs by which others reach it.
 *
 * A region is registered once for all readers, and once more for each granted writer: the key of
 * that registration is sent to this writer only, and a revoke ends it. The verbs promise that no
 * access by a key takes effect after ibv_dereg_mr() has returned. Registrations are made when the
 * key is requested, so that a grant that is never used costs nothing. */
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "rdma/wire/verbs_parts.h"

static struct region *region_at(const struct verbs *v, uint32_t node, uint32_t number)
{
    if (!v->region || number >= REGIONS_MAX || !verbs_is_own(v, node)) return NULL;
    struct region *r = &v->region[(uint64_t)node * REGIONS_MAX + number];
    return r->memory ? r : NULL;
}

void verbs_region_register(struct wire *w, uint32_t node, uint32_t region, void *memory,
                           uint64_t bytes)
{
    struct verbs *v = (struct verbs *)(void *)w;
    uint32_t nodes = v->setup.members->nodes;
    ASSERT(node < nodes);
    ASSERT(verbs_is_own(v, node));
    ASSERT(region < REGIONS_MAX);
    ASSERT(memory);
    ASSERT((uintptr_t)memory % sizeof(uint64_t) == 0);
    if (!v->region) v->region = allocate_zeroed((size_t)nodes * REGIONS_MAX, sizeof *v->region);
    struct region *r = &v->region[(uint64_t)node * REGIONS_MAX + region];
    ASSERT(!r->memory);
    r->memory = memory;
    r->bytes = bytes;
    r->grant = allocate_zeroed(nodes, sizeof *r->grant);
}

void verbs_region_watch(struct wire *w, uint32_t node, uint32_t region)
{
    struct region *r = region_at((struct verbs *)(void *)w, node, region);
    ASSERT(r);
    r->watched = true;
}

static struct grant *grant_of(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    struct verbs *v = (struct verbs *)(void *)w;
    ASSERT(node < v->setup.members->nodes);
    ASSERT(writer < v->setup.members->nodes);
    struct region *r = region_at(v, node, region);
    ASSERT(r);
    return &r->grant[writer];
}

void verbs_region_grant(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    grant_of(w, node, region, writer)->held = true;
}

static void deregister(struct ibv_mr **mr)
{
    if (!*mr) return;
    int failed = ibv_dereg_mr(*mr);
    ASSERT(!failed);
    *mr = NULL;
}

void verbs_region_revoke(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    struct grant *g = grant_of(w, node, region, writer);
    g->held = false;
    deregister(&g->mr);
}

/* ---- for peers ----------------------------------------------------------------------------------
 */

/* The registration for the requested key, made now if need be; NULL: no permission, or the device's
 * limit is reached. */
static struct ibv_mr *registration(struct verbs *v, struct region *r, uint32_t writer)
{
    struct ibv_mr **mr = writer == ALL_READERS ? &r->readers : &r->grant[writer].mr;
    if (writer != ALL_READERS && !r->grant[writer].held) return NULL;
    unsigned access = IBV_ACCESS_REMOTE_READ;
    if (writer != ALL_READERS)
        access |= IBV_ACCESS_LOCAL_WRITE | IBV_ACCESS_REMOTE_WRITE | IBV_ACCESS_REMOTE_ATOMIC;
    if (!*mr) *mr = ibv_reg_mr(mq_pd(v->q), r->memory, r->bytes, access);
    return *mr;
}

bool verbs_owner_asked(struct verbs *v, struct peer *p, const struct key *question)
{
    const struct members *members = v->setup.members;
    if (question->owner >= members->nodes) return false;
    if (question->writer != ALL_READERS &&
        (question->writer >= members->nodes || members->of_node[question->writer] != p->member))
        return false;
    struct control answer = {.kind = LINK_KEY, .key = *question};
    struct region *r = region_at(v, question->owner, question->region);
    struct ibv_mr *mr = r ? registration(v, r, question->writer) : NULL;
    bool watches = mr && r->watched && question->writer != ALL_READERS;
    answer.key.watch = 0;
    if (watches)
        answer.key.watch = verbs_watch_number(
            v, &(struct watch){question->owner, question->region, question->writer});
    answer.key.granted = mr && (!watches || answer.key.watch);
    answer.key.rkey = mr ? mr->rkey : 0;
    answer.key.address = mr ? (uintptr_t)r->memory : 0;
    answer.key.bytes = mr ? r->bytes : 0;
    verbs_owe(v, p, &answer);
    return true;
}

bool verbs_owner_open(struct verbs *v, struct peer *p, const struct ending *other)
{
    if (other->rd_atomic < 1 || other->rd_atomic > RD_ATOMIC_MAX) return false;
    struct responder *r = &p->responder;
    struct ending wanted = *other;
    struct ibv_device_attr device;
    verbs_pair_destroy(&r->pair);
    if (ibv_query_device(mq_pd(v->q)->context, &device) != 0) device.max_qp_rd_atom = 1;
    if (wanted.rd_atomic > (uint32_t)device.max_qp_rd_atom)
        wanted.rd_atomic = (uint32_t)device.max_qp_rd_atom;
    struct control opened = {.kind = LINK_OPENED, .ending = {.number = other->number}};
    if (verbs_pair_create(v, p, &r->pair, 1, RESPONDER_DEPTH) && verbs_watch_prepare(v, p) &&
        verbs_pair_receive(&r->pair, &wanted)) {
        opened.ending.qp = r->pair.qp->qp_num;
        opened.ending.psn = r->pair.psn;
        opened.ending.rd_atomic = wanted.rd_atomic;
    }
    verbs_owe(v, p, &opened);
    return true;
}

/* ---- for nodes of this member -------------------------------------------------------------------
 */

enum completion verbs_owner_perform(struct verbs *v, const struct operation *o, const void *source)
{
    struct region *r = region_at(v, o->place.node, o->place.region);
    if (!r || o->place.offset > r->bytes || o->bytes > r->bytes - o->place.offset)
        return COMPLETION_DENIED;
    if (o->kind != OPERATION_READ && !r->grant[o->node].held) return COMPLETION_DENIED;
    unsigned char *place = r->memory + o->place.offset;
    switch (o->kind) {
    case OPERATION_WRITE:
        if (o->bytes) memmove(place, source, o->bytes);
        if (r->watched)
            pending_written(&v->pending, o->place.node, o->place.region, o->node, o->stamp);
        break;
    case OPERATION_READ:
        if (o->bytes) memmove(o->target, place, o->bytes);
        break;
    case OPERATION_SWAP: {
        uint64_t found = o->expected;
        __atomic_compare_exchange_n((uint64_t *)(void *)place, &found, o->desired, false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        memcpy(o->target, &found, sizeof found);
        break;
    }
    }
    return COMPLETION_OK;
}

void verbs_owner_finish(struct verbs *v)
{
    uint32_t nodes = v->setup.members->nodes;
    for (uint64_t i = 0; v->region && i < (uint64_t)nodes * REGIONS_MAX; i++) {
        struct region *r = &v->region[i];
        deregister(&r->readers);
        for (uint32_t writer = 0; r->grant && writer < nodes; writer++)
            deregister(&r->grant[writer].mr);
        free(r->grant);
    }
    free(v->region);
}
