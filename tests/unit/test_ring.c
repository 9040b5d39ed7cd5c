/* test_ring.c - the ring: its wrap-around, its limits, and the positions and credits that it
 * accepts. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/random.h"
#include "rdma/mq/ring.h"
#include "tests/lib/harness.h"

enum {
    BYTES = RING_BYTES_MIN,
    HEADER = RING_HEADER_BYTES,
    SEEDS = 40, /* of each round of a loop test */
};

/* Both ends, and the memory of each. */
struct pair {
    _Alignas(8) unsigned char staging[BYTES], ring[BYTES];
    struct ring_producer out;
    struct ring_consumer in;
};

static void pair_init(struct pair *p)
{
    memset(p, 0, sizeof *p);
    ring_producer_init(&p->out, p->staging, BYTES);
    ring_consumer_init(&p->in, p->ring, BYTES);
}

/* A message whose every byte follows from its size and its number. */
static unsigned char pattern(uint32_t number, uint32_t bytes, uint32_t at)
{
    return (unsigned char)(hash_add(hash_add(number, bytes), at / 8) >> 8 * (at % 8));
}

static bool is_pattern(const void *message, uint32_t number, uint32_t bytes)
{
    const unsigned char *byte = message;
    for (uint32_t at = 0; at < bytes; at++)
        if (byte[at] != pattern(number, bytes, at)) return false;
    return true;
}

static bool send(struct pair *p, uint32_t number, uint32_t bytes)
{
    unsigned char *room = ring_reserve(&p->out, bytes);
    if (!room) return false;
    ck_assert_uint_eq((uintptr_t)room % 8, 0);
    for (uint32_t at = 0; at < bytes; at++) room[at] = pattern(number, bytes, at);
    ring_commit(&p->out, bytes);
    return true;
}

static void move(struct pair *p, struct ring_span span)
{
    memcpy(p->ring + span.offset, p->staging + span.offset, span.bytes);
}

/* Moves what is published, then its position. */
static uint32_t deliver(struct pair *p)
{
    struct ring_span span[2];
    uint32_t spans = ring_publish(&p->out, span);
    for (uint32_t i = 0; i < spans; i++) move(p, span[i]);
    ck_assert(ring_told(&p->in, p->out.published));
    return spans;
}

static void expect(struct pair *p, uint32_t number, uint32_t bytes)
{
    const void *message;
    uint32_t found;
    ck_assert_int_eq(ring_next(&p->in, &message, &found), RING_MESSAGE);
    ck_assert_uint_eq(found, bytes);
    ck_assert(is_pattern(message, number, bytes));
}

static enum ring_state state(struct pair *p)
{
    const void *message;
    uint32_t bytes;
    return ring_next(&p->in, &message, &bytes);
}

static void release_all(struct pair *p)
{
    ck_assert(ring_release(&p->in, p->in.held));
    ck_assert(ring_credited(&p->out, p->in.released));
}

/* A pair whose next record begins at `place`. */
static void pair_at(struct pair *p, uint32_t place)
{
    pair_init(p);
    while (place > 0) {
        uint32_t record = place < 1024 + 2 * HEADER ? place : 1024; /* the rest must hold one */
        ck_assert(send(p, 0, record - HEADER));
        deliver(p);
        expect(p, 0, record - HEADER);
        place -= record;
    }
    release_all(p);
}

START_TEST(messages_published_in_one_span_are_read_in_order)
{
    struct pair p;
    pair_init(&p);
    for (uint32_t i = 1; i <= 20; i++) ck_assert(send(&p, i, i));
    ck_assert_uint_eq(deliver(&p), 1); /* all in one span */
    for (uint32_t i = 1; i <= 20; i++) expect(&p, i, i);
    ck_assert_int_eq(state(&p), RING_EMPTY);
}
END_TEST

START_TEST(messages_of_all_sizes_up_to_the_longest_are_delivered)
{
    struct pair p;
    pair_init(&p);
    for (uint32_t bytes = 1; bytes <= ring_message_bytes_max(BYTES); bytes++) {
        ck_assert_msg(send(&p, bytes, bytes), "no room for %u bytes in an empty ring", bytes);
        deliver(&p);
        expect(&p, bytes, bytes);
        release_all(&p);
    }
}
END_TEST

