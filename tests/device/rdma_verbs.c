/* rdma_verbs.c - what is special about the verbs wire: keys, denials and queue pairs of the
 * one-sided half, and members that come back. What every transport promises is in the conformance
 * suite (rdma_conformance.c).
 *
 * Most members here are wires in this one thread, polled in turn. Those who get killed are actors:
 * processes forked before this one has touched a device, who wait until they are called. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "rdma/wire/verbs.h"
#include "tests/lib/harness.h"
#include "tests/lib/rdma_devices.h"

#define DEAD_AFTER_NS UINT64_C(3000000000)
#define PATIENCE_NS UINT64_C(30000000000)

enum {
    MEMBERS_MAX = 4,
    NODES = MEMBERS_MAX + 1, /* node i lives on member i, and the last one on member 0, too */
    SECOND = MEMBERS_MAX,    /* that one */
    LOG_MAX = 1024,
    PORT = 7430,
    RUN = 77,
    REGION = 2,
    OTHER = 5,
};

/* ---- members at a table -------------------------------------------------------------------------
 */

struct seat {
    struct wire *wire; /* NULL: not there */
    bool up[MEMBERS_MAX];
    uint32_t downs[MEMBERS_MAX];
    uint32_t frames;
    uint64_t last; /* the last frame's word */
    uint32_t ended;
    struct {
        uint32_t node;
        uint64_t cookie;
        enum completion how;
    } log[LOG_MAX];
};

struct table {
    struct members members;
    struct verbs_address address[MEMBERS_MAX];
    struct seat seat[MEMBERS_MAX];
};

static const uint32_t of_node[NODES] = {0, 1, 2, 3, 0};

static void on_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    struct seat *s = context;
    (void)member;
    ck_assert_uint_eq(bytes, 8);
    ck_assert_uint_eq((uintptr_t)frame % 8, 0);
    memcpy(&s->last, frame, 8);
    s->frames++;
}

static void on_peer(void *context, uint32_t member, bool up)
{
    struct seat *s = context;
    ck_assert(s->up[member] != up); /* changes only */
    s->up[member] = up;
    if (!up) s->downs[member]++;
}

static void on_completion(void *context, uint32_t node, uint64_t cookie, enum completion how)
{
    struct seat *s = context;
    ck_assert_uint_lt(s->ended, LOG_MAX);
    s->log[s->ended].node = node;
    s->log[s->ended].cookie = cookie;
    s->log[s->ended++].how = how;
}

static void table_lay(struct table *t, uint32_t members)
{
    memset(t, 0, sizeof *t);
    t->members = (struct members){members, NODES, of_node};
    for (uint32_t i = 0; i < members; i++)
        t->address[i] = (struct verbs_address){rdma_device_address((int)i % rdma_devices_count()),
                                               (uint16_t)(PORT + i)};
}

/* False: the wire cannot be opened. */
static bool take_seat(struct table *t, uint32_t self, uint64_t run_id,
                      const struct wire_listener *listener)
{
    struct seat *s = &t->seat[self];
    struct error error;
    memset(s, 0, sizeof *s);
    s->wire = verbs_wire_open(&(struct verbs_setup){.members = &t->members,
                                                    .self = self,
                                                    .addresses = t->address,
                                                    .dead_after_ns = DEAD_AFTER_NS,
                                                    .run_id = run_id},
                              &error);
    if (s->wire)
        s->wire->ops->listen(s->wire, listener);
    else
        fprintf(stderr, "member %u: %s\n", self, error.text);
    return s->wire != NULL;
}

static void sit_down(struct table *t, uint32_t self, uint64_t run_id)
{
    struct wire_listener listener = {&t->seat[self], on_frame, on_peer, on_completion};
    ck_assert(take_seat(t, self, run_id, &listener));
}

static void get_up(struct table *t, uint32_t self)
{
    t->seat[self].wire->ops->close(t->seat[self].wire);
    t->seat[self].wire = NULL;
}

