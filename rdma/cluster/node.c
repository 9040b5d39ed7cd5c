/* node.c - a process of a cluster, seen from inside (node.h).
 *
 * It is two processes: this one exchanges frames with the coordinator, the other, forked, is the
 * member (process.h). So the member's journal is returned even if the member is killed. */
#include "config.h"

#include "rdma/cluster/node.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/experiment/replay.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/last_words.h"
#include "base/memory.h"
#include "rdma/cluster/control.h"
#include "rdma/cluster/emulation.h"
#include "rdma/cluster/emulation_options.h"
#include "rdma/cluster/process.h"
#include "rdma/wire/devices.h"

enum {
    REPORT_NS = 50000000,
    PIECE_BYTES = 1 << 20,
};

struct node {
    const struct node_setup *setup;
    int fd; /* to the coordinator */
    struct control_frame frame;
    struct control_setup *welcome;
    struct experiment experiment;
    char **arguments;
    char *again; /* the coordinator's command line */
    struct scenario *scenario;
    struct members members;
    struct verbs_address *addresses;
    struct block *block;
    char journal[64];
    int64_t clock_ahead_ns; /* the coordinator's, of ours */
    uint64_t clock_error_ns;
    pid_t pid;
};

static volatile sig_atomic_t interrupted;

void node_interrupt(void)
{
    interrupted = 1;
}

/* ---- joining the run ----------------------------------------------------------------------- */

static int send_hello(struct node *n, struct error *e)
{
    const struct cluster_process *coordinator =
        cluster_file_find(n->setup->cluster, CLUSTER_COORDINATOR);
    n->fd = control_connect(coordinator, n->setup->patience_ns, &interrupted, e);
    if (n->fd < 0) return -1;
    struct control_hello hello;
    control_introduce(&hello, n->setup->name);
    if (control_send(n->fd, CONTROL_HELLO, &hello, sizeof(hello)) < 0)
        return error_set(e, "the connection to the coordinator broke");
    if (control_receive(n->fd, &n->frame, e) < 0) return -1;
    if (n->frame.type == CONTROL_REFUSED)
        return error_set(e, "refused: %s", (const char *)n->frame.data);
    if (n->frame.type != CONTROL_SETUP || n->frame.bytes < sizeof(*n->welcome))
        return error_set(e, "expected the coordinator's run description");
    n->welcome = allocate(n->frame.bytes + 1);
    memcpy(n->welcome, n->frame.data, n->frame.bytes + 1);
    n->welcome->boot[sizeof(n->welcome->boot) - 1] = 0;
    if (hello.boot[0] && strcmp(hello.boot, n->welcome->boot) == 0) return 0; /* one clock */
    return control_clock_ahead(n->fd, &n->clock_ahead_ns, &n->clock_error_ns, e);
}

/* The run's options, as if given on this command line. */
static int read_options(struct node *n, struct error *e)
{
    const struct control_setup *w = n->welcome;
    ASSERT(w);
    uint64_t head = sizeof(*w) + w->members * sizeof(w->process[0]);
    if (w->members < 2 || w->members > CONTROL_MEMBERS_MAX || w->self >= w->members ||
        head > n->frame.bytes)
        return error_set(e, "malformed run description");
    char *at = (char *)w + head, *end = (char *)w + n->frame.bytes;
    int count = 0;
    n->arguments = allocate_zeroed(EXPERIMENT_OPTIONS_MAX + 2, sizeof(char *));
    n->arguments[count++] = "node";
    for (; at < end && count <= EXPERIMENT_OPTIONS_MAX; at += strlen(at) + 1)
        n->arguments[count++] = at;
    struct experiment *x = &n->experiment;
    if (experiment_parse(x, count, n->arguments, &emulation_command, e) != 0) return -1;
    n->again = replay_line(x);
    last_words_again(n->again);
    return 0;
}

static int prepare(struct node *n, struct error *e)
{
    const struct control_setup *w = n->welcome;
    const struct cluster_process *self = &w->process[w->self];
    if (self->device[0] && devices_check(self->address, self->device, e) < 0) return -1;
    n->scenario = emulation_scenario(&n->experiment, e);
    if (!n->scenario) return -1;
    members_init(&n->members, &n->scenario->nodes.topology);
    if (n->members.count != w->members)
        return error_set(e, "the coordinator has %u processes in this run, this process finds %u",
                         w->members, n->members.count);
    n->addresses = allocate_zeroed(w->members, sizeof(*n->addresses));
    for (uint32_t i = 0; i < w->members; i++)
        n->addresses[i] = (struct verbs_address){w->process[i].address, w->process[i].port};
    n->block = block_create(members_nodes(&n->members, w->self));
    atomic_store(&n->block->report.clock_error_ns, n->clock_error_ns);
    snprintf(n->journal, sizeof(n->journal), "/tmp/aviary-%d.journal", (int)getpid());
    return 0;
}

