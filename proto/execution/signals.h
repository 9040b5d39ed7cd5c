/* signals.h - signals by one-sided writes: messages about a command that carry no variable, written
 * into slots of the receivers' memory (exchange.h, --signals write).
 *
 * A replica has a ring of slots for each replica of the other groups, in a watched region:
 *
 *   sender  written  ->  | slot | slot | slot | ... |  -> taken  receiver
 *           free up to a word of its own  <-  writes back how far it has taken
 *
 * A slot has a position, counted from 1, and a hash over all its words: one that is half written,
 * or never was, is not taken. Operations of a pair take effect in order, so when a position is
 * taken those before it are taken too, or lost.
 *
 * Nothing here is repaired. A write that fails is a lost signal, and is requested like a lost
 * message; a signal for which there is no slot is sent as a message. So a wrong idea of the other
 * side's position costs time, and no more. */
#ifndef AVIARY_PROTO_EXECUTION_SIGNALS_H
#define AVIARY_PROTO_EXECUTION_SIGNALS_H

#include "proto/command.h"
#include "proto/topology.h"
#include "proto/transport.h"

/* The regions of a replica that takes signals. */
enum {
    SIGNALS_REGION,       /* a ring for each replica of the cluster, by node */
    SIGNALS_TAKEN_REGION, /* a word for each: the last position it has taken of this replica's */
};

enum { SIGNALS_SLOTS = 32 };

/* The fields of message_values that matter without values. */
struct signal {
    struct command_id id;
    uint64_t timestamp, previous, executed;
};

struct signals;

/* Registers the regions, and grants the replicas of all groups but `group` to write in them: once,
 * in init. The topology is borrowed. */
struct signals *signals_create(struct transport *t, const struct topology *topology,
                               uint32_t group);
void signals_destroy(struct signals *s); /* NULL is accepted */

/* Writes the signal into a slot at `node`, a replica of another group. False: none is free. */
bool signals_write(struct signals *s, uint32_t node, const struct signal *signal);
/* The next signal of `node` that has not been taken; false: there is none. What it says is the
 * writer's word: nothing but its completeness is checked. */
bool signals_take(struct signals *s, uint32_t node, struct signal *signal);
/* One of its own has ended; `number` is cookie_number() of its cookie. */
void signals_on_completion(struct signals *s, uint64_t number, enum completion how);

#endif