static void table_clear(struct table *t)
{
    for (uint32_t i = 0; i < t->members.count; i++)
        if (t->seat[i].wire) get_up(t, i);
}

/* All members get their turn. If there was nothing to do, one of them waits for a moment. */
static void play(struct table *t)
{
    struct wire *last = NULL;
    bool any = false;
    for (uint32_t i = 0; i < t->members.count; i++) {
        struct wire *w = t->seat[i].wire;
        if (!w) continue;
        any |= w->ops->poll(w);
        w->ops->flush(w);
        last = w;
    }
    if (!any && last) last->ops->wait(last, clock_now() + 200000);
}

/* Plays until the condition holds. */
#define PLAY_UNTIL(table, condition)                                  \
    for (uint64_t begin_ns_ = clock_now(); !(condition); play(table)) \
    ck_assert_msg(clock_now() - begin_ns_ < PATIENCE_NS, "in vain: until %s", #condition)

/* So many members at the table, all connected. */
static void table_set(struct table *t, uint32_t members)
{
    table_lay(t, members);
    for (uint32_t i = 0; i < members; i++) sit_down(t, i, RUN);
    for (uint32_t i = 0; i < members; i++)
        for (uint32_t k = 0; k < members; k++)
            if (i != k) PLAY_UNTIL(t, t->seat[i].up[k]);
}

static bool send_word(struct table *t, uint32_t self, uint32_t to, uint64_t word)
{
    struct wire *w = t->seat[self].wire;
    void *place = w->ops->reserve(w, to, 8);
    if (!place) return false;
    memcpy(place, &word, 8);
    w->ops->commit(w, to, 8);
    w->ops->flush(w);
    return true;
}

static void write_from(struct table *t, uint32_t node, struct remote to, const void *source,
                       uint32_t bytes, uint64_t cookie)
{
    struct wire *w = t->seat[of_node[node]].wire;
    w->ops->write(w, node, to, source, bytes, cookie);
}

static void read_to(struct table *t, uint32_t node, struct remote from, void *target,
                    uint32_t bytes, uint64_t cookie)
{
    struct wire *w = t->seat[of_node[node]].wire;
    w->ops->read(w, node, from, target, bytes, cookie);
}

static void share(struct table *t, uint32_t node, uint32_t region, void *memory, uint64_t bytes)
{
    struct wire *w = t->seat[of_node[node]].wire;
    w->ops->region_register(w, node, region, memory, bytes);
}

static void allow(struct table *t, uint32_t node, uint32_t region, uint32_t writer)
{
    struct wire *w = t->seat[of_node[node]].wire;
    w->ops->region_grant(w, node, region, writer);
}

static void forbid(struct table *t, uint32_t node, uint32_t region, uint32_t writer)
{
    struct wire *w = t->seat[of_node[node]].wire;
    w->ops->region_revoke(w, node, region, writer);
}

/* Everything that ended so far at that seat did so in the order of the cookies 0, 1, ... */
static void expect_in_order(const struct seat *s)
{
    for (uint32_t i = 0; i < s->ended; i++) ck_assert_uint_eq(s->log[i].cookie, i);
}

/* ---- memory -------------------------------------------------------------------------------------
 */

static bool is_filled(const unsigned char *memory, uint64_t bytes, int value)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (memory[i] != value) return false;
    return true;
}

enum { BIG = MESSAGE_BYTES_MAX, BIGS = 16 };

/* More of the longest operations than the bounce buffer has room for: they wait and come in turn.
 */
