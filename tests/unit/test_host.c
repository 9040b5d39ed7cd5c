/* test_host.c - a host by itself, over a wire that does what the test says: backlog, what is told
 * of peers, opaque bytes, frames that make no sense, clocks, timers, the side thread. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/memory.h"
#include "rdma/wire/frame.h"
#include "rdma/wire/timers.h"
#include "tests/lib/actor.h"

/* ---- the wire ---------------------------------------------------------------------------------
 */

enum { SENT_MAX = 8192 };

struct sent {
    uint32_t member, bytes;
    struct frame *frame;
};

/* Keeps what is sent; what arrives, and when there is room, is the test's to say. */
struct script_wire {
    struct wire wire;
    struct wire_listener listener;
    uint32_t room; /* frames that it takes until further notice */
    struct frame *reserved;
    struct sent sent[SENT_MAX];
    uint32_t sent_count;
    bool closed;
};

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

static const struct wire_ops script_ops = {.listen = script_listen,
                                           .reserve = script_reserve,
                                           .commit = script_commit,
                                           .flush = script_nothing,
                                           .poll = script_poll,
                                           .wait = script_wait,
                                           .wake = script_nothing,
                                           .close = script_close};

/* ---- the stage: nodes 0 and 1 are member 0, which is played; 2 and 3 are member 1 --------------
 */

enum { NODES = 4, ROOMY = UINT32_MAX };

static const uint32_t of_node[NODES] = {0, 0, 1, 1};
static const struct members members = {2, NODES, of_node};

struct stage {
    struct script_wire *wire;
    struct host *host;
    struct actor actor[NODES];
};

static struct stage *stage_set(uint32_t self)
{
    struct stage *s = allocate_zeroed(1, sizeof *s);
    s->wire = allocate_zeroed(1, sizeof *s->wire);
    s->wire->wire.ops = &script_ops;
    s->wire->room = ROOMY;
    s->host = host_create(
        &(struct host_setup){.seed = 1, .members = &members, .self = self, .wire = &s->wire->wire});
    for (uint32_t i = 0; i < NODES; i++)
        if (of_node[i] == self)
            host_add_node(
                s->host, &(struct host_node){
                             .node = i, .name = "actor", .ops = &actor_ops, .state = &s->actor[i]});
    actor_round(s->host);
    return s;
}

static void stage_strike(struct stage *s)
{
    host_destroy(s->host);
    ck_assert(s->wire->closed);
    for (uint32_t i = 0; i < s->wire->sent_count; i++) free(s->wire->sent[i].frame);
    free(s->wire->reserved);
    free(s->wire);
    free(s);
}

static void peer_is(struct stage *s, bool up)
{
    s->wire->listener.peer(s->wire->listener.context, 1, up);
}

static void arrives(struct stage *s, void *frame, uint32_t bytes)
{
    s->wire->listener.frame(s->wire->listener.context, 1, frame, bytes);
}

static struct message *sent_message(const struct stage *s, uint32_t i)
{
    ck_assert_uint_lt(i, s->wire->sent_count);
    ck_assert_uint_eq(s->wire->sent[i].frame->type, FRAME_MESSAGE);
    return (struct message *)(s->wire->sent[i].frame + 1);
}

/* ---- what waits -------------------------------------------------------------------------------
 */

START_TEST(before_the_first_connection_nothing_is_lost)
{
    struct stage *s = stage_set(0);
    for (uint64_t i = 0; i < 100; i++) actor_send(&s->actor[0], 2, i);
    actor_round(s->host);
    ck_assert_uint_eq(s->wire->sent_count, 0);
    ck_assert(!host_peer_up(s->host, 1));
    peer_is(s, true);
    ck_assert(host_peer_up(s->host, 1));
    ck_assert_uint_eq(s->wire->sent_count, 100);
    for (uint32_t i = 0; i < 100; i++) ck_assert_uint_eq(actor_number(sent_message(s, i)), i);
    ck_assert_str_eq(s->actor[0].text, ""); /* that it came up is no news */
    stage_strike(s);
}
END_TEST

