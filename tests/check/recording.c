/* recording.c - see recording.h. */
#include "tests/check/recording.h"

#include "tests/lib/harness.h"
#include "tests/lib/simulated.h"

const struct topology topology = {.groups = 3, .replicas = 2, .clients = 2, .oracle = true};
static const uint16_t places[VARIABLES] = {0, 1};
const struct variables variables = {.count = VARIABLES, .place = places};

struct observer *observer;
struct run_result result;
uint64_t now_ns;

static struct catalogue names;
static struct recorder *recorder;

void recording_begin_as(struct recorder_options options)
{
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(names.variables, "x", 1);
    names_intern(names.variables, "y", 1);
    names_intern(names.kinds, "post", 4);
    options.topology = topology;
    options.catalogue = &names;
    options.interval_ns = 100 * MS;
    recorder = recorder_create(&options);
    observer = recorder_observer(recorder);
    now_ns = 0;
    for (uint32_t group = 0; group < topology.groups; group++)
        observer->ops->leading(observer, topology_replica(&topology, group, 0), group, 0, 1);
}

void recording_begin(struct recorder_options options)
{
    options.check = options.check_history = options.keep_history = true;
    recording_begin_as(options);
}

void recording_finish(uint64_t end_ns)
{
    result = (struct run_result){.mode = "simulation", .scheme = "dynastar", .partitions = 2};
    recorder_finish(
        recorder, &(struct recorder_end){.window_end_ns = end_ns, .warmup_ns = 0, .drained = true},
        &result);
}

void recording_end(void)
{
    if (!recorder) return;
    recorder_destroy(recorder);
    recorder = NULL;
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

/* ---- reports --------------------------------------------------------------------------------- */

struct command *command_in_round(union recorded_room *room, uint32_t client, uint32_t round,
                                 enum purpose purpose, uint32_t groups)
{
    *room = (union recorded_room){.command = {.bytes = command_bytes(1),
                                              .access_count = 1,
                                              .purpose = (uint8_t)purpose,
                                              .execution = EXECUTION_LEND,
                                              .id = {.client = client, .round = round, .seq = 1}}};
    room->command.dests.word[0] = groups;
    room->command.accesses[0] = (struct access){.variable = X, .mode = ACCESS_READ | ACCESS_WRITE};
    return &room->command;
}

struct command *plan_of(union recorded_room *room, uint64_t seq)
{
    *room = (union recorded_room){
        .command = {.bytes = command_bytes(0),
                    .purpose = PURPOSE_PLAN,
                    .id = {.client = topology_sender(&topology, 4), .seq = seq}}};
    room->command.dests.word[0] = 7;
    return &room->command;
}

void report_issued(const struct command *c)
{
    observer->ops->issued(observer, topology_client(&topology, c->id.client), now_ns, c);
}

void report_multicast(const struct command *c)
{
    bool client = c->id.client < topology.clients;
    uint32_t node =
        client ? topology_client(&topology, c->id.client) : c->id.client - topology.clients;
    observer->ops->multicast(observer, node, now_ns, c);
}

void report_delivered(const struct command *c, uint32_t executes)
{
    uint64_t seen[1] = {0}, timestamp = now_ns += MS;
    group_set_each (group, &c->dests) {
        for (uint32_t i = 0; i < topology.replicas; i++) {
            uint32_t node = topology_replica(&topology, group, i);
            observer->ops->delivered(observer, node, group, timestamp, c, timestamp);
            observer->ops->started(observer, node, group, timestamp + MS, c);
            observer->ops->executed(observer, node, group, timestamp + 3 * MS, c, 7,
                                    group == executes ? seen : NULL, timestamp);
        }
    }
    now_ns += 4 * MS;
}

void report_answered(const struct command *c, uint32_t attempts)
{
    uint64_t seen[1] = {0};
    struct reply_view view = {.status = REPLY_OK, .digest = 7, .seen = seen};
    observer->ops->answered(observer, topology_client(&topology, c->id.client), now_ns, c, &view,
                            attempts);
}

void report_ownership(enum ownership what, uint32_t group, uint32_t other, uint32_t variable,
                      uint64_t timestamp)
{
    for (uint32_t i = 0; i < topology.replicas; i++)
        observer->ops->ownership(
            observer, topology_replica(&topology, group, i), now_ns,
            &(struct ownership_event){what, group, other, variable, timestamp});
}

static void report_decided(uint32_t replica, uint64_t version, uint64_t hash, bool announced)
{
    observer->ops->planned(observer, topology_replica(&topology, ORACLE, replica), now_ns,
                           &(struct plan_report){.version = version,
                                                 .timestamp = 40 * version,
                                                 .hash = hash,
                                                 .vertices = 2,
                                                 .edges = 1,
                                                 .edge_cut = 3,
                                                 .imbalance_permille = 200,
                                                 .moved = 1,
                                                 .modelled_ns = 35 * MS,
                                                 .edge_cut_before = 12,
                                                 .imbalance_before_permille = 500,
                                                 .announced = announced,
                                                 .work = 70,
                                                 .work_before = 100});
}

void report_plan(uint32_t replica, uint64_t version, uint64_t hash)
{
    report_decided(replica, version, hash, true);
}

void report_discarded_plan(uint32_t replica, uint64_t version, uint64_t hash)
{
    report_decided(replica, version, hash, false);
}

void report_final_owner(uint32_t group, uint32_t variable)
{
    recorder_finals(recorder)->owner(recorder_finals(recorder), group, variable);
}

void report_final_place(uint32_t variable, uint16_t group)
{
    recorder_finals(recorder)->location(recorder_finals(recorder), variable, group);
}

/* ---- the result ------------------------------------------------------------------------------ */

const struct property *property(const char *name)
{
    return result_property(&result, name);
}

void assert_property(const char *name, enum result is, const char *reason)
{
    const struct property *p = property(name);
    ck_assert_msg(p != NULL, "%s", name);
    ck_assert_msg(p->result == is, "%s: %s", name, p->reason);
    ck_assert_str_eq(p->reason, reason);
}

void assert_all_ok(void)
{
    for (uint32_t i = 0; i < result.property_count; i++)
        ck_assert_msg(result.properties[i].result == RESULT_OK, "%s: %s", result.properties[i].name,
                      result.properties[i].reason);
}
