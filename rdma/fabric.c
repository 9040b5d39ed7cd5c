/* fabric.c - the wires of a few members in this process (fabric.h). */
#include "rdma/fabric.h"

#include "proto/memory.h"
#include "rdma/loop.h"

enum { RING_BYTES = 1 << 20 };

struct fabric {
    struct loop *loop;
    struct metered *meter;
};

struct fabric *fabric_create(const struct fabric_kind *kind, const struct members *members,
                             struct error *e)
{
    if (kind->transport != EXPERIMENT_LOOP) {
        error_set(e, "only the loop transport can be measured yet");
        return NULL;
    }
    struct fabric *f = allocate_zeroed(1, sizeof *f);
    f->loop = loop_create(members->count, RING_BYTES);
    f->meter = allocate_zeroed(members->count, sizeof *f->meter);
    for (uint32_t i = 0; i < members->count; i++) metered_init(&f->meter[i], loop_wire(f->loop, i));
    return f;
}

void fabric_destroy(struct fabric *f)
{
    if (!f) return;
    loop_destroy(f->loop);
    free(f->meter);
    free(f);
}

struct metered *fabric_wire(struct fabric *f, uint32_t member)
{
    return &f->meter[member];
}
