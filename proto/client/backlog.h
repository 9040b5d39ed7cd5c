/* backlog.h - the commands of a client that are not answered yet: by sequence number, and by when
 * to send something again.
 *
 * Adding, finding and removing one costs O(log n), by the heap. */
#ifndef AVIARY_PROTO_CLIENT_BACKLOG_H
#define AVIARY_PROTO_CLIENT_BACKLOG_H

#include <stdint.h>

#include "proto/seqring.h"

struct outstanding;

/* All zero: empty. */
struct backlog {
    struct seqring by_seq;
    struct outstanding **heap; /* the least retry_ns on top */
    uint32_t count;
    uint32_t capacity;
    uint64_t oldest; /* of the numbers in it; any if it is empty */
};

/* Frees its own memory; the commands are the client's. */
void backlog_finish(struct backlog *b);
/* Its number is larger than all before, and it has no flights yet. */
void backlog_add(struct backlog *b, struct outstanding *o);
void backlog_remove(struct backlog *b, struct outstanding *o);
/* NULL: answered before. */
struct outstanding *backlog_find(const struct backlog *b, uint64_t seq);
/* One of its flights is to be sent again at retry_ns. */
void backlog_expect(struct backlog *b, struct outstanding *o, uint64_t retry_ns);
/* The command whose flight is to be sent again first, and when; NULL: none has one. */
struct outstanding *backlog_first(struct backlog *b, uint64_t *retry_ns);

#endif
