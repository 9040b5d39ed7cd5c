/* validation.h - the check that every incoming message passes before a handler sees it. */
#ifndef AVIARY_PROTO_NODE_VALIDATION_H
#define AVIARY_PROTO_NODE_VALIDATION_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/limits.h"

/* Is this a message of its kind that can be sent in a run with these limits, with every count and
 * length inside `bytes_received`? Its `from` is compared with the true sender by the caller.
 * Transports call it for everything that comes in; what is malformed is counted and dropped.
 * Without a run (NULL) only PROBEs are valid. */
bool message_valid(const struct message *m, uint64_t bytes_received, const struct limits *l);

#endif
