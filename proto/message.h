/* message.h - the frame of every message: fixed little-endian layout, no padding, used in place.
 *
 * Each message begins with struct message. The layout of a kind is beside its code (group.h,
 * multicast.h, ...); the table below names all kinds. validation.h checks them. */
#ifndef AVIARY_PROTO_MESSAGE_H
#define AVIARY_PROTO_MESSAGE_H

#include <stdbool.h>
#include <stdint.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "messages are used in place");

enum { MESSAGE_BYTES_MAX = 256 * 1024 };

/* X(NAME, name): what each kind is for stands at its layout. The kinds of a layer follow each
 * other: a range, so that the layer is known by the number (message_layer). */
#define TRANSPORT_KINDS(X) X(PROBE, probe) /* transport tests and calibration: any bytes */

#define GROUP_KINDS(X) /* group.h */ \
    X(PREPARE, prepare)              \
    X(PROMISE, promise)              \
    X(PROMISED, promised)            \
    X(ACCEPT, accept)                \
    X(ACCEPTED, accepted)            \
    X(HEARTBEAT, heartbeat)          \
    X(SUSPECT, suspect)              \
    X(SUPPORT, support)              \
    X(LEARN, learn)

/* Those with a number are what the multicast of the run makes of them (multicast_ops.messages): a
 * new one names its messages itself. There are two ranges of them because the numbers of kinds are
 * part of a run's fingerprint, and so keep their places. */
#define MULTICAST_KINDS(X) /* multicast.h */ \
    X(START, start)                          \
    X(WANTED, wanted)                        \
    X(MULTICAST_1, multicast_1)              \
    X(MULTICAST_2, multicast_2)              \
    X(LEADER, leader)

#define EXCHANGE_KINDS(X) /* exchange.h */ \
    X(VALUES, values)                      \
    X(LOAN, loan)                          \
    X(RETURN, return )                     \
    X(NEED, need)                          \
    X(TOLD, told)

#define TRANSFER_KINDS(X) /* transfer.h */ \
    X(PLAN_NEED, plan_need)                \
    X(PLAN_PART, plan_part)                \
    X(FETCH, fetch)                        \
    X(OBJECTS, objects)                    \
    X(RECEIVED, received)

#define CLIENT_KINDS(X) /* reply.h */ \
    X(REPLY, reply)                   \
    X(PROPHECY, prophecy)

#define MORE_MULTICAST_KINDS(X) \
    X(MULTICAST_3, multicast_3) \
    X(MULTICAST_4, multicast_4) \
    X(MULTICAST_5, multicast_5) \
    X(MULTICAST_6, multicast_6) \
    X(MULTICAST_7, multicast_7) \
    X(MULTICAST_8, multicast_8)

/* L(LAYER, kinds of the layer) */
#define MESSAGE_LAYERS(L)         \
    L(TRANSPORT, TRANSPORT_KINDS) \
    L(GROUP, GROUP_KINDS)         \
    L(MULTICAST, MULTICAST_KINDS) \
    L(EXCHANGE, EXCHANGE_KINDS)   \
    L(TRANSFER, TRANSFER_KINDS)   \
    L(CLIENT, CLIENT_KINDS)       \
    L(MORE_MULTICAST, MORE_MULTICAST_KINDS)

enum message_kind {
#define X(NAME, name) MESSAGE_##NAME,
#define L(LAYER, KINDS) KINDS(X)
    MESSAGE_LAYERS(L)
#undef L
#undef X
        MESSAGE_KIND_COUNT
};

enum message_layer {
#define L(LAYER, KINDS) LAYER_##LAYER,
    MESSAGE_LAYERS(L)
#undef L
        LAYER_COUNT
};

struct message {
    uint32_t bytes;        /* in memory, this header included; a multiple of 8 */
    uint32_t opaque_bytes; /* more application payload on the wire, whose content is not read */
    uint32_t from;         /* sending node */
    uint8_t kind;          /* enum message_kind */
    uint8_t reserved[3];   /* zero */
};

_Static_assert(sizeof(struct message) == 16, "no padding");

/* "accept", "start", ...; "?" for a number that is no kind. Of those of a multicast, the names that
 * it gives them are in multicast_kind_name(). */
const char *message_kind_name(uint32_t kind);
/* Whose range the number is in; LAYER_COUNT: none's. */
enum message_layer message_layer(uint32_t kind);

#endif