/* From every position, including the worst: a skip of almost half a ring, then half a ring. */
START_TEST(the_longest_message_fits_at_every_position)
{
    uint32_t longest = ring_message_bytes_max(BYTES);
    for (uint32_t place = 16; place < BYTES; place += 8) {
        struct pair p;
        pair_at(&p, place);
        ck_assert(send(&p, 1, longest));
        deliver(&p);
        expect(&p, 1, longest);
        release_all(&p);
        ck_assert(send(&p, 2, longest));
    }
}
END_TEST

START_TEST(a_message_that_does_not_fit_before_the_end_wraps_around)
{
    struct pair p;
    pair_at(&p, BYTES - 32);
    ck_assert(send(&p, 1, 100));
    ck_assert(send(&p, 2, 200));
    ck_assert_uint_eq(deliver(&p), 2); /* the skip, then the records at the begin */
    expect(&p, 1, 100);
    expect(&p, 2, 200);
    ck_assert_int_eq(state(&p), RING_EMPTY);
}
END_TEST

START_TEST(a_message_that_just_fits_before_the_end_skips_nothing)
{
    struct pair p;
    pair_at(&p, BYTES - 32);
    ck_assert(send(&p, 1, 32 - HEADER));
    ck_assert(send(&p, 2, 50));
    ck_assert_uint_eq(deliver(&p), 2);
    ck_assert_uint_eq(p.out.published, BYTES + HEADER + 56);
    expect(&p, 1, 32 - HEADER);
    expect(&p, 2, 50);
}
END_TEST

/* An abandoned reservation may have skipped the end; the skip is published, but no message. */
START_TEST(a_skip_without_a_message_delivers_nothing)
{
    struct pair p;
    pair_at(&p, BYTES - 32);
    ck_assert(ring_reserve(&p.out, 100) != NULL);
    deliver(&p);
    ck_assert_int_eq(state(&p), RING_EMPTY);
    ck_assert(send(&p, 1, 8));
    deliver(&p);
    expect(&p, 1, 8);
    release_all(&p);
    ck_assert_uint_eq(p.out.credit, p.out.committed);
}
END_TEST

START_TEST(a_reservation_can_be_shortened_or_abandoned)
{
    struct pair p;
    pair_init(&p);
    ck_assert(ring_reserve(&p.out, 500) != NULL);
    unsigned char *room = ring_reserve(&p.out, 300);
    memset(room, 0xff, 300);
    for (uint32_t at = 0; at < 10; at++) room[at] = pattern(7, 10, at);
    ring_commit(&p.out, 10);
    ck_assert(send(&p, 8, 11));
    deliver(&p);
    expect(&p, 7, 10);
    expect(&p, 8, 11);
    ck_assert_int_eq(state(&p), RING_EMPTY);
}
END_TEST

START_TEST(a_full_ring_refuses_messages_until_credit_arrives)
{
    struct pair p;
    pair_init(&p);
    uint32_t sent = 0;
    while (send(&p, sent, 120)) sent++;
    ck_assert_uint_eq(sent, BYTES / 128);
    ck_assert(!ring_fits(&p.out, 1));
    deliver(&p);
    for (uint32_t i = 0; i < sent; i++) expect(&p, i, 120);
    ck_assert(!send(&p, sent, 120)); /* read, but not released */
    ck_assert(ring_release(&p.in, 1));
    ck_assert(!send(&p, sent, 120)); /* released, but not credited */
    ck_assert(ring_credited(&p.out, p.in.released));
    ck_assert(send(&p, sent, 120));
    ck_assert(!send(&p, sent, 120));
    ck_assert(ring_release(&p.in, sent - 1));
    ck_assert_uint_eq(p.in.released, BYTES);
}
END_TEST

START_TEST(a_message_is_not_read_before_it_is_published)
{
    struct pair p;
    struct ring_span span[2];
    pair_init(&p);
    ck_assert(send(&p, 1, 100));
    ck_assert(send(&p, 2, 100));
    ck_assert_uint_eq(ring_publish(&p.out, span), 1);
    move(&p, span[0]); /* all data have arrived */
    ck_assert_int_eq(state(&p), RING_EMPTY);
    ck_assert(ring_told(&p.in, HEADER + 104));
    expect(&p, 1, 100);
    ck_assert_int_eq(state(&p), RING_EMPTY);
}
END_TEST

