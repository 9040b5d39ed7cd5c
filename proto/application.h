/* application.h - what executes commands: the interface, and the digest application.
 *
 * A variable is a version and 64 bits of value: an application packs what it computes with into
 * those, and so the store, exchanges and loans need not know which one runs. A variable that was
 * never written is (0, 0): its initial contents are up to the application. */
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

/* An application's verdict on a whole state; at most so many bytes, NUL-terminated. */
enum { APPLICATION_REASON_BYTES = 256 };

enum rules_kept { RULES_KEPT, RULES_UNDECIDED, RULES_BROKEN };

struct application {
    const struct application_ops *ops;
};

struct application_ops {
    const char *name;
    /* Execute c: `states` holds each accessed variable's state, replaced by the new one. Returns
     * the digest that the reply carries. Deterministic: depends on the arguments alone, and of a
     * variable's state only on that of one that is read. */
    uint64_t (*execute)(const struct application *a, const struct command *c,
                        struct variable_state *states);
    /* Both NULL, or: the name of an invariant that the state as a whole keeps whenever no command
     * is in progress; and its check. `states`: of all variables. `reason`: which rule is broken and
     * where, or why the state is undecided. */
    const char *rules;
    enum rules_kept (*kept)(const struct application *a, const struct variable_state *states,
                            char reason[static APPLICATION_REASON_BYTES]);
};

/* The digest application: every command is executed for real, into hashes, so that a diverging
 * replica, a lost update and a stale read all show. d = hash(client, seq, (variable, version,
 * value) for each variable read, in order of ids) each variable written: version + 1, value =
 * hash(d, variable) A variable that is written but not read does not enter d: its old value is not
 * exchanged (a blind write). Where every written variable is also read, this is the digest over all
 * that is accessed. */
extern const struct application digest_application;

/* d as above: any application's reply can be this, taken before it changes the states. */
uint64_t application_digest(const struct command *c, const struct variable_state *states);
/* The variable of an access becomes `value`: one version on, unless it is unseen. */
void application_write(struct variable_state *state, uint64_t value);

#endif
