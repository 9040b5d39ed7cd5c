/* trial.c - a small cluster of the protocol core for a moment (trial.h). */
#include "rdma/trial.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/histogram.h"
#include "analysis/scenario.h"
#include "proto/memory.h"

enum { OPTIONS_MAX = 24 };

/* What one member's nodes report. */
struct watch {
    struct observer observer; /* first: an observer is its watch */
    struct trial *trial;
    uint64_t executed, variables, answered;
    uint64_t *issued_ns; /* clients: of each one's last command */
    struct histogram latency;
};

struct trial {
    struct experiment experiment;
    struct scenario *scenario;
    struct members members;
    uint32_t *of_node;
    struct crew *crew;
    struct watch *watch;
    struct replica **replica;
    struct client **client;
};

static struct watch *watch_of(struct observer *o)
{
    return (struct watch *)(void *)o;
}

static void on_issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    (void)node;
    watch_of(o)->issued_ns[c->id.client] = now_ns;
}

static void on_answered(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c,
                        const struct reply_view *reply, uint32_t attempts)
{
    (void)node;
    (void)reply;
    (void)attempts;
    struct watch *w = watch_of(o);
    if (!crew_window_is_open(w->trial->crew)) return;
    w->answered++;
    histogram_record(&w->latency, now_ns - w->issued_ns[c->id.client]);
}

static void on_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         const struct command *c, uint64_t timestamp)
{
    (void)o;
    (void)node;
    (void)group;
    (void)now_ns;
    (void)c;
    (void)timestamp;
}

static void on_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                       const struct command *c)
{
    (void)o;
    (void)node;
    (void)group;
    (void)now_ns;
    (void)c;
}

static void on_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                        const struct command *c, uint64_t digest, const uint64_t *seen,
                        uint64_t state_hash)
{
    (void)node;
    (void)group;
    (void)now_ns;
    (void)digest;
    (void)state_hash;
    struct watch *w = watch_of(o);
    if (!seen || !crew_window_is_open(w->trial->crew)) return;
    w->executed++;
    w->variables += c->access_count;
}

static void on_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                       uint64_t ballot)
{
    (void)o;
    (void)node;
    (void)group;
    (void)now_ns;
    (void)ballot;
}

static const struct observer_ops watch_ops = {.issued = on_issued,
                                              .answered = on_answered,
                                              .delivered = on_delivered,
                                              .started = on_started,
                                              .executed = on_executed,
                                              .leading = on_leading};

static int set_up(struct trial *t, const struct trial_setup *setup, struct error *e)
{
    char *argv[OPTIONS_MAX + 1] = {(char *)(uintptr_t) "trial"};
    int argc = 1;
    while (setup->options[argc - 1] && argc < OPTIONS_MAX) {
        argv[argc] = (char *)(uintptr_t)setup->options[argc - 1];
        argc++;
    }
    if (experiment_parse(&t->experiment, argc, argv, false, e) < 0) return -1;
    t->scenario =
        scenario_create(&(struct scenario_setup){.experiment = &t->experiment,
                                                 .scheme = t->experiment.schemes[0],
                                                 .partitions = t->experiment.partitions[0],
                                                 .timing = emulation_timing(setup->transport)},
                        e);
    if (!t->scenario) return -1;
    const struct topology *topology = &t->scenario->nodes.topology;
    uint32_t replicas = topology->groups * topology->replicas, nodes = topology_nodes(topology);
    t->of_node = allocate_zeroed(nodes, sizeof *t->of_node);
    for (uint32_t i = 0; i < nodes; i++) t->of_node[i] = i < replicas ? i : replicas;
    t->members = (struct members){replicas + 1, nodes, t->of_node};
    t->crew = crew_create(&(struct crew_setup){.transport = setup->transport,
                                               .addresses = setup->addresses,
                                               .address_count = setup->address_count,
                                               .members = t->members},
                          e);
    return t->crew ? 0 : -1;
}

static void add_nodes(struct trial *t)
{
    const struct topology *topology = &t->scenario->nodes.topology;
    uint32_t replicas = topology->groups * topology->replicas;
    t->watch = allocate_zeroed(t->members.count, sizeof *t->watch);
    t->replica = allocate_zeroed(replicas, sizeof(struct replica *));
    t->client = allocate_zeroed(topology->clients, sizeof(struct client *));
    for (uint32_t i = 0; i < t->members.count; i++) {
        t->watch[i].observer.ops = &watch_ops;
        t->watch[i].trial = t;
        histogram_init(&t->watch[i].latency);
    }
    t->watch[replicas].issued_ns = allocate_zeroed(topology->clients, sizeof(uint64_t));
    for (uint32_t i = 0; i < t->members.nodes; i++) {
        struct host_node node = {.node = i, .name = t->scenario->names[i]};
        struct observer *o = &t->watch[t->of_node[i]].observer;
        if (i < replicas) {
            node.ops = &replica_node_ops;
            node.state = t->replica[i] = scenario_replica(t->scenario, i, o);
        } else {
            node.ops = &client_node_ops;
            node.state = t->client[i - replicas] = scenario_client(t->scenario, i - replicas, o);
        }
        crew_add_node(t->crew, &node);
    }
}

static void read_result(const struct trial *t, struct trial_result *r)
{
    const struct watch *clients = &t->watch[t->members.count - 1];
    memset(r, 0, sizeof *r);
    r->members = t->members.count;
    for (uint32_t i = 0; i < r->members; i++) {
        r->usage[i] = crew_usage(t->crew, i);
        r->executed[i] = t->watch[i].executed;
        r->variables[i] = t->watch[i].variables;
    }
    r->answered = clients->answered;
    r->seconds = (double)r->usage[r->members - 1].wall_ns / 1e9;
    r->p50_us = histogram_percentile_ns(&clients->latency, 0.5) / 1e3;
    r->mean_us = histogram_mean_ns(&clients->latency) / 1e3;
}

static void tear_down(struct trial *t)
{
    /* Nodes hold messages of their hosts: they go first. */
    for (uint32_t i = 0; t->replica && i + 1 < t->members.count; i++)
        replica_destroy(t->replica[i]);
    for (uint32_t i = 0; t->client && i < t->scenario->nodes.topology.clients; i++)
        client_destroy(t->client[i]);
    crew_destroy(t->crew);
    if (t->watch) free(t->watch[t->members.count - 1].issued_ns);
    free(t->watch);
    free(t->replica);
    free(t->client);
    free(t->of_node);
    scenario_destroy(t->scenario);
    free(t);
}

int trial_run(const struct trial_setup *setup, struct trial_result *result, struct error *e)
{
    struct trial *t = allocate_zeroed(1, sizeof *t);
    int status = set_up(t, setup, e);
    if (status == 0 && t->members.count > TRIAL_MEMBERS_MAX)
        status = error_set(e, "expected at most %d members", TRIAL_MEMBERS_MAX);
    if (status == 0) {
        add_nodes(t);
        crew_start(t->crew);
        crew_run(t->crew, setup->warmup_ns, NULL);
        crew_open_window(t->crew);
        crew_run(t->crew, setup->window_ns, NULL);
        crew_close_window(t->crew);
        crew_stop(t->crew);
        read_result(t, result);
    }
    tear_down(t);
    return status;
}
