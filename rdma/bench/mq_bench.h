/* mq_bench.h - the parts of `aviary mq bench`: measurements, programs and results.
 *
 * Everything is measured in child processes: the parent opens no device, and a program that hangs
 * or dies costs one row. */
#ifndef AVIARY_RDMA_BENCH_MQ_BENCH_H
#define AVIARY_RDMA_BENCH_MQ_BENCH_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/error.h"
#include "rdma/mq/mq.h"
#include "rdma/wire/devices.h"

enum bench_kind {
    BENCH_LATENCY, /* to and fro, one message under way: half of a round trip */
    BENCH_RATE,    /* to one side, a window of messages under way */
};

/* The figures of a measurement. */
enum bench_figure {
    FIGURE_MIN, /* latencies one way, in microseconds */
    FIGURE_MEAN,
    FIGURE_P50,
    FIGURE_P95,
    FIGURE_P99,
    FIGURE_MAX,
    FIGURE_RATE,      /* messages per second */
    FIGURE_PER_WRITE, /* messages moved by a WRITE */
    BENCH_FIGURES,
};

struct bench_point {
    enum bench_kind kind;
    const struct device_address *from, *to; /* senders, receiver */
    uint32_t bytes;                         /* of each message */
    uint32_t senders;                       /* processes, all to one receiver */
    uint32_t window;                        /* messages sent and not answered; latency: 1 */
    uint32_t batch; /* messages to a flush; 0: all that the window has room for */
    enum mq_waiting waiting;
    uint64_t count; /* messages of each sender; 0: what duration_ns has room for, or so many: */
    uint64_t duration_ns; /* after the warm-up */
};

/* So that a few messages delayed by a busy machine do not dominate. */
enum { BENCH_COUNT_MIN = 500 };

/* --- the message queue (mq_bench_queue.c) */

/* Figures that this kind of measurement does not have are NAN. */
int bench_queue_measure(const struct bench_point *p, double figure[BENCH_FIGURES], struct error *e);

/* --- other programs (mq_bench_others.c) */

/* One program measuring one kind; NULL after the last. */
struct bench_other;
const struct bench_other *bench_other_at(uint32_t index);
const char *bench_other_program(const struct bench_other *o);
const char *bench_other_name(const struct bench_other *o); /* the program, and how it is called */
const char *bench_other_waiting(const struct bench_other *o);
enum bench_kind bench_other_kind(const struct bench_other *o);
/* It is installed. */
bool bench_other_found(const struct bench_other *o);
/* It can run between these ends. */
bool bench_other_fits(const struct bench_other *o, const struct bench_point *p);
/* p->count is how many messages, at least; senders, window, batch and waiting are its own. */
int bench_other_measure(const struct bench_other *o, const struct bench_point *p,
                        double figure[BENCH_FIGURES], struct error *e);

/* --- child processes (mq_bench_child.c) */

enum { CHILD_SECONDS_MAX = 30 }; /* beside what it measures */

/* Runs `body` in a child process, whose exit status it returns. The child dies with its parent, and
 * by itself after `seconds`; its standard input is empty. */
pid_t child_start(int (*body)(void *context), void *context, uint32_t seconds);
/* Runs a program, `line` split at blanks; its output and complaints go to `out`, NULL: nowhere. */
pid_t child_start_program(const char *line, FILE *out, uint32_t seconds);
/* Waits for its end: the exit status, or 128 + the signal that killed it. */
int child_wait(pid_t child);
/* It has, and waits to be waited for. */
bool child_ended(pid_t child);
/* Waits for all, which are all there are; the first that fails takes the others with it, and its
 * status is returned. */
int child_wait_all(pid_t *children, uint32_t count);
/* Ends it at once, and waits. */
void child_kill(pid_t child);
/* Memory, zeroed, that the child sees, too. */
void *child_share(size_t bytes);
void child_unshare(void *memory, size_t bytes);

#endif
