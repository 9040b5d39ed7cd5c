/* rdma_ends.h - ends of message queues and the events of each, for tests of the queue. */
#ifndef TESTS_RDMA_ENDS_H
#define TESTS_RDMA_ENDS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/clock.h"
#include "rdma/mq/mq.h"
#include "tests/lib/harness.h"

/* An end, all that its queue has reported, and how it treats messages: by default their patterns
 * are checked, and they are released at once. */
struct end {
    struct mq *q;
    int device;
    struct mq_link *link; /* the one that came up last */
    char greeting[MQ_GREETING_BYTES];
    uint32_t up, room, lost, messages;
    struct mq_link *lost_link; /* the one that was lost last; not closed */
    enum mq_status status;
    const char *detail;
    bool hold;           /* keeps messages until end_release() */
    bool echo;           /* sends messages back */
    uint32_t held;       /* of `link` */
    uint32_t next[8];    /* the number expected from each sender, see end_send() */
    uint32_t last_bytes; /* of the message that came last */
};

/* Options are completed: the address is the device's. Fails the test if it cannot be opened. */
void end_open(struct end *e, int device, const struct mq_options *options);
void end_close(struct end *e);

/* Begins to connect; the greeting is a short text or NULL. */
struct mq_link *end_connect(struct end *from, const struct end *to, const char *greeting);
/* Polls until both are up; fails the test on a timeout. */
void end_join(struct end *from, struct end *to);

/* Reserves and commits message `number` of `sender` (below 8) with that many bytes, at least 8; all
 * other bytes follow from these. Fails on any other status than FULL. */
bool end_send(struct end *e, uint32_t sender, uint32_t number, uint32_t bytes);
void end_release(struct end *e);

/* Polls once, and takes up to `most` events (at most 64). */
bool end_poll(struct end *e, uint32_t most);

/* Polls these ends again and again until the condition holds; fails the test after half a minute.
 */
#define UNTIL(condition, ...)                                                           \
    do {                                                                                \
        struct end *const its_ends[] = {__VA_ARGS__};                                   \
        uint32_t its_count = sizeof its_ends / sizeof *its_ends;                        \
        uint64_t its_limit_ns = end_limit_ns();                                         \
        while (!(condition)) {                                                          \
            end_poll_all(its_ends, its_count);                                          \
            if (clock_now() > its_limit_ns) end_never(#condition, its_ends, its_count); \
        }                                                                               \
    } while (0)

/* Its link was lost exactly once, with this status and a detail. */
void end_expect_lost(const struct end *e, enum mq_status status);

/* Another process, which connects from device 1 and runs one of its functions until it is killed.
 * It executes this program anew: verbs cannot be used after a fork. */
struct end_child {
    pid_t pid;
    struct end end; /* ours, device 0 */
};
struct end_role {
    const char *name;
    void (*run)(struct end *end); /* then it polls forever */
};
/* For main(): does not return in a child. Functions of a child must not use the check library. */
void end_child_main(int argc, char **argv, const struct end_role *roles);
/* Until the child's link is up. `options` need ring_bytes, which the child takes over. */
void end_child_begin(struct end_child *c, const char *role, const struct mq_options *options);
void end_child_kill(struct end_child *c);
void end_child_close(struct end_child *c);

/* A test case with a long timeout. */
TCase *end_tcase(Suite *suite, const char *name);

/* Fails the test; a child prints the reason and exits. */
void end_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

uint64_t end_limit_ns(void);
void end_never(const char *condition, struct end *const *ends, uint32_t count);
void end_poll_all(struct end *const *ends, uint32_t count);

#endif
