/* validation.h - the check that every incoming message passes before a handler sees it. */
#ifndef AVIARY_PROTO_NODE_VALIDATION_H
#define AVIARY_PROTO_NODE_VALIDATION_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/message.h"

/* Is this a well-formed message of its kind, with every count and length inside `bytes_received`?
 * Transports call it for everything that comes in; malformed ones are counted and dropped. */
bool message_valid(const struct message *m, uint64_t bytes_received);

#endif
