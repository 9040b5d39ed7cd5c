/* loop_memory.c - see loop_memory.h. */
#include "rdma/wire/loop_memory.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

enum { WORD_BYTES = 8 };

struct loop_region {
    uint32_t member, node, number;
    struct loop_region *next; /* of that member's; for its own thread */
    pthread_mutex_t lock;     /* over what follows; the last two are read without */
    unsigned char *memory;    /* NULL: its member has left */
    uint64_t bytes;
    uint64_t *writers; /* a bit for each node */
    bool watched;
    _Atomic uint64_t *written; /* a bit for each node with writes to be reported */
    _Atomic uint32_t *stamp;   /* of each node's last write */
};

struct loop_memory {
    uint32_t nodes, words;
    _Atomic(struct loop_region *) *region; /* by node and number */
    struct loop_region **own;              /* by member */
};

struct loop_memory *loop_memory_create(uint32_t nodes, uint32_t members)
{
    struct loop_memory *m = allocate_zeroed(1, sizeof *m);
    m->nodes = nodes;
    m->words = nodes / 64 + 1;
    m->region = allocate_zeroed((size_t)nodes * REGIONS_MAX + 1, sizeof *m->region);
    m->own = allocate_zeroed(members, sizeof *m->own);
    return m;
}

void loop_memory_destroy(struct loop_memory *m)
{
    for (size_t i = 0; i < (size_t)m->nodes * REGIONS_MAX; i++) {
        struct loop_region *r = atomic_load(&m->region[i]);
        if (!r) continue;
        pthread_mutex_destroy(&r->lock);
        free(r->writers);
        free((void *)r->written);
        free((void *)r->stamp);
        free(r);
    }
    free((void *)m->region);
    free(m->own);
    free(m);
}

struct loop_region *loop_memory_find(const struct loop_memory *m, const struct remote *place)
{
    if (place->node >= m->nodes || place->region >= REGIONS_MAX) return NULL;
    return atomic_load_explicit(&m->region[(size_t)place->node * REGIONS_MAX + place->region],
                                memory_order_acquire);
}

static struct loop_region *own_region(const struct loop_memory *m, uint32_t node, uint32_t region)
{
    struct loop_region *r = loop_memory_find(m, &(struct remote){.node = node, .region = region});
    ASSERT(r);
    return r;
}

void loop_memory_register(struct loop_memory *m, uint32_t member, uint32_t node, uint32_t region,
                          void *memory, uint64_t bytes)
{
    ASSERT(node < m->nodes);
    struct loop_region *r = allocate_zeroed(1, sizeof *r);
    r->member = member;
    r->node = node;
    r->number = region;
    r->memory = memory;
    r->bytes = bytes;
    r->writers = allocate_zeroed(m->words, sizeof *r->writers);
    r->written = allocate_zeroed(m->words, sizeof *r->written);
    r->stamp = allocate_zeroed(m->nodes, sizeof *r->stamp);
    pthread_mutex_init(&r->lock, NULL);
    r->next = m->own[member];
    m->own[member] = r;
    _Atomic(struct loop_region *) *place = &m->region[(size_t)node * REGIONS_MAX + region];
    ASSERT(!atomic_load(place));
    atomic_store_explicit(place, r, memory_order_release);
}

void loop_memory_watch(struct loop_memory *m, uint32_t node, uint32_t region)
{
    struct loop_region *r = own_region(m, node, region);
    pthread_mutex_lock(&r->lock);
    r->watched = true;
    pthread_mutex_unlock(&r->lock);
}

void loop_memory_permit(struct loop_memory *m, uint32_t node, uint32_t region, uint32_t writer,
                        bool granted)
{
    struct loop_region *r = own_region(m, node, region);
    uint64_t bit = UINT64_C(1) << writer % 64;
    pthread_mutex_lock(&r->lock);
    if (granted)
        r->writers[writer / 64] |= bit;
    else
        r->writers[writer / 64] &= ~bit;
    pthread_mutex_unlock(&r->lock);
}

