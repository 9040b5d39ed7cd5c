/* mq_link.h - the inside of a message queue, for mq*.c only.
 *
 *   mq.c         opening and closing, reserving and committing, events
 *   mq_connect.c making links by librdmacm, and its events
 *   mq_post.c    WRITEs and their completions
 *   mq_watch.c   time-outs, keepalives, failure detection
 *   mq_wait.c    waiting and waking
 *   mq_names.c   errors by name
 *
 * On the wire. Messages and skips are records of ring.h. Each WRITE with immediate data says what
 * it is for in the upper 4 bits (enum mq_immediate), and a number in the lower 28. */
#ifndef AVIARY_RDMA_MQ_MQ_LINK_H
#define AVIARY_RDMA_MQ_MQ_LINK_H

#include <rdma/rdma_cma.h>
#include <stdatomic.h>

#include "rdma/mq/mq.h"
#include "rdma/mq/mq_verbs.h"
#include "rdma/mq/ring.h"

enum mq_immediate {
    MQ_DATA = 1, /* count * 8 more bytes of the ring are complete, this WRITE's and before */
    MQ_CREDIT,   /* count * 8 more bytes have been released */
    MQ_TAKEN,    /* count more immediates of DATA and WANT have been taken */
    MQ_WANT,     /* send credit for the bytes released, however few, now or at the next release */
    MQ_GOODBYE,  /* the link is being closed; nothing follows */
};

enum {
    MQ_COUNT_BITS = 28,
    MQ_COUNT_MAX = (1 << MQ_COUNT_BITS) - 1,

    /* Each immediate needs a posted receive until it is taken. Those pending in one direction:
     *   data + want   <= MQ_WINDOW                  the sender counts those without TAKEN
     *   taken         <= MQ_WINDOW / MQ_TAKEN_EACH  one per MQ_TAKEN_EACH of the other direction
     *   credit        <= MQ_CREDIT_SHARE            one per quarter of the ring released
     *   wanted credit <= MQ_CREDIT_SHARE + 2        WANT is repeated only after a credit is taken
     *   goodbye       <= 1
     * MQ_REPORTS bounds the three kinds of reports, MQ_RECEIVES the sum. */
    MQ_WINDOW = 128,
    MQ_TAKEN_EACH = MQ_WINDOW / 2,
    MQ_CREDIT_SHARE = 4,
    MQ_REPORTS = MQ_WINDOW / MQ_TAKEN_EACH + 2 * MQ_CREDIT_SHARE + 2,
    MQ_RECEIVES = MQ_WINDOW + MQ_REPORTS + 1,

    /* Completions are taken in batches; receives are posted again when a batch is missing. So at
     * most two batches are missing at any time. */
    MQ_BATCH = 32,
    MQ_RECEIVES_SPARE = 2 * MQ_BATCH,

    /* Of a send queue, beside `depth` WRITEs of data: one of each other kind, a keepalive, and
     * some room so that they rarely wait for a signalled completion. */
    MQ_CONTROLS = 16,
    MQ_RETRIES = 6,   /* of a packet without acknowledgement; 7 means for ever on some devices */
    MQ_DEPTH_MIN = 4, /* two WRITEs must fit where the ring wraps */
    MQ_DEPTH_MAX = 4096,
    MQ_LINKS_MAX = 4096,
    MQ_DEAD_AFTER_NS_MIN = 10000000,
    MQ_INLINE_BYTES = 256, /* wished for */
    MQ_WATCHED_MAX = 8,
};

_Static_assert(MQ_RING_BYTES_MAX / 8 <= MQ_COUNT_MAX, "the count of a whole ring fits");
_Static_assert(MQ_WINDOW % MQ_TAKEN_EACH == 0, "no report is due twice");

/* Exchanged when connecting, as private data of librdmacm. */
struct mq_hello {
    uint32_t magic; /* and version */
    uint32_t ring_bytes;
    uint32_t message_bytes_max;
    uint32_t ring_key;
    uint64_t ring_address;
    unsigned char greeting[MQ_GREETING_BYTES];
};

/* A connection request has 92 bytes for it, of which librdmacm takes 36 (RDMA_PS_TCP). */
_Static_assert(sizeof(struct mq_hello) <= 56, "fits into a connection request");
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "the wire is little-endian");

#define MQ_MAGIC UINT32_C(0x01514d41) /* "AMQ", version 1 */

enum mq_state {
    MQ_UNUSED,
    MQ_RESOLVING,  /* we connect: address, then route */
    MQ_CONNECTING, /* we connect: asked */
    MQ_ACCEPTING,  /* the other side connects: answered */
    MQ_UP,
    MQ_LOST,
};

struct mq_link {
    struct mq *q;
    struct mq_link *next; /* in the queue's list of free links, or of ready ones */
    enum mq_state state;
    struct rdma_cm_id *id; /* NULL: could not even be made */
    bool ours;             /* we connect; the application has the link from the begin */
    bool known;            /* to the application */

    struct ring_producer out;
    struct ring_consumer in;
    unsigned char *memory; /* the receiver's ring, then the staging ring */
    struct ibv_mr *in_region, *out_region;
    uint64_t remote_address;
    uint32_t remote_key;
    uint32_t inline_bytes;

