/* rdma_wires.h - several members in one thread, each with a verbs wire that is polled in turn: for
 * tests of that wire. The calls of its wire to a member are recorded. */
#ifndef AVIARY_TESTS_DEVICE_RDMA_WIRES_H
#define AVIARY_TESTS_DEVICE_RDMA_WIRES_H

#include "rdma/wire/verbs.h"

enum {
    MEMBERS_MAX = 4,
    WIRES_NODES = MEMBERS_MAX + 1, /* node i is on member i, and the last one on member 0, too */
    SECOND = MEMBERS_MAX,          /* that one */
    WIRES_LOG_MAX = 1024,
    RUN = 77, /* the run that members belong to */
    /* Numbers of memory regions. */
    REGION = 2,
    OTHER = 5,
};

struct wires_member {
    struct wire *wire; /* NULL: closed */
    bool up[MEMBERS_MAX];
    uint32_t downs[MEMBERS_MAX];
    uint32_t frames;
    uint64_t last; /* the last frame's word */
    uint32_t ended;
    struct {
        uint32_t node;
        uint64_t cookie;
        enum completion how;
    } log[WIRES_LOG_MAX];
};

struct wires {
    struct members members;
    struct verbs_address address[MEMBERS_MAX];
    struct wires_member member[MEMBERS_MAX];
};

/* Creates that number of members, whose wires are closed; or open and all connected. */
void wires_prepare(struct wires *all, uint32_t members);
void wires_connect(struct wires *all, uint32_t members);

/* Opens the wire of a member; false: it failed. The second function, for a member of this thread,
 * fails the test instead. */
bool wire_try_open(struct wires *all, uint32_t self, uint64_t run_id,
                   const struct wire_listener *listener);
void wire_open(struct wires *all, uint32_t self, uint64_t run_id);
void wire_close(struct wires *all, uint32_t self);
/* All that are open. */
void wires_close(struct wires *all);

/* Polls all wires. If none had an event, one of them waits briefly. */
void wires_poll(struct wires *all);

/* The same until the condition holds, for at most 30 s. */
#define POLL_UNTIL(wires, condition)                                                           \
    for (uint64_t begin_ns_ = wires_clock_ns(); !(condition); wires_poll(wires))               \
    ck_assert_msg(wires_clock_ns() - begin_ns_ < UINT64_C(30000000000), "timed out: until %s", \
                  #condition)

uint64_t wires_clock_ns(void);

/* Sends a frame of one word; false: there is no space, or no connection. */
bool send_word(struct wires *all, uint32_t self, uint32_t to, uint64_t word);

/* Operations of the wire of the node's member. */
void write_from(struct wires *all, uint32_t node, struct remote to, const void *source,
                uint32_t bytes, uint64_t cookie);
void read_to(struct wires *all, uint32_t node, struct remote from, void *target, uint32_t bytes,
             uint64_t cookie);
void region_share(struct wires *all, uint32_t node, uint32_t region, void *memory, uint64_t bytes);
void region_allow(struct wires *all, uint32_t node, uint32_t region, uint32_t writer);
void region_forbid(struct wires *all, uint32_t node, uint32_t region, uint32_t writer);

/* Operations of that member completed in the order of the cookies 0, 1, ... */
void expect_in_order(const struct wires_member *m);

#endif