START_TEST(a_late_or_repeated_position_changes_nothing)
{
    struct pair p;
    pair_init(&p);
    ck_assert(send(&p, 1, 100));
    deliver(&p);
    uint64_t old = p.out.published;
    ck_assert(send(&p, 2, 100));
    deliver(&p);
    ck_assert(ring_told(&p.in, old));
    ck_assert(ring_told(&p.in, old));
    expect(&p, 1, 100);
    expect(&p, 2, 100);
    ck_assert_int_eq(state(&p), RING_EMPTY);
    release_all(&p);
    uint64_t credit = p.out.credit;
    ck_assert(ring_credited(&p.out, 0));
    ck_assert_uint_eq(p.out.credit, credit);
}
END_TEST

START_TEST(an_impossible_position_or_credit_is_refused)
{
    struct pair p;
    pair_init(&p);
    ck_assert(!ring_told(&p.in, BYTES + 8));
    ck_assert(!ring_told(&p.in, 4));
    ck_assert(ring_told(&p.in, BYTES));
    ck_assert(send(&p, 1, 100));
    ck_assert(!ring_credited(&p.out, 8)); /* committed, and not yet published */
    deliver(&p);
    ck_assert(!ring_credited(&p.out, 4));
    ck_assert(!ring_credited(&p.out, p.out.published + 8));
    ck_assert(ring_credited(&p.out, p.out.published));
    expect(&p, 1, 100); /* read, but not released: the producer cannot have written over it */
    ck_assert(!ring_told(&p.in, BYTES + 8));
}
END_TEST

/* Headers that a faulty or malicious producer may write: {bytes, position / 8}. */
START_TEST(corrupt_headers_are_reported)
{
    static const struct {
        uint32_t place, bytes, position;
    } cases[] = {
        {16, 0, 2},                      /* no message is empty */
        {16, BYTES / 2 - 7, 2},          /* too long */
        {16, UINT32_MAX - 1, 2},         /* far too long */
        {16, 33, 3},                     /* of another position */
        {16, 33, 2 + BYTES / 8},         /* of another round */
        {16, 41, 2},                     /* longer than what was published */
        {BYTES - 32, 25, BYTES / 8 - 4}, /* across the end */
        {16, UINT32_MAX, 2},             /* skips more than was published */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair p;
        pair_at(&p, cases[i].place);
        memcpy(p.ring + cases[i].place, &cases[i].bytes, 4);
        memcpy(p.ring + cases[i].place + 4, &cases[i].position, 4);
        ck_assert(ring_told(&p.in, cases[i].place + 48));
        ck_assert_msg(state(&p) == RING_CORRUPT, "case %zu", i);
        ck_assert_int_eq(state(&p), RING_CORRUPT);
    }
}
END_TEST

/* A skip at the ring's begin would skip all of it, repeatedly. */
START_TEST(a_skip_of_the_whole_ring_is_reported_corrupt)
{
    struct pair p;
    uint32_t skip[2] = {UINT32_MAX, 0};
    pair_init(&p);
    memcpy(p.ring, skip, sizeof skip);
    ck_assert(ring_told(&p.in, BYTES));
    ck_assert_int_eq(state(&p), RING_CORRUPT);
}
END_TEST

/* After the skip the bytes look like a message. */
START_TEST(a_skip_beyond_the_published_position_is_reported_corrupt)
{
    struct pair p;
    uint32_t skip[2] = {UINT32_MAX, 2}, behind[2] = {10, BYTES / 8};
    pair_at(&p, 16);
    memcpy(p.ring + 16, skip, sizeof skip);
    memcpy(p.ring, behind, sizeof behind);
    ck_assert(ring_told(&p.in, 64));
    ck_assert_int_eq(state(&p), RING_CORRUPT);
}
END_TEST

/* Random bytes and random positions never lead outside the ring (a sanitizer checks it). */
static void play_garbage(uint64_t seed)
{
    struct random r = {seed};
    struct pair p;
    pair_init(&p);
    for (uint32_t at = 0; at < BYTES; at += 8) {
        uint32_t header[2] = {(uint32_t)random_below(&r, 200), at / 8};
        if (random_chance(&r, 1, 20)) header[0] = UINT32_MAX;
        if (random_chance(&r, 1, 200)) header[1]++;
        memcpy(p.ring + at, header, sizeof header);
    }
    uint64_t position = 0;
    while (position < 100 * BYTES) {
        position += 8 * random_below(&r, BYTES / 8);
        if (!ring_told(&p.in, position)) return;
        enum ring_state s;
        while ((s = state(&p)) == RING_MESSAGE) continue;
        if (s == RING_CORRUPT) return;
        ck_assert(ring_release(&p.in, p.in.held));
    }
}

