/* rdma_verbs_members.c - members of the verbs wire that leave, rejoin, belong to another run, or
 * are killed.
 *
 * Most members are wires in this one thread. Those that are killed are actors: processes forked
 * before this one has touched a device, which wait until they are called. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_wires.h"
#include "tests/lib/harness.h"

/* Each operation on a member that closes its wire completes once; from some point on, as
 * unreachable. */
START_TEST(operations_on_a_member_that_left_are_unreachable)
{
    struct wires all;
    uint64_t there[100] = {0};
    wires_connect(&all, 2);
    region_share(&all, 0, REGION, there, sizeof there);
    region_allow(&all, 0, REGION, 1);
    for (uint64_t i = 0; i < 50; i++)
        write_from(&all, 1, (struct remote){0, REGION, 8 * i}, &i, 8, i);
    POLL_UNTIL(&all, all.member[1].ended == 50);
    for (uint64_t i = 50; i < 100; i++)
        write_from(&all, 1, (struct remote){0, REGION, 8 * i}, &i, 8, i);
    wire_close(&all, 0);
    POLL_UNTIL(&all, all.member[1].ended == 100);
    POLL_UNTIL(&all, all.member[1].downs[0] == 1);
    write_from(&all, 1, (struct remote){0, REGION, 0}, &there, 8, 100);
    ck_assert_uint_eq(all.member[1].ended, 100);
    POLL_UNTIL(&all, all.member[1].ended == 101);
    expect_in_order(&all.member[1]);
    for (uint64_t i = 0; i < 101; i++)
        ck_assert_int_eq(all.member[1].log[i].how, i < 50 ? COMPLETION_OK : COMPLETION_UNREACHABLE);

    /* It opens its wire again, with other memory. */
    uint64_t fresh = 0, word = 9;
    wire_open(&all, 0, RUN);
    region_share(&all, 0, REGION, &fresh, 8);
    region_allow(&all, 0, REGION, 1);
    POLL_UNTIL(&all, all.member[1].up[0]);
    write_from(&all, 1, (struct remote){0, REGION, 0}, &word, 8, 101);
    POLL_UNTIL(&all, all.member[1].ended == 102);
    ck_assert_int_eq(all.member[1].log[101].how, COMPLETION_OK);
    ck_assert_uint_eq(fresh, 9);
    wires_close(&all);
}
END_TEST

/* Member 1 connects and answers 0's hello; its own is not answered. */
START_TEST(connecting_measures_the_latency_of_messages)
{
    struct wires all;
    wires_prepare(&all, 2);
    uint64_t begin_ns = wires_clock_ns();
    wire_open(&all, 0, RUN);
    wire_open(&all, 1, RUN);
    ck_assert_uint_eq(all.member[0].wire->latency_ns, 0);
    POLL_UNTIL(&all, all.member[0].up[1] && all.member[1].up[0]);
    ck_assert_uint_gt(all.member[0].wire->latency_ns, 0);
    ck_assert_uint_le(2 * all.member[0].wire->latency_ns, wires_clock_ns() - begin_ns);
    ck_assert_uint_eq(all.member[1].wire->latency_ns, 0);
    wires_close(&all);
}
END_TEST

/* Member 1 belongs to another run: it is never connected, while 2 is; then it opens its wire for
 * this run. */
START_TEST(members_of_another_run_are_refused)
{
    struct wires all;
    wires_prepare(&all, 3);
    wire_open(&all, 1, RUN + 1);
    wire_open(&all, 0, RUN);
    wire_open(&all, 2, RUN);
    POLL_UNTIL(&all, all.member[0].up[2] && all.member[2].up[0]);
    for (uint32_t i = 1; i <= 200; i++) {
        POLL_UNTIL(&all, send_word(&all, 0, 2, i));
        POLL_UNTIL(&all, all.member[2].frames == i);
        POLL_UNTIL(&all, send_word(&all, 2, 0, i));
        POLL_UNTIL(&all, all.member[0].frames == i);
    }
    ck_assert(!all.member[0].up[1] && !all.member[1].up[0] && !all.member[2].up[1] &&
              !all.member[1].up[2]);
    ck_assert_uint_eq(all.member[0].downs[1] + all.member[1].downs[0] + all.member[2].downs[1], 0);
    ck_assert(!send_word(&all, 1, 0, 1));
    wire_close(&all, 1);
    wire_open(&all, 1, RUN);
    POLL_UNTIL(&all, all.member[0].up[1] && all.member[1].up[0] && all.member[2].up[1] &&
                         all.member[1].up[2]);
    wires_close(&all);
}
END_TEST

