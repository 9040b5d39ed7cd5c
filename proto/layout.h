/* layout.h - the fixed fields of a kind of messages, by name: for what shows messages. */
#ifndef AVIARY_PROTO_LAYOUT_H
#define AVIARY_PROTO_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "proto/command.h"
#include "proto/message.h"

enum field_form {
    FIELD_NUMBER,
    FIELD_LIMIT,   /* a number; UINT64_MAX: without limit */
    FIELD_BALLOT,  /* a round and the index of the replica that may lead in it; UINT64_MAX: none */
    FIELD_COMMAND, /* struct command_id */
};

struct message_field {
    const char *name;
    uint16_t offset; /* in bytes, from the begin of the message */
    uint8_t bytes;   /* 2, 4 or 8; of a struct command_id 16 */
    uint8_t form;    /* enum field_form */
};

/* In the order in which a reader wants them. */
struct message_layout {
    const struct message_field *fields;
    uint32_t count;
};

/* A field that is named otherwise than the member, and one that is not; `type` is a struct. */
#define FIELD_AS(name, type, member, form)                    \
    {                                                         \
        name, (uint16_t)offsetof(struct type, member),        \
            (uint8_t)sizeof(((struct type *)0)->member), form \
    }
#define FIELD(type, member, form) FIELD_AS(#member, type, member, form)
/* The id of the command that a message ends with. */
#define FIELD_OF_COMMAND(type)                                                \
    {                                                                         \
        "of", (uint16_t)(sizeof(struct type) + offsetof(struct command, id)), \
            (uint8_t)sizeof(struct command_id), FIELD_COMMAND                 \
    }

/* Of an array of fields. */
#define LAYOUT(fields)                               \
    {                                                \
        fields, sizeof(fields) / sizeof((fields)[0]) \
    }

#endif