START_TEST(what_the_wire_refuses_waits_in_order)
{
    struct stage *s = stage_set(0);
    peer_is(s, true);
    s->wire->room = 10;
    for (uint64_t i = 0; i < 50; i++) actor_send(&s->actor[0], 2, i);
    ck_assert_uint_eq(s->wire->sent_count, 10);
    for (uint64_t i = 50; i < 100; i++) {
        s->wire->room = 3; /* there is room again, but others came first */
        actor_send(&s->actor[0], 2, i);
        actor_round(s->host);
    }
    ck_assert_uint_eq(s->wire->sent_count, 100);
    for (uint32_t i = 0; i < 100; i++) ck_assert_uint_eq(actor_number(sent_message(s, i)), i);
    ck_assert_uint_eq(host_stats(s->host)->overflowed, 0);
    stage_strike(s);
}
END_TEST

START_TEST(a_backlog_is_bounded_and_what_it_loses_is_counted)
{
    enum { MESSAGES = 1000 };
    struct stage *s = stage_set(0);
    struct actor *a = &s->actor[0];
    peer_is(s, true);
    s->wire->room = 0;
    struct message *m = actor_message_new(a, MESSAGE_BYTES_MAX, 0);
    for (int i = 0; i < MESSAGES; i++) /* the same one, to save memory here */
        transport_send_one(a->t, 2, a->t->ops->message_retain(a->t, m));
    a->t->ops->message_release(a->t, m);
    uint64_t waiting = MESSAGES - host_stats(s->host)->overflowed;
    ck_assert_uint_le(waiting * MESSAGE_BYTES_MAX, BACKLOG_BYTES_MAX);
    ck_assert_uint_gt((waiting + 1) * (MESSAGE_BYTES_MAX + 1024), BACKLOG_BYTES_MAX);
    s->wire->room = ROOMY;
    actor_round(s->host);
    ck_assert_uint_eq(s->wire->sent_count, waiting);
    actor_send(a, 2, 5); /* and on it goes */
    ck_assert_uint_eq(s->wire->sent_count, waiting + 1);
    stage_strike(s);
}
END_TEST

START_TEST(own_nodes_are_reached_without_the_wire)
{
    struct stage *s = stage_set(0);
    s->wire->room = 0;
    const uint32_t to[] = {1, 0};
    struct actor *a = &s->actor[0];
    a->t->ops->message_send(a->t, to, 2, actor_message_new(a, 64, 0));
    ck_assert_str_eq(s->actor[0].text, ""); /* not within the call */
    actor_round(s->host);
    ck_assert_str_eq(s->actor[0].text, "message 0 from 0, ");
    ck_assert_str_eq(s->actor[1].text, "message 0 from 0, ");
    ck_assert_uint_eq(host_node_stats(s->host, 0).messages_out, 2);
    ck_assert_uint_eq(host_node_stats(s->host, 0).bytes_out, 128);
    ck_assert_uint_eq(host_node_stats(s->host, 1).messages_in, 1);
    ck_assert_uint_eq(host_stats(s->host)->kind_count[MESSAGE_PROBE], 2);
    ck_assert_uint_eq(host_stats(s->host)->delivered, 2);
    stage_strike(s);
}
END_TEST

/* ---- peers ------------------------------------------------------------------------------------
 */

START_TEST(every_node_hears_of_every_node_of_a_lost_member)
{
    struct stage *s = stage_set(0);
    peer_is(s, false); /* it never was up */
    peer_is(s, true);
    peer_is(s, true);
    ck_assert_str_eq(s->actor[0].text, "");
    peer_is(s, false);
    peer_is(s, false);
    peer_is(s, true);
    for (int i = 0; i < 2; i++) ck_assert_str_eq(s->actor[i].text, "2 down, 3 down, 2 up, 3 up, ");
    stage_strike(s);
}
END_TEST

START_TEST(what_waited_for_a_lost_peer_is_never_sent)
{
    struct stage *s = stage_set(0);
    peer_is(s, true);
    s->wire->room = 1;
    for (uint64_t i = 0; i < 5; i++) actor_send(&s->actor[0], 2, i);
    peer_is(s, false);
    s->wire->room = ROOMY;
    actor_send(&s->actor[0], 3, 5);
    actor_round(s->host);
    peer_is(s, true);
    actor_send(&s->actor[0], 2, 6);
    ck_assert_uint_eq(s->wire->sent_count, 2);
    ck_assert_uint_eq(actor_number(sent_message(s, 0)), 0);
    ck_assert_uint_eq(actor_number(sent_message(s, 1)), 6);
    stage_strike(s);
}
END_TEST

