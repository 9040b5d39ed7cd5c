/* verbs_parts.h - the data shared by the parts of the verbs wire: its peers, and the one-sided
 * half.
 *
 *   verbs.c            the wire: frames in and out, waiting, closing
 *   verbs_links.c      a link to each peer, connected again and again; control frames
 *   verbs_initiator.c  own one-sided operations: from the call to the completion
 *   verbs_owner.c      own memory: regions, grants, and the queue pairs by which others reach it
 *   verbs_watch.c      writes into own watched regions
 *   verbs_pair.c       a queue pair of the one-sided half, made by hand
 *
 * The one-sided half has a queue pair for each direction of a pair of members, made when the
 * initiator first needs it. It requests keys by control frames over the queue, which is FIFO per
 * pair of members:
 *
 *   initiator                                     owner
 *     OPEN number, queue pair, PSN      ->          makes a new end, which replaces an older one
 *     ready                             <-          OPENED number, queue pair, PSN
 *     ASK owner, region, writer         ->          has the writer a grant?
 *     remembers the key                 <-          KEY rkey, address, bytes, watch; or refused
 *     WRITE, READ, CMP_AND_SWP  ...
 *
 * A denial breaks both ends. The initiator then opens a queue pair with another number, whose end
 * at the owner replaces the old one before any operation is posted again: packets of the old one
 * find no queue pair and are lost. */
#ifndef AVIARY_RDMA_WIRE_VERBS_PARTS_H
#define AVIARY_RDMA_WIRE_VERBS_PARTS_H

#include "rdma/mq/mq_verbs.h"
#include "rdma/wire/pending.h"
#include "rdma/wire/verbs.h"

/* ---- what goes over the queue -------------------------------------------------------------------
 */

/* The kind of each message of the queue: its first 8 bytes, so that the rest stays 8-aligned. */
enum link_frame {
    LINK_FRAME = 1, /* of the host */
    LINK_HELLO,     /* the first on each link, in both directions */
    LINK_OPEN,
    LINK_OPENED,
    LINK_ASK,
    LINK_KEY,
    LINK_KINDS
};

#define VERBS_VERSION 2u
#define VERBS_PATIENCE_NS_MAX UINT64_C(16000000000)

struct greeting {
    uint64_t run_id;
    uint32_t version;
    uint32_t member;
    uint64_t reserved;
};

_Static_assert(sizeof(struct greeting) == MQ_GREETING_BYTES, "fills what the queue exchanges");

/* One end of a queue pair, for OPEN and OPENED. qp 0: it could not be made. */
struct ending {
    uint32_t number;
    uint32_t qp, psn;
    uint32_t rd_atomic; /* READs and atomics under way at most */
};

#define ALL_READERS UINT32_MAX

/* The key to a region, for ASK (without the second half) and KEY. */
struct key {
    uint32_t number; /* of the request */
    uint32_t owner, region;
    uint32_t writer; /* a node, or ALL_READERS */
    uint32_t granted;
    uint32_t rkey;
    uint32_t watch; /* WRITEs carry it, and their stamp, as immediate data; 0: plain WRITEs */
    uint32_t reserved;
    uint64_t address, bytes;
};

struct control {
    uint64_t kind;
    union {
        struct greeting hello;
        struct ending ending;
        struct key key;
    };
};

/* ---- the one-sided half -------------------------------------------------------------------------
 */

enum {
    INITIATOR_DEPTH = 64,  /* work requests under way at most */
    INITIATOR_SIGNAL = 16, /* every 16th is signalled, and the last of a list unless all is quiet */
    RESPONDER_DEPTH = 64,  /* receives, each for one write into a watched region */
    INLINE_BYTES = 64,
    RD_ATOMIC_MAX = 16,
    BOUNCE_BYTES = 1 << 20,
};

_Static_assert(BOUNCE_BYTES >= 2 * MESSAGE_BYTES_MAX, "the longest operation fits anywhere");

struct pair_end {
    struct ibv_qp *qp;       /* NULL: none */
    struct ibv_qp_attr path; /* of the link beside it */
    uint32_t psn;
};

struct operation {
    enum { OPERATION_WRITE, OPERATION_READ, OPERATION_SWAP } kind;
    uint32_t node; /* the initiator */
    struct remote place;
    uint32_t bytes;
    uint32_t stamp;  /* of a write */
    uint32_t asked;  /* number of requests for its key */
    bool denied;     /* already known */
    bool staged;     /* has a place in the bounce buffer */
    bool awaited;    /* its completion is counted in `signals` */
    uint32_t offset; /* that place */
    uint64_t end;    /* space that is reusable when it is over */
    uint64_t cookie;
    void *target;
    unsigned char *data; /* of a write until it is staged; NULL: short enough for `word` */
    uint64_t expected, desired;
    uint64_t word[INLINE_BYTES / 8];
};

/* Own operations on the nodes of a peer, numbered in the order of the calls:
 *
 *   over    | posted: under way, or known to be denied | waiting |
 *           ^ first   ^ completed                      ^ posted  ^ end  */
struct initiator {
    enum { INITIATOR_CLOSED, INITIATOR_OPENING, INITIATOR_OPEN } state;
    uint32_t number; /* of the queue pair, counted */
    struct pair_end pair;
    uint32_t rd_atomic;

    struct operation *operation; /* by number modulo room, a power of two */
    uint32_t room;
    uint64_t first, completed, posted, end;
    uint32_t signals;            /* completions to come, without those of quiet operations */
    uint64_t progress_ns;        /* when the last came, or the first was asked for */
    uint64_t read_end, swap_end; /* the last READ and the last atomic posted */