START_TEST(the_longest_writes_and_reads)
{
    struct table t;
    table_set(&t, 2);
    unsigned char *there = calloc(BIGS, BIG), *sent = malloc(BIG), *back = calloc(BIGS, BIG);
    share(&t, 0, REGION, there, (uint64_t)BIGS * BIG);
    allow(&t, 0, REGION, 1);
    for (uint64_t i = 0; i < BIGS; i++) {
        memset(sent, (int)i + 1, BIG); /* copied at the call */
        write_from(&t, 1, (struct remote){0, REGION, i * BIG}, sent, BIG, 2 * i);
        read_to(&t, 1, (struct remote){0, REGION, i * BIG}, back + i * BIG, BIG, 2 * i + 1);
    }
    PLAY_UNTIL(&t, t.seat[1].ended == 2 * BIGS);
    expect_in_order(&t.seat[1]);
    for (uint64_t i = 0; i < 2 * BIGS; i++) ck_assert_int_eq(t.seat[1].log[i].how, COMPLETION_OK);
    for (uint64_t i = 0; i < BIGS; i++) ck_assert(is_filled(there + i * BIG, BIG, (int)i + 1));
    ck_assert_int_eq(memcmp(there, back, (size_t)BIGS * BIG), 0);
    table_clear(&t);
    free(there);
    free(sent);
    free(back);
}
END_TEST

enum { PIECES = 64, PIECE = 65536 };

/* The owner revokes in the midst of a stream of writes. Nothing of what is there changes after
 * that; what was written is a prefix of the stream, whose end at most is a piece of a piece. */
START_TEST(a_revoke_in_a_stream_leaves_a_prefix)
{
    struct table t;
    table_set(&t, 2);
    unsigned char *there = calloc(PIECES, PIECE), *seen = malloc((size_t)PIECES * PIECE),
                  *sent = malloc(PIECE);
    share(&t, 0, REGION, there, (uint64_t)PIECES * PIECE);
    allow(&t, 0, REGION, 1);
    memset(sent, 1, PIECE);
    for (uint64_t i = 0; i < PIECES; i++)
        write_from(&t, 1, (struct remote){0, REGION, i * PIECE}, sent, PIECE, i);
    PLAY_UNTIL(&t, t.seat[1].ended >= 5);
    forbid(&t, 0, REGION, 1);
    memcpy(seen, there, (size_t)PIECES * PIECE);
    PLAY_UNTIL(&t, t.seat[1].ended == PIECES);
    ck_assert_int_eq(memcmp(seen, there, (size_t)PIECES * PIECE), 0);
    expect_in_order(&t.seat[1]);
    uint64_t written = 0, bytes = 0;
    while (written < PIECES && t.seat[1].log[written].how == COMPLETION_OK) written++;
    for (uint64_t i = written; i < PIECES; i++)
        ck_assert_int_eq(t.seat[1].log[i].how, COMPLETION_DENIED);
    while (bytes < (uint64_t)PIECES * PIECE && there[bytes] == 1) bytes++;
    ck_assert_uint_ge(written, 5);
    ck_assert_uint_lt(written, PIECES);
    ck_assert_uint_ge(bytes, written * PIECE);
    ck_assert_uint_le(bytes, (written + 1) * PIECE);
    ck_assert(is_filled(there + bytes, (uint64_t)PIECES * PIECE - bytes, 0));
    table_clear(&t);
    free(there);
    free(seen);
    free(sent);
}
END_TEST

/* The writer's key is one that was revoked, but he has been granted again since. */
START_TEST(who_is_granted_again_may_write_again)
{
    struct table t;
    uint64_t there[4] = {0}, word = 1;
    table_set(&t, 2);
    share(&t, 0, REGION, there, sizeof there);
    for (uint64_t i = 0; i < 4; i++, word++) {
        allow(&t, 0, REGION, 1);
        write_from(&t, 1, (struct remote){0, REGION, 8 * i}, &word, 8, 2 * i);
        PLAY_UNTIL(&t, t.seat[1].ended == 2 * i + 1);
        forbid(&t, 0, REGION, 1);
        if (i % 2) { /* now and then he notices */
            write_from(&t, 1, (struct remote){0, REGION, 8 * i}, &there, 8, 2 * i + 1);
            PLAY_UNTIL(&t, t.seat[1].ended == 2 * i + 2);
            ck_assert_int_eq(t.seat[1].log[2 * i + 1].how, COMPLETION_DENIED);
        } else {
            read_to(&t, 1, (struct remote){0, REGION, 0}, &word, 0, 2 * i + 1);
            PLAY_UNTIL(&t, t.seat[1].ended == 2 * i + 2);
            ck_assert_int_eq(t.seat[1].log[2 * i + 1].how, COMPLETION_OK);
        }
        ck_assert_int_eq(t.seat[1].log[2 * i].how, COMPLETION_OK);
        ck_assert_uint_eq(there[i], word);
    }
    expect_in_order(&t.seat[1]);
    table_clear(&t);
}
END_TEST

