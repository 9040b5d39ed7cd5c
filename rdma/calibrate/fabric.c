/* fabric.c - the wires of a few members in this process (fabric.h). */
#include "config.h"

#include "rdma/calibrate/fabric.h"

#include "base/clock.h"
#include "base/memory.h"
#include "rdma/wire/loop.h"
#include "rdma/wire/verbs.h"

enum {
    RING_BYTES = 1 << 20,
    PORT_FIRST = 10000, /* below the kernel's ephemeral ports */
    PORT_STEP = 20,
    PORT_RUNS = 1000,
};

struct fabric {
    struct loop *loop;               /* NULL: it is verbs */
    struct verbs_address *addresses; /* of members */
    struct metered *meter;
};

#ifdef HAVE_VERBS
static int open_verbs(struct fabric *f, const struct fabric_kind *kind,
                      const struct members *members, struct error *e)
{
    uint64_t now_ns = clock_now();
    uint32_t port = PORT_FIRST + (uint32_t)(now_ns / 1000 % PORT_RUNS) * PORT_STEP;
    f->addresses = allocate_zeroed(members->count, sizeof *f->addresses);
    for (uint32_t i = 0; i < members->count; i++)
        f->addresses[i] =
            (struct verbs_address){kind->addresses[i % kind->address_count], (uint16_t)(port + i)};
    for (uint32_t i = 0; i < members->count; i++) {
        struct wire *w = verbs_wire_open(
            &(struct verbs_setup){
                .members = members, .self = i, .addresses = f->addresses, .run_id = now_ns},
            e);
        if (!w) {
            while (i--) f->meter[i].inner->ops->close(f->meter[i].inner);
            return -1;
        }
        metered_init(&f->meter[i], w);
    }
    return 0;
}
#else
static int open_verbs(struct fabric *f, const struct fabric_kind *kind,
                      const struct members *members, struct error *e)
{
    (void)f;
    (void)kind;
    (void)members;
    return error_set(e, "this program was built without RDMA: --transport loop is what there is");
}
#endif

struct fabric *fabric_create(const struct fabric_kind *kind, const struct members *members,
                             struct error *e)
{
    struct fabric *f = allocate_zeroed(1, sizeof *f);
    f->meter = allocate_zeroed(members->count, sizeof *f->meter);
    if (kind->transport == EXPERIMENT_VERBS) {
        if (open_verbs(f, kind, members, e) == 0) return f;
        fabric_destroy(f);
        return NULL;
    }
    f->loop = loop_create(members->count, members->nodes, RING_BYTES);
    for (uint32_t i = 0; i < members->count; i++) metered_init(&f->meter[i], loop_wire(f->loop, i));
    return f;
}

void fabric_destroy(struct fabric *f)
{
    if (!f) return;
    loop_destroy(f->loop);
    free(f->addresses);
    free(f->meter);
    free(f);
}

struct metered *fabric_wire(struct fabric *f, uint32_t member)
{
    return &f->meter[member];
}
