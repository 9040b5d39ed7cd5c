/* executor.h - what a replica does with delivered commands: the server side of a scheme. */
#ifndef AVIARY_PROTO_EXECUTOR_H
#define AVIARY_PROTO_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/application.h"
#include "proto/multicast.h"
#include "proto/observer.h"

struct executor_setup {
    struct transport *transport;
    const struct topology *topology;
    const struct timing *timing;
    uint32_t group;
    struct multicast *multicast;
    struct sessions *sessions;
    const struct application_ops *application;
    const uint32_t
        *variable_bytes; /* by variable: its size, for what its value costs on the wire */
    uint32_t variable_count;
    struct observer *observer; /* may be NULL */
    uint32_t plant;            /* enum plant */
};

struct executor; /* a scheme's: begins with the ops pointer */

struct executor_ops {
    struct executor *(*create)(const struct executor_setup *setup);
    void (*destroy)(struct executor *e);
    /* As in struct multicast_events. */
    void (*deliver)(struct executor *e, const struct command *c, uint64_t timestamp);
    void (*asked_again)(struct executor *e, struct command_id id);
    void (*leading)(struct executor *e, bool leading);
    /* True if the message, the timer was one of this scheme's. */
    bool (*on_message)(struct executor *e, struct message *m);
    bool (*on_timer)(struct executor *e, uint32_t timer);
    /* How many commands have been executed, and the running hash over all writes. */
    uint64_t (*executed)(const struct executor *e, uint64_t *state_hash);
};

struct executor {
    const struct executor_ops *ops;
};

#endif