enum { MIXED = 120 };

/* Two regions and one line of operations; one region is revoked when its key is known and all are
 * on their way. The others, READs among them, are not disturbed, and everything ends in order. */
START_TEST(a_denial_disturbs_nothing_behind_it)
{
    struct table t;
    uint64_t open[MIXED] = {0}, closed[MIXED] = {0}, found[MIXED] = {0}, one = 1;
    table_set(&t, 2);
    share(&t, 0, REGION, open, sizeof open);
    share(&t, SECOND, OTHER, closed, sizeof closed);
    allow(&t, 0, REGION, 1);
    allow(&t, SECOND, OTHER, 1);
    write_from(&t, 1, (struct remote){0, REGION, 0}, &one, 8, 0);
    write_from(&t, 1, (struct remote){SECOND, OTHER, 0}, &one, 8, 1);
    PLAY_UNTIL(&t, t.seat[1].ended == 2);
    forbid(&t, SECOND, OTHER, 1);
    for (uint64_t i = 2; i < MIXED; i++) {
        if (i % 3 == 0)
            write_from(&t, 1, (struct remote){SECOND, OTHER, 8 * i}, &i, 8, i);
        else if (i % 3 == 1)
            write_from(&t, 1, (struct remote){0, REGION, 8 * i}, &i, 8, i);
        else
            read_to(&t, 1, (struct remote){0, REGION, 8 * (i - 1)}, &found[i], 8, i);
    }
    PLAY_UNTIL(&t, t.seat[1].ended == MIXED);
    expect_in_order(&t.seat[1]);
    for (uint64_t i = 2; i < MIXED; i++) {
        ck_assert_int_eq(t.seat[1].log[i].how, i % 3 ? COMPLETION_OK : COMPLETION_DENIED);
        ck_assert_uint_eq(closed[i], 0);
        ck_assert_uint_eq(open[i], i % 3 == 1 ? i : 0);
        if (i % 3 == 2 && i > 2) ck_assert_uint_eq(found[i], i - 1); /* written just before */
    }
    table_clear(&t);
}
END_TEST

enum { SWAPS = 100, CONTENDERS = 3 };

/* Wins when the word is what he expects; what he finds else is his next guess. */
struct contender {
    uint64_t expected, previous;
    uint32_t wins, tries;
};

static void try_next(struct table *t, uint32_t member, struct contender *c)
{
    struct wire *w = t->seat[member].wire;
    w->ops->compare_and_swap(w, member, (struct remote){0, REGION, 8}, c->expected, c->expected + 1,
                             &c->previous, c->tries++);
}

/* His last try has ended. */
static void look(struct contender *c, uint32_t *handed_out)
{
    if (c->previous != c->expected) {
        c->expected = c->previous;
        return;
    }
    handed_out[c->expected++]++;
    c->wins++;
}

