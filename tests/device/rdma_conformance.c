/* rdma_conformance.c - the verbs transport passes the conformance suite on real devices.
 *
 * Every node is a member, and every member a process forked for it, so that a kill is a real one:
 * SIGKILL, after which only the kernel acts for the process. (Threads would share librdmacm's one
 * context of the device, which cannot be torn down under the others.) The probes' memory is shared
 * with the parent, which injects the faults and reads the logs in the end. Members beyond the
 * number of devices share them. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "rdma/wire/host.h"
#include "rdma/wire/verbs.h"
#include "tests/device/rdma_devices.h"
#include "tests/lib/conformance.h"
#include "tests/lib/log_files.h"
#include "tests/lib/probe.h"

#define TICK_NS UINT64_C(100000000)
#define PEER_LIMIT_NS UINT64_C(5000000000)
#define DEAD_AFTER_NS UINT64_C(1500000000) /* much more than a delay on a busy machine */
#define LOOK_NS 1000000                    /* between two polls of the others' progress */
#define PATIENCE_NS UINT64_C(60000000000)

enum { PORT = 7410 };

/* What the processes of a world share. */
struct board {
    atomic_uint open, connected, stopped; /* members so far */
    atomic_bool stop;                     /* call no more handlers ... */
    atomic_bool leave;                    /* ... and, when all have stopped, end */
    atomic_ulong malformed;
};

struct world {
    struct members members;
    uint32_t of_node[PROBES_MAX];
    struct verbs_address address[PROBES_MAX];
    pid_t process[PROBES_MAX]; /* 0: killed */
    const struct conformance_setup *setup;
    struct conformance_fault faults[8]; /* the setup may be freed when they are called */
    uint32_t fault_count, faults_done;
    struct board *board;
    uint64_t run_id;
    uint64_t start_ns; /* all are connected */
};

static void pause_a_little(void)
{
    nanosleep(&(struct timespec){.tv_nsec = LOOK_NS}, NULL);
}

/* Waits until the counter of members has that value. False: a timeout. */
static bool wait_for(const atomic_uint *count, uint32_t members)
{
    uint64_t begin_ns = clock_now();
    while (atomic_load(count) < members) {
        if (clock_now() - begin_ns > PATIENCE_NS) return false;
        pause_a_little();
    }
    return true;
}

/* ---- a member's process -------------------------------------------------------------------------
 */

struct member {
    const struct world *world;
    uint32_t self;
    struct host *host;
    bool connected; /* to all the others, once */
};

static bool continues(void *context)
{
    struct member *m = context;
    const struct world *w = m->world;
    if (!m->connected) {
        m->connected = true;
        for (uint32_t i = 0; i < w->members.count; i++) m->connected &= host_peer_up(m->host, i);
        if (m->connected) atomic_fetch_add(&w->board->connected, 1);
    }
    return !atomic_load(&w->board->stop);
}

static _Noreturn void run_member(const struct world *w, uint32_t self)
{
    struct error error;
    struct wire *wire = verbs_wire_open(&(struct verbs_setup){.members = &w->members,
                                                              .self = self,
                                                              .addresses = w->address,
                                                              .dead_after_ns = DEAD_AFTER_NS,
                                                              .run_id = w->run_id},
                                        &error);
    if (!wire) {
        fprintf(stderr, "member %u: %s\n", self, error.text);
        _exit(1);
    }
    struct member m = {.world = w, .self = self};
    m.host = host_create(&(struct host_setup){.seed = w->setup->seed,
                                              .members = &w->members,
                                              .self = self,
                                              .wire = wire,
                                              .epoch_ns = clock_now()});
    char name[16];
    struct log_file *log = self == 0 ? log_files_open(w->setup->storage) : NULL;
    snprintf(name, sizeof name, "n%u", self);
    host_add_node(m.host, &(struct host_node){.node = self,
                                              .name = name,
                                              .ops = w->setup->ops,
                                              .state = w->setup->states[self],
                                              .log = log});
    atomic_fetch_add(&w->board->open, 1);
    if (!wait_for(&w->board->open, w->members.count)) _exit(1);
    host_run(m.host, TICK_NS / 10, continues, &m);
    atomic_fetch_add(&w->board->malformed, host_stats(m.host)->malformed);
    atomic_fetch_add(&w->board->stopped, 1);
    while (!atomic_load(&w->board->leave)) pause_a_little();
    host_destroy(m.host);
    log_file_close(log);
    exit(0);
}

