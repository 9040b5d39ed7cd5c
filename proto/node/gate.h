/* gate.h - the gate that every incoming message passes before a handler sees it. */
#ifndef AVIARY_PROTO_NODE_GATE_H
#define AVIARY_PROTO_NODE_GATE_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/message.h"

/* Is this a well-formed message of its kind, with every count and length inside `bytes_received`?
 * Transports call it for everything that comes in; what fails is counted and dropped. */
bool message_valid(const struct message *m, uint64_t bytes_received);

#endif
