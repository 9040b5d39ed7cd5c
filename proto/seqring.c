/* seqring.c - see seqring.h. */
#include "proto/seqring.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

enum {
    SLOTS_FEW = 4, /* minimum capacity */
    SPARSE = 8     /* slots per item from which on half of them are freed */
};

static struct seqring_node **slot(struct seqring *r, uint64_t seq)
{
    return r->mask ? &r->slots[seq & r->mask] : &r->only;
}

static void push(struct seqring *r, struct seqring_node *node)
{
    struct seqring_node **into = slot(r, node->seq);
    node->next = *into;
    *into = node;
}

static void resize(struct seqring *r, uint32_t slots)
{
    ASSERT((slots & (slots - 1)) == 0);
    ASSERT(slots >= r->count);
    struct seqring old = *r;
    r->slots = allocate_zeroed(slots, sizeof(struct seqring_node *));
    r->mask = slots - 1;
    for (uint32_t i = 0; i <= old.mask; i++)
        for (struct seqring_node *node = seqring_slot(&old, i), *next; node; node = next) {
            next = node->next;
            push(r, node);
        }
    seqring_finish(&old);
}

/* By half at a time, with as many removals before the next as slots are left. */
static void shrink(struct seqring *r)
{
    uint32_t slots = r->mask + 1;
    if (slots > SLOTS_FEW && r->count < slots / SPARSE) resize(r, slots / 2);
}

void seqring_finish(struct seqring *r)
{
    if (r->mask) free(r->slots);
}

void seqring_add(struct seqring *r, struct seqring_node *node)
{
    if (r->count == r->mask + 1) resize(r, r->mask ? 2 * (r->mask + 1) : SLOTS_FEW);
    push(r, node);
    r->count++;
    ASSERT(r->count <= r->mask + 1);
}

void seqring_remove(struct seqring *r, struct seqring_node *node)
{
    ASSERT(r->count > 0);
    struct seqring_node **at = slot(r, node->seq);
    while (*at != node) {
        ASSERT(*at); /* it is in there */
        at = &(*at)->next;
    }
    *at = node->next;
    r->count--;
    shrink(r);
}

static void filter_slot(struct seqring *r, struct seqring_node **at,
                        bool (*keep)(void *context, struct seqring_node *node), void *context)
{
    while (*at) {
        struct seqring_node *node = *at;
        struct seqring_node *next = node->next;
        if (keep(context, node)) {
            at = &node->next;
        } else {
            ASSERT(r->count > 0);
            *at = next;
            r->count--;
        }
    }
}

void seqring_filter(struct seqring *r, uint64_t first, uint64_t end,
                    bool (*keep)(void *context, struct seqring_node *node), void *context)
{
    uint64_t slots = end - first <= r->mask ? end - first : (uint64_t)r->mask + 1;
    for (uint64_t i = 0; i < slots; i++) filter_slot(r, slot(r, first + i), keep, context);
    shrink(r);
}