    uint64_t posted, completed; /* WRITEs; the difference is in the send queue */
    uint32_t unsignalled;       /* since the last one that will complete */
    uint32_t window_used;
    bool committed;          /* in the queue's list of those with something to flush */
    bool flushing;           /* committed messages are to be posted when there is room */
    bool wanting, want_sent; /* WANT is to be posted; is pending, until a credit answers it */
    uint32_t refused_bytes;  /* the size that was FULL, 0: none */

    uint32_t untaken;  /* immediates taken and not reported */
    uint64_t credited; /* released and reported */
    bool credit_wanted;

    bool ready; /* in the list of those with events */
    bool up_due, lost_due;
    enum mq_status status;
    const char *detail;
    bool goodbye_due;
    uint64_t goodbye; /* WRITEs up to and with it; 0: not sent */

    uint64_t deadline_ns;    /* to be up */
    uint64_t progress_ns;    /* of completions, or when the first after an idle time was posted */
    uint64_t signalled_last; /* number of the last WRITE that will complete, at success, too */

    struct mq_hello hello;                     /* ours */
    unsigned char greeting[MQ_GREETING_BYTES]; /* the other side's */
    void *context;
    struct mq_link_stats stats;
};

struct mq {
    struct mq_options options;
    char *address;
    struct rdma_event_channel *channel;
    struct rdma_cm_id *listener;
    struct ibv_context *verbs; /* librdmacm's, shared with others in this process */
    struct ibv_pd *pd;
    struct ibv_comp_channel *completions;
    struct ibv_cq *cq;
    struct ibv_srq *srq;
    uint32_t receives_missing;
    uint32_t send_queue_entries; /* depth + MQ_CONTROLS */

    struct mq_link *links; /* links_max */
    struct mq_link *unused;
    struct mq_link **by_qp; /* a hash by queue pair number, linear probing */
    uint32_t by_qp_mask;
    struct mq_link *ready_first, *ready_last;
    struct mq_link **committed; /* links with something to flush */
    uint32_t committed_count;

    uint64_t now_ns;     /* the last reading of the clock */
    uint64_t looked_ns;  /* the last check of connections and the device */
    uint64_t watched_ns; /* and of the links */
    uint8_t ack_timeout; /* as the verbs encode it */

    int wake_fd;
    atomic_bool woken, sleeping;
    int watched[MQ_WATCHED_MAX];
    uint32_t watched_count;
    bool watched_ready;                         /* one was readable in the last mq_wait() */
    bool (*look)(void *context, bool sleeping); /* NULL: none */
    void *look_context;
    uint64_t spin_ns;
    uint32_t sleeps;         /* waits that ended so */
    bool driven;             /* by mq_wait(), just before */
    bool armed;              /* the next completion makes the completion channel readable */
    uint32_t unacknowledged; /* its events */
};

/* ---- mq.c */
/* NULL: none left. */
struct mq_link *mq_link_take(struct mq *q);
/* Frees what it has and gives the slot back. */
void mq_link_free(struct mq_link *l);
void mq_link_ready(struct mq_link *l);
void mq_link_up(struct mq_link *l);
/* The first reason counts. Nothing is posted or taken any more. */
void mq_link_lose(struct mq_link *l, enum mq_status status, const char *detail);

/* ---- mq_connect.c */
/* Handles the events of librdmacm, without blocking. */
void mq_connect_drive(struct mq *q);

/* ---- mq_post.c */
/* Receives and send queue entries for links_max links, as many as the device can have. */
int mq_post_open(struct mq *q, struct error *error);
void mq_post_close(struct mq *q);
struct mq_link *mq_link_of_qp(const struct mq *q, uint32_t number);
/* After a queue pair has come or gone. */
void mq_post_rehash(struct mq *q);
/* Takes one batch of completions; false: there were none. */
bool mq_post_take(struct mq *q);
/* Posts what is due and has room: reports, then what is committed (if it is to be flushed). */
void mq_link_post(struct mq_link *l);
/* Requests credit, if a refused message will not get enough without. */
void mq_link_want(struct mq_link *l);
/* An empty WRITE, which the other side's device must acknowledge. */
void mq_link_keepalive(struct mq_link *l);

/* ---- mq_watch.c */
/* Handles completions, and periodically connections and the device. */
void mq_drive(struct mq *q);
/* Has the next mq_drive() check connections and the device. */
void mq_watch_soon(struct mq *q);
void mq_watch_open(struct mq *q);
/* The time until the next mq_drive() is needed without events. */
uint64_t mq_watch_period_ns(const struct mq *q);

/* ---- mq_wait.c */
int mq_wait_open(struct mq *q, struct error *error);
void mq_wait_close(struct mq *q);

/* ---- mq_names.c */
const char *mq_name_completion(enum ibv_wc_status status);
const char *mq_name_connecting(enum rdma_cm_event_type event);
/* Of the device; *fatal: its links are gone. */
const char *mq_name_device(enum ibv_event_type event, bool *fatal);

#endif
