/* launch_processes.c - members as processes of this machine, over verbs (launch.h). */
#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/memory.h"
#include "rdma/cluster/launch.h"
#include "rdma/cluster/process.h"

struct launch {
    const struct launch_setup *setup;
    struct verbs_address *addresses; /* by member */
    pid_t *pids;                     /* 0: it has not been started, or has ended */
};

static void destroy(struct launch *l)
{
    for (uint32_t i = 0; i < l->setup->members->count; i++) {
        if (!l->pids[i]) continue;
        kill(l->pids[i], SIGKILL);
        waitpid(l->pids[i], NULL, 0);
    }
    free(l->addresses);
    free(l->pids);
    free(l);
}

static struct launch *start(const struct launch_setup *setup, struct error *e)
{
    uint32_t count = setup->members->count;
    struct launch *l = allocate_zeroed(1, sizeof(*l));
    l->setup = setup;
    l->pids = allocate_zeroed(count, sizeof(*l->pids));
    l->addresses = allocate_zeroed(count, sizeof(*l->addresses));
    for (uint32_t i = 0; i < count; i++) {
        const struct cluster_process *where = &setup->launched[i].where;
        l->addresses[i] = (struct verbs_address){where->address, where->port};
    }
    for (uint32_t i = 0; i < count; i++) {
        struct launched *launched = &setup->launched[i];
        struct verbs_setup verbs = {
            .members = setup->members,
            .self = i,
            .addresses = l->addresses,
            .ring_bytes = setup->ring_bytes,
            .waiting = setup->waiting,
            .dead_after_ns = setup->dead_after_ns,
            .run_id = setup->run_id,
        };
        l->pids[i] = process_start(
            &(struct process_setup){
                .scenario = setup->scenario,
                .verbs = &verbs,
                .block = launched->block,
                .journal = launched->journal,
                .name = launched->where.name,
            },
            e);
        if (l->pids[i] < 0) {
            l->pids[i] = 0;
            destroy(l);
            return NULL;
        }
        launched->present = true;
    }
    return l;
}

static void attend(struct launch *l, uint64_t wait_ns)
{
    clock_sleep(wait_ns);
    for (uint32_t i = 0; i < l->setup->members->count; i++) {
        struct launched *launched = &l->setup->launched[i];
        if (!l->pids[i] || !process_ended(l->pids[i], launched->how)) continue;
        l->pids[i] = 0;
        launched->ended = true;
        launched->ended_ns = clock_now();
    }
}

static void crash(struct launch *l, uint32_t member)
{
    if (l->pids[member]) kill(l->pids[member], SIGKILL);
}

const struct launch_ops launch_processes = {start, attend, crash, destroy};
