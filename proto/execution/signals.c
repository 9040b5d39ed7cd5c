/* signals.c - see signals.h. */
#include "proto/execution/signals.h"

#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "proto/cookie.h"

enum { SLOT_WORDS = 7, SLOT_BYTES = 8 * SLOT_WORDS, CHECK_WORD = SLOT_WORDS - 1 };

/* A slot as a writer makes it, and as a reader has it after a copy of its words. */
union slot {
    struct {
        uint64_t position;
        struct signal signal;
    };
    uint64_t word[SLOT_WORDS]; /* the last is the hash of the others */
};

_Static_assert(sizeof(union slot) == SLOT_BYTES, "no padding");
_Static_assert(sizeof(uint64_t) + sizeof(struct signal) == 8 * CHECK_WORD, "no padding");

/* This replica as a sender to another, and as a receiver from it. */
struct pairing {
    uint64_t written;  /* the last position written there */
    uint64_t given_up; /* the last one whose write failed */
    uint64_t taken;    /* the last position of theirs taken here */
    uint64_t told;     /* the last one that was written back */
};

struct signals {
    struct transport *t;
    uint32_t nodes;
    struct pairing *pairing; /* by node */
    uint64_t *slots;         /* by node and position, written by others */
    uint64_t *taken;         /* by node, written by others */
};

/* ---- cookies -------------------------------------------------------------------------------- */

enum { NODE_SHIFT = 32, TOLD_BIT = 55 };

static uint64_t cookie_of(uint32_t node, uint64_t position)
{
    return cookie_make(COOKIE_SIGNALS, (uint64_t)node << NODE_SHIFT | (uint32_t)position) |
           COOKIE_QUIET;
}

void signals_on_completion(struct signals *s, uint64_t number, enum completion how)
{
    ASSERT(how != COMPLETION_OK);
    uint32_t node = (uint32_t)(number >> NODE_SHIFT) & (UINT32_MAX >> (64 - TOLD_BIT));
    ASSERT(node < s->nodes);
    struct pairing *p = &s->pairing[node];
    if (number >> TOLD_BIT & 1) {
        p->told = 0; /* to be written again */
        return;
    }
    transport_mark(s->t, MARK_SIGNAL_LOST);
    uint64_t position = p->written - (uint32_t)((uint32_t)p->written - (uint32_t)number);
    if (position > p->given_up) p->given_up = position;
}

/* ---- sending -------------------------------------------------------------------------------- */

static uint64_t hash_of(const union slot *slot)
{
    uint64_t hash = SLOT_WORDS;
    for (int i = 0; i < CHECK_WORD; i++) hash = hash_add(hash, slot->word[i]);
    return hash;
}

static uint64_t slot_offset(uint32_t node, uint64_t position)
{
    return ((uint64_t)node * SIGNALS_SLOTS + position % SIGNALS_SLOTS) * SLOT_BYTES;
}

/* The receiver's word is not trusted beyond what it can be. */
static bool is_full(const struct signals *s, uint32_t node)
{
    const struct pairing *p = &s->pairing[node];
    uint64_t taken = region_word(&s->taken[node]);
    if (taken > p->written) taken = p->written;
    if (taken < p->given_up) taken = p->given_up;
    return p->written - taken >= SIGNALS_SLOTS;
}

bool signals_write(struct signals *s, uint32_t node, const struct signal *signal)
{
    ASSERT(node < s->nodes);
    if (is_full(s, node)) return false;
    uint64_t position = ++s->pairing[node].written;
    union slot slot = {.position = position, .signal = *signal};
    slot.word[CHECK_WORD] = hash_of(&slot);
    struct remote place = {node, SIGNALS_REGION, slot_offset(s->t->self, position)};
    s->t->ops->write(s->t, place, &slot, sizeof slot, cookie_of(node, position));
    return true;
}

/* ---- receiving ------------------------------------------------------------------------------ */

