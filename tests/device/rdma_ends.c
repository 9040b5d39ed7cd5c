/* rdma_ends.c - ends of message queues, see rdma_ends.h. */
#include "tests/device/rdma_ends.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/random.h"
#include "tests/device/rdma_devices.h"
#include "tests/lib/harness.h"

static bool in_child;

void end_fail(const char *format, ...)
{
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (!in_child) ck_abort_msg("%s", text);
    fprintf(stderr, "# child: %s\n", text);
    _exit(1);
}

uint64_t end_limit_ns(void)
{
    return clock_now() + UINT64_C(30000000000);
}

/* ---- opening and connecting ---------------------------------------------------------------------
 */

void end_open(struct end *e, int device, const struct mq_options *options)
{
    struct error error;
    struct mq_options o = options ? *options : (struct mq_options){.port = 0};
    o.address = rdma_device_address(device);
    /* Without faults no peer must be reported dead, however busy this machine is. */
    if (!o.dead_after_ns) o.dead_after_ns = UINT64_C(10000000000);
    if (!o.connect_ns) o.connect_ns = UINT64_C(20000000000);
    *e = (struct end){.device = device, .q = mq_open(&o, &error)};
    if (!e->q) end_fail("%s", error.text);
}

void end_close(struct end *e)
{
    mq_close(e->q);
    e->q = NULL;
}

struct mq_link *end_connect(struct end *from, const struct end *to, const char *greeting)
{
    char text[MQ_GREETING_BYTES] = "";
    if (greeting) strncpy(text, greeting, sizeof text - 1);
    return mq_connect(from->q, rdma_device_address(to->device), mq_port(to->q),
                      greeting ? text : NULL);
}

void end_join(struct end *from, struct end *to)
{
    uint32_t from_up = from->up, to_up = to->up;
    if (!end_connect(from, to, NULL)) end_fail("no link is left");
    UNTIL(from->up > from_up && to->up > to_up, from, to);
}

/* ---- messages -----------------------------------------------------------------------------------
 */

struct head {
    uint32_t sender, number;
};

static uint64_t word_of(struct head head, uint32_t bytes, uint32_t word)
{
    return hash_add((uint64_t)head.sender << 32 | head.number, (uint64_t)bytes << 32 | word);
}

/* Everything after the head, byte by byte at the end. */
static void fill(unsigned char *message, struct head head, uint32_t bytes)
{
    memcpy(message, &head, sizeof head);
    for (uint32_t at = sizeof head; at < bytes; at += 8) {
        uint64_t word = word_of(head, bytes, at / 8);
        memcpy(message + at, &word, bytes - at < 8 ? bytes - at : 8);
    }
}

static bool is_filled(const unsigned char *message, struct head head, uint32_t bytes)
{
    for (uint32_t at = sizeof head; at < bytes; at += 8) {
        uint64_t word = word_of(head, bytes, at / 8);
        if (memcmp(message + at, &word, bytes - at < 8 ? bytes - at : 8) != 0) return false;
    }
    return true;
}

bool end_send(struct end *e, uint32_t sender, uint32_t number, uint32_t bytes)
{
    enum mq_status why = MQ_OK;
    unsigned char *room = mq_reserve(e->link, bytes, &why);
    if (!room) {
        if (why != MQ_FULL) end_fail("%s", mq_status_text(why));
        return false;
    }
    fill(room, (struct head){sender, number}, bytes);
    mq_commit(e->link, bytes);
    return true;
}

static void take_message(struct end *e, const struct mq_event *event)
{
    struct head head;
    if (event->bytes < sizeof head) end_fail("a message of %u bytes", event->bytes);
    memcpy(&head, event->data, sizeof head);
    if (head.sender >= 8) end_fail("a message of sender %u", head.sender);
    if (head.number != e->next[head.sender])
        end_fail("message %u instead of %u", head.number, e->next[head.sender]);
    if (!is_filled(event->data, head, event->bytes))
        end_fail("message %u of %u bytes is not what was sent", head.number, event->bytes);
    e->next[head.sender]++;
    e->messages++;
    e->last_bytes = event->bytes;
    if (e->echo) {
        void *room = mq_reserve(event->link, event->bytes, NULL);
        if (!room) end_fail("no room for an echo");
        memcpy(room, event->data, event->bytes);
        mq_commit(event->link, event->bytes);
    }
    if (e->hold)
        e->held++;
    else
        mq_release(event->link, 1);
}

