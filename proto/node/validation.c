/* validation.c - hands a message to the layer that it belongs to (validation.h). */
#include "proto/node/validation.h"

#include "proto/execution/exchange.h"
#include "proto/order/multicast.h"
#include "proto/reply.h"
#include "proto/schemes/transfer.h"

/* The group's own part, then the entries, which are the multicast's. */
static bool log_message_valid(const struct message *m, const struct limits *l)
{
    if (!l->multicast->apply || !group_message_valid(m, l)) return false;
    if (!group_message_slotted(m)) return true;
    const struct message_accept *a = (const struct message_accept *)m;
    return l->multicast->entries_valid(a->entries, a->entry_bytes,
                                       topology_group(l->topology, m->from), l);
}

static bool probe_valid(const struct message *m, const struct limits *l)
{
    (void)l;
    return m->kind == MESSAGE_PROBE;
}

bool message_valid(const struct message *m, uint64_t bytes_received, const struct limits *l)
{
    static bool (*const layers[LAYER_COUNT])(const struct message *m, const struct limits *l) = {
        [LAYER_TRANSPORT] = probe_valid,
        [LAYER_GROUP] = log_message_valid,
        [LAYER_MULTICAST] = multicast_message_valid,
        [LAYER_EXCHANGE] = exchange_message_valid,
        [LAYER_TRANSFER] = transfer_message_valid,
        [LAYER_CLIENT] = reply_message_valid,
        [LAYER_MORE_MULTICAST] = multicast_message_valid,
    };
    if (bytes_received < sizeof(*m) || m->bytes != bytes_received) return false;
    if (m->bytes % 8 || m->bytes > MESSAGE_BYTES_MAX) return false;
    if (m->reserved[0] | m->reserved[1] | m->reserved[2]) return false;
    enum message_layer layer = message_layer(m->kind);
    if (layer == LAYER_COUNT || (!l && layer != LAYER_TRANSPORT)) return false;
    return layers[layer](m, l);
}
