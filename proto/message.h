/* message.h - the frame of every message: fixed little-endian layout, no padding, used in place.
 *
 * Each message begins with struct message. The layout of a kind is beside its code (group.h,
 * basecast.h, ...); the table below names all kinds. validation.h checks them. */
#ifndef AVIARY_PROTO_MESSAGE_H
#define AVIARY_PROTO_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "messages are used in place");

enum { MESSAGE_BYTES_MAX = 256 * 1024 };

/* X(NAME, name): what each kind is for stands at its layout. */
#define MESSAGE_KINDS(X)                                                 \
    X(PROBE, probe)     /* transport tests and calibration: any bytes */ \
    X(PREPARE, prepare) /* group.h */                                    \
    X(PROMISE, promise)                                                  \
    X(PROMISED, promised)                                                \
    X(ACCEPT, accept)                                                    \
    X(ACCEPTED, accepted)                                                \
    X(HEARTBEAT, heartbeat)                                              \
    X(SUSPECT, suspect)                                                  \
    X(SUPPORT, support)                                                  \
    X(LEARN, learn)                                                      \
    X(START, start) /* multicast.h */                                    \
    X(WANTED, wanted)                                                    \
    X(HARD, hard)                                                        \
    X(MISSED, missed)                                                    \
    X(LEADER, leader)                                                    \
    X(VALUES, values) /* exchange.h */                                   \
    X(LOAN, loan)                                                        \
    X(RETURN, return )                                                   \
    X(NEED, need)                                                        \
    X(TOLD, told)                                                        \
    X(PLAN_NEED, plan_need) /* transfer.h */                             \
    X(PLAN_PART, plan_part)                                              \
    X(FETCH, fetch)                                                      \
    X(OBJECTS, objects)                                                  \
    X(RECEIVED, received)                                                \
    X(REPLY, reply) /* client.h */                                       \
    X(PROPHECY, prophecy)

enum message_kind {
#define X(NAME, name) MESSAGE_##NAME,
    MESSAGE_KINDS(X)
#undef X
        MESSAGE_KIND_COUNT
};

struct message {
    uint32_t bytes;        /* in memory, this header included; a multiple of 8 */
    uint32_t opaque_bytes; /* more application payload on the wire, whose content is not read */
    uint32_t from;         /* sending node */
    uint8_t kind;          /* enum message_kind */
    uint8_t reserved[3];   /* zero */
};

_Static_assert(sizeof(struct message) == 16, "no padding");

/* "accept", "hard", ...; "?" for a number that is no kind. */
const char *message_kind_name(uint32_t kind);

#endif