/* Contenders count a word up by compare-and-swap. Every value is handed out once. */
START_TEST(contenders_get_each_value_once)
{
    struct table t;
    _Alignas(64) uint64_t word[8] = {0};
    uint32_t handed_out[CONTENDERS * SWAPS] = {0}, wins = 0;
    struct contender contender[CONTENDERS] = {{0}};
    table_set(&t, CONTENDERS + 1);
    share(&t, 0, REGION, word, sizeof word);
    for (uint32_t i = 0; i < CONTENDERS; i++) {
        allow(&t, 0, REGION, i + 1);
        try_next(&t, i + 1, &contender[i]);
    }
    while (wins < CONTENDERS * SWAPS) {
        for (uint32_t i = 0; i < CONTENDERS; i++) {
            struct contender *c = &contender[i];
            if (c->wins == SWAPS || t.seat[i + 1].ended < c->tries) continue;
            uint32_t before = c->wins;
            ck_assert_int_eq(t.seat[i + 1].log[c->tries - 1].how, COMPLETION_OK);
            look(c, handed_out);
            wins += c->wins - before;
            if (c->wins < SWAPS) try_next(&t, i + 1, c);
        }
        play(&t);
    }
    for (uint32_t i = 0; i < CONTENDERS; i++) expect_in_order(&t.seat[i + 1]);
    for (uint32_t i = 0; i < CONTENDERS * SWAPS; i++) ck_assert_uint_eq(handed_out[i], 1);
    ck_assert_uint_eq(__atomic_load_n(&word[1], __ATOMIC_ACQUIRE), CONTENDERS * SWAPS);
    table_clear(&t);
}
END_TEST

/* Where no device is needed the same rules hold, and nothing ends within the call. */
START_TEST(nodes_of_one_member_share_memory_by_the_same_rules)
{
    struct table t;
    uint64_t there[2] = {5, 6}, found = 0, word = 7;
    table_set(&t, 1);
    share(&t, SECOND, REGION, there, sizeof there);
    write_from(&t, 0, (struct remote){SECOND, REGION, 8}, &word, 8, 0); /* no grant yet */
    allow(&t, SECOND, REGION, 0);
    write_from(&t, 0, (struct remote){SECOND, REGION, 8}, &word, 8, 1);
    write_from(&t, SECOND, (struct remote){SECOND, REGION, 0}, &word, 8, 2); /* nor has he */
    read_to(&t, 0, (struct remote){SECOND, REGION, 8}, &found, 8, 3);
    read_to(&t, 0, (struct remote){SECOND, REGION, UINT64_MAX - 7}, &found, 8, 4);
    read_to(&t, 0, (struct remote){SECOND, OTHER, 0}, &found, 8, 5);
    ck_assert_uint_eq(t.seat[0].ended, 0);
    PLAY_UNTIL(&t, t.seat[0].ended == 6);
    expect_in_order(&t.seat[0]);
    static const enum completion expected[] = {COMPLETION_DENIED, COMPLETION_OK,
                                               COMPLETION_DENIED, COMPLETION_OK,
                                               COMPLETION_DENIED, COMPLETION_DENIED};
    for (uint32_t i = 0; i < 6; i++) ck_assert_int_eq(t.seat[0].log[i].how, expected[i]);
    ck_assert_uint_eq(found, 7);
    ck_assert_uint_eq(there[0], 5);
    table_clear(&t);
}
END_TEST

/* ---- members come and go ------------------------------------------------------------------------
 */

/* What was under way to one who left ends once, from some point on as unreachable. */
START_TEST(operations_on_one_who_left_are_unreachable)
{
    struct table t;
    uint64_t there[100] = {0};
    table_set(&t, 2);
    share(&t, 0, REGION, there, sizeof there);
    allow(&t, 0, REGION, 1);
    for (uint64_t i = 0; i < 50; i++)
        write_from(&t, 1, (struct remote){0, REGION, 8 * i}, &i, 8, i);
    PLAY_UNTIL(&t, t.seat[1].ended == 50);
    for (uint64_t i = 50; i < 100; i++)
        write_from(&t, 1, (struct remote){0, REGION, 8 * i}, &i, 8, i);
    get_up(&t, 0);
    PLAY_UNTIL(&t, t.seat[1].ended == 100);
    PLAY_UNTIL(&t, t.seat[1].downs[0] == 1);
    write_from(&t, 1, (struct remote){0, REGION, 0}, &there, 8, 100);
    ck_assert_uint_eq(t.seat[1].ended, 100);
    PLAY_UNTIL(&t, t.seat[1].ended == 101);
    expect_in_order(&t.seat[1]);
    for (uint64_t i = 0; i < 101; i++)
        ck_assert_int_eq(t.seat[1].log[i].how, i < 50 ? COMPLETION_OK : COMPLETION_UNREACHABLE);

    /* He comes back, with other memory. */
    uint64_t fresh = 0, word = 9;
    sit_down(&t, 0, RUN);
    share(&t, 0, REGION, &fresh, 8);
    allow(&t, 0, REGION, 1);
    PLAY_UNTIL(&t, t.seat[1].up[0]);
    write_from(&t, 1, (struct remote){0, REGION, 0}, &word, 8, 101);
    PLAY_UNTIL(&t, t.seat[1].ended == 102);
    ck_assert_int_eq(t.seat[1].log[101].how, COMPLETION_OK);
    ck_assert_uint_eq(fresh, 9);
    table_clear(&t);
}
END_TEST

