/* mq_bench_queue.c - measures the message queue: a receiver's process, and one of each sender.
 *
 * A sender keeps a window of messages under way; the receiver answers each half of a window by one
 * message, or, where latency is measured, each message by one as long. Every message carries its
 * number, which the receiver checks. */
#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/histogram.h"
#include "base/memory.h"
#include "rdma/bench/mq_bench.h"

enum {
    EVENTS_MAX = 64,
    ANSWER_BYTES = 8,
    WARM_UP_MIN = 50,
    RING_BYTES_DEFAULT = 1 << 20,
    COUNT_SECONDS_MAX = 600,
};
/* A busy machine must not be taken for a dead one; and each packet lost while connecting costs more
 * than four seconds, by the kernel's connection manager. */
static const uint64_t dead_after_ns = UINT64_C(20000000000);
static const uint64_t connect_ns = UINT64_C(60000000000);
static const uint64_t nap_ns = 50000000;

struct sent {
    uint64_t begin_ns, end_ns;
    uint64_t messages, writes;
    struct histogram latency;
};

/* Shared by all processes of a measurement. */
struct session {
    const struct bench_point *point;
    int told[2]; /* a pipe: the receiver has its port */
    uint16_t port;
    atomic_uint ready; /* senders that are connected */
    atomic_uint next;  /* number of the next sender */
    atomic_flag failed;
    struct error error; /* the first failure */
    struct sent sent[]; /* by sender */
};

static int fail(struct session *s, const char *process, const char *what, const char *detail)
{
    if (!atomic_flag_test_and_set(&s->failed))
        error_set(&s->error, "%s: %s%s%s", process, what, detail && *detail ? ": " : "",
                  detail ? detail : "");
    return -1;
}

static struct mq *open_queue(struct session *s, const struct device_address *end)
{
    struct error e;
    struct mq_options options = {.address = end->address,
                                 .ring_bytes = RING_BYTES_DEFAULT,
                                 .links_max = s->point->senders,
                                 .waiting = s->point->waiting,
                                 .dead_after_ns = dead_after_ns,
                                 .connect_ns = connect_ns};
    while (options.ring_bytes < MQ_RING_BYTES_MAX && options.ring_bytes / 4 < s->point->bytes)
        options.ring_bytes *= 2;
    struct mq *q = mq_open(&options, &e);
    if (!q) fail(s, end->address, "cannot open a queue", e.text);
    return q;
}

/* Messages to an answer. */
static uint64_t answer_step(const struct bench_point *p)
{
    return p->window > 1 ? p->window / 2 : 1;
}

/* As much of a number as a message has room for. */
static size_t number_bytes(uint32_t bytes)
{
    return bytes < sizeof(uint64_t) ? bytes : sizeof(uint64_t);
}

/* --- the receiver -------------------------------------------------------------------------------
 */

struct source {
    uint64_t received, answered;
};

static int answer(const struct bench_point *p, struct mq_link *l, struct source *from)
{
    uint32_t bytes = p->kind == BENCH_LATENCY ? p->bytes : ANSWER_BYTES;
    while (from->received - from->answered >= answer_step(p)) {
        enum mq_status why;
        void *message = mq_reserve(l, bytes, &why);
        if (!message) return why == MQ_FULL || why == MQ_DOWN ? 0 : -1;
        from->answered += answer_step(p);
        memcpy(message, &from->answered, number_bytes(bytes));
        mq_commit(l, bytes);
    }
    return 0;
}

static int take_message(struct session *s, const struct mq_event *event)
{
    struct source *from = mq_link_context(event->link);
    if (event->bytes != s->point->bytes ||
        memcmp(event->data, &from->received, number_bytes(event->bytes)) != 0)
        return fail(s, s->point->to->address, "a message came that is not the next one", NULL);
    from->received++;
    mq_release(event->link, 1);
    return answer(s->point, event->link, from);
}

/* 1: a sender has left. */
static int receive_event(struct session *s, const struct mq_event *event)
{
    switch (event->kind) {
    case MQ_EVENT_UP:
        mq_link_set_context(event->link, allocate_zeroed(1, sizeof(struct source)));
        return 0;
    case MQ_EVENT_MESSAGE:
        return take_message(s, event);
    case MQ_EVENT_ROOM:
        return answer(s->point, event->link, mq_link_context(event->link));
    case MQ_EVENT_LOST:
        break;
    }
    if (event->status != MQ_CLOSED)
        return fail(s, s->point->to->address, mq_status_text(event->status), event->detail);
    free(mq_link_context(event->link));
    mq_link_close(event->link);
    return 1;
}

