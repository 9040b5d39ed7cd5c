/* client.h - a client: issues commands, waits for replies, retransmits until it has one for each.
 *
 * What is multicast on behalf of a command, and in which order, is the scheme's: its proxy
 * (proxy.h).
 * Closed loop: at most `outstanding` commands at a time, the next as soon as one is answered. Open
 * loop: each command at its due time, however many are unanswered. Each command gets exactly one
 * reply: the first to come counts, later ones are dropped, and a command without one is sent again,
 * to all members of its groups, with exponential backoff. */
#ifndef AVIARY_PROTO_CLIENT_CLIENT_H
#define AVIARY_PROTO_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/observer.h"
#include "proto/options.h"
#include "proto/order/multicast.h"
#include "proto/reply.h"

struct command_source;
struct proxy_ops;

/* Where a client's commands come from. */
struct command_source_ops {
    /* The next command of this client, borrowed until the next call. id and answered are the
     * client's to fill in; everything else is set, dests included: as the placement at the start
     * has it. *due_ns: when to issue it (open
     * loop); 0: at once. NULL: there are no more; or, with *due_ns set, none yet: call again
     * then. */
    const struct command *(*next)(struct command_source *s, uint32_t client, uint64_t now_ns,
                                  uint64_t *due_ns);
};

struct command_source {
    const struct command_source_ops *ops;
};

struct client_setup {
    const struct topology *topology;
    const struct timing *timing;
    const struct proxy_ops *proxy; /* the scheme's */
    const struct scheme_options *options;
    const struct variables *variables; /* for their granules */
    uint32_t client;
    uint32_t outstanding; /* closed loop: at most so many; 0: open loop */
    struct command_source *source;
    struct observer *observer; /* may be NULL */
    const struct plant *plant; /* NULL: none */
};

extern const struct plant plant_final_retry;

struct client;

struct client *client_create(const struct client_setup *setup);
void client_destroy(struct client *c);
extern const struct node_ops client_node_ops; /* its state is the struct client */

/* All commands issued and answered. */
bool client_done(const struct client *c);
uint32_t client_unanswered(const struct client *c);

#endif
