/* inquiry.h - requests to another group that each of its replicas can answer: choice of the
 * replica, time-out, and the next replica.
 *
 * The replica that answered last is asked first, initially the one with this node's number, for an
 * even load. A replica is not asked while the link to it is down (links.h). A request is repeated
 * to the next replica when the link breaks, or when a time-out measured from that group's answers
 * expires (patience.h), which doubles each time. So a crashed replica costs one time-out, or none,
 * and is not asked again.
 *
 * One timer of the node serves all requests. */
#ifndef AVIARY_PROTO_SCHEMES_INQUIRY_H
#define AVIARY_PROTO_SCHEMES_INQUIRY_H

#include "proto/execution/executor.h"

/* A request that has not been answered. */
struct inquiry {
    struct inquiry *next, *previous;
    struct message *message; /* retained, to be sent again */
    uint32_t group;
    uint32_t node;                   /* asked last */
    uint32_t asked;                  /* so often */
    bool again;                      /* a replica was asked twice */
    uint64_t since_ns;               /* asked for the first time */
    uint64_t repeat_ns;              /* when the next one is asked */
    uint64_t asked_ns[REPLICAS_MAX]; /* by replica, 0: it was not */
};

/* What is known of a group. */
struct respondent {
    uint32_t contact; /* the replica that is asked first */
    struct patience answers;
};

struct inquiries {
    struct transport *t;
    const struct topology *topology;
    const struct timing *timing;
    const struct links *links;
    uint32_t timer;    /* enum node_timer */
    uint64_t timer_ns; /* when it fires; 0: it is not set */
    struct inquiry *open;
    struct respondent *groups; /* by group */
};

void inquiries_init(struct inquiries *q, const struct executor_setup *setup, uint32_t timer);
void inquiries_finish(struct inquiries *q);

/* Asks the group (the message is taken over) until inquiry_answered() or inquiry_end(), which free
 * the inquiry. Never NULL. */
struct inquiry *inquire(struct inquiries *q, uint32_t group, struct message *m);
/* By that replica of the group. */
void inquiry_answered(struct inquiries *q, struct inquiry *i, uint32_t node);
void inquiry_end(struct inquiries *q, struct inquiry *i);

void inquiries_on_timer(struct inquiries *q);
/* As in struct node_ops; `links` is already updated. */
void inquiries_on_peer(struct inquiries *q, uint32_t peer, bool up);

#endif
