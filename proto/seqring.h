/* seqring.h - items found by sequence number: a ring whose slots are short lists.
 *
 * A sender's pending items bear mostly consecutive numbers, so each has a slot for itself. Numbers
 * that are far apart, or equal (several rounds of one command), share one. The capacity depends on
 * the count of items and not on the span of their numbers, which a stuck or malformed command can
 * widen at will. The owner embeds struct seqring_node as the first member and owns the memory.
 * Adding and removing cost amortised constant time. */
#ifndef AVIARY_PROTO_SEQRING_H
#define AVIARY_PROTO_SEQRING_H

#include <stdbool.h>
#include <stdint.h>

struct seqring_node {
    struct seqring_node *next;
    uint64_t seq;
};

/* All zero: empty, without memory of its own as long as it holds one item at most. */
struct seqring {
    union {
        struct seqring_node *only;   /* mask 0: the one slot */
        struct seqring_node **slots; /* else */
    };
    uint32_t mask; /* slots - 1; their number is a power of two */
    uint32_t count;
};

/* Frees the ring's own memory. */
void seqring_finish(struct seqring *r);
/* node->seq must be set. */
void seqring_add(struct seqring *r, struct seqring_node *node);
void seqring_remove(struct seqring *r, struct seqring_node *node);
/* Offer the nodes in the slots of the numbers from `first` on, up to `end` (exclusive), to keep(),
 * others that share those slots included; one it returns false for is out of the ring and may be
 * freed in there. */
void seqring_filter(struct seqring *r, uint64_t first, uint64_t end,
                    bool (*keep)(void *context, struct seqring_node *node), void *context);

/* The list of the nodes that share the slot of `seq`, its own among them, in no order. */
static inline struct seqring_node *seqring_slot(const struct seqring *r, uint64_t seq)
{
    return r->mask ? r->slots[seq & r->mask] : r->only;
}

/* A node with this number, or NULL. */
static inline struct seqring_node *seqring_find(const struct seqring *r, uint64_t seq)
{
    struct seqring_node *node = seqring_slot(r, seq);
    while (node && node->seq != seq) node = node->next;
    return node;
}

#endif