/* Member 1 connects and answers 0's hello; nobody answers its own. */
START_TEST(connecting_tells_how_long_messages_take)
{
    struct table t;
    table_lay(&t, 2);
    uint64_t begin_ns = clock_now();
    sit_down(&t, 0, RUN);
    sit_down(&t, 1, RUN);
    ck_assert_uint_eq(t.seat[0].wire->latency_ns, 0);
    PLAY_UNTIL(&t, t.seat[0].up[1] && t.seat[1].up[0]);
    ck_assert_uint_gt(t.seat[0].wire->latency_ns, 0);
    ck_assert_uint_le(2 * t.seat[0].wire->latency_ns, clock_now() - begin_ns);
    ck_assert_uint_eq(t.seat[1].wire->latency_ns, 0);
    table_clear(&t);
}
END_TEST

/* Member 1 belongs to another run: it never gets in, while 2 does; then it comes as it should. */
START_TEST(members_of_another_run_are_refused)
{
    struct table t;
    table_lay(&t, 3);
    sit_down(&t, 1, RUN + 1);
    sit_down(&t, 0, RUN);
    sit_down(&t, 2, RUN);
    PLAY_UNTIL(&t, t.seat[0].up[2] && t.seat[2].up[0]);
    for (uint32_t i = 1; i <= 200; i++) {
        PLAY_UNTIL(&t, send_word(&t, 0, 2, i));
        PLAY_UNTIL(&t, t.seat[2].frames == i);
        PLAY_UNTIL(&t, send_word(&t, 2, 0, i));
        PLAY_UNTIL(&t, t.seat[0].frames == i);
    }
    ck_assert(!t.seat[0].up[1] && !t.seat[1].up[0] && !t.seat[2].up[1] && !t.seat[1].up[2]);
    ck_assert_uint_eq(t.seat[0].downs[1] + t.seat[1].downs[0] + t.seat[2].downs[1], 0);
    ck_assert(!send_word(&t, 1, 0, 1));
    get_up(&t, 1);
    sit_down(&t, 1, RUN);
    PLAY_UNTIL(&t, t.seat[0].up[1] && t.seat[1].up[0] && t.seat[2].up[1] && t.seat[1].up[2]);
    table_clear(&t);
}
END_TEST

/* ---- members that get killed --------------------------------------------------------------------
 */

enum { ACTORS = 4 };

/* Shared with the actors. */
struct call {
    pid_t process;
    atomic_bool called;
    uint32_t self;
    uint64_t word; /* what this actor says */
};

static struct call *calls;

/* Actors only speak. (And may not use the check library, which is their parent's.) */
static void ignore_frame(void *context, uint32_t member, void *frame, uint32_t bytes)
{
    (void)context, (void)member, (void)frame, (void)bytes;
}

static void ignore_peer(void *context, uint32_t member, bool up)
{
    (void)context, (void)member, (void)up;
}

