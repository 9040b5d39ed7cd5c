/* proxy.h - a scheme's client side: which multicasts a command needs, one after the other.
 *
 * client.c issues commands, retransmits multicasts until they are answered, and takes the reply; it
 * calls the scheme's proxy at each turn. */
#ifndef AVIARY_PROTO_CLIENT_PROXY_H
#define AVIARY_PROTO_CLIENT_PROXY_H

#include "proto/client/client.h"
#include "proto/client/places.h"
#include "proto/seqring.h"

/* A multicast that is not answered yet. */
struct flight {
    struct command *command;
    uint64_t retry_ns; /* when to send it again */
    uint32_t sends;
    bool reported; /* to the observer, as multicast */
};

/* A command of the application between its issue and its reply. */
struct outstanding {
    struct seqring_node node; /* backlog.h's */
    uint64_t retry_ns;
    uint32_t heap_at;
    struct command *command; /* as it was issued; its accesses' groups are where they were at the
                                start of the run */
    uint64_t issued_ns;      /* the intended start */
    uint32_t rounds;         /* multicasts so far, the oracle's for it included */
    uint32_t attempts;       /* of them, to execute it */
    uint32_t asked_round; /* the oracle executes it in the round after this one; UINT32_MAX: no */
    uint32_t target;      /* DS-SMR: where its variables move to */
    bool resent;          /* something had to be sent again */
    uint64_t sent_ns;     /* the last time that something was sent */
    struct flight *flights;
    uint32_t flight_count, flight_capacity;
};

struct proxy_ops {
    /* Variables are lent and, unless the options say that they stay, leave their granules only for
     * a command. */
    bool lends;
    /* A command is issued: the first multicast. */
    void (*begin)(struct client *c, struct outstanding *o);
    /* The rest may be NULL in a scheme without an oracle. The prophecy gives the places. */
    void (*prophecy)(struct client *c, struct outstanding *o, const struct command *prophecy);
    /* It was refused: the believed place of some variable is stale. */
    void (*refused)(struct client *c, struct outstanding *o);
};

/* S-SMR's: to the partitions that hold the variables at the start, the first of them the target. */
extern const struct proxy_ops ssmr_proxy;

const struct client_setup *client_setup_of(const struct client *c);
/* A copy of the command for a multicast with that purpose. */
struct command *client_draft(const struct outstanding *o, enum purpose purpose);
void client_discard(struct command *draft);
/* Multicasts the draft, which is taken over. */
void client_multicast(struct client *c, struct outstanding *o, struct command *draft);
/* To the oracle alone: CONSULT or ASK. */
void client_question(struct client *c, struct outstanding *o, enum purpose purpose);
/* Fills in the cached places of the command's variables; false: some are unknown, or the oracle is
 * needed since the command creates or deletes some. */
bool client_locate(const struct client *c, struct command *draft);
struct places *client_places(struct client *c);

/* The fallback: all partitions execute it, as in S-SMR, so that no variable can be missing.
 * `target` answers, and gets what is created. */
void proxy_everywhere(struct client *c, struct outstanding *o, uint32_t target);

#endif
