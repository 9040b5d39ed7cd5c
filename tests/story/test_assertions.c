/* States that only an error of the program can cause: each fails an ASSERT, which prints the
 * condition, the node, the time, and the command that reproduces it. */
#define _GNU_SOURCE /* syscall */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/last_words.h"
#include "proto/client/backlog.h"
#include "proto/client/proxy.h"
#include "proto/execution/executor.h"
#include "proto/order/basecast_state.h"
#include "proto/order/group_state.h"
#include "proto/schemes/arrivals.h"
#include "sim/aborting.h"
#include "sim/kernel.h"
#include "tests/lib/harness.h"

int cmd_emulate(int argc, char **argv);

enum { REPLICAS = 3, BREAKS_AT_NS = 20000, BREAKS_BY_TIMER = 3 };

/* ---- a node and its layers ----------------------------------------------------------------- */

static const struct topology together = {.groups = 2, .replicas = REPLICAS, .clients = 1};
static const struct topology alone = {
    .groups = 2, .replicas = 1, .clients = 1}; /* decides at once */
static const struct timing timing = {1000000, 5000000, 10000000};

static struct transport *t; /* of node a, which is replica 0 of group 0 */

/* Objects of an invalid state: they are not freed, since an assertion ends the process. */
static void *keep(void *memory)
{
    static void *kept[16];
    static uint32_t count;
    ck_assert_ptr_nonnull(memory);
    ck_assert_uint_lt(count, sizeof(kept) / sizeof(kept[0]));
    return kept[count++] = memory;
}

static struct command *command_new(uint64_t seq, uint32_t groups)
{
    struct command *c = keep(calloc(1, command_bytes(1)));
    c->bytes = command_bytes(1);
    c->id.seq = seq;
    c->access_count = 1;
    c->accesses[0].mode = ACCESS_READ;
    for (uint32_t g = 0; g < groups; g++) group_set_add(&c->dests, g);
    return c;
}

static void on_apply(void *above, const uint8_t *entries, uint32_t bytes)
{
    (void)above, (void)entries, (void)bytes;
}

static void on_leading(void *above, bool leading, uint64_t ballot)
{
    (void)above, (void)leading, (void)ballot;
}

static struct group *group_new(void)
{
    static const struct group_events events = {on_apply, on_leading};
    struct group *g =
        group_create(&(struct group_setup){t, &together, &timing, .window = 8, .events = &events});
    group_start(g);
    return g;
}

static void deliver(void *above, const struct command *c, uint64_t timestamp)
{
    (void)above, (void)c, (void)timestamp;
}

static void leads(void *above, bool leading)
{
    (void)above, (void)leading;
}

static struct basecast *basecast_new(void)
{
    static const struct multicast_events events = {.deliver = deliver, .leading = leads};
    static struct links links;
    links_init(&links, &alone);
    struct multicast *m = basecast_ops.create(&(struct multicast_setup){
        .transport = t,
        .topology = &alone,
        .timing = &timing,
        .window = 8,
        .sessions = keep(sessions_create(t, topology_senders(&alone))),
        .links = &links,
        .events = &events,
    });
    multicast_start(m);
    return (struct basecast *)m;
}

static void order(struct basecast *b, uint64_t seq, uint32_t groups)
{
    basecast_ops.propose(&b->base, command_new(seq, groups));
    multicast_flush(&b->base);
}

static struct executor *executor_new(void)
{
    static const struct executor_ops ops;
    static struct executor e;
    executor_init(&e, &ops,
                  &(struct executor_setup){.transport = t,
                                           .topology = &alone,
                                           .timing = &timing,
                                           .multicast = &basecast_new()->base,
                                           .sessions = keep(sessions_create(t, 1))});
    return &e;
}

/* ---- invalid states ------------------------------------------------------------------------ */

static void retract_a_promise(void)
{
    group_become_follower(group_new(), 1, UINT32_MAX);
}

static void change_a_decided_value(void)
{
    struct group *g = group_new();
    group_propose(g, 1, 8);
    group_flush(g);
    group_commit(g, 1);
    group_slot_store(g, 1, g->ballot, &group_accept_new(g, MESSAGE_ACCEPT, 1, NULL, 0)->m);
}

static void hold_more_than_there_is(void)
{
    struct group *g = group_new();
    group_become_follower(g, 2 << 8 | 1, 1);
    g->through = g->last + 1;
    struct message_group *m = group_message_new(g, MESSAGE_HEARTBEAT);
    m->m.from = 1;
    group_on_message(g, &m->m);
}

static void lead_in_another_replica_s_ballot(void)
{
    struct group *g = group_new();
    g->ballot = 2 << 8 | 1;
    g->role = CANDIDATE;
    g->leader = UINT32_MAX;
    group_become_leader(g);
}