void loop_memory_leave(struct loop_memory *m, uint32_t member)
{
    for (struct loop_region *r = m->own[member]; r; r = r->next) {
        pthread_mutex_lock(&r->lock);
        r->memory = NULL;
        pthread_mutex_unlock(&r->lock);
    }
}

uint32_t loop_region_member(const struct loop_region *r)
{
    return r->member;
}

/* ---- operations ------------------------------------------------------------------------------ */

/* The owner, and readers, may be reading at the same time: each word is one atomic store. */
static void copy_in(unsigned char *to, const unsigned char *from, uint32_t bytes)
{
    for (uint32_t step; bytes > 0; to += step, from += step, bytes -= step) {
        step = (uintptr_t)to % WORD_BYTES == 0 && bytes >= WORD_BYTES ? WORD_BYTES : 1;
        uint64_t word;
        if (step == 1) {
            __atomic_store_n(to, *from, __ATOMIC_RELEASE);
        } else {
            memcpy(&word, from, WORD_BYTES);
            __atomic_store_n((uint64_t *)(void *)to, word, __ATOMIC_RELEASE);
        }
    }
}

static void copy_out(unsigned char *to, const unsigned char *from, uint32_t bytes)
{
    for (uint32_t step; bytes > 0; to += step, from += step, bytes -= step) {
        step = (uintptr_t)from % WORD_BYTES == 0 && bytes >= WORD_BYTES ? WORD_BYTES : 1;
        uint64_t word;
        if (step == 1) {
            *to = __atomic_load_n(from, __ATOMIC_ACQUIRE);
        } else {
            word = __atomic_load_n((const uint64_t *)(const void *)from, __ATOMIC_ACQUIRE);
            memcpy(to, &word, WORD_BYTES);
        }
    }
}

static bool is_allowed(const struct loop_region *r, const struct loop_access *a)
{
    if (a->place.offset > r->bytes || a->bytes > r->bytes - a->place.offset) return false;
    return a->kind == LOOP_READ || r->writers[a->node / 64] >> a->node % 64 & 1;
}

static void perform(unsigned char *place, const struct loop_access *a)
{
    switch (a->kind) {
    case LOOP_WRITE:
        copy_in(place, a->source, a->bytes);
        break;
    case LOOP_READ:
        copy_out(a->target, place, a->bytes);
        break;
    case LOOP_SWAP: {
        uint64_t found = a->expected;
        __atomic_compare_exchange_n((uint64_t *)(void *)place, &found, a->desired, false,
                                    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
        memcpy(a->target, &found, sizeof found);
        break;
    }
    }
}

enum completion loop_region_perform(struct loop_region *r, const struct loop_access *a,
                                    bool *watched)
{
    enum completion how = COMPLETION_OK;
    *watched = false;
    pthread_mutex_lock(&r->lock);
    if (!r->memory)
        how = COMPLETION_UNREACHABLE;
    else if (!is_allowed(r, a))
        how = COMPLETION_DENIED;
    else
        perform(r->memory + a->place.offset, a);
    if (how == COMPLETION_OK && a->kind == LOOP_WRITE && r->watched) {
        atomic_store(&r->stamp[a->node], a->stamp);
        atomic_fetch_or(&r->written[a->node / 64], UINT64_C(1) << a->node % 64);
        *watched = true;
    }
    pthread_mutex_unlock(&r->lock);
    return how;
}

void loop_memory_report(struct loop_memory *m, uint32_t member,
                        const struct wire_listener *listener)
{
    for (struct loop_region *r = m->own[member]; r; r = r->next) {
        for (uint32_t i = 0; i < m->words; i++) {
            if (!atomic_load_explicit(&r->written[i], memory_order_relaxed)) continue;
            for (uint64_t bits = atomic_exchange(&r->written[i], 0); bits; bits &= bits - 1) {
                uint32_t writer = i * 64 + (uint32_t)__builtin_ctzll(bits);
                listener->written(listener->context, r->node, r->number, writer,
                                  atomic_load(&r->stamp[writer]));
            }
        }
    }
}
