/* storage.c - struct transport_ops of a simulated node with a disk: append, sync, read back. */
#include <string.h>

#include "base/assert.h"
#include "sim/disk.h"
#include "sim/kernel.h"

void storage_append(struct transport *t, const void *record, uint32_t bytes)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(n->disk);
    n->local_ns += n->sim->model->disk.append_ns;
    if (n->local_ns >= n->crash_ns) return; /* it crashed within the handler */
    disk_append(n->disk, record, bytes);
}

static void complete_at(struct sim_node *n, uint64_t cookie, enum completion how, uint64_t time_ns)
{
    uint32_t number = remote_new(n->sim);
    struct operation *o = &n->sim->operation[number];
    o->kind = OPERATION_STORAGE;
    o->initiator = n->transport.self;
    o->cookie = cookie;
    o->how = how;
    sim_push(n->sim, EVENT_COMPLETION, n->transport.self, number, time_ns, ++n->order);
}

void storage_sync(struct transport *t, uint64_t cookie)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(n->disk);
    if (n->local_ns >= n->crash_ns) return;
    complete_at(n, cookie, COMPLETION_OK, disk_sync(n->disk, n->local_ns, &n->disk_random));
}

void storage_read_back(struct transport *t, void *target, uint32_t *bytes, uint64_t cookie)
{
    struct sim_node *n = sim_node_of(t);
    ASSERT(n->disk);
    uint64_t done_ns;
    const void *record = disk_read(n->disk, n->local_ns, bytes, &done_ns);
    if (record) memcpy(target, record, *bytes);
    complete_at(n, cookie, record ? COMPLETION_OK : COMPLETION_END, done_ns);
}

void storage_end(struct sim_node *n)
{
    if (!n->disk) return;
    if (n->crash_ns <= n->sim->now_ns)
        disk_crash(n->disk, n->crash_ns);
    else
        disk_stop(n->disk);
}