static int start(struct node *n, struct error *e)
{
    const struct emulation_options *o = emulation_options(&n->experiment);
    struct verbs_setup verbs = {
        .members = &n->members,
        .self = n->welcome->self,
        .addresses = n->addresses,
        .ring_bytes = o->ring_bytes,
        .waiting = o->waiting,
        .dead_after_ns = o->dead_after_ns,
        .run_id = n->welcome->run_id,
    };
    n->pid = process_start(
        &(struct process_setup){
            .scenario = n->scenario,
            .verbs = &verbs,
            .block = n->block,
            .journal = n->journal,
            .name = n->setup->name,
        },
        e);
    return n->pid < 0 ? -1 : 0;
}

/* ---- between coordinator and member -------------------------------------------------------- */

static void take_orders(struct node *n)
{
    struct control_orders orders;
    if (n->frame.type != CONTROL_ORDERS || n->frame.bytes != sizeof(orders)) return;
    memcpy(&orders, n->frame.data, sizeof(orders));
    atomic_store(&n->block->orders.latency_ns, orders.latency_ns);
    if (orders.epoch_ns)
        atomic_store(&n->block->orders.epoch_ns, orders.epoch_ns - (uint64_t)n->clock_ahead_ns);
    atomic_store(&n->block->orders.order, orders.order);
}

static int send_report(struct node *n)
{
    const struct report *report = &n->block->report;
    return control_send(n->fd, CONTROL_REPORT, report, (uint32_t)report_bytes(report->node_count));
}

/* Until the member has ended; `how` as process_ended. */
static int relay(struct node *n, char how[PROCESS_HOW_BYTES], struct error *e)
{
    while (!process_ended(n->pid, how)) {
        if (interrupted) return error_set(e, "interrupted");
        struct pollfd p = {.fd = n->fd, .events = POLLIN};
        if (poll(&p, 1, REPORT_NS / 1000000) > 0) {
            if (control_receive(n->fd, &n->frame, e) < 0) return -1;
            take_orders(n);
        }
        if (send_report(n) < 0) return error_set(e, "the connection to the coordinator broke");
    }
    n->pid = 0;
    return 0;
}

static int send_journal(struct node *n, struct error *e)
{
    int fd = open(n->journal, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return error_errno(e, "%s", n->journal);
    unsigned char *piece = allocate(PIECE_BYTES);
    ssize_t got;
    int sent = 0;
    while (sent == 0 && (got = read(fd, piece, PIECE_BYTES)) > 0)
        sent = control_send(n->fd, CONTROL_JOURNAL, piece, (uint32_t)got);
    free(piece);
    close(fd);
    return sent < 0 ? error_set(e, "the connection to the coordinator broke") : 0;
}

static int live(struct node *n, struct error *e)
{
    char how[PROCESS_HOW_BYTES];
    if (send_hello(n, e) < 0 || read_options(n, e) < 0 || prepare(n, e) < 0 || start(n, e) < 0 ||
        relay(n, how, e) < 0)
        return -1;
    if (send_report(n) < 0 || send_journal(n, e) < 0) return -1;
    control_send(n->fd, CONTROL_END, how, (uint32_t)strlen(how));
    if (atomic_load(&n->block->report.state) == MEMBER_FAILED)
        return error_set(e, "%s", n->block->report.failure);
    return how[0] ? error_set(e, "%s", how) : 0;
}

int node_run(const struct node_setup *setup, struct error *e)
{
    struct node n = {.setup = setup, .fd = -1};
    int status = live(&n, e);
    if (status < 0 && n.fd >= 0)
        control_send(n.fd, CONTROL_END, e->text, (uint32_t)strlen(e->text));
    if (n.pid > 0) {
        kill(n.pid, SIGKILL);
        waitpid(n.pid, NULL, 0);
    }
    if (n.journal[0]) unlink(n.journal);
    if (n.fd >= 0) close(n.fd);
    block_free(n.block);
    scenario_destroy(n.scenario);
    experiment_finish(&n.experiment);
    members_finish(&n.members);
    control_frame_finish(&n.frame);
    free(n.addresses);
    free(n.arguments);
    free(n.again);
    free(n.welcome);
    return status;
}