static _Noreturn void act(struct call *c)
{
    static const struct wire_listener listener = {.frame = ignore_frame, .peer = ignore_peer};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    while (!atomic_load(&c->called)) nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    struct table t;
    table_lay(&t, 2);
    if (!take_seat(&t, c->self, RUN, &listener)) _exit(1);
    uint64_t there[8] = {0};
    share(&t, c->self, REGION, there, sizeof there);
    allow(&t, c->self, REGION, 1 - c->self);
    for (;;) {
        send_word(&t, c->self, 1 - c->self, c->word);
        play(&t);
    }
}

static void fork_actors(void)
{
    calls = mmap(NULL, ACTORS * sizeof *calls, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                 -1, 0);
    if (calls == MAP_FAILED) abort();
    for (uint32_t i = 0; i < ACTORS; i++) {
        pid_t process = fork();
        if (process < 0) abort();
        if (process == 0) act(&calls[i]);
        calls[i].process = process;
    }
}

static void call_actor(struct call *c, uint32_t self, uint64_t word)
{
    c->self = self;
    c->word = word;
    atomic_store(&c->called, true);
}

static void kill_actor(const struct call *c)
{
    kill(c->process, SIGKILL);
    waitpid(c->process, NULL, 0);
}

/* The other member is killed, and another process takes its place; once it is the one that connects
 * (_i 1), once the one that is connected to (_i 0). Of the dead nothing is heard any more. */
START_TEST(a_killed_member_comes_back_as_another_process)
{
    uint32_t other = (uint32_t)_i, self = 1 - other;
    struct call *first = &calls[2 * _i], *second = &calls[2 * _i + 1];
    struct table t;
    uint64_t word = 3;
    table_lay(&t, 2);
    sit_down(&t, self, RUN);
    struct seat *s = &t.seat[self];
    call_actor(first, other, 111);
    PLAY_UNTIL(&t, s->up[other] && s->frames > 20);
    write_from(&t, self, (struct remote){other, REGION, 0}, &word, 8, 0);
    PLAY_UNTIL(&t, s->ended == 1);
    kill_actor(first);
    PLAY_UNTIL(&t, !s->up[other]);
    ck_assert(!send_word(&t, self, other, 1));
    write_from(&t, self, (struct remote){other, REGION, 0}, &word, 8, 1);
    PLAY_UNTIL(&t, s->ended == 2);
    s->last = 0;
    call_actor(second, other, 222);
    PLAY_UNTIL(&t, s->up[other]);
    PLAY_UNTIL(&t, s->last != 0);
    ck_assert_uint_eq(s->last, 222);
    ck_assert_uint_eq(s->downs[other], 1);
    write_from(&t, self, (struct remote){other, REGION, 0}, &word, 8, 2);
    PLAY_UNTIL(&t, s->ended == 3);
    static const enum completion expected[] = {COMPLETION_OK, COMPLETION_UNREACHABLE,
                                               COMPLETION_OK};
    for (uint32_t i = 0; i < 3; i++) ck_assert_int_eq(s->log[i].how, expected[i]);
    kill_actor(second);
    table_clear(&t);
}
END_TEST

int main(void)
{
    rdma_devices_need(1, false);
    fork_actors();
    Suite *suite = suite_create("verbs");
    TCase *tc = tcase_create("verbs");
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, the_longest_writes_and_reads);
    tcase_add_test(tc, a_revoke_in_a_stream_leaves_a_prefix);
    tcase_add_test(tc, who_is_granted_again_may_write_again);
    tcase_add_test(tc, a_denial_disturbs_nothing_behind_it);
    tcase_add_test(tc, contenders_get_each_value_once);
    tcase_add_test(tc, nodes_of_one_member_share_memory_by_the_same_rules);
    tcase_add_test(tc, operations_on_one_who_left_are_unreachable);
    tcase_add_test(tc, connecting_tells_how_long_messages_take);
    tcase_add_test(tc, members_of_another_run_are_refused);
    tcase_add_loop_test(tc, a_killed_member_comes_back_as_another_process, 0, 2);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