START_TEST(one_sided_operations_end_when_the_peer_is_lost)
{
    struct stage *s = stage_set(0);
    struct actor *a = &s->actor[0];
    struct remote there = {.node = 2};
    uint64_t word = 0;
    peer_is(s, true);
    a->t->ops->write(a->t, there, &word, 8, 1);
    a->t->ops->read(a->t, there, &word, 8, 2);
    peer_is(s, false);
    a->t->ops->compare_and_swap(a->t, there, 0, 1, &word, 3);
    actor_round(s->host);
    ck_assert_str_eq(a->text, "2 down, 3 down, 1 unreachable, 2 unreachable, 3 unreachable, ");
    ck_assert_uint_eq(s->wire->sent_count, 2);
    stage_strike(s);
}
END_TEST

START_TEST(neighbours_use_each_others_memory)
{
    struct stage *s = stage_set(0);
    struct actor *a = &s->actor[0], *b = &s->actor[1];
    uint64_t memory[2] = {10, 11}, read = 0, previous = 0, word = 20;
    b->t->ops->region_register(b->t, 0, memory, sizeof memory);
    a->t->ops->write(a->t, (struct remote){.node = 1}, &word, 8, 1);
    b->t->ops->region_grant(b->t, 0, 0);
    a->t->ops->write(a->t, (struct remote){.node = 1}, &word, 8, 2);
    a->t->ops->compare_and_swap(a->t, (struct remote){.node = 1, .offset = 8}, 11, 21, &previous,
                                3);
    a->t->ops->read(a->t, (struct remote){.node = 1, .offset = 8}, &read, 8, 4);
    a->t->ops->read(a->t, (struct remote){.node = 1, .offset = 16}, &read, 8, 5);
    ck_assert_str_eq(a->text, "");
    actor_round(s->host);
    ck_assert_str_eq(a->text, "1 denied, 2 ok, 3 ok, 4 ok, 5 denied, ");
    ck_assert_uint_eq(memory[0], 20);
    ck_assert_uint_eq(previous, 11);
    ck_assert_uint_eq(read, 21);
    stage_strike(s);
}
END_TEST

/* ---- opaque bytes -----------------------------------------------------------------------------
 */

/* Messages with much, little and no opaque payload go from one host to another, frame by frame,
 * through a wire that refuses now and then. */
START_TEST(opaque_bytes_cross_the_wire)
{
    static const uint32_t opaque[] = {0, 1, 4096, WIRE_FRAME_BYTES_MAX, 1000000, 7};
    enum { MESSAGES = sizeof opaque / sizeof *opaque };
    struct stage *from = stage_set(1), *to = stage_set(0);
    from->wire->listener.peer(from->wire->listener.context, 0, true);
    from->wire->room = 1;
    uint64_t expected_bytes = 0, frame_bytes = 0;
    for (uint32_t i = 0; i < MESSAGES; i++) {
        struct message *m = actor_message_new(&from->actor[2], 64, i);
        m->opaque_bytes = opaque[i];
        expected_bytes += 64 + opaque[i];
        transport_send_one(from->actor[2].t, 0, m);
    }
    for (uint32_t i = 0; i < from->wire->sent_count; i++) {
        const struct sent *sent = &from->wire->sent[i];
        frame_bytes += sent->bytes - sizeof(struct frame);
        arrives(to, sent->frame, sent->bytes);
        from->wire->room = 1;
        actor_round(from->host);
    }
    ck_assert_uint_eq(frame_bytes, expected_bytes);
    ck_assert_uint_eq(to->actor[0].messages, MESSAGES);
    ck_assert_uint_eq(to->actor[0].out_of_order, 0);
    ck_assert_uint_eq(to->actor[0].opaque_bytes + 64 * MESSAGES, expected_bytes);
    ck_assert_uint_eq(host_node_stats(to->host, 0).bytes_in, expected_bytes);
    ck_assert_uint_eq(host_stats(to->host)->malformed, 0);
    stage_strike(from);
    stage_strike(to);
}
END_TEST

