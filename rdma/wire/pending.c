/* pending.c - see pending.h. */
#include "rdma/wire/pending.h"

#include <stdlib.h>

#include "base/memory.h"

struct upcall {
    enum { UPCALL_COMPLETION, UPCALL_WRITTEN } kind;
    uint32_t node;
    enum completion how;
    uint64_t cookie;
    uint32_t region, writer, stamp;
};

static void push(struct pending *p, const struct upcall *u)
{
    if (p->count == p->room) {
        p->room = p->room ? 2 * p->room : 64;
        p->upcall = reallocate(p->upcall, p->room * sizeof *p->upcall);
    }
    p->upcall[p->count++] = *u;
}

void pending_completion(struct pending *p, uint32_t node, uint64_t cookie, enum completion how)
{
    push(p,
         &(struct upcall){.kind = UPCALL_COMPLETION, .node = node, .how = how, .cookie = cookie});
}

void pending_written(struct pending *p, uint32_t node, uint32_t region, uint32_t writer,
                     uint32_t stamp)
{
    push(p, &(struct upcall){.kind = UPCALL_WRITTEN,
                             .node = node,
                             .region = region,
                             .writer = writer,
                             .stamp = stamp});
}

bool pending_report(struct pending *p, const struct wire_listener *listener)
{
    if (p->count == 0) return false;
    struct pending now = *p; /* the listener may begin, and so end, others */
    *p = (struct pending){.count = 0};
    for (uint32_t i = 0; i < now.count; i++) {
        const struct upcall *u = &now.upcall[i];
        if (u->kind == UPCALL_COMPLETION)
            listener->completion(listener->context, u->node, u->cookie, u->how);
        else
            listener->written(listener->context, u->node, u->region, u->writer, u->stamp);
    }
    free(now.upcall);
    return true;
}

void pending_finish(struct pending *p)
{
    free(p->upcall);
    *p = (struct pending){.count = 0};
}
