/* launch_remote.c - members as processes elsewhere, which connect to the coordinator (launch.h,
 * control.h). */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rdma/cluster/control.h"
#include "rdma/cluster/launch.h"

enum { NO_MEMBER = UINT32_MAX >> 1 };

/* A process that has connected; `member` once it has sent HELLO. */
struct connection {
    int fd;
    uint32_t member;
    struct control_orders sent;
};

struct launch {
    const struct launch_setup *setup;
    int listening;
    struct connection *connection;
    uint32_t count, room;
    struct control_frame frame;
    struct control_hello self;
    unsigned char *welcome; /* the contents of SETUP */
    uint32_t welcome_bytes;
};

/* ---- messages to processes ----------------------------------------------------------------- */

static void append(struct launch *l, const void *data, size_t bytes)
{
    l->welcome = reallocate(l->welcome, l->welcome_bytes + bytes);
    memcpy(l->welcome + l->welcome_bytes, data, bytes);
    l->welcome_bytes += (uint32_t)bytes;
}

/* Every given option of the run, as in a command line. */
static void append_options(struct launch *l, const struct experiment *e)
{
    char text[CONTROL_ARGUMENT_BYTES];
    for (uint32_t i = 0; i < EXPERIMENT_OPTIONS_MAX; i++)
        if (experiment_argument(e, i, text, sizeof(text))) append(l, text, strlen(text) + 1);
}

static void prepare_welcome(struct launch *l)
{
    const struct launch_setup *s = l->setup;
    struct control_setup head = {.run_id = s->run_id, .members = s->members->count};
    memcpy(head.boot, l->self.boot, sizeof(head.boot));
    append(l, &head, sizeof(head));
    for (uint32_t i = 0; i < s->members->count; i++)
        append(l, &s->launched[i].where, sizeof(s->launched[i].where));
    append_options(l, s->scenario->setup.experiment);
}

static void reject(struct connection *v, const char *why)
{
    control_send(v->fd, CONTROL_REFUSED, why, (uint32_t)strlen(why));
    close(v->fd);
    v->fd = -1;
}

/* ---- messages of processes ----------------------------------------------------------------- */

static void on_hello(struct launch *l, struct connection *v)
{
    struct control_hello hello;
    char why[256];
    if (l->frame.bytes != sizeof(hello)) {
        reject(v, "expected a greeting of this version");
        return;
    }
    memcpy(&hello, l->frame.data, sizeof(hello));
    hello.version[sizeof(hello.version) - 1] = hello.name[sizeof(hello.name) - 1] = 0;
    if (strcmp(hello.version, l->self.version) != 0) {
        snprintf(why, sizeof(why), "the coordinator is version %s, this is %s", l->self.version,
                 hello.version);
        reject(v, why);
        return;
    }
    uint32_t member = 0;
    while (member < l->setup->members->count &&
           strcmp(l->setup->launched[member].where.name, hello.name) != 0)
        member++;
    if (member == l->setup->members->count || l->setup->launched[member].present) {
        bool known = member < l->setup->members->count;
        snprintf(why, sizeof(why), known ? "%s is connected already" : "this run needs no %s",
                 hello.name);
        reject(v, why);
        return;
    }
    v->member = member;
    l->setup->launched[member].present = true;
    memcpy(l->welcome + offsetof(struct control_setup, self), &member, sizeof(member));
    control_send(v->fd, CONTROL_SETUP, l->welcome, l->welcome_bytes);
}

static void take_report(struct launch *l, uint32_t member)
{
    struct report *report = &l->setup->launched[member].block->report;
    if (l->frame.bytes != report_bytes(report->node_count)) return;
    uint32_t nodes = report->node_count;
    memcpy(report, l->frame.data, l->frame.bytes);
    report->node_count = nodes;
    report->failure[sizeof(report->failure) - 1] = 0;
}

static void take_journal(struct launch *l, struct launched *launched)
{
    int fd = open(launched->journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, l->frame.data, l->frame.bytes) != (ssize_t)l->frame.bytes) {
        struct error why;
        error_errno(&why, "its journal cannot be kept");
        snprintf(launched->how, sizeof(launched->how), "%.200s", why.text);
    }
    if (fd >= 0) close(fd);
}

