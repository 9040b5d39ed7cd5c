/* layouts.h - the fixed fields of every kind of messages, by name: for what shows messages. */
#ifndef AVIARY_PROTO_NODE_LAYOUTS_H
#define AVIARY_PROTO_NODE_LAYOUTS_H

#include "proto/order/multicast.h"

/* In a run with that multicast. PROBE, whose content is any, has none, and so have kinds that the
 * multicast does not use. */
struct message_layout message_layout(const struct multicast_ops *multicast, enum message_kind kind);

/* Of a valid message: the number in a field that is no FIELD_COMMAND, and the id in one that is. */
uint64_t message_field_number(const struct message *m, const struct message_field *f);
struct command_id message_field_command(const struct message *m, const struct message_field *f);

#endif
