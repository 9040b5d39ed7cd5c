/* test_loop_wakeups.c - no wake-up of the loop wire is lost at any time. The race windows are too
 * short for threads to hit them, so the linker replaces two functions that loop.c calls inside of
 * them (`--wrap`), and a test runs the other side's operations there. */
#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "rdma/mq/ring.h"
#include "rdma/wire/loop.h"
#include "tests/lib/harness.h"

enum { FRAME_BYTES = 64 };
#define LIMIT_NS UINT64_C(20000000000)

/* The other side's operations in the window; called once. */
static void (*in_window)(struct loop *l);
static struct loop *loop;
/* The number of calls until the window; 0: no window. */
static int calls_to_lock, failures_to_reserve;

static void enter_window(int *calls)
{
    if (*calls == 0 || --*calls > 0) return;
    in_window(loop);
}

int __real_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex);
int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex)
{
    enter_window(&calls_to_lock);
    return __real_pthread_mutex_lock(mutex);
}

void *__real_ring_reserve(struct ring_producer *p, uint32_t bytes);
void *__wrap_ring_reserve(struct ring_producer *p, uint32_t bytes);
void *__wrap_ring_reserve(struct ring_producer *p, uint32_t bytes)
{
    void *frame = __real_ring_reserve(p, bytes);
    if (!frame) enter_window(&failures_to_reserve);
    return frame;
}

static void ignore_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    (void)context;
    (void)member;
    (void)frame;
    (void)bytes;
}

static void ignore_peer(void *context, uint32_t member, bool up)
{
    (void)context;
    (void)member;
    (void)up;
}

static struct wire *member(uint32_t i)
{
    return loop_wire(loop, i);
}

static void setup(void)
{
    static const struct wire_listener listener = {.frame = ignore_frame, .peer = ignore_peer};
    loop = loop_create(2, 2, RING_BYTES_MIN);
    for (uint32_t i = 0; i < 2; i++) member(i)->ops->listen(member(i), &listener);
    while (member(0)->ops->poll(member(0)) || member(1)->ops->poll(member(1))) continue;
    calls_to_lock = failures_to_reserve = 0;
}

static void teardown(void)
{
    loop_destroy(loop);
}

static void wake_member_0(struct loop *l)
{
    loop_wire(l, 0)->ops->wake(loop_wire(l, 0));
}

/* wait() locks only to sleep: it has checked for frames by then, and has not yet marked itself as
 * sleeping, so wake() signals nothing. */
START_TEST(frames_that_arrive_before_the_sleep_begins_end_it)
{
    in_window = wake_member_0;
    calls_to_lock = 1;
    uint64_t began_ns = clock_now();
    member(0)->ops->wait(member(0), began_ns + LIMIT_NS);
    ck_assert_int_eq(calls_to_lock, 0);
    ck_assert_uint_lt(clock_now() - began_ns, LIMIT_NS);
}
END_TEST

static bool send_a_frame(void)
{
    void *frame = member(0)->ops->reserve(member(0), 1, FRAME_BYTES);
    if (!frame) return false;
    memset(frame, 0, FRAME_BYTES);
    member(0)->ops->commit(member(0), 1, FRAME_BYTES);
    return true;
}

static void member_1_takes_all(struct loop *l)
{
    while (loop_wire(l, 1)->ops->poll(loop_wire(l, 1))) continue;
}

/* reserve() checks for credit, requests it, and checks again. A consumer that gives credit between
 * the first two steps finds no request, and wakes no member. */
START_TEST(credit_given_between_check_and_request_is_found_or_signalled)
{
    uint32_t room = 0;
    while (send_a_frame()) room++;
    teardown();
    setup(); /* so credit was never requested */
    for (uint32_t i = 0; i < room; i++) ck_assert(send_a_frame());
    member(0)->ops->flush(member(0));
    while (member(0)->ops->poll(member(0))) continue;
    in_window = member_1_takes_all;
    failures_to_reserve = 2; /* the second is the check for credit */
    bool found = send_a_frame();
    ck_assert_int_eq(failures_to_reserve, 0);
    ck_assert(found || member(0)->ops->poll(member(0)));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("loop wake-ups");
    TCase *tc = tcase_create("races");
    tcase_set_timeout(tc, 60);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, frames_that_arrive_before_the_sleep_begins_end_it);
    tcase_add_test(tc, credit_given_between_check_and_request_is_found_or_signalled);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
