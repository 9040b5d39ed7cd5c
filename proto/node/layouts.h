/* layouts.h - the fixed fields of every kind of messages, by name: for what shows messages. */
#ifndef AVIARY_PROTO_NODE_LAYOUTS_H
#define AVIARY_PROTO_NODE_LAYOUTS_H

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

struct message_layout {
    const struct message_field *fields;
    uint32_t count;
};

/* In the order in which a reader wants them; of PROBE, whose content is any, none. */
struct message_layout message_layout(enum message_kind kind);

/* Of a valid message: the number in a field that is no FIELD_COMMAND, and the id in one that is. */
uint64_t message_field_number(const struct message *m, const struct message_field *f);
struct command_id message_field_command(const struct message *m, const struct message_field *f);

#endif
