/* idmap.c - chained hashing (idmap.h). */
#include "proto/idmap.h"

#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/random.h"

enum { BUCKETS_FIRST = 64 };

static struct idmap_node **bucket(const struct idmap *m, struct command_id id)
{
    uint64_t name = (uint64_t)id.round << 32 | id.client;
    return &m->buckets[hash_add(name, id.seq) & (m->bucket_count - 1)];
}

void idmap_init(struct idmap *m)
{
    *m = (struct idmap){allocate_zeroed(BUCKETS_FIRST, sizeof(struct idmap_node *)), BUCKETS_FIRST,
                        0};
}

void idmap_finish(struct idmap *m)
{
    ASSERT(m->count == 0);
    free(m->buckets);
}

struct idmap_node *idmap_find(const struct idmap *m, struct command_id id)
{
    struct idmap_node *node = *bucket(m, id);
    while (node && !command_id_equal(node->id, id)) node = node->next;
    return node;
}

static void push(struct idmap *m, struct idmap_node *node)
{
    struct idmap_node **into = bucket(m, node->id);
    node->next = *into;
    *into = node;
}

static void grow(struct idmap *m)
{
    struct idmap old = *m;
    m->bucket_count *= 2;
    m->buckets = allocate_zeroed(m->bucket_count, sizeof(*m->buckets));
    for (uint32_t i = 0; i < old.bucket_count; i++)
        for (struct idmap_node *node = old.buckets[i], *next; node; node = next) {
            next = node->next;
            push(m, node);
        }
    free(old.buckets);
    ASSERT(m->count <= m->bucket_count);
    ASSERT((m->bucket_count & (m->bucket_count - 1)) == 0);
}

void idmap_add(struct idmap *m, struct idmap_node *node)
{
    if (m->count == m->bucket_count) grow(m);
    push(m, node);
    m->count++;
    ASSERT(m->count <= m->bucket_count);
}

void idmap_remove(struct idmap *m, struct idmap_node *node)
{
    ASSERT(m->count > 0);
    struct idmap_node **at = bucket(m, node->id);
    while (*at != node) {
        ASSERT(*at); /* it is in there */
        at = &(*at)->next;
    }
    *at = node->next;
    m->count--;
}

void idmap_filter(struct idmap *m, bool (*keep)(void *context, struct idmap_node *node),
                  void *context)
{
    for (uint32_t i = 0; i < m->bucket_count; i++)
        for (struct idmap_node **at = &m->buckets[i]; *at;) {
            struct idmap_node *node = *at;
            struct idmap_node *next = node->next;
            if (keep(context, node)) {
                at = &node->next;
            } else {
                ASSERT(m->count > 0);
                *at = next;
                m->count--;
            }
        }
}