void end_release(struct end *e)
{
    mq_release(e->link, e->held);
    e->held = 0;
}

static void take(struct end *e, const struct mq_event *event)
{
    switch (event->kind) {
    case MQ_EVENT_UP:
        e->link = event->link;
        e->held = 0;
        if (event->bytes != MQ_GREETING_BYTES) end_fail("a greeting of %u bytes", event->bytes);
        memcpy(e->greeting, event->data, sizeof e->greeting);
        e->up++;
        break;
    case MQ_EVENT_MESSAGE:
        take_message(e, event);
        break;
    case MQ_EVENT_ROOM:
        e->room++;
        break;
    case MQ_EVENT_LOST:
        e->lost_link = event->link;
        e->status = event->status;
        e->detail = event->detail;
        e->lost++;
        break;
    }
}

bool end_poll(struct end *e, uint32_t most)
{
    struct mq_event events[64];
    assert(most <= 64);
    uint32_t count = mq_poll(e->q, events, most);
    for (uint32_t i = 0; i < count; i++) take(e, &events[i]);
    if (e->echo) mq_flush(e->q);
    return count > 0;
}

void end_never(const char *condition, struct end *const *ends, uint32_t count)
{
    const char *lost = "";
    for (uint32_t i = 0; i < count; i++)
        if (ends[i]->lost) lost = ends[i]->detail;
    end_fail("never: %s (%s)", condition, *lost ? lost : "no link is lost");
}

void end_poll_all(struct end *const *ends, uint32_t count)
{
    bool found = false;
    for (uint32_t i = 0; i < count; i++) found |= end_poll(ends[i], 64);
    if (!found) sched_yield();
}

void end_expect_lost(const struct end *e, enum mq_status status)
{
    if (e->lost != 1) end_fail("lost %u times", e->lost);
    if (e->status != status || !*e->detail)
        end_fail("lost: %s (%s)", mq_status_text(e->status), e->detail);
}

/* ---- other processes ----------------------------------------------------------------------------
 */

static const char child_name[] = "child";

void end_child_begin(struct end_child *c, const char *role, const struct mq_options *options)
{
    char ring[16], port[16];
    end_open(&c->end, 0, options);
    snprintf(ring, sizeof ring, "%u", options->ring_bytes);
    snprintf(port, sizeof port, "%u", mq_port(c->end.q));
    c->pid = fork();
    if (c->pid < 0) end_fail("fork");
    if (c->pid == 0) {
        execl("/proc/self/exe", child_name, role, ring, port, NULL);
        _exit(127);
    }
    UNTIL(c->end.up == 1, &c->end);
}

void end_child_kill(struct end_child *c)
{
    int status = 0;
    if (kill(c->pid, SIGKILL) || waitpid(c->pid, &status, 0) != c->pid) end_fail("kill");
    if (!WIFSIGNALED(status)) end_fail("the child ended before it was killed");
}

void end_child_close(struct end_child *c)
{
    mq_link_close(c->end.link);
    end_close(&c->end);
}

void end_child_main(int argc, char **argv, const struct end_role *roles)
{
    if (argc != 4 || strcmp(argv[0], child_name) != 0) return;
    struct end end;
    in_child = true;
    end_open(&end, 1, &(struct mq_options){.ring_bytes = (uint32_t)atoi(argv[2])});
    mq_connect(end.q, rdma_device_address(0), (uint16_t)atoi(argv[3]), NULL);
    while (end.up == 0) end_poll(&end, 64);
    while (strcmp(roles->name, argv[1]) != 0) roles++;
    roles->run(&end);
    for (;;) end_poll(&end, 64);
}

TCase *end_tcase(Suite *suite, const char *name)
{
    TCase *tc = tcase_create(name);
    tcase_set_timeout(tc, 120);
    suite_add_tcase(suite, tc);
    return tc;
}
