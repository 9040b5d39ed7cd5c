/* idmap.h - records found by command id: an intrusive hash map.
 *
 * The owner embeds struct idmap_node as the first member and owns the memory. Nothing may depend on
 * the order of a walk. */
#ifndef AVIARY_PROTO_IDMAP_H
#define AVIARY_PROTO_IDMAP_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/command.h"

struct idmap_node {
    struct command_id id;
    struct idmap_node *next;
};

struct idmap {
    struct idmap_node **buckets;
    uint32_t bucket_count;
    uint32_t count;
};

void idmap_init(struct idmap *m);
/* Frees the map's own memory; the nodes must have been taken out (idmap_filter). */
void idmap_finish(struct idmap *m);
struct idmap_node *idmap_find(const struct idmap *m, struct command_id id);
/* node->id must be set and not be in the map. */
void idmap_add(struct idmap *m, struct idmap_node *node);
void idmap_remove(struct idmap *m, struct idmap_node *node);
/* Offer every node to keep(); one it returns false for is out of the map and may be freed in there.
 */
void idmap_filter(struct idmap *m, bool (*keep)(void *context, struct idmap_node *node),
                  void *context);

#endif
