/* storage_watch.h - checks at each message of a group what its sender has stored.
 *
 * A decorator of each replica (proto/node/decorator.h) reads the records that are
 * appended, knows which of them a sync has stored, and checks:
 *   - PREPARE, PROMISE, ACCEPTED to a leader: the ballot is stored;
 *   - ACCEPTED: each slot through `through` is stored in this ballot, or decided; each one through
 *     `applied` is stored;
 *   - ACCEPT, HEARTBEAT: a majority of the group has stored each slot through `commit`. */
#ifndef AVIARY_TESTS_LIB_STORAGE_WATCH_H
#define AVIARY_TESTS_LIB_STORAGE_WATCH_H

#include "proto/topology.h"
#include "proto/transport.h"

struct storage_watch;

/* For all replicas of a topology, which is borrowed. `early`: a bug, syncs are reported to the
 * replicas when they begin. */
struct storage_watch *storage_watch_create(const struct topology *topology, bool early);
void storage_watch_destroy(struct storage_watch *w);
/* Puts the watch between a replica and its transport. */
void storage_watch_node(struct storage_watch *w, uint32_t node, const struct node_ops **ops,
                        void **state);

/* How many messages were checked; the first one that was wrong, or "". */
uint64_t storage_watch_checked(const struct storage_watch *w);
const char *storage_watch_wrong(const struct storage_watch *w);

#endif
