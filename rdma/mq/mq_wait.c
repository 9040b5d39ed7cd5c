/* mq_wait.c - waiting: by spinning, by sleeping on events, or both; and wake-ups. */
#define _GNU_SOURCE /* ppoll */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "rdma/mq/mq_link.h"

enum {
    SPIN_NS_MIN = 1000,
    SLEEPS_UNTIL_TRIED = 32,
};

enum { FD_COMPLETIONS, FD_CONNECTIONS, FD_DEVICE, FD_WAKE, FD_WATCHED };

static int do_not_block(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    return flags < 0 ? -1 : fcntl(fd, F_SETFL, flags | O_NONBLOCK);
}

int mq_wait_open(struct mq *q, struct error *error)
{
    q->spin_ns = q->options.spin_ns_max;
    q->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (q->wake_fd < 0 || do_not_block(q->channel->fd) || do_not_block(q->completions->fd) ||
        do_not_block(q->verbs->async_fd))
        return error_errno(error, "%s: file descriptors", q->address);
    return 0;
}

void mq_wait_close(struct mq *q)
{
    if (q->wake_fd >= 0) close(q->wake_fd);
}

void mq_watch(struct mq *q, int fd)
{
    ASSERT(q->watched_count < MQ_WATCHED_MAX);
    q->watched[q->watched_count++] = fd;
}

void mq_look(struct mq *q, bool (*look)(void *context, bool sleeping), void *context)
{
    q->look = look;
    q->look_context = context;
}

/* Each side first sets its flag and then reads the other's (Dekker): at least one sees the
 * other. */
void mq_wake(struct mq *q)
{
    atomic_store(&q->woken, true);
    if (!atomic_load(&q->sleeping)) return;
    uint64_t one = 1;
    /* A full one is readable already. */
    if (write(q->wake_fd, &one, sizeof one) < 0) ASSERT(errno == EAGAIN);
}

static void drain_wakes(struct mq *q)
{
    uint64_t count;
    if (read(q->wake_fd, &count, sizeof count) < 0) ASSERT(errno == EAGAIN);
}

bool mq_watched(const struct mq *q)
{
    return q->watched_ready;
}

static bool watched_readable(struct mq *q)
{
    struct pollfd fds[MQ_WATCHED_MAX];
    for (uint32_t i = 0; i < q->watched_count; i++)
        fds[i] = (struct pollfd){.fd = q->watched[i], .events = POLLIN};
    q->watched_ready |= q->watched_count > 0 && poll(fds, q->watched_count, 0) > 0;
    return q->watched_ready;
}

static void take_completion_events(struct mq *q)
{
    struct ibv_cq *cq;
    void *context;
    while (ibv_get_cq_event(q->completions, &cq, &context) == 0) {
        q->unacknowledged++;
        q->armed = false;
    }
}

/* Sleeps until a file descriptor has something, or the time has come. */
static void sleep_on_events(struct mq *q, uint64_t until_ns)
{
    struct pollfd fds[FD_WATCHED + MQ_WATCHED_MAX] = {
        [FD_COMPLETIONS] = {.fd = q->completions->fd, .events = POLLIN},
        [FD_CONNECTIONS] = {.fd = q->channel->fd, .events = POLLIN},
        [FD_DEVICE] = {.fd = q->verbs->async_fd, .events = POLLIN},
        [FD_WAKE] = {.fd = q->wake_fd, .events = POLLIN},
    };
    for (uint32_t i = 0; i < q->watched_count; i++)
        fds[FD_WATCHED + i] = (struct pollfd){.fd = q->watched[i], .events = POLLIN};
    uint64_t now_ns = clock_now(), due_ns = q->watched_ns + mq_watch_period_ns(q);
    if (due_ns < until_ns) until_ns = due_ns;
    uint64_t left_ns = until_ns > now_ns ? until_ns - now_ns : 0;
    struct timespec left = {.tv_sec = (time_t)(left_ns / 1000000000),
                            .tv_nsec = (long)(left_ns % 1000000000)};
    if (ppoll(fds, FD_WATCHED + q->watched_count, &left, NULL) <= 0) mq_watch_soon(q);
    if (fds[FD_CONNECTIONS].revents || fds[FD_DEVICE].revents) mq_watch_soon(q);
    if (fds[FD_COMPLETIONS].revents) take_completion_events(q);
    if (fds[FD_WAKE].revents) drain_wakes(q);
    for (uint32_t i = 0; i < q->watched_count; i++)
        q->watched_ready |= fds[FD_WATCHED + i].revents != 0;
}

static bool looks_found(const struct mq *q, bool sleeping)
{
    return q->look && q->look(q->look_context, sleeping);
}

static bool something(struct mq *q)
{
    mq_drive(q);
    return q->ready_first || atomic_load(&q->woken) || looks_found(q, false) || watched_readable(q);
}

/* A completion after the completion queue was armed makes its channel readable; it stays armed if
 * something else ends the sleep. */
static bool arm_and_sleep(struct mq *q, uint64_t until_ns)
{
    atomic_store(&q->sleeping, true);
    if (!q->armed) q->armed = ibv_req_notify_cq(q->cq, 0) == 0;
    bool found = !q->armed || looks_found(q, true) || something(q);
    if (!found) sleep_on_events(q, until_ns);
    atomic_store(&q->sleeping, false);
    return something(q);
}

/* The spin time doubles after an event that arrived within it, or would have, to at least twice the
 * wait; it halves after a later one, or none. Since a sleep prolongs the wait, the longest spin is
 * retried periodically. */
static void learn(struct mq *q, bool found, bool slept, uint64_t took_ns)
{
    if (slept) q->sleeps++;
    if (!found || (slept && took_ns > q->options.spin_ns_max))
        q->spin_ns /= 2;
    else
        q->spin_ns = 2 * (took_ns > q->spin_ns ? took_ns : q->spin_ns);
    if (q->spin_ns < SPIN_NS_MIN) q->spin_ns = SPIN_NS_MIN;
    if (q->spin_ns > q->options.spin_ns_max) q->spin_ns = q->options.spin_ns_max;
}

static uint64_t patience_ns(const struct mq *q)
{
    switch (q->options.waiting) {
    case MQ_SPIN:
        return UINT64_MAX;
    case MQ_EVENT:
        return 0;
    case MQ_ADAPTIVE:
        break;
    }
    return q->sleeps % SLEEPS_UNTIL_TRIED == 0 ? q->options.spin_ns_max : q->spin_ns;
}

/* Yields each time, although that takes as long as several polls: SoftRoCE's kernel threads need a
 * processor, too, and others may spin. */
static bool spin(struct mq *q)
{
    sched_yield();
    return something(q);
}

void mq_wait(struct mq *q, uint64_t until_ns)
{
    q->watched_ready = false;
    bool found = something(q), slept = false;
    uint64_t begin_ns = q->now_ns, spin_ns = patience_ns(q);
    while (!found && q->now_ns < until_ns) {
        slept = q->now_ns - begin_ns >= spin_ns;
        found = slept ? arm_and_sleep(q, until_ns) : spin(q);
    }
    if (q->now_ns > begin_ns) learn(q, found, slept, q->now_ns - begin_ns);
    atomic_store(&q->woken, false);
    q->driven = true;
}
