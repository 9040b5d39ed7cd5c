/* inquiry.h - questions to another group that each of its replicas can answer: which one is asked,
 * how long its answer is waited for, and which one is asked next.
 *
 * The replica that answered last is asked first, at the beginning the one with this node's number,
 * so that all are asked alike. A replica is not asked while the link to it is down (links.h). A
 * question is repeated to the next replica when the link breaks, or when the answer takes longer
 * than that group's answers have taken (patience.h), each time with twice the patience. So a
 * crashed replica costs one time-out, or none, and is not asked again.
 *
 * One timer of the node serves all questions. */
#ifndef AVIARY_PROTO_SCHEMES_INQUIRY_H
#define AVIARY_PROTO_SCHEMES_INQUIRY_H

#include "proto/execution/executor.h"

/* A question that has not been answered. */
struct inquiry {
    struct inquiry *next, *previous;
    struct message *message; /* retained, to be sent again */
    uint32_t group;
    uint32_t node;                   /* asked last */
    uint32_t asked;                  /* so often */
    bool again;                      /* some replica more than once */
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
/* As in struct node_ops; `links` knows it already. */
void inquiries_on_peer(struct inquiries *q, uint32_t peer, bool up);

#endif
