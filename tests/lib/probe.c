/* probe.c - the probe nodes of probe.h. */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include "tests/lib/probe.h"

#include <string.h>
#include <sys/mman.h>

const struct conformance_transport *const *conformance_transports;

void probe_note(struct probe *p, uint64_t value)
{
    ck_assert_uint_lt(p->logged, PROBE_LOG_MAX);
    p->log[p->logged++] = value;
}

void probe_done(struct probe *p)
{
    atomic_store(&p->through, true);
}

static void probe_init(void *node, struct transport *t)
{
    struct probe *p = node;
    p->t = t;
    p->script->init(p);
}

static void probe_message(void *node, struct message *m)
{
    struct probe *p = node;
    if (p->script->message) p->script->message(p, m);
}

static void probe_timer(void *node, uint32_t timer)
{
    struct probe *p = node;
    if (p->script->timer) p->script->timer(p, timer);
}

static void probe_completion(void *node, uint64_t cookie, enum completion how)
{
    struct probe *p = node;
    if (p->script->completion) p->script->completion(p, cookie, how);
}

static void probe_peer(void *node, uint32_t peer, bool up)
{
    struct probe *p = node;
    if (p->script->peer) p->script->peer(p, peer, up);
}

static void probe_write(void *node, uint32_t region, uint32_t writer)
{
    struct probe *p = node;
    if (p->script->write) p->script->write(p, region, writer);
}

static const struct node_ops probe_ops = {
    .init = probe_init,
    .on_message = probe_message,
    .on_timer = probe_timer,
    .on_completion = probe_completion,
    .on_peer = probe_peer,
    .on_write = probe_write,
};

/* ---- a case's world -----------------------------------------------------------------------------
 */

static bool all_done(void *context)
{
    const struct stage *s = context;
    for (uint32_t i = 0; i < s->count; i++)
        if (!atomic_load(&s->probe[i]->through)) return false;
    return true;
}

struct stage stage_run_with(const struct conformance_transport *kind, const struct script *script,
                            uint32_t count, const struct conformance_setup *extra,
                            uint64_t limit_ns)
{
    struct stage s = {.kind = kind, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        /* Zeroed, and shared with processes that a transport may fork. */
        s.probe[i] = mmap(NULL, sizeof(struct probe), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        ck_assert(s.probe[i] != MAP_FAILED);
        s.probe[i]->script = script;
        s.probe[i]->kind = s.kind;
        s.probe[i]->self = i;
        s.probe[i]->count = count;
    }
    struct conformance_setup setup = extra ? *extra : (struct conformance_setup){.seed = 1};
    setup.count = count;
    setup.ops = &probe_ops;
    setup.states = (void *const *)s.probe;
    void *world = s.kind->create(&setup);
    s.kind->run(world, all_done, &s, limit_ns ? limit_ns : 1000 * s.kind->tick_ns);
    s.malformed = s.kind->destroy(world);
    return s;
}

struct stage stage_run(const struct conformance_transport *kind, const struct script *script,
                       uint32_t count)
{
    return stage_run_with(kind, script, count, NULL, 0);
}

void stage_end(struct stage *s)
{
    for (uint32_t i = 0; i < s->count; i++) munmap(s->probe[i], sizeof(struct probe));
}

void stage_expect_done(const struct stage *s)
{
    for (uint32_t i = 0; i < s->count; i++)
        ck_assert_msg(atomic_load(&s->probe[i]->through), "%s: node %u is not through",
                      s->kind->name, i);
}

/* ---- messages ----------------------------------------------------------------------------------
 */

struct message *probe_patterned(struct probe *p, uint32_t bytes, uint64_t tag)
{
    struct message *m = transport_message_new(p->t, bytes, MESSAGE_PROBE);
    uint64_t *word = (uint64_t *)(m + 1);
    for (uint32_t i = 0; i < (bytes - sizeof *m) / 8; i++) word[i] = hash_add(tag, i);
    return m;
}

bool probe_is_patterned(const struct message *m, uint64_t tag)
{
    const uint64_t *word = (const uint64_t *)(m + 1);
    for (uint32_t i = 0; i < (m->bytes - sizeof *m) / 8; i++)
        if (word[i] != hash_add(tag, i)) return false;
    return true;
}

void probe_send_word(struct probe *p, uint32_t to, uint64_t word)
{
    struct message *m = transport_message_new(p->t, sizeof *m + 8, MESSAGE_PROBE);
    memcpy(m + 1, &word, 8);
    transport_send_one(p->t, to, m);
}

uint64_t probe_word(const struct message *m)
{
    uint64_t word;
    memcpy(&word, m + 1, 8);
    return word;
}