/* ---- frames that make no sense ----------------------------------------------------------------
 */

struct parcel {
    struct frame frame;
    union {
        struct {
            struct message message;
            uint64_t number;
        };
        struct frame_request request;
        struct frame_done done;
    };
};

enum { MESSAGE_PARCEL = sizeof(struct frame) + sizeof(struct message) + 8 };

static struct parcel good_parcel(void)
{
    return (struct parcel){.frame = {.node = 0, .type = FRAME_MESSAGE},
                           .message = {.bytes = sizeof(struct message) + 8, .from = 2}};
}

static void expect_dropped(struct stage *s, struct parcel p, uint32_t bytes)
{
    uint64_t before = host_stats(s->host)->malformed;
    arrives(s, &p, bytes);
    ck_assert_uint_eq(host_stats(s->host)->malformed, before + 1);
}

START_TEST(malformed_messages_are_dropped)
{
    struct stage *s = stage_set(0);
    struct parcel p = good_parcel();
    arrives(s, &p, MESSAGE_PARCEL);
    ck_assert_str_eq(s->actor[0].text, "message 0 from 2, ");

    expect_dropped(s, p, 0);
    expect_dropped(s, p, sizeof(struct frame) - 1);
    expect_dropped(s, p, sizeof(struct frame));
    expect_dropped(s, p, MESSAGE_PARCEL - 1);
    enum { PARCELS = 10 };
    struct parcel bad[PARCELS];
    for (int i = 0; i < PARCELS; i++) bad[i] = p;
    bad[0].frame.node = 2; /* a node, but not one of here */
    bad[1].frame.node = NODES;
    bad[2].frame.type = 99;
    bad[3].frame.sent_ns = UINT64_MAX; /* a clock gone wild */
    bad[4].message.from = 1;           /* not a node of that member */
    bad[5].message.from = UINT32_MAX;
    bad[6].message.bytes = UINT32_MAX;
    bad[7].message.bytes -= 8;       /* 8 bytes more than it speaks of */
    bad[8].message.opaque_bytes = 8; /* and 8 less */
    bad[9].message.kind = 250;
    for (int i = 0; i < PARCELS; i++) expect_dropped(s, bad[i], MESSAGE_PARCEL);
    ck_assert_str_eq(s->actor[0].text, "message 0 from 2, ");
    ck_assert_str_eq(s->actor[1].text, "");
    stage_strike(s);
}
END_TEST

START_TEST(malformed_one_sided_frames_are_dropped)
{
    enum { READ_PARCEL = sizeof(struct frame) + sizeof(struct frame_request) };
    enum { DONE_PARCEL = sizeof(struct frame) + sizeof(struct frame_done) };
    struct stage *s = stage_set(0);
    uint64_t word = 5;
    peer_is(s, true);
    struct transport *t = s->actor[0].t;
    t->ops->region_register(t, 0, &word, 8);
    const struct parcel read = {.frame = {.type = FRAME_READ},
                                .request = {.bytes = 8, .initiator = 3}};
    struct parcel p = read;
    arrives(s, &p, READ_PARCEL);
    ck_assert_uint_eq(s->wire->sent_count, 1); /* the answer */

    enum { PARCELS = 5 };
    struct parcel bad[PARCELS];
    for (int i = 0; i < PARCELS; i++) bad[i] = read;
    bad[0].request.initiator = 1;
    bad[1].request.initiator = NODES;
    bad[2].request.bytes = MESSAGE_BYTES_MAX + 1;
    bad[3].frame.type = FRAME_WRITE; /* of 8 bytes, which are missing */
    bad[4].frame.type = FRAME_SWAP;
    for (int i = 0; i < PARCELS; i++) expect_dropped(s, bad[i], READ_PARCEL);
    p = (struct parcel){.frame.type = FRAME_DONE, .done.number = 1}; /* nobody asked */
    expect_dropped(s, p, DONE_PARCEL);
    t->ops->write(t, (struct remote){.node = 2}, &word, 8, 7);
    p.done.number = 99; /* not that */
    expect_dropped(s, p, DONE_PARCEL);
    p.done = (struct frame_done){.number = 1, .how = 3};
    expect_dropped(s, p, DONE_PARCEL);
    ck_assert_str_eq(s->actor[0].text, "");
    p.done.how = COMPLETION_OK;
    arrives(s, &p, DONE_PARCEL);
    ck_assert_str_eq(s->actor[0].text, "7 ok, ");
    ck_assert_uint_eq(s->wire->sent_count, 2);
    stage_strike(s);
}
END_TEST

