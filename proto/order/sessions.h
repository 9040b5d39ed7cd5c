/* sessions.h - what a group remembers of each client, so that each command takes effect once.
 *
 * Replicated state: it changes only by the log and the execution order, so it is the same on all
 * replicas of a group at the same position. A session holds one record per multicast that the
 * client may still ask about; those of commands below the client's `answered` mark are settled and
 * forgotten. (A reply means that all destinations have admitted the multicast, so none of them can
 * be forgotten before it is admitted.) */
#ifndef AVIARY_PROTO_ORDER_SESSIONS_H
#define AVIARY_PROTO_ORDER_SESSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/command.h"
#include "proto/transport.h"

struct sessions;

/* `senders`: topology_senders(). */
struct sessions *sessions_create(struct transport *t, uint32_t senders);
void sessions_destroy(struct sessions *s);

/* Has this multicast been admitted before, or been settled? */
bool sessions_seen(const struct sessions *s, struct command_id id);
/* A leader of that ballot has put it into the log, where it may be before it is admitted: of each
 * sender the last one is remembered. */
void sessions_propose(struct sessions *s, struct command_id id, uint64_t ballot);
bool sessions_proposed(const struct sessions *s, struct command_id id, uint64_t ballot);
/* Is it below the client's `answered` mark? */
bool sessions_settled(const struct sessions *s, struct command_id id);
/* Admit a multicast: true if it is new. Forgets executed commands below its `answered`. */
bool sessions_admit(struct sessions *s, const struct command *c);
/* The multicast has been dealt with; keeps the reply (its reference is taken over; NULL: none). */
void sessions_executed(struct sessions *s, struct command_id id, struct message *reply);
/* The reply to an executed command that may be asked for again, or NULL; borrowed. */
struct message *sessions_reply(const struct sessions *s, struct command_id id);

#endif
