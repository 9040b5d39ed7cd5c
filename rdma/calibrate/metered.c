/* metered.c - a wire that separates work from waiting (metered.h). */
#define _GNU_SOURCE /* RUSAGE_THREAD */
#include "rdma/calibrate/metered.h"

#include <sys/resource.h>

#include "base/clock.h"

enum { LOOKS = 1000 };

static struct metered *metered_of(struct wire *w)
{
    return (struct metered *)(void *)w;
}

static struct wire *inner_of(struct wire *w)
{
    return metered_of(w)->inner;
}

static void pass_listen(struct wire *w, const struct wire_listener *listener)
{
    inner_of(w)->ops->listen(inner_of(w), listener);
}

static void *pass_reserve(struct wire *w, uint32_t member, uint32_t bytes)
{
    return inner_of(w)->ops->reserve(inner_of(w), member, bytes);
}

static void pass_commit(struct wire *w, uint32_t member, uint32_t bytes)
{
    inner_of(w)->ops->commit(inner_of(w), member, bytes);
}

static void pass_flush(struct wire *w)
{
    inner_of(w)->ops->flush(inner_of(w));
}

static void count_switches(struct metered *m)
{
    struct rusage r;
    if (getrusage(RUSAGE_THREAD, &r) < 0) return;
    m->switches = (uint64_t)r.ru_nivcsw - m->switches;
    m->sleeps = (uint64_t)r.ru_nvcsw - m->sleeps;
}

static void begin(struct metered *m)
{
    count_switches(m);
    uint64_t before_ns = clock_thread();
    for (int i = 0; i < LOOKS; i++) m->began_cpu_ns = clock_thread();
    m->look_ns = (m->began_cpu_ns - before_ns) / LOOKS;
    m->begun = true;
}

static bool pass_poll(struct wire *w)
{
    struct metered *m = metered_of(w);
    if (!m->begun) begin(m);
    return m->inner->ops->poll(m->inner);
}

static void pass_wait(struct wire *w, uint64_t until_ns)
{
    struct metered *m = metered_of(w);
    uint64_t before_ns = clock_thread();
    m->inner->ops->wait(m->inner, until_ns);
    m->wait_cpu_ns += clock_thread() - before_ns;
    m->waits++;
}

static void pass_wake(struct wire *w)
{
    inner_of(w)->ops->wake(inner_of(w));
}

static void pass_close(struct wire *w)
{
    struct metered *m = metered_of(w);
    if (m->begun) {
        uint64_t used_ns = clock_thread() - m->began_cpu_ns, other_ns = m->wait_cpu_ns;
        other_ns += m->waits * m->look_ns;
        count_switches(m);
        m->work_ns = used_ns > other_ns ? used_ns - other_ns : 0;
    }
    m->inner->ops->close(m->inner);
}

static void pass_register(struct wire *w, uint32_t node, uint32_t region, void *memory,
                          uint64_t bytes)
{
    inner_of(w)->ops->region_register(inner_of(w), node, region, memory, bytes);
}

static void pass_watch(struct wire *w, uint32_t node, uint32_t region)
{
    inner_of(w)->ops->region_watch(inner_of(w), node, region);
}

static void pass_grant(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    inner_of(w)->ops->region_grant(inner_of(w), node, region, writer);
}

static void pass_revoke(struct wire *w, uint32_t node, uint32_t region, uint32_t writer)
{
    inner_of(w)->ops->region_revoke(inner_of(w), node, region, writer);
}

static void pass_write(struct wire *w, uint32_t node, struct remote to, const void *source,
                       uint32_t bytes, uint64_t cookie, uint32_t stamp)
{
    inner_of(w)->ops->write(inner_of(w), node, to, source, bytes, cookie, stamp);
}

static void pass_read(struct wire *w, uint32_t node, struct remote from, void *target,
                      uint32_t bytes, uint64_t cookie)
{
    inner_of(w)->ops->read(inner_of(w), node, from, target, bytes, cookie);
}

static void pass_swap(struct wire *w, uint32_t node, struct remote at, uint64_t expected,
                      uint64_t desired, uint64_t *previous, uint64_t cookie)
{
    inner_of(w)->ops->compare_and_swap(inner_of(w), node, at, expected, desired, previous, cookie);
}

void metered_init(struct metered *m, struct wire *inner)
{
    *m = (struct metered){
        .inner = inner,
        .ops = {.listen = pass_listen,
                .reserve = pass_reserve,
                .commit = pass_commit,
                .flush = pass_flush,
                .poll = pass_poll,
                .wait = pass_wait,
                .wake = pass_wake,
                .close = pass_close,
                .region_register = pass_register,
                .region_watch = pass_watch,
                .region_grant = pass_grant,
                .region_revoke = pass_revoke,
                .write = pass_write,
                .read = pass_read,
                .compare_and_swap = pass_swap},
    };
    m->wire.ops = &m->ops;
}