    unsigned char *bounce; /* a ring: places are taken and given back in order */
    struct ibv_mr *bounce_mr;
    uint64_t bounce_begin, bounce_end;

    struct key *key; /* keys received from the owner */
    uint32_t key_count, key_room;
    uint32_t question; /* the number of the last one */
    bool asking;
};

/* The peer's way into own memory. */
struct responder {
    struct pair_end pair;
};

struct grant {
    bool held;
    struct ibv_mr *mr; /* registered when its holder requests the key */
};

struct region {
    unsigned char *memory; /* NULL: not registered */
    uint64_t bytes;
    bool watched;
    struct ibv_mr *readers; /* registered at the first request */
    struct grant *grant;    /* by node */
};

/* An own region that is watched, and one of its writers. */
struct watch {
    uint32_t node, region, writer;
};

/* ---- peers --------------------------------------------------------------------------------------
 */

struct peer {
    uint32_t member;
    struct mq_link *link; /* NULL: none */
    bool up, was_up;
    uint64_t hello_ns; /* when our first HELLO was sent, whose answer is pending */
    uint64_t next_ns;  /* of one we connect to and that is not up: when we begin, or give up */
    uint64_t pause_ns, patience_ns;

    uint32_t control_pending; /* bits of control kinds that wait for room */
    struct control control[LINK_KINDS];

    struct initiator initiator;
    struct responder responder;
};

struct verbs {
    struct wire wire; /* first: the wire is its verbs */
    struct verbs_setup setup;
    struct wire_listener listener;
    struct mq *q;
    struct peer *peer;       /* by member */
    uint32_t unconnected;    /* peers that we connect to and that are not up */
    struct mq_link **ending; /* links to be closed when the events at hand are done */
    uint32_t ending_count, ending_room;
    uint32_t control_waiting; /* peers that control frames wait for */
    bool unflushed;
    uint64_t dropped; /* malformed messages */

    struct ibv_comp_channel *channel;
    struct ibv_cq *cq;
    bool armed;
    struct ibv_wc wc[32]; /* taken and not handled */
    int wc_count;
    uint32_t signals;    /* of all initiators */
    uint64_t operations; /* not over, of all initiators */
    struct pending pending;
    struct region *region; /* by node and number; NULL: nothing was ever registered */

    struct ibv_cq *heard; /* completions of receives */
    bool receives;        /* there were some */
    bool heard_armed;
    struct watch *watch; /* by number, which begins at 1 */
    uint32_t watch_count, watch_room;
};

static inline bool verbs_is_own(const struct verbs *v, uint32_t node)
{
    return v->setup.members->of_node[node] == v->setup.self;
}

/* verbs_links.c */
void verbs_links_start(struct verbs *v);
void verbs_link_event(struct verbs *v, const struct mq_event *e);
void verbs_links_end(struct verbs *v);            /* closes ended links */
void verbs_links_retry(struct verbs *v);          /* connects where it is time */
uint64_t verbs_links_next(const struct verbs *v); /* when that is; UINT64_MAX: never */
/* A control frame for the peer, as soon as there is room; replaces one of the same kind. */
void verbs_owe(struct verbs *v, struct peer *p, const struct control *c);
void verbs_pay(struct verbs *v);

/* verbs_pair.c: false: the device refused, and nothing is left. Room for so many work requests. */
bool verbs_pair_create(struct verbs *v, struct peer *p, struct pair_end *pair, uint32_t sends,
                       uint32_t receives);
bool verbs_pair_receive(struct pair_end *pair, const struct ending *other); /* INIT to RTR */
bool verbs_pair_send(struct pair_end *pair, uint32_t rd_atomic);            /* RTR to RTS */
void verbs_pair_destroy(struct pair_end *pair);

/* verbs_initiator.c */
void verbs_initiator_add(struct verbs *v, const struct operation *o, const void *source);
void verbs_initiators_post(struct verbs *v);
bool verbs_initiators_poll(struct verbs *v);
void verbs_initiator_opened(struct verbs *v, struct peer *p, const struct ending *other);
void verbs_initiator_told(struct verbs *v, struct peer *p, const struct key *key);
void verbs_initiator_lost(struct verbs *v, struct peer *p);
void verbs_initiator_finish(struct verbs *v, struct peer *p);
/* The operation is over; reported in the next poll, or never if it is quiet. */
void verbs_end(struct verbs *v, const struct operation *o, enum completion how);

/* verbs_owner.c */
void verbs_region_register(struct wire *w, uint32_t node, uint32_t region, void *memory,
                           uint64_t bytes);
void verbs_region_watch(struct wire *w, uint32_t node, uint32_t region);
void verbs_region_grant(struct wire *w, uint32_t node, uint32_t region, uint32_t writer);
void verbs_region_revoke(struct wire *w, uint32_t node, uint32_t region, uint32_t writer);
/* An operation on a node of this member. */
enum completion verbs_owner_perform(struct verbs *v, const struct operation *o, const void *source);
bool verbs_owner_open(struct verbs *v, struct peer *p, const struct ending *other);
bool verbs_owner_asked(struct verbs *v, struct peer *p, const struct key *question);
void verbs_owner_finish(struct verbs *v);

/* verbs_watch.c. The number of a watch, from 1; 0: there is none left. */
uint32_t verbs_watch_number(struct verbs *v, const struct watch *watch);
/* The immediate data of a WRITE, as they are posted. */
uint32_t verbs_watch_immediate(uint32_t watch, uint32_t stamp);
/* Receives for the peer's way into own memory; false: the device refused. */
bool verbs_watch_prepare(struct verbs *v, struct peer *p);
void verbs_watch_poll(struct verbs *v);
/* For mq_look(): are writes pending? */
bool verbs_watch_look(void *context, bool sleeping);

#endif
