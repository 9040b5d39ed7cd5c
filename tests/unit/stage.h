/* stage.h - a host over a wire that the test controls: frames sent are kept for inspection; the
 * test decides on frames that arrive and on space for sending. There are two members: nodes 0 and 1
 * are on member 0, nodes 2 and 3 on member 1; one of the members is a host, its nodes are actors
 * (actor.h). */
#ifndef AVIARY_TESTS_UNIT_STAGE_H
#define AVIARY_TESTS_UNIT_STAGE_H

#include "rdma/wire/frame.h"
#include "tests/lib/actor.h"

enum { SENT_MAX = 8192, STAGE_NODES = 4, ROOMY = UINT32_MAX };

struct script_wire {
    struct wire wire;
    struct wire_listener listener;
    uint32_t room; /* frames that it accepts at present */
    struct frame *reserved;
    struct sent {
        uint32_t member, bytes;
        struct frame *frame;
    } sent[SENT_MAX];
    uint32_t sent_count;
    bool closed;
};

/* The operations of its wire, for hosts without a stage. */
extern const struct wire_ops script_wire_ops;

struct stage {
    struct script_wire *wire;
    struct host *host;
    struct actor actor[STAGE_NODES];
};

/* The host of member `self`, whose nodes have been started; the wire has space. */
struct stage *stage_create(uint32_t self);
void stage_destroy(struct stage *s);

/* The wire tells member 0's host that the connection to member 1 is up or down, or gives it a frame
 * from there, whose checksum is first made right, or left as it is. */
void peer_is(struct stage *s, bool up);
void arrives(struct stage *s, void *frame, uint32_t bytes);
void arrives_unchecked(struct stage *s, void *frame, uint32_t bytes);

/* The message in the i-th frame that was sent. */
struct message *sent_message(const struct stage *s, uint32_t i);

#endif