START_TEST(random_bytes_lead_to_no_access_outside_the_ring)
{
    for (uint64_t i = 0; i < SEEDS; i++) play_garbage((uint64_t)_i * SEEDS + i);
}
END_TEST

/* The producer writes over a record that it has no credit for. */
START_TEST(a_record_overwritten_before_its_release_is_detected)
{
    struct pair p;
    pair_init(&p);
    ck_assert(send(&p, 1, 100));
    ck_assert(send(&p, 2, 100));
    deliver(&p);
    expect(&p, 1, 100);
    expect(&p, 2, 100);
    p.ring[0] = 250; /* now longer than both */
    ck_assert(!ring_release(&p.in, 1));
}
END_TEST

/* Of the same length. */
START_TEST(a_record_overwritten_by_one_of_another_position_is_detected)
{
    struct pair p;
    pair_init(&p);
    ck_assert(send(&p, 1, 100));
    ck_assert(send(&p, 2, 100));
    deliver(&p);
    expect(&p, 1, 100);
    expect(&p, 2, 100);
    p.ring[4]++;
    ck_assert(!ring_release(&p.in, 1));
}
END_TEST

/* Longer than the records that have been read. */
START_TEST(a_record_overwritten_by_a_longer_one_is_detected)
{
    struct pair p;
    pair_init(&p);
    for (uint32_t i = 1; i <= 3; i++) ck_assert(send(&p, i, 100));
    deliver(&p);
    expect(&p, 1, 100);
    expect(&p, 2, 100);
    p.ring[0] = 225;
    ck_assert(!ring_release(&p.in, 1));
}
END_TEST

/* ---- incorrect use ------------------------------------------------------------------------- */

static void release_more_than_was_read(struct pair *p)
{
    ring_release(&p->in, 2);
}

static void commit_more_than_was_reserved(struct pair *p)
{
    ring_reserve(&p->out, 100);
    ring_commit(&p->out, 105);
}

static void commit_without_reserving(struct pair *p)
{
    ring_commit(&p->out, 1);
}

static void reserve_more_than_fits(struct pair *p)
{
    ring_reserve(&p->out, ring_message_bytes_max(BYTES) + 1);
}