static int receive(void *context)
{
    struct session *s = context;
    struct mq_event events[EVENTS_MAX];
    struct mq *q = open_queue(s, s->point->to);
    if (!q) return EXIT_FAILURE;
    s->port = mq_port(q);
    if (write(s->told[1], "", 1) != 1) return EXIT_FAILURE;
    for (uint32_t left = 0; left < s->point->senders;) {
        uint32_t count = mq_poll(q, events, EVENTS_MAX);
        for (uint32_t i = 0; i < count; i++) {
            int got = receive_event(s, &events[i]);
            if (got < 0) return EXIT_FAILURE;
            left += (uint32_t)got;
        }
        mq_flush(q);
        if (count == 0) mq_wait(q, clock_now() + nap_ns);
    }
    mq_close(q);
    return 0;
}

/* --- a sender -----------------------------------------------------------------------------------
 */

struct sender {
    struct session *session;
    const struct bench_point *point;
    struct mq *queue;
    struct mq_link *link;
    bool up;
    uint64_t sent, answered; /* messages */
    uint64_t sent_ns;        /* the last message, where latency is measured */
    uint64_t now_ns;         /* the last reading of the clock, which costs as much as a message */
    uint32_t turns;
    struct sent *result;
};

static int send_failed(struct sender *s, enum mq_status status, const char *detail)
{
    return fail(s->session, s->point->from->address, mq_status_text(status), detail);
}

/* A message has come back. The next one is sent at once, so its time begins here. */
static void take_time(struct sender *s)
{
    s->now_ns = clock_now();
    histogram_record(&s->result->latency, (s->now_ns - s->sent_ns) / 2);
    s->sent_ns = s->now_ns;
}

static int send_event(struct sender *s, const struct mq_event *event)
{
    switch (event->kind) {
    case MQ_EVENT_UP:
        s->up = true;
        return 0;
    case MQ_EVENT_MESSAGE:
        if (s->point->kind == BENCH_LATENCY) take_time(s);
        s->answered += answer_step(s->point);
        mq_release(event->link, 1);
        return 0;
    case MQ_EVENT_ROOM:
        return 0;
    case MQ_EVENT_LOST:
        break;
    }
    return send_failed(s, event->status, event->detail);
}

/* Receives; waits if there was nothing. */
static int turn(struct sender *s)
{
    enum { TURNS_PER_LOOK = 64 }; /* at the clock */
    struct mq_event events[EVENTS_MAX];
    uint32_t count = mq_poll(s->queue, events, EVENTS_MAX);
    for (uint32_t i = 0; i < count; i++)
        if (send_event(s, &events[i]) < 0) return -1;
    if (count == 0 || ++s->turns % TURNS_PER_LOOK == 0) s->now_ns = clock_now();
    if (count == 0) mq_wait(s->queue, s->now_ns + nap_ns);
    return 0;
}

/* As many as window, ring and goal have room for. */
static int send_some(struct sender *s, uint64_t goal)
{
    const struct bench_point *p = s->point;
    uint32_t waiting = 0;
    while (s->sent < goal && s->sent - s->answered < p->window) {
        enum mq_status why;
        void *message = mq_reserve(s->link, p->bytes, &why);
        if (!message && why == MQ_FULL) break;
        if (!message) return send_failed(s, why, NULL);
        memcpy(message, &s->sent, number_bytes(p->bytes));
        mq_commit(s->link, p->bytes);
        s->sent++;
        if (++waiting == p->batch) {
            mq_flush(s->queue);
            waiting = 0;
        }
    }
    mq_flush(s->queue);
    return 0;
}

/* Until `goal` messages are answered, or until_ns has come and all that were sent are answered, but
 * not too few. */
static int run(struct sender *s, uint64_t goal, uint64_t until_ns)
{
    uint64_t step = answer_step(s->point), least = s->sent + BENCH_COUNT_MIN;
    while (s->answered < goal) {
        if (send_some(s, goal) < 0 || turn(s) < 0) return -1;
        if (s->now_ns >= until_ns && s->sent >= least) goal = (s->sent + step - 1) / step * step;
    }
    return 0;
}

static int connect_all(struct sender *s)
{
    static const unsigned char greeting[MQ_GREETING_BYTES];
    const struct bench_point *p = s->point;
    s->link = mq_connect(s->queue, p->to->address, s->session->port, greeting);
    ASSERT(s->link); /* it is the first one */
    while (!s->up)
        if (turn(s) < 0) return -1;
    atomic_fetch_add(&s->session->ready, 1);
    while (atomic_load(&s->session->ready) < p->senders) {
        if (turn(s) < 0) return -1;
    }
    return 0;
}