/* ---- time -------------------------------------------------------------------------------------
 */

/* Who is told of something later sees a later time, also if its clock is behind. */
START_TEST(stamps_respect_causality)
{
    struct stage *s = stage_set(0);
    peer_is(s, true);
    struct parcel p = good_parcel();
    p.frame.sent_ns = transport_now(s->actor[0].t) + UINT64_C(1800000000000);
    arrives(s, &p, MESSAGE_PARCEL);
    ck_assert_uint_ge(s->actor[0].now_ns, p.frame.sent_ns);
    actor_send(&s->actor[1], 2, 0);
    ck_assert_uint_ge(s->wire->sent[0].frame->sent_ns, p.frame.sent_ns);
    actor_round(s->host);
    ck_assert_uint_ge(transport_now(s->actor[0].t), p.frame.sent_ns); /* never back */
    stage_strike(s);
}
END_TEST

/* The heap against a table that is searched from begin to end. */
START_TEST(timers_come_by_time_then_by_order)
{
    enum { IDS = 200, STEPS = 20000 };
    struct timers t = {0};
    struct timer set[IDS] = {0};
    struct random r = {1};
    timers_grow(&t, IDS);
    for (uint64_t step = 1; step < STEPS; step++) {
        uint32_t id = (uint32_t)random_below(&r, IDS), taken = IDS, first = IDS;
        if (random_chance(&r, 1, 2)) {
            set[id] = (struct timer){1 + random_below(&r, 50), step, id};
            timers_set(&t, id, set[id].due_ns);
        } else if (random_chance(&r, 1, 2)) {
            set[id].order = 0;
            timers_cancel(&t, id);
        }
        for (uint32_t i = 0; i < IDS; i++) {
            if (!set[i].order) continue;
            bool sooner = first == IDS || set[i].due_ns < set[first].due_ns ||
                          (set[i].due_ns == set[first].due_ns && set[i].order < set[first].order);
            if (sooner) first = i;
        }
        ck_assert_uint_eq(timers_next_ns(&t), first < IDS ? set[first].due_ns : TIMERS_NEVER);
        uint64_t now_ns = random_below(&r, 30);
        bool due = first < IDS && set[first].due_ns <= now_ns;
        ck_assert(timers_take(&t, now_ns, &taken) == due);
        if (due) ck_assert_uint_eq(taken, first);
        if (due) set[first].order = 0;
    }
    timers_finish(&t);
}
END_TEST

enum { CLIENTS = 1000, SETS = 5 };

static uint64_t fired, last_due_ns, misfired;

/* Its timer numbers are due at `due_ns`, the odd ones are cancelled. */
struct client {
    struct transport *t;
    uint64_t due_ns[TIMERS_MAX];
};

static void client_init(void *node, struct transport *t)
{
    struct client *c = node;
    struct random *r = t->ops->random(t, "delays");
    c->t = t;
    for (uint32_t i = 0; i < SETS; i++) {
        uint64_t delay_ns = 1 + random_below(r, 20000000);
        c->due_ns[i] = transport_now(t) + delay_ns;
        t->ops->timer_set(t, i, delay_ns);
        if (i % 2) t->ops->timer_cancel(t, i);
    }
}

static void client_timer(void *node, uint32_t timer)
{
    struct client *c = node;
    bool early = transport_now(c->t) < c->due_ns[timer];
    if (timer % 2 || early || c->due_ns[timer] < last_due_ns) misfired++;
    last_due_ns = c->due_ns[timer];
    fired++;
}

static bool fires_on(void *context)
{
    (void)context;
    return fired < CLIENTS * (SETS / 2 + 1);
}

