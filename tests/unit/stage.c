/* stage.c - see stage.h. */
#include "tests/unit/stage.h"

#include <stdlib.h>

#include "base/memory.h"
#include "tests/lib/harness.h"

static struct script_wire *script(struct wire *w)
{
    return (struct script_wire *)(void *)w;
}

static void script_listen(struct wire *w, const struct wire_listener *listener)
{
    script(w)->listener = *listener;
}

static void *script_reserve(struct wire *w, uint32_t member, uint32_t bytes)
{
    (void)member;
    ck_assert_uint_le(bytes, WIRE_FRAME_BYTES_MAX);
    if (script(w)->room == 0) return NULL;
    free(script(w)->reserved);
    return script(w)->reserved = allocate(bytes);
}

static void script_commit(struct wire *w, uint32_t member, uint32_t bytes)
{
    struct script_wire *s = script(w);
    ck_assert_uint_lt(s->sent_count, SENT_MAX);
    s->sent[s->sent_count++] = (struct sent){member, bytes, s->reserved};
    s->reserved = NULL;
    s->room--;
}

static void script_nothing(struct wire *w)
{
    (void)w;
}

static bool script_poll(struct wire *w)
{
    (void)w;
    return false;
}

static void script_wait(struct wire *w, uint64_t until_ns)
{
    (void)w;
    (void)until_ns;
}

static void script_close(struct wire *w)
{
    script(w)->closed = true;
}

const struct wire_ops script_wire_ops = {.listen = script_listen,
                                         .reserve = script_reserve,
                                         .commit = script_commit,
                                         .flush = script_nothing,
                                         .poll = script_poll,
                                         .wait = script_wait,
                                         .wake = script_nothing,
                                         .close = script_close};

/* ---- the stage ------------------------------------------------------------------------------- */

static const uint32_t of_node[STAGE_NODES] = {0, 0, 1, 1};
static const struct members members = {2, STAGE_NODES, of_node};

struct stage *stage_create(uint32_t self)
{
    struct stage *s = allocate_zeroed(1, sizeof *s);
    s->wire = allocate_zeroed(1, sizeof *s->wire);
    s->wire->wire.ops = &script_wire_ops;
    s->wire->room = ROOMY;
    s->host = host_create(
        &(struct host_setup){.seed = 1, .members = &members, .self = self, .wire = &s->wire->wire});
    for (uint32_t i = 0; i < STAGE_NODES; i++)
        if (of_node[i] == self)
            host_add_node(
                s->host, &(struct host_node){
                             .node = i, .name = "actor", .ops = &actor_ops, .state = &s->actor[i]});
    actor_round(s->host);
    return s;
}

void stage_destroy(struct stage *s)
{
    host_destroy(s->host);
    ck_assert(s->wire->closed);
    for (uint32_t i = 0; i < s->wire->sent_count; i++) free(s->wire->sent[i].frame);
    free(s->wire->reserved);
    free(s->wire);
    free(s);
}

void peer_is(struct stage *s, bool up)
{
    s->wire->listener.peer(s->wire->listener.context, 1, up);
}

void arrives(struct stage *s, void *frame, uint32_t bytes)
{
    struct frame *f = frame;
    if (bytes >= sizeof *f) f->check = frame_check(f, bytes);
    arrives_unchecked(s, frame, bytes);
}

void arrives_unchecked(struct stage *s, void *frame, uint32_t bytes)
{
    s->wire->listener.frame(s->wire->listener.context, 1, frame, bytes);
}

struct message *sent_message(const struct stage *s, uint32_t i)
{
    ck_assert_uint_lt(i, s->wire->sent_count);
    ck_assert_uint_eq(s->wire->sent[i].frame->type, FRAME_MESSAGE);
    return (struct message *)(s->wire->sent[i].frame + 1);
}
