/* application.h - what executes a command: the interface, and where the digest application plugs
 * in. */
#ifndef AVIARY_PROTO_APPLICATION_H
#define AVIARY_PROTO_APPLICATION_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/command.h"

/* One variable during an execution, parallel to the command's accesses. */
struct variable_state {
    uint64_t
        version; /* VERSION_UNSEEN (observer.h): remote and written blindly, so not exchanged */
    uint64_t value;
};

struct application_ops {
    const char *name;
    /* Execute c: `states` holds each accessed variable as it is and gets what it becomes. Returns
     * the digest that the reply carries. Deterministic: depends on the arguments alone. */
    uint64_t (*execute)(const struct command *c, struct variable_state *states);
};

/* The digest application: every command is executed for real, into hashes, so that a diverging
 * replica, a lost update and a stale read all show. d = hash(client, seq, (variable, version,
 * value) for each variable read, in order of ids) each variable written: version + 1, value =
 * hash(d, variable) A variable that is written but not read does not enter d: its old value is not
 * exchanged (a blind write). Where every written variable is also read, this is the digest over all
 * that is accessed. */
extern const struct application_ops digest_application;

#endif