/* ---- members that are killed ----------------------------------------------------------------- */

enum { ACTORS = 4 };

/* Shared with the actors. */
struct call {
    pid_t process;
    atomic_bool called;
    uint32_t self;
    uint64_t word; /* the frame that this actor sends */
};

static struct call *calls;

/* Actors only send. They must not use the check library, which belongs to their parent. */
static void ignore_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    (void)context, (void)member, (void)frame, (void)bytes;
}

static void ignore_peer(void *context, uint32_t member, bool up)
{
    (void)context, (void)member, (void)up;
}

static _Noreturn void act(struct call *c)
{
    static const struct wire_listener listener = {.frame = ignore_frame, .peer = ignore_peer};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (!atomic_load(&c->called)) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    struct wires all;
    wires_prepare(&all, 2);
    if (!wire_try_open(&all, c->self, RUN, &listener)) _exit(1);
    uint64_t there[8] = {0};
    region_share(&all, c->self, REGION, there, sizeof there);
    region_allow(&all, c->self, REGION, 1 - c->self);
    for (;;) {
        send_word(&all, c->self, 1 - c->self, c->word);
        wires_poll(&all);
    }
}

static void fork_actors(void)
{
    calls = mmap(NULL, ACTORS * sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                 -1, 0);
    if (calls == MAP_FAILED) abort();
    for (uint32_t i = 0; i < ACTORS; i++) {
        pid_t process = fork();
        if (process < 0) abort();
        if (process == 0) act(&calls[i]);
        calls[i].process = process;
    }
}

static void call_actor(struct call *c, uint32_t self, uint64_t word)
{
    c->self = self;
    c->word = word;
    atomic_store(&c->called, true);
}

static void kill_actor(const struct call *c)
{
    kill(c->process, SIGKILL);
    waitpid(c->process, NULL, 0);
}

/* The other member is killed, and another process takes its place; as the one that connects (_i 1)
 * or accepts (_i 0). No frame of the killed process arrives afterwards. */
START_TEST(a_killed_member_is_replaced_by_another_process)
{
    uint32_t other = (uint32_t)_i, self = 1 - other;
    struct call *first = &calls[2 * _i], *second = &calls[2 * _i + 1];
    struct wires all;
    uint64_t word = 3;
    wires_prepare(&all, 2);
    wire_open(&all, self, RUN);
    struct wires_member *s = &all.member[self];
    call_actor(first, other, 111);
    POLL_UNTIL(&all, s->up[other] && s->frames > 20);
    write_from(&all, self, (struct remote){other, REGION, 0}, &word, 8, 0);
    POLL_UNTIL(&all, s->ended == 1);
    kill_actor(first);
    POLL_UNTIL(&all, !s->up[other]);
    ck_assert(!send_word(&all, self, other, 1));
    write_from(&all, self, (struct remote){other, REGION, 0}, &word, 8, 1);
    POLL_UNTIL(&all, s->ended == 2);
    s->last = 0;
    call_actor(second, other, 222);
    POLL_UNTIL(&all, s->up[other]);
    POLL_UNTIL(&all, s->last != 0);
    ck_assert_uint_eq(s->last, 222);
    ck_assert_uint_eq(s->downs[other], 1);
    write_from(&all, self, (struct remote){other, REGION, 0}, &word, 8, 2);
    POLL_UNTIL(&all, s->ended == 3);
    static const enum completion expected[] = {COMPLETION_OK, COMPLETION_UNREACHABLE,
                                               COMPLETION_OK};
    for (uint32_t i = 0; i < 3; i++) ck_assert_int_eq(s->log[i].how, expected[i]);
    kill_actor(second);
    wires_close(&all);
}
END_TEST

int main(void)
{
    rdma_devices_need(1, false);
    fork_actors();
    Suite *suite = suite_create("verbs members");
    TCase *c = tcase_create("verbs members");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, operations_on_a_member_that_left_are_unreachable);
    tcase_add_test(c, connecting_measures_the_latency_of_messages);
    tcase_add_test(c, members_of_another_run_are_refused);
    tcase_add_loop_test(c, a_killed_member_is_replaced_by_another_process, 0, 2);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