START_TEST(a_thousand_nodes_have_timers)
{
    static const struct node_ops ops = {client_init, actor_message, client_timer, actor_completion,
                                        actor_peer};
    static const uint32_t all_here[CLIENTS];
    const struct members one = {1, CLIENTS, all_here};
    struct client *client = allocate_zeroed(CLIENTS, sizeof *client);
    struct script_wire *wire = allocate_zeroed(1, sizeof *wire);
    wire->wire.ops = &script_ops;
    struct host *h = host_create(
        &(struct host_setup){.seed = 1, .members = &one, .self = 0, .wire = &wire->wire});
    for (uint32_t i = 0; i < CLIENTS; i++) {
        char name[16];
        snprintf(name, sizeof name, "c%u", i);
        host_add_node(h, &(struct host_node){i, name, &ops, &client[i]});
    }
    fired = misfired = last_due_ns = 0;
    host_run(h, 1000000, fires_on, NULL);
    for (int i = 0; i < 10; i++) actor_round(h);
    ck_assert_uint_eq(fired, CLIENTS * (SETS / 2 + 1));
    ck_assert_uint_eq(misfired, 0);
    host_destroy(h);
    free(wire);
    free(client);
}
END_TEST

/* ---- work -------------------------------------------------------------------------------------
 */

static atomic_uint computing, overlaps;

static void compute(void *argument)
{
    if (atomic_fetch_add(&computing, 1) > 0) atomic_fetch_add(&overlaps, 1);
    uint64_t *value = argument;
    for (int i = 0; i < 100000; i++) *value = hash_mix(*value + 1);
    atomic_fetch_sub(&computing, 1);
}

static bool work_done(void *context)
{
    return strlen(((struct actor *)context)->text) < strlen("1 ok, 2 ok, 3 ok, ");
}

START_TEST(computations_of_a_process_never_overlap)
{
    struct stage *a = stage_set(0), *b = stage_set(1);
    uint64_t value[2][3] = {0};
    for (uint64_t i = 0; i < 3; i++) {
        a->actor[0].t->ops->work(a->actor[0].t, compute, &value[0][i], 1, i + 1);
        b->actor[2].t->ops->work(b->actor[2].t, compute, &value[1][i], 1, i + 1);
    }
    host_run(a->host, 0, work_done, &a->actor[0]);
    host_run(b->host, 0, work_done, &b->actor[2]);
    ck_assert_str_eq(a->actor[0].text, "1 ok, 2 ok, 3 ok, ");
    ck_assert_str_eq(b->actor[2].text, "1 ok, 2 ok, 3 ok, ");
    ck_assert_uint_eq(atomic_load(&overlaps), 0);
    ck_assert_uint_ne(value[0][2], 0);
    stage_strike(a);
    stage_strike(b);
}
END_TEST

/* What is being computed is waited for, what is not begun is forgotten, and the memory is ours. */
START_TEST(a_host_can_end_in_the_midst_of_work)
{
    for (int round = 0; round < 20; round++) {
        struct stage *s = stage_set(0);
        uint64_t *value = allocate_zeroed(3, sizeof *value);
        for (uint64_t i = 0; i < 3; i++)
            s->actor[0].t->ops->work(s->actor[0].t, compute, &value[i], 1, i);
        stage_strike(s);
        free(value);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host");
    TCase *tc = tcase_create("host");
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, before_the_first_connection_nothing_is_lost);
    tcase_add_test(tc, what_the_wire_refuses_waits_in_order);
    tcase_add_test(tc, a_backlog_is_bounded_and_what_it_loses_is_counted);
    tcase_add_test(tc, own_nodes_are_reached_without_the_wire);
    tcase_add_test(tc, every_node_hears_of_every_node_of_a_lost_member);
    tcase_add_test(tc, what_waited_for_a_lost_peer_is_never_sent);
    tcase_add_test(tc, one_sided_operations_end_when_the_peer_is_lost);
    tcase_add_test(tc, neighbours_use_each_others_memory);
    tcase_add_test(tc, opaque_bytes_cross_the_wire);
    tcase_add_test(tc, malformed_messages_are_dropped);
    tcase_add_test(tc, malformed_one_sided_frames_are_dropped);
    tcase_add_test(tc, stamps_respect_causality);
    tcase_add_test(tc, timers_come_by_time_then_by_order);
    tcase_add_test(tc, a_thousand_nodes_have_timers);
    tcase_add_test(tc, computations_of_a_process_never_overlap);
    tcase_add_test(tc, a_host_can_end_in_the_midst_of_work);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
