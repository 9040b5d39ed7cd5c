/* rdma_wires.c - see rdma_wires.h. */
#include "tests/device/rdma_wires.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "tests/device/rdma_devices.h"
#include "tests/lib/harness.h"

#define DEAD_AFTER_NS UINT64_C(3000000000)

enum { PORT = 7430 };

uint64_t wires_clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static const uint32_t of_node[WIRES_NODES] = {0, 1, 2, 3, 0};

static void on_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    struct wires_member *s = context;
    (void)member;
    ck_assert_uint_eq(bytes, 8);
    ck_assert_uint_eq((uintptr_t)frame % 8, 0);
    memcpy(&s->last, frame, 8);
    s->frames++;
}

static void on_peer(void *context, uint32_t member, bool up)
{
    struct wires_member *s = context;
    ck_assert(s->up[member] != up); /* changes only */
    s->up[member] = up;
    if (!up) s->downs[member]++;
}

static void on_completion(void *context, uint32_t node, uint64_t cookie, enum completion how)
{
    struct wires_member *s = context;
    ck_assert_uint_lt(s->ended, WIRES_LOG_MAX);
    s->log[s->ended].node = node;
    s->log[s->ended].cookie = cookie;
    s->log[s->ended++].how = how;
}

/* ---- members --------------------------------------------------------------------------------- */

void wires_prepare(struct wires *all, uint32_t members)
{
    memset(all, 0, sizeof *all);
    all->members = (struct members){members, WIRES_NODES, of_node};
    for (uint32_t i = 0; i < members; i++)
        all->address[i] = (struct verbs_address){rdma_device_address((int)i % rdma_devices_count()),
                                                 (uint16_t)(PORT + i)};
}

bool wire_try_open(struct wires *all, uint32_t self, uint64_t run_id,
                   const struct wire_listener *listener)
{
    struct wires_member *s = &all->member[self];
    struct error error;
    memset(s, 0, sizeof *s);
    s->wire = verbs_wire_open(&(struct verbs_setup){.members = &all->members,
                                                    .self = self,
                                                    .addresses = all->address,
                                                    .dead_after_ns = DEAD_AFTER_NS,
                                                    .run_id = run_id},
                              &error);
    if (s->wire)
        s->wire->ops->listen(s->wire, listener);
    else
        fprintf(stderr, "member %u: %s\n", self, error.text);
    return s->wire != NULL;
}

void wire_open(struct wires *all, uint32_t self, uint64_t run_id)
{
    struct wire_listener listener = {&all->member[self], on_frame, on_peer, on_completion, NULL};
    ck_assert(wire_try_open(all, self, run_id, &listener));
}

void wire_close(struct wires *all, uint32_t self)
{
    all->member[self].wire->ops->close(all->member[self].wire);
    all->member[self].wire = NULL;
}

void wires_close(struct wires *all)
{
    for (uint32_t i = 0; i < all->members.count; i++)
        if (all->member[i].wire) wire_close(all, i);
}

void wires_poll(struct wires *all)
{
    struct wire *last = NULL;
    bool any = false;
    for (uint32_t i = 0; i < all->members.count; i++) {
        struct wire *w = all->member[i].wire;
        if (!w) continue;
        any |= w->ops->poll(w);
        w->ops->flush(w);
        last = w;
    }
    if (!any && last) last->ops->wait(last, wires_clock_ns() + 200000);
}

void wires_connect(struct wires *all, uint32_t members)
{
    wires_prepare(all, members);
    for (uint32_t i = 0; i < members; i++) wire_open(all, i, RUN);
    for (uint32_t i = 0; i < members; i++)
        for (uint32_t k = 0; k < members; k++)
            if (i != k) POLL_UNTIL(all, all->member[i].up[k]);
}

/* ---- operations ------------------------------------------------------------------------------ */

bool send_word(struct wires *all, uint32_t self, uint32_t to, uint64_t word)
{
    struct wire *w = all->member[self].wire;
    void *place = w->ops->reserve(w, to, 8);
    if (!place) return false;
    memcpy(place, &word, 8);
    w->ops->commit(w, to, 8);
    w->ops->flush(w);
    return true;
}

void write_from(struct wires *all, uint32_t node, struct remote to, const void *source,
                uint32_t bytes, uint64_t cookie)
{
    struct wire *w = all->member[of_node[node]].wire;
    w->ops->write(w, node, to, source, bytes, cookie, 0);
}

void read_to(struct wires *all, uint32_t node, struct remote from, void *target, uint32_t bytes,
             uint64_t cookie)
{
    struct wire *w = all->member[of_node[node]].wire;
    w->ops->read(w, node, from, target, bytes, cookie);
}

void region_share(struct wires *all, uint32_t node, uint32_t region, void *memory, uint64_t bytes)
{
    struct wire *w = all->member[of_node[node]].wire;
    w->ops->region_register(w, node, region, memory, bytes);
}

void region_allow(struct wires *all, uint32_t node, uint32_t region, uint32_t writer)
{
    struct wire *w = all->member[of_node[node]].wire;
    w->ops->region_grant(w, node, region, writer);
}

void region_forbid(struct wires *all, uint32_t node, uint32_t region, uint32_t writer)
{
    struct wire *w = all->member[of_node[node]].wire;
    w->ops->region_revoke(w, node, region, writer);
}

void expect_in_order(const struct wires_member *s)
{
    for (uint32_t i = 0; i < s->ended; i++) ck_assert_uint_eq(s->log[i].cookie, i);
}
