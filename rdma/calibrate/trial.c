/* trial.c - a short run of an emulated cluster (trial.h). */
#include "rdma/calibrate/trial.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/cluster/emulation.h"
#include "rdma/cluster/member.h"

enum { WORDS_MAX = 32, PATH_BYTES = 128 };

#define START_NS UINT64_C(20000000000) /* for all connections to be up */
#define LEAD_NS UINT64_C(10000000)     /* from the order to begin until time begins */
#define LOOK_NS UINT64_C(5000000)

struct member {
    struct member_setup setup;
    pthread_t thread;
    char journal[PATH_BYTES];
};

struct trial {
    struct experiment experiment;
    struct scenario *scenario;
    struct members members;
    struct fabric *fabric;
    char directory[PATH_BYTES / 2];
    struct member *member;
    uint32_t started;
};

static int parse(struct trial *t, const char *const *options, struct error *e)
{
    char *argv[WORDS_MAX + 1] = {(char *)(uintptr_t) "calibrate"};
    int argc = 1;
    while (argc < WORDS_MAX && options[argc - 1]) {
        argv[argc] = (char *)(uintptr_t)options[argc - 1];
        argc++;
    }
    if (experiment_parse(&t->experiment, argc, argv, &emulation_command, e) != 0) return -1;
    t->experiment.check = false; /* observing executions would cost as much as executing them */
    return 0;
}

static int set_up(struct trial *t, const struct fabric_kind *kind, const char *const *options,
                  struct error *e)
{
    if (parse(t, options, e) < 0) return -1;
    t->experiment.transport = kind->transport;
    t->scenario = emulation_scenario(&t->experiment, e);
    if (!t->scenario) return -1;
    members_init(&t->members, &t->scenario->nodes.topology);
    ASSERT(t->members.count <= TRIAL_MEMBERS_MAX);
    t->fabric = fabric_create(kind, &t->members, e);
    if (!t->fabric) return -1;
    const char *where = getenv("TMPDIR");
    snprintf(t->directory, sizeof t->directory, "%.40s/aviary-XXXXXX",
             where && *where ? where : "/tmp");
    if (mkdtemp(t->directory)) return 0;
    t->directory[0] = 0;
    return error_errno(e, "cannot make a directory for journals");
}

static void *live(void *context)
{
    member_run(context);
    return NULL;
}

static void start(struct trial *t)
{
    t->member = allocate_zeroed(t->members.count, sizeof *t->member);
    for (uint32_t i = 0; i < t->members.count; i++) {
        struct member *m = &t->member[i];
        snprintf(m->journal, sizeof m->journal, "%s/%u", t->directory, i);
        m->setup = (struct member_setup){.scenario = t->scenario,
                                         .members = &t->members,
                                         .self = i,
                                         .wire = &fabric_wire(t->fabric, i)->wire,
                                         .block = block_create(members_nodes(&t->members, i)),
                                         .journal = m->journal};
        int failed = pthread_create(&m->thread, NULL, live, &m->setup);
        ASSERT(!failed);
        t->started++;
    }
}

/* Each member has reached that state, or has failed. */
static bool all_are(const struct trial *t, enum member_state state)
{
    bool all = true;
    for (uint32_t i = 0; i < t->members.count; i++)
        all = all && atomic_load(&t->member[i].setup.block->report.state) >= state;
    return all;
}

static void give_order(struct trial *t, enum order order)
{
    for (uint32_t i = 0; i < t->started; i++)
        atomic_store(&t->member[i].setup.block->orders.order, order);
}

static void name_missing(const struct trial *t, struct error *e)
{
    for (uint32_t i = 0; i < t->members.count; i++) {
        const struct report *r = &t->member[i].setup.block->report;
        error_set(e, "member %u of %u has no connection to %u", i, t->members.count,
                  atomic_load(&r->missing));
        if (atomic_load(&r->missing) != i) return;
    }
}

static int drive(struct trial *t, uint64_t duration_ns, struct error *e)
{
    uint64_t until_ns = clock_now() + START_NS;
    while (!all_are(t, MEMBER_READY) && clock_now() < until_ns) clock_sleep(LOOK_NS);
    bool ready = all_are(t, MEMBER_READY);
    uint64_t epoch_ns = clock_now() + LEAD_NS;
    for (uint32_t i = 0; ready && i < t->members.count; i++)
        atomic_store(&t->member[i].setup.block->orders.epoch_ns, epoch_ns);
    if (ready) clock_sleep(LEAD_NS + duration_ns);
    give_order(t, ORDER_STOP);
    for (uint32_t i = 0; i < t->started; i++) pthread_join(t->member[i].thread, NULL);
    if (!ready) name_missing(t, e);
    for (uint32_t i = 0; i < t->members.count; i++) {
        const struct report *r = &t->member[i].setup.block->report;
        if (atomic_load(&r->state) != MEMBER_FAILED) continue;
        ready = false;
        error_set(e, "trial: %s", r->failure);
    }
    return ready ? 0 : -1;
}

static void read_member(const struct trial *t, uint32_t member, struct trial_member *out)
{
    const struct metered *meter = fabric_wire(t->fabric, member);
    const struct report *report = &t->member[member].setup.block->report;
    *out = (struct trial_member){.work_ns = meter->work_ns,
                                 .waits = meter->waits,
                                 .spin_ns = meter->wait_cpu_ns,
                                 .look_ns = meter->look_ns,
                                 .switches = meter->switches,
                                 .sleeps = meter->sleeps,
                                 .executed = atomic_load(&report->executed)};
    for (uint32_t i = 0; i < report->node_count; i++) {
        out->messages_in += report->nodes[i].messages_in;
        out->messages_out += report->nodes[i].messages_out;
        out->bytes_in += report->nodes[i].bytes_in;
        out->bytes_out += report->nodes[i].bytes_out;
    }
}

static void tear_down(struct trial *t)
{
    for (uint32_t i = 0; i < t->started; i++) {
        block_free(t->member[i].setup.block);
        unlink(t->member[i].journal);
    }
    if (t->directory[0]) rmdir(t->directory);
    fabric_destroy(t->fabric);
    members_finish(&t->members);
    scenario_destroy(t->scenario);
    experiment_finish(&t->experiment);
    free(t->member);
    free(t);
}

int trial_run(const struct fabric_kind *kind, const char *const *options, uint64_t duration_ns,
              struct trial_result *result, struct error *e)
{
    struct trial *t = allocate_zeroed(1, sizeof *t);
    int status = set_up(t, kind, options, e);
    if (status == 0) {
        start(t);
        status = drive(t, duration_ns, e);
        result->members = t->members.count;
        for (uint32_t i = 0; i < t->members.count; i++) read_member(t, i, &result->member[i]);
        const struct report *clients = &t->member[t->members.count - 1].setup.block->report;
        result->answered = atomic_load(&clients->answered);
    }
    tear_down(t);
    return status;
}