/* ---- the world, in the parent -------------------------------------------------------------------
 */

static void *create(const struct conformance_setup *setup)
{
    static uint64_t worlds;
    struct world *w = calloc(1, sizeof *w);
    ck_assert(w != NULL);
    w->members = (struct members){setup->count, setup->count, w->of_node};
    w->setup = setup;
    w->run_id = ++worlds;
    ck_assert_uint_le(setup->fault_count, 8);
    for (uint32_t i = 0; i < setup->fault_count; i++) w->faults[i] = setup->faults[i];
    w->fault_count = setup->fault_count;
    for (uint32_t i = 0; i < setup->count; i++) {
        w->of_node[i] = i;
        w->address[i] = (struct verbs_address){rdma_device_address((int)i % rdma_devices_count()),
                                               (uint16_t)(PORT + i)};
    }
    w->board =
        mmap(NULL, sizeof *w->board, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ck_assert(w->board != MAP_FAILED);
    fflush(NULL); /* else each child prints the buffered output again */
    for (uint32_t i = 0; i < setup->count; i++) {
        w->process[i] = fork();
        ck_assert(w->process[i] >= 0);
        if (w->process[i] > 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        run_member(w, i);
    }
    ck_assert(wait_for(&w->board->connected, w->members.count));
    w->start_ns = clock_now();
    return w;
}

static void apply(struct world *w, const struct conformance_fault *f)
{
    switch (f->what) {
    case CONFORMANCE_KILL:
        kill(w->process[f->a], SIGKILL);
        waitpid(w->process[f->a], NULL, 0);
        w->process[f->a] = 0;
        break;
    case CONFORMANCE_CUT:
        rdma_cut((int)f->a, (int)f->b);
        rdma_cut((int)f->b, (int)f->a);
        break;
    case CONFORMANCE_HEAL:
        rdma_heal((int)f->a, (int)f->b);
        rdma_heal((int)f->b, (int)f->a);
        break;
    }
}

static void run(void *world, bool (*done)(void *context), void *context, uint64_t limit_ns)
{
    struct world *w = world;
    while (!done(context) && clock_now() - w->start_ns <= limit_ns) {
        while (w->faults_done < w->fault_count &&
               clock_now() - w->start_ns >= w->faults[w->faults_done].at_ns)
            apply(w, &w->faults[w->faults_done++]);
        pause_a_little();
    }
}

static uint64_t destroy(void *world)
{
    struct world *w = world;
    uint32_t living = 0;
    for (uint32_t i = 0; i < w->members.count; i++) living += w->process[i] != 0;
    atomic_store(&w->board->stop, true);
    ck_assert(wait_for(&w->board->stopped, living));
    atomic_store(&w->board->leave, true);
    for (uint32_t i = 0; i < w->members.count; i++) {
        int status;
        if (w->process[i] == 0) continue;
        ck_assert_int_eq(waitpid(w->process[i], &status, 0), w->process[i]);
        ck_assert_msg(status == 0, "member %u ended with status %#x", i, (unsigned)status);
    }
    uint64_t malformed = atomic_load(&w->board->malformed);
    munmap(w->board, sizeof *w->board);
    free(w);
    return malformed;
}

int main(void)
{
    static struct conformance_transport verbs = {.name = "verbs",
                                                 .tick_ns = TICK_NS,
                                                 .peer_limit_ns = PEER_LIMIT_NS,
                                                 .one_sided = true,
                                                 .kills = true,
                                                 .create = create,
                                                 .run = run,
                                                 .destroy = destroy,
                                                 .storage_create = log_files_create,
                                                 .storage_destroy = log_files_destroy};
    static const struct conformance_transport *const all[] = {&verbs};
    rdma_devices_need(1, false);
    const char *faults = getenv("AVIARY_RDMA_FAULTS");
    verbs.cuts = faults && *faults == '1' && rdma_devices_count() >= 3;
    Suite *suite = suite_create("verbs conformance");
    conformance_add(suite, all, sizeof all / sizeof *all);
    return test_main(suite);
}