/* An assertion ends the process. */
static bool is_refused(void (*use)(struct pair *p), struct pair *p)
{
    int status;
    fflush(stdout);
    pid_t pid = fork();
    ck_assert_int_ge(pid, 0);
    if (pid == 0) {
        close(STDERR_FILENO);
        signal(SIGABRT, SIG_DFL);
        use(p);
        _exit(0);
    }
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

START_TEST(incorrect_use_fails_an_assertion)
{
    struct pair p;
    pair_init(&p);
    ck_assert(send(&p, 1, 100));
    ck_assert(send(&p, 2, 100));
    deliver(&p);
    expect(&p, 1, 100);
    ck_assert(is_refused(release_more_than_was_read, &p));
    ck_assert(is_refused(commit_more_than_was_reserved, &p));
    ck_assert(is_refused(commit_without_reserving, &p));
    ck_assert(is_refused(reserve_more_than_fits, &p));
}
END_TEST

/* A mover like an RDMA device: pieces of spans arrive in any order and at any time, their position
 * arrives after them, and may arrive twice or late. Random sizes, random pauses at both ends. */
struct mover {
    uint64_t seed;
    struct random random;
    struct pair p;
    uint32_t sent, received;
    struct {
        struct ring_span span[2];
        uint32_t spans;
        uint64_t position;
    } moving[16];
    uint32_t first, count;
};

static uint32_t size_of(const struct mover *m, uint32_t number)
{
    uint64_t h = hash_add(m->seed, number);
    uint32_t longest = ring_message_bytes_max(BYTES);
    return h % 10 ? 1 + (uint32_t)(h >> 8) % 200 : 1 + (uint32_t)(h >> 8) % longest;
}

static void shuffle_in(struct mover *m, struct ring_span span)
{
    uint32_t words = span.bytes / 8, step = 1 + 2 * (uint32_t)random_below(&m->random, 500);
    while (words % step == 0 && step > 1) step /= 2;
    for (uint32_t i = 0, at = 0; i < words; i++, at = (at + 1) % words) {
        uint32_t offset = span.offset + 8 * (random_chance(&m->random, 1, 2) ? at : words - 1 - at);
        memcpy(m->p.ring + offset, m->p.staging + offset, 8);
    }
    move(&m->p, span); /* the words that were skipped */
}

static void arrive(struct mover *m)
{
    uint64_t position = m->moving[m->first].position;
    for (uint32_t i = 0; i < m->moving[m->first].spans; i++)
        shuffle_in(m, m->moving[m->first].span[i]);
    m->first = (m->first + 1) % 16;
    m->count--;
    ck_assert(ring_told(&m->p.in, position));
    if (random_chance(&m->random, 1, 4)) ck_assert(ring_told(&m->p.in, position));
    if (random_chance(&m->random, 1, 4))
        ck_assert(ring_told(&m->p.in, 8 * random_below(&m->random, position / 8)));
}

static void leave(struct mover *m)
{
    if (m->count == 16) return;
    uint32_t last = (m->first + m->count) % 16;
    m->moving[last].spans = ring_publish(&m->p.out, m->moving[last].span);
    m->moving[last].position = m->p.out.published;
    if (m->moving[last].spans > 0) m->count++;
}

static void receive(struct mover *m)
{
    const void *message;
    uint32_t bytes;
    enum ring_state s = ring_next(&m->p.in, &message, &bytes);
    ck_assert_int_ne(s, RING_CORRUPT);
    if (s == RING_EMPTY) return;
    ck_assert_uint_eq(bytes, size_of(m, m->received));
    ck_assert(is_pattern(message, m->received, bytes));
    m->received++;
}

static void run_seed(uint64_t seed)
{
    struct mover *m = calloc(1, sizeof *m);
    ck_assert(m != NULL);
    m->seed = seed;
    m->random = random_named(seed, "ring", "mover");
    pair_init(&m->p);
    while (m->received < 2000) {
        uint64_t many = 1 + random_below(&m->random, 8);
        switch (random_below(&m->random, 5)) {
        case 0:
            while (many-- && send(&m->p, m->sent, size_of(m, m->sent))) m->sent++;
            break;
        case 1:
            leave(m);
            break;
        case 2:
            while (many-- && m->count > 0) arrive(m);
            break;
        case 3:
            while (many--) receive(m);
            break;
        default:
            ck_assert(ring_release(&m->p.in, (uint32_t)random_below(&m->random, m->p.in.held + 1)));
            ck_assert(ring_credited(&m->p.out, m->p.in.released));
        }
    }
    free(m);
}

START_TEST(messages_moved_in_any_order_are_delivered_in_order)
{
    for (uint64_t i = 0; i < SEEDS; i++) run_seed((uint64_t)_i * SEEDS + i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ring");
    TCase *tc = tcase_create("messages");
    tcase_add_test(tc, messages_published_in_one_span_are_read_in_order);
    tcase_add_test(tc, messages_of_all_sizes_up_to_the_longest_are_delivered);
    tcase_add_test(tc, the_longest_message_fits_at_every_position);
    tcase_add_test(tc, a_message_that_does_not_fit_before_the_end_wraps_around);
    tcase_add_test(tc, a_message_that_just_fits_before_the_end_skips_nothing);
    tcase_add_test(tc, a_skip_without_a_message_delivers_nothing);
    tcase_add_test(tc, a_reservation_can_be_shortened_or_abandoned);
    tcase_add_test(tc, a_full_ring_refuses_messages_until_credit_arrives);
    suite_add_tcase(suite, tc);
    tc = tcase_create("publishing");
    tcase_add_test(tc, a_message_is_not_read_before_it_is_published);
    tcase_add_test(tc, a_late_or_repeated_position_changes_nothing);
    tcase_add_test(tc, an_impossible_position_or_credit_is_refused);
    tcase_add_loop_test(tc, messages_moved_in_any_order_are_delivered_in_order, 0, 5);
    suite_add_tcase(suite, tc);
    tc = tcase_create("invalid data");
    tcase_add_test(tc, corrupt_headers_are_reported);
    tcase_add_test(tc, a_skip_of_the_whole_ring_is_reported_corrupt);
    tcase_add_test(tc, a_skip_beyond_the_published_position_is_reported_corrupt);
    tcase_add_test(tc, a_record_overwritten_before_its_release_is_detected);
    tcase_add_test(tc, a_record_overwritten_by_a_longer_one_is_detected);
    tcase_add_test(tc, a_record_overwritten_by_one_of_another_position_is_detected);
    tcase_add_test(tc, incorrect_use_fails_an_assertion);
    tcase_add_loop_test(tc, random_bytes_lead_to_no_access_outside_the_ring, 0, 5);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
