/* executor.h - execution of delivered commands: the server side of a scheme.
 *
 * Common to all schemes (executor.c): commands are executed one after the other in delivery order;
 * the one at the head may wait for messages of other groups (exchange.h), and blocks those behind
 * it; messages missing after a time-out are requested; replies are kept for clients that
 * retransmit. A scheme embeds struct executor as its first member and fills in struct
 * executor_ops. */
#ifndef AVIARY_PROTO_EXECUTION_EXECUTOR_H
#define AVIARY_PROTO_EXECUTION_EXECUTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/application.h"
#include "proto/execution/exchange.h"
#include "proto/execution/store.h"
#include "proto/observer.h"
#include "proto/options.h"
#include "proto/order/multicast.h"
#include "proto/patience.h"
#include "proto/plant.h"
#include "proto/timing.h"
#include "proto/variables.h"

/* The bugs that can be planted here, so in every scheme; ends with NULL. */
extern const struct plant *const executor_plants[];
/* One for schemes in which commands wait for other groups. */
extern const struct plant plant_queued_values;

struct executor_setup {
    struct transport *transport;
    const struct topology *topology;
    const struct timing *timing;
    uint32_t group;
    struct multicast *multicast;
    struct sessions *sessions;
    const struct links *links; /* of this node */
    const struct application *application;
    const struct variables *variables;
    const struct scheme_options *options;
    struct observer *observer; /* may be NULL */
    const struct plant *plant; /* NULL: none */
};

struct executor;

struct executor_ops {
    struct executor *(*create)(const struct executor_setup *setup);
    void (*destroy)(struct executor *e);
    /* c is next: all before it are done. Once for each command. */
    void (*start)(struct executor *e, const struct command *c, uint64_t timestamp);
    /* Execute c and report it by executor_conclude(), or return false: messages are missing. Called
     * again whenever one has arrived (executor_resume). */
    bool (*finish)(struct executor *e, const struct command *c, uint64_t timestamp);
    /* c's time-out has expired (asked_count times before): request the missing messages from their
     * senders, the second time from all replicas that may have them. */
    void (*ask)(struct executor *e, const struct command *c, uint64_t timestamp);
    /* The rest may be NULL. A client sent an executed multicast again; the kept reply has been
     * sent. */
    void (*asked_again)(struct executor *e, struct command_id id);
    void (*leading)(struct executor *e, bool leading);
    /* True if the message, the timer, was one of this scheme's. */
    bool (*on_message)(struct executor *e, struct message *m);
    /* The link to a node broke, or is up again; setup.links is already updated. */
    void (*on_peer)(struct executor *e, uint32_t peer, bool up);
    bool (*on_timer)(struct executor *e, uint32_t timer);
    /* Of an operation, or work, with a cookie of COOKIE_SCHEME (cookie.h). */
    void (*on_completion)(struct executor *e, uint64_t cookie, enum completion how);
    /* c is delivered and must wait behind others (planted bugs). */
    void (*queued)(struct executor *e, const struct command *c, uint64_t timestamp);
    /* Does this group own the variable, or is it on its way here? */
    bool (*owns)(const struct executor *e, uint32_t variable);
    /* Calls for every variable that has left and that others may still wait for, with its value. */
    void (*each_departed)(const struct executor *e,
                          void (*call)(void *context, uint32_t variable,
                                       struct variable_state state),
                          void *context);
    /* No variable that a plan moves here is missing. */
    bool (*settled)(const struct executor *e);
};

struct queued;

struct executor {
    const struct executor_ops *ops;
    struct executor_setup setup;
    struct transport *t;
    bool leading;
    struct store store;
    struct exchange exchange;
    uint64_t plan_version; /* of the last plan in force here, 0: none yet */

    uint64_t delivered; /* timestamp of the last command */
    uint64_t executed;  /* commands done with */
    uint64_t state_hash;
    uint64_t writes;
    uint64_t executed_ns; /* when the last one ended */

    struct queued *head, *tail; /* the head is the one that waits, if any waits */
    bool waiting;
    bool next_set; /* TIMER_NEXT is */
    uint64_t waiting_since_ns;
    uint64_t ask_ns; /* when to request what the head waits for */
    uint32_t asked_count;
    struct patience waits; /* how long commands wait for messages of other groups */
    struct idmap asked;    /* commands to be answered here although this replica does not lead */

    struct variable_state *states; /* of the command that executes, by access */
    uint64_t *seen;
};

/* The outcome of a command here. seen == NULL: this group did not execute it. */
struct outcome {
    enum reply_status status;
    bool answers; /* this group replies to the client */
    uint64_t digest;
    const uint64_t *seen;
};

void executor_init(struct executor *e, const struct executor_ops *ops,
                   const struct executor_setup *setup);
void executor_finish(struct executor *e);

/* As in struct multicast_events. */
void executor_deliver(struct executor *e, const struct command *c, uint64_t timestamp);
void executor_asked_again(struct executor *e, struct command_id id);
void executor_asked_here(struct executor *e, struct command_id id);
void executor_leader_changed(struct executor *e);
void executor_leading(struct executor *e, bool leading);
/* As in struct node_ops. */
void executor_on_message(struct executor *e, struct message *m);
void executor_on_timer(struct executor *e, uint32_t timer);
void executor_on_completion(struct executor *e, uint64_t cookie, enum completion how);
void executor_on_write(struct executor *e, uint32_t region, uint32_t writer);
void executor_on_peer(struct executor *e, uint32_t peer, bool up);

/* A message arrived that the head may have waited for. */
void executor_resume(struct executor *e);
/* Looks at the commands that wait behind the head, at most so many. */
void executor_look_ahead(const struct executor *e, uint32_t most,
                         void (*look)(void *context, const struct command *c), void *context);
/* Charges processor time, in slices with heartbeats in between. */
void executor_charge(struct executor *e, uint64_t cost_ns);
/* Runs the application over e->states: fills in e->seen, charges, and returns the digest. */
uint64_t executor_apply(struct executor *e, const struct command *c);
/* Stores the new state of an owned variable. */
void executor_write(struct executor *e, uint32_t variable, struct variable_state state);
/* Adds the state's changes to its hash. */
void executor_note(struct executor *e, uint64_t word);
/* The end of a command: reports it, keeps the reply and sends it if this replica leads. */
void executor_conclude(struct executor *e, const struct command *c, uint64_t timestamp,
                       const struct outcome *outcome);
/* The same with a reply of the scheme's own (it is taken over), or NULL. */
void executor_conclude_with(struct executor *e, const struct command *c, uint64_t timestamp,
                            const struct outcome *outcome, struct message *reply);

/* Everything admitted is executed, and no variable is on its way here. */
static inline bool executor_settled(const struct executor *e)
{
    return !e->head && multicast_pending(e->setup.multicast) == 0 &&
           (!e->ops->settled || e->ops->settled(e));
}

/* How many commands have been executed, and the running hash over all writes. */
static inline uint64_t executor_executed(const struct executor *e, uint64_t *state_hash)
{
    *state_hash = e->state_hash;
    return e->executed;
}

#endif