static void skip_a_batch(void)
{
    struct basecast *b = basecast_new();
    b->batches++;
    order(b, 1, 1);
}

static void deliver_before_what_was_delivered(void)
{
    struct basecast *b = basecast_new();
    b->base.delivered = UINT64_C(9) << TIMESTAMP_GROUP_BITS;
    order(b, 1, 1);
}

static void set_the_clock_back(void)
{
    struct basecast *b = basecast_new();
    order(b, 1, 2);
    b->clock--;
    order(b, 2, 2);
}

static void deliver_to_the_executor_out_of_order(void)
{
    struct executor *e = executor_new();
    e->delivered = 9;
    executor_deliver(e, command_new(1, 1), 8);
}

static void execute_twice(void)
{
    struct executor *e = executor_new();
    e->delivered = e->exchange.done = 9;
    executor_conclude(e, command_new(1, 1), 9, &(struct outcome){.status = REPLY_OK});
}

static void finish_twice(void)
{
    struct sessions *s = keep(sessions_create(t, 1));
    struct command *c = command_new(1, 1);
    sessions_admit(s, c);
    sessions_executed(s, c->id, NULL);
    sessions_executed(s, c->id, NULL);
}

static void send_to_a_group_twice(void)
{
    struct executor *e = executor_new();
    struct command *c = command_new(1, 2);
    for (int i = 0; i < 2; i++)
        exchange_push(&e->exchange, &c->dests, exchange_new(&e->exchange, MESSAGE_VALUES, c, 7, 0));
}

static void take_a_held_variable(void)
{
    uint8_t holding[1] = {HOLDING_NONE};
    holding_set(holding, 0, HOLDING_COMING);
    holding_set(holding, 0, HOLDING_OWNED);
    holding_set(holding, 0, HOLDING_COMING);
}

static void answer_what_is_answered(void)
{
    struct backlog b = {.count = 0};
    struct outstanding first = {.node.seq = 1}, second = {.node.seq = 2};
    backlog_add(&b, &first);
    backlog_add(&b, &second);
    backlog_remove(&b, &first);
    backlog_remove(&b, &first);
}

static void send_into_the_past(void)
{
    struct sim_node *n = sim_node_of(t);
    sim_push(n->sim, EVENT_ARRIVAL, 0, 0, n->local_ns - 1, ++n->order);
}

static void release_twice(void)
{
    struct message *m = transport_message_new(t, 64, MESSAGE_PROBE);
    t->ops->message_release(t, m);
    t->ops->message_release(t, m);
}

static const struct {
    void (*does)(void);
    const char *function, *condition;
} states[] = {
    {retract_a_promise, "group_become_follower", "ballot >= g->ballot"},
    {change_a_decided_value, "group_slot_store", "slot > g->commit"},
    {hold_more_than_there_is, "group_advance", "g->through <= g->last"},
    {lead_in_another_replica_s_ballot, "take_office", "ballot_owner(g->ballot) == g->self"},
    {skip_a_batch, "apply", "group_applied(b->base.group) == b->batches + 1"},
    {deliver_before_what_was_delivered, "apply_set_hard", "hard > b->base.delivered"},
    {set_the_clock_back, "given_add",
     "b->given_count == 0 || b->given[b->given_count - 1].hard < r->hard"},
    {deliver_to_the_executor_out_of_order, "executor_deliver", "timestamp > e->delivered"},
    {execute_twice, "exchange_settle", "timestamp > x->done"},
    {finish_twice, "sessions_executed", "!e->executed"},
    {send_to_a_group_twice, "push_to", "m->timestamp > last_of(x->sent_through, group)"},
    {take_a_held_variable, "holding_set", "allowed[holding[variable]][to]"},
    {answer_what_is_answered, "backlog_remove", "b->heap[o->heap_at] == o"},
    {send_into_the_past, "sim_push", "time_ns >= s->now_ns"},
    {release_twice, "pool_release", "b->references > 0"},
};

enum { STATES = sizeof(states) / sizeof(states[0]) };

/* ---- in a simulation ----------------------------------------------------------------------- */

static uint32_t breaks; /* which of them */

static void node_init(void *node, struct transport *transport)
{
    (void)node;
    if (transport->self > 0) return;
    t = transport;
    t->ops->timer_set(t, BREAKS_BY_TIMER, BREAKS_AT_NS);
}

static void node_message(void *node, struct message *m)
{
    (void)node, (void)m;
}

static void node_timer(void *node, uint32_t timer)
{
    (void)node;
    if (timer == BREAKS_BY_TIMER) states[breaks].does();
}

static void node_completion(void *node, uint64_t cookie, enum completion how)
{
    (void)node, (void)cookie, (void)how;
}