static int measure(struct sender *s)
{
    const struct bench_point *p = s->point;
    uint64_t step = answer_step(p), warm_up = 4 * step > WARM_UP_MIN ? 4 * step : WARM_UP_MIN;
    warm_up = (warm_up + step - 1) / step * step;
    if (connect_all(s) < 0 || run(s, warm_up, UINT64_MAX) < 0) return -1;
    struct mq_link_stats before = mq_link_stats(s->link);
    histogram_init(&s->result->latency);
    s->result->begin_ns = s->sent_ns = clock_now();
    uint64_t goal = UINT64_MAX, until_ns = UINT64_MAX;
    if (p->count > 0)
        goal = warm_up + (p->count + step - 1) / step * step;
    else
        until_ns = s->result->begin_ns + p->duration_ns;
    if (run(s, goal, until_ns) < 0) return -1;
    struct mq_link_stats after = mq_link_stats(s->link);
    s->result->end_ns = clock_now();
    s->result->messages = after.messages_out - before.messages_out;
    s->result->writes = after.writes - before.writes;
    return 0;
}

static int send_all(void *context)
{
    struct session *session = context;
    struct sender s = {.session = session,
                       .point = session->point,
                       .result = &session->sent[atomic_fetch_add(&session->next, 1)],
                       .queue = open_queue(session, session->point->from)};
    if (!s.queue || measure(&s) < 0) return EXIT_FAILURE;
    mq_close(s.queue);
    return 0;
}

/* --- the parent ---------------------------------------------------------------------------------
 */

static void add_up(const struct session *s, double figure[BENCH_FIGURES])
{
    struct histogram all;
    uint64_t begin_ns = UINT64_MAX, end_ns = 0, messages = 0, writes = 0;
    histogram_init(&all);
    for (uint32_t i = 0; i < s->point->senders; i++) {
        const struct sent *sent = &s->sent[i];
        histogram_merge(&all, &sent->latency);
        messages += sent->messages;
        writes += sent->writes;
        if (sent->begin_ns < begin_ns) begin_ns = sent->begin_ns;
        if (sent->end_ns > end_ns) end_ns = sent->end_ns;
    }
    for (int i = 0; i < BENCH_FIGURES; i++) figure[i] = NAN;
    figure[FIGURE_RATE] = (double)messages * 1e9 / (double)(end_ns - begin_ns);
    figure[FIGURE_PER_WRITE] = writes > 0 ? (double)messages / (double)writes : NAN;
    if (all.count == 0) return;
    figure[FIGURE_MIN] = (double)all.least_ns / 1e3;
    figure[FIGURE_MEAN] = histogram_mean_ns(&all) / 1e3;
    figure[FIGURE_P50] = histogram_percentile_ns(&all, 0.50) / 1e3;
    figure[FIGURE_P95] = histogram_percentile_ns(&all, 0.95) / 1e3;
    figure[FIGURE_P99] = histogram_percentile_ns(&all, 0.99) / 1e3;
    figure[FIGURE_MAX] = (double)all.largest_ns / 1e3;
}

/* Starts the senders once the receiver listens; returns how all ended. */
static int play(struct session *s, uint32_t seconds)
{
    uint32_t count = 1;
    pid_t *child = allocate_zeroed(1 + s->point->senders, sizeof(*child));
    char byte;
    child[0] = child_start(receive, s, seconds);
    close(s->told[1]);
    if (read(s->told[0], &byte, 1) == 1)
        while (count < 1 + s->point->senders) child[count++] = child_start(send_all, s, seconds);
    int status = child_wait_all(child, count);
    free(child);
    return status;
}

/* Time-out of the processes of a measurement. */
static uint32_t seconds_max(const struct bench_point *p)
{
    return p->count > 0 ? COUNT_SECONDS_MAX
                        : CHILD_SECONDS_MAX + (uint32_t)(p->duration_ns / 1000000000);
}

int bench_queue_measure(const struct bench_point *p, double figure[BENCH_FIGURES], struct error *e)
{
    size_t bytes = sizeof(struct session) + p->senders * sizeof(struct sent);
    struct session *s = child_share(bytes);
    s->point = p;
    for (uint32_t i = 0; i < p->senders; i++) histogram_init(&s->sent[i].latency);
    int got = 0;
    if (pipe(s->told) < 0) {
        got = error_set(e, "a pipe cannot be made");
    } else {
        int status = play(s, seconds_max(p));
        close(s->told[0]);
        if (status != 0 && s->error.text[0])
            got = error_set(e, "%s", s->error.text);
        else if (status != 0)
            got = error_set(e, "a process of the measurement ended with status %d", status);
        else
            add_up(s, figure);
    }
    child_unshare(s, bytes);
    return got;
}
