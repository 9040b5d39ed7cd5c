/* recorded_run.c - see recorded_run.h. */
#include "tests/lib/recorded_run.h"

#include <math.h>

#include "analysis/results/results.h"
#include "tests/lib/harness.h"

static const struct topology topology = {.groups = 2, .replicas = 2, .clients = 2};

static struct catalogue names;
static struct variable_state x;

struct command *command_on_x(union recorded_room *room, uint32_t client, uint64_t seq,
                             uint32_t groups)
{
    *room = (union recorded_room){.command = {.bytes = command_bytes(1),
                                              .access_count = 1,
                                              .id = {.client = client, .seq = seq}}};
    room->command.dests.word[0] = groups;
    room->command.accesses[0] = (struct access){.variable = 0, .mode = ACCESS_READ | ACCESS_WRITE};
    return &room->command;
}

void recorded_command(struct recorder *r, struct command *c, uint64_t issued_ns,
                      uint64_t answered_ns, uint64_t version)
{
    struct observer *o = recorder_observer(r);
    struct variable_state before = x;
    uint32_t client = topology_client(&topology, c->id.client);
    uint64_t digest = digest_application.ops->execute(&digest_application, c, &x);
    if (version != before.version) digest = 7; /* a wrong one */
    o->ops->issued(o, client, issued_ns, c);
    o->ops->multicast(o, client, issued_ns, c);
    group_set_each (group, &c->dests) {
        for (uint32_t i = 0; i < topology.replicas; i++) {
            uint32_t node = topology_replica(&topology, group, i);
            o->ops->delivered(o, node, group, issued_ns + 10, c, issued_ns);
            o->ops->started(o, node, group, issued_ns + 20, c);
            o->ops->executed(o, node, group, issued_ns + 30, c, digest, &version, issued_ns);
        }
    }
    struct reply_view view = {.status = REPLY_OK, .digest = digest, .seen = &version};
    o->ops->answered(o, client, answered_ns, c, &view, 1);
}

static struct recorder *create(bool check)
{
    x = (struct variable_state){0, 0};
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(names.variables, "x", 1);
    names_intern(names.kinds, "post", 4);
    return recorder_create(&(struct recorder_options){
        .topology = topology,
        .catalogue = &names,
        .check = check,
        .check_history = check,
        .keep_history = check,
        .interval_ns = SECOND,
    });
}

struct recorder *recorded_nothing(void)
{
    return create(false);
}

struct recorder *recorded_run(bool check, bool lost_update)
{
    struct recorder *r = create(check);
    struct observer *o = recorder_observer(r);
    union recorded_room room;
    o->ops->leading(o, 0, 0, 1, 1);
    recorded_command(r, command_on_x(&room, 0, 1, 1), 0, SECOND / 2, 0);
    o->ops->exchanged(o, 0, 0, SECOND + MS, 5, 320);
    recorded_command(r, command_on_x(&room, 0, 2, 3), SECOND, SECOND + 2 * MS, 1);
    recorded_command(r, command_on_x(&room, 1, 1, 1), 2 * SECOND, 2 * SECOND + 4 * MS,
                     lost_update ? 1 : 2);
    recorded_command(r, command_on_x(&room, 1, 2, 1), 3 * SECOND - MS, 3 * SECOND + MS,
                     lost_update ? 2 : 3);
    return r;
}

void recorded_forget(struct recorder *r)
{
    recorder_destroy(r);
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

static const struct result_option options[] = {{"clients", "2"}, {"seed", "42"}};
static const struct result_node nodes[] = {
    {.name = "p0.r0", .role = "replica", .partition = 0, .cpu_busy_s = 0.25, .bytes_in = 4096},
    {.name = "c0", .role = "client", .partition = -1},
};
static const struct result_plan plans[] = {
    {.id = 1,
     .t_s = 1.25,
     .vertices = 10,
     .edges = 20,
     .edge_cut = 3,
     .imbalance = 0.2,
     .moved = 4,
     .modelled_ms = 35,
     .announced = true,
     .edge_cut_before = 9,
     .imbalance_before = 0.4,
     .work = 70,
     .work_before = 100,
     .before = {.throughput_per_s = 4, .multi_pct = 50},
     .after = {.throughput_per_s = 6, .multi_pct = NAN}},
    {.id = 2, .t_s = 1.5, .before = {NAN, NAN}, .after = {NAN, NAN}},
};
static const struct result_fault faults[] = {{1.5, "crash p0.r1"}, {1.5, "heal"}};

void recorded_result(struct run_result *result, struct recorder *r)
{
    *result = (struct run_result){
        .mode = "simulation",
        .scheme = "ssmr",
        .partitions = 2,
        .replicas = 2,
        .multicast = multicast_find("basecast"),
        .workload = "chirper",
        .placement = "hash",
        .model = "rdma-xl170",
        .seed = UINT64_MAX,
        .version = "0.1",
        .simulated_s = 3,
        .wall_s = 0.1,
        .events = 1000,
        .messages = 40,
        .fingerprint = 0xabc,
        .options = options,
        .option_count = 2,
        .nodes = nodes,
        .node_count = 2,
        .faults = faults,
        .fault_count = 2,
    };
    result->message_count[MESSAGE_REPLY] = 4;
    result->message_bytes[MESSAGE_REPLY] = 400;
    if (!r) return;
    recorder_finish(
        r,
        &(struct recorder_end){.window_end_ns = 3 * SECOND, .warmup_ns = SECOND, .drained = true},
        result);
    result->plans = plans; /* as if computed by an oracle */
    result->plan_count = 2;
}

void add_recorded_run(const char *path, bool lost_update)
{
    struct recorder *r = recorded_run(true, lost_update);
    static struct run_result result;
    recorded_result(&result, r);
    struct error error;
    int64_t id = 0;
    ck_assert_msg(results_add(path, &result, &id, &error) == 0, "%s", error.text);
    ck_assert_int_ge(id, 1);
    recorded_forget(r);
}
