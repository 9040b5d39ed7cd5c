/* validation.c - dispatches validation to the layer that the message belongs to (validation.h). */
#include "proto/node/validation.h"

#include "proto/execution/exchange.h"
#include "proto/order/basecast.h"
#include "proto/order/group.h"
#include "proto/order/multicast.h"
#include "proto/reply.h"
#include "proto/schemes/transfer.h"

static bool log_message_valid(const struct message *m)
{
    if (!group_message_valid(m)) return false;
    if (!group_message_slotted(m)) return true;
    const struct message_accept *a = (const struct message_accept *)m;
    return basecast_entries_valid(a->entries, a->entry_bytes);
}

bool message_valid(const struct message *m, uint64_t bytes_received)
{
    if (bytes_received < sizeof(*m) || m->bytes != bytes_received) return false;
    if (m->bytes % 8 || m->bytes > MESSAGE_BYTES_MAX) return false;
    switch ((enum message_kind)m->kind) {
    case MESSAGE_PROBE:
        return true;
    case MESSAGE_PREPARE:
    case MESSAGE_PROMISE:
    case MESSAGE_PROMISED:
    case MESSAGE_ACCEPT:
    case MESSAGE_ACCEPTED:
    case MESSAGE_HEARTBEAT:
    case MESSAGE_SUSPECT:
    case MESSAGE_SUPPORT:
    case MESSAGE_LEARN:
        return log_message_valid(m);
    case MESSAGE_START:
    case MESSAGE_WANTED:
    case MESSAGE_HARD:
    case MESSAGE_MISSED:
    case MESSAGE_LEADER:
        return multicast_message_valid(m);
    case MESSAGE_VALUES:
    case MESSAGE_LOAN:
    case MESSAGE_RETURN:
    case MESSAGE_NEED:
    case MESSAGE_TOLD:
        return exchange_message_valid(m);
    case MESSAGE_PLAN_NEED:
    case MESSAGE_PLAN_PART:
    case MESSAGE_FETCH:
    case MESSAGE_OBJECTS:
    case MESSAGE_RECEIVED:
        return transfer_message_valid(m);
    case MESSAGE_REPLY:
    case MESSAGE_PROPHECY:
        return reply_message_valid(m);
    case MESSAGE_KIND_COUNT:
        break;
    }
    return false;
}