static void end(struct launched *launched, const char *how)
{
    if (how[0]) snprintf(launched->how, sizeof(launched->how), "%s", how);
    launched->ended = true;
    launched->ended_ns = clock_now();
}

static void on_frame(struct launch *l, struct connection *v)
{
    uint64_t now_ns = clock_now();
    if (l->frame.type == CONTROL_HELLO && v->member == NO_MEMBER) {
        on_hello(l, v);
        return;
    }
    if (v->member == NO_MEMBER) {
        reject(v, "expected a greeting first");
        return;
    }
    struct launched *launched = &l->setup->launched[v->member];
    if (l->frame.type == CONTROL_CLOCK) {
        control_send(v->fd, CONTROL_CLOCK, &now_ns, sizeof(now_ns));
    } else if (l->frame.type == CONTROL_REPORT) {
        take_report(l, v->member);
    } else if (l->frame.type == CONTROL_JOURNAL) {
        take_journal(l, launched);
    } else if (l->frame.type == CONTROL_END) {
        end(launched, (const char *)l->frame.data);
    }
}

static void listen_to(struct launch *l, struct connection *v)
{
    struct error e;
    if (control_receive(v->fd, &l->frame, &e) == 0) {
        on_frame(l, v);
        return;
    }
    close(v->fd);
    v->fd = -1;
    if (v->member == NO_MEMBER) return;
    struct launched *launched = &l->setup->launched[v->member];
    if (!launched->ended) end(launched, "its control connection is lost");
}

/* ---- the coordinator ----------------------------------------------------------------------- */

static void accept_all(struct launch *l)
{
    int fd;
    while ((fd = accept(l->listening, NULL, NULL)) >= 0) {
        if (l->count == l->room) {
            l->room = l->room ? 2 * l->room : 16;
            l->connection = reallocate(l->connection, l->room * sizeof(*l->connection));
        }
        fcntl(fd, F_SETFD, FD_CLOEXEC);
        l->connection[l->count++] = (struct connection){.fd = fd, .member = NO_MEMBER};
    }
}

static void send_orders(struct launch *l, struct connection *v)
{
    const struct orders *orders = &l->setup->launched[v->member].block->orders;
    struct control_orders now = {atomic_load(&orders->epoch_ns), atomic_load(&orders->latency_ns),
                                 atomic_load(&orders->order), 0};
    if (memcmp(&now, &v->sent, sizeof(now)) == 0) return;
    v->sent = now;
    control_send(v->fd, CONTROL_ORDERS, &now, sizeof(now));
}

static bool readable(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

/* Clocks are compared by round trips: a request is answered at once. */
static void await(struct launch *l, uint64_t wait_ns)
{
    struct pollfd *polled = allocate_zeroed(l->count + 1, sizeof(*polled));
    polled[l->count] = (struct pollfd){.fd = l->listening, .events = POLLIN};
    for (uint32_t i = 0; i < l->count; i++)
        polled[i] = (struct pollfd){.fd = l->connection[i].fd, .events = POLLIN};
    poll(polled, l->count + 1, (int)(wait_ns / 1000000));
    free(polled);
}

static void attend(struct launch *l, uint64_t wait_ns)
{
    await(l, wait_ns);
    accept_all(l);
    for (uint32_t i = 0; i < l->count; i++) {
        struct connection *v = &l->connection[i];
        while (v->fd >= 0 && readable(v->fd)) listen_to(l, v);
        if (v->fd >= 0 && v->member != NO_MEMBER) send_orders(l, v);
    }
}

static void destroy(struct launch *l)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->connection[i].fd >= 0) close(l->connection[i].fd);
    if (l->listening >= 0) close(l->listening);
    control_frame_finish(&l->frame);
    free(l->connection);
    free(l->welcome);
    free(l);
}

static struct launch *start(const struct launch_setup *setup, struct error *e)
{
    struct launch *l = allocate_zeroed(1, sizeof(*l));
    l->setup = setup;
    control_introduce(&l->self, CLUSTER_COORDINATOR);
    l->listening = control_listen(setup->coordinator, e);
    if (l->listening < 0) {
        destroy(l);
        return NULL;
    }
    fcntl(l->listening, F_SETFL, O_NONBLOCK);
    prepare_welcome(l);
    return l;
}

const struct launch_ops launch_remote = {start, attend, NULL, destroy};