/* Copies a slot; false: it is old, or not complete. */
static bool read_slot(struct signals *s, uint32_t node, uint64_t position, union slot *slot)
{
    const uint64_t *word = s->slots + slot_offset(node, position) / sizeof *word;
    slot->position = region_word(word);
    if (slot->position <= s->pairing[node].taken) return false;
    for (int i = 1; i < SLOT_WORDS; i++) slot->word[i] = region_word(word + i);
    if (slot->word[CHECK_WORD] == hash_of(slot)) return true;
    transport_mark(s->t, MARK_SIGNAL_TORN);
    return false;
}

/* The complete slot of the lowest position that was not taken; false: there is none. */
static bool find_lowest(struct signals *s, uint32_t node, union slot *slot)
{
    bool found = false;
    for (uint64_t i = 1; i <= SIGNALS_SLOTS; i++) {
        union slot other;
        if (!read_slot(s, node, s->pairing[node].taken + i, &other)) continue;
        if (found && other.position > slot->position) continue;
        *slot = other;
        found = true;
    }
    return found;
}

/* Normally that of the next position. A later one is looked for twice: when it is complete, so are
 * those before it that were being written when they were looked at. */
static bool find_next(struct signals *s, uint32_t node, union slot *slot)
{
    uint64_t next = s->pairing[node].taken + 1;
    if (read_slot(s, node, next, slot) && slot->position == next) return true;
    return find_lowest(s, node, slot) && find_lowest(s, node, slot);
}

/* After half of the ring, so that its sender need not wait. */
static void tell(struct signals *s, uint32_t node)
{
    struct pairing *p = &s->pairing[node];
    if (p->taken - p->told < SIGNALS_SLOTS / 2) return;
    p->told = p->taken;
    struct remote place = {node, SIGNALS_TAKEN_REGION, s->t->self * sizeof p->told};
    s->t->ops->write(s->t, place, &p->told, sizeof p->told,
                     cookie_of(node, 0) | UINT64_C(1) << TOLD_BIT);
}

bool signals_take(struct signals *s, uint32_t node, struct signal *signal)
{
    ASSERT(node < s->nodes);
    union slot slot;
    bool found = find_next(s, node, &slot);
    if (found) {
        s->pairing[node].taken = slot.position;
        *signal = slot.signal;
    }
    tell(s, node);
    return found;
}

/* ---- life ----------------------------------------------------------------------------------- */

struct signals *signals_create(struct transport *t, const struct topology *topology, uint32_t group)
{
    struct signals *s = allocate_zeroed(1, sizeof *s);
    uint32_t nodes = topology->groups * topology->replicas;
    s->t = t;
    s->nodes = nodes;
    s->pairing = allocate_zeroed(nodes, sizeof *s->pairing);
    s->slots = allocate_zeroed((size_t)nodes * SIGNALS_SLOTS, SLOT_BYTES);
    s->taken = allocate_zeroed(nodes, sizeof *s->taken);
    uint32_t others[GROUPS_MAX * REPLICAS_MAX], count = 0;
    for (uint32_t i = 0; i < nodes; i++)
        if (topology_group(topology, i) != group) others[count++] = i;
    const struct transport_ops *ops = t->ops;
    ops->region_register(t, SIGNALS_REGION, s->slots, (uint64_t)nodes * SIGNALS_SLOTS * SLOT_BYTES);
    ops->region_watch(t, SIGNALS_REGION);
    ops->region_grant(t, SIGNALS_REGION, others, count);
    ops->region_register(t, SIGNALS_TAKEN_REGION, s->taken, nodes * sizeof *s->taken);
    ops->region_grant(t, SIGNALS_TAKEN_REGION, others, count);
    return s;
}

void signals_destroy(struct signals *s)
{
    if (!s) return;
    free(s->pairing);
    free(s->slots);
    free(s->taken);
    free(s);
}
