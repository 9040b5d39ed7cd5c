/* reply.h - messages to clients: the reply to a multicast, and the oracle's prophecy. */
#ifndef AVIARY_PROTO_REPLY_H
#define AVIARY_PROTO_REPLY_H

#include <stdint.h>

#include "proto/limits.h"
#include "proto/observer.h"

/* REPLY: the answer to one multicast. */
struct message_reply {
    struct message m; /* opaque_bytes = the command's reply_bytes */
    struct command_id id;
    uint64_t digest;
    uint64_t plan_version; /* in force where it was executed */
    uint32_t seen_count;   /* 0 where the command was not executed */
    uint16_t group;        /* of the replica that answers */
    uint16_t status;       /* enum reply_status */
    uint64_t seen[];       /* struct reply_view */
};

/* PROPHECY: the oracle's answer to CONSULT: the command, with the places of its variables; or to
 * ASK: the command as it has been multicast to the partitions. */
struct message_prophecy {
    struct message m;
    struct command_id id; /* of the query */
    uint64_t plan_version;
    uint32_t status; /* enum reply_status: OK or NOK */
    uint32_t reserved;
    struct command command[];
};

_Static_assert(sizeof(struct message_reply) == 56, "no padding");
_Static_assert(sizeof(struct message_prophecy) == 48, "no padding");

bool reply_message_valid(const struct message *m, const struct limits *l);

#endif