static void node_peer(void *node, uint32_t peer, bool up)
{
    (void)node, (void)peer, (void)up;
}

static const struct node_ops ops = {node_init, node_message, node_timer, node_completion,
                                    node_peer, NULL,         NULL};

static void simulate(void)
{
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    struct error e;
    struct sim *s = sim_create(&(struct sim_config){
        .seed = 1,
        .model = model_parse("link.latency = constant 10us\nlink.bandwidth = 0\n", "model", &e)});
    for (uint32_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        sim_add_node(s, &(struct sim_node_config){.ops = &ops, .name = names[i]});
    last_words_again("aviary run --seed=7");
    aborting_watch(s);
    if (sim_start(s, &e) == 0) sim_run(s, 10 * BREAKS_AT_NS, NULL);
    _exit(1);
}

/* The standard error of the process until it ends, by SIGABRT. */
static const char *output_until_end(pid_t pid, int from)
{
    static char text[4096];
    int status;
    size_t count = 0;
    ssize_t got;
    while ((got = read(from, text + count, sizeof(text) - 1 - count)) > 0) count += (size_t)got;
    text[count] = 0;
    close(from);
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert_msg(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT, "%s", text);
    return text;
}

/* Runs it in a process of its own, whose standard error is read from *from. */
static pid_t start(void (*run)(void), int *from)
{
    int ends[2];
    ck_assert_int_eq(pipe(ends), 0);
    fflush(stdout);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        dup2(ends[1], STDERR_FILENO);
        close(ends[0]);
        close(ends[1]);
        run();
    }
    close(ends[1]);
    *from = ends[0];
    return pid;
}

START_TEST(an_invalid_state_fails_an_assertion)
{
    int from;
    char expected[512];
    breaks = (uint32_t)_i;
    pid_t pid = start(simulate, &from);
    const char *text = output_until_end(pid, from);
    snprintf(expected, sizeof(expected),
             ": %s: ASSERT(%s) failed\n"
             "aborted in a at 0.000020000 s of virtual time, handling timer %d\n"
             "again: aviary run --seed=7\n",
             states[breaks].function, states[breaks].condition, BREAKS_BY_TIMER);
    ck_assert_msg(strstr(text, expected), "%s\ninstead of\n%s", text, expected);
}
END_TEST

/* ---- in an emulation ----------------------------------------------------------------------- */

static char database[] = "/tmp/aviary-assertions-XXXXXX";

static void emulate(void)
{
    char *words[] = {"emulate", "-s",         "ssmr", "-k",      "1",  "--replicas",
                     "1",       "--clients",  "1",    "-w",      "kv", "--db",
                     database,  "--duration", "60s",  "--check", "off"};
    _exit(cmd_emulate(sizeof(words) / sizeof(words[0]), words));
}

static bool is_named(pid_t pid, const char *thread, const char *name)
{
    char path[96], text[32] = "";
    snprintf(path, sizeof(path), "/proc/%d/task/%.32s/comm", (int)pid, thread);
    FILE *file = fopen(path, "r");
    if (!file) return false;
    if (!fgets(text, sizeof(text), file)) text[0] = 0;
    fclose(file);
    text[strcspn(text, "\n")] = 0;
    return strcmp(text, name) == 0;
}

/* The process's thread of that name, as soon as there is one. */
static pid_t thread_named(pid_t pid, const char *name)
{
    char path[64];
    pid_t found = 0;
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    while (!found) {
        DIR *tasks = opendir(path);
        ck_assert(tasks);
        for (const struct dirent *d; (d = readdir(tasks));)
            if (is_named(pid, d->d_name, name)) found = (pid_t)strtol(d->d_name, NULL, 10);
        closedir(tasks);
    }
    return found;
}

START_TEST(a_failed_assertion_in_an_emulation_prints_node_time_and_command)
{
    int from;
    close(mkstemp(database));
    pid_t pid = start(emulate, &from);
    ck_assert_int_eq(syscall(SYS_tgkill, pid, thread_named(pid, "clients"), SIGABRT), 0);
    const char *text = output_until_end(pid, from);
    unlink(database);
    ck_assert_msg(strstr(text, "aborted "), "%s", text);
    ck_assert_msg(strstr(text, "clients at ") || strstr(text, " c0 at "), "%s", text);
    ck_assert_msg(strstr(text, " s of the run\nagain: aviary emulate -s ssmr -k 1 "), "%s", text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("assertions");
    TCase *c = tcase_create("assertions");
    tcase_add_loop_test(c, an_invalid_state_fails_an_assertion, 0, STATES);
    tcase_add_test(c, a_failed_assertion_in_an_emulation_prints_node_time_and_command);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
