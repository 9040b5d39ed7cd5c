/* test_ring_sim.c - the ring between two simulated nodes, over one-sided writes that are torn, cut
 * off and lost: messages arrive complete, in order, once, and none after a failure.
 *
 * The writer sends a batch by one or two writes of data, and publishes it by a write of 8 bytes;
 * the reader polls that word, and gives credit by a write of 8 bytes. As on a reliable connection,
 * a write that fails is the last one. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "rdma/mq/ring.h"
#include "sim/sim.h"
#include "tests/lib/harness.h"

enum { BYTES = RING_BYTES_MIN, MESSAGES = 150, SEEDS = 40 };
enum { WRITER, READER };
enum { REGION_RING = 1, REGION_PUBLISHED = 2, REGION_CREDIT = 3 };

/* The time at which the writer publishes. The last two are planted bugs. */
enum publishing {
    BEHIND,     /* right behind the data: if both succeed or fail together */
    COMPLETED,  /* when the data's writes have completed */
    BEFORE,     /* before the data */
    REGARDLESS, /* of the status of the data's writes */
};

struct world {
    enum publishing publishing;
    uint32_t count; /* messages to send */
    struct transport *t[2];
    struct random random;
    _Alignas(8) unsigned char staging[BYTES], ring[BYTES];
    _Alignas(8) uint64_t published, credit;
    struct ring_producer out;
    struct ring_consumer in;
    uint32_t sent, received, under_way;
    bool publish_due, broken, wrong;
};

static unsigned char pattern(uint32_t number, uint32_t bytes, uint32_t at)
{
    return (unsigned char)(hash_add(hash_add(number, bytes), at / 8) >> 8 * (at % 8));
}

static uint32_t size_of(uint32_t number)
{
    uint64_t h = hash_mix(number + 1);
    return 1 + (uint32_t)(h >> 8) % (h % 8 ? 300 : ring_message_bytes_max(BYTES));
}

/* ---- the writer ---------------------------------------------------------------------------------
 */

static void write_to_reader(struct world *w, uint32_t region, uint32_t offset, const void *source,
                            uint32_t bytes)
{
    struct transport *t = w->t[WRITER];
    t->ops->write(t, (struct remote){READER, region, offset}, source, bytes, region);
    w->under_way++;
}

static void publish(struct world *w)
{
    write_to_reader(w, REGION_PUBLISHED, 0, &w->out.published, sizeof w->out.published);
}

static void send_batch(struct world *w)
{
    struct ring_span span[2];
    for (uint64_t many = random_below(&w->random, 6); many > 0 && w->sent < w->count; many--) {
        uint32_t bytes = size_of(w->sent);
        unsigned char *room = ring_reserve(&w->out, bytes);
        if (!room) break;
        for (uint32_t at = 0; at < bytes; at++) room[at] = pattern(w->sent, bytes, at);
        ring_commit(&w->out, bytes);
        w->sent++;
    }
    uint32_t spans = ring_publish(&w->out, span);
    if (spans == 0) return;
    if (w->publishing == BEFORE) publish(w);
    for (uint32_t i = 0; i < spans; i++)
        write_to_reader(w, REGION_RING, span[i].offset, w->staging + span[i].offset, span[i].bytes);
    if (w->publishing == BEHIND) publish(w);
    w->publish_due = w->publishing == COMPLETED || w->publishing == REGARDLESS;
}

static void writer_timer(void *node, uint32_t timer)
{
    struct world *w = node;
    if (w->under_way == 0 && !w->broken) {
        ck_assert(ring_credited(&w->out, w->credit));
        send_batch(w);
    }
    w->t[WRITER]->ops->timer_set(w->t[WRITER], timer, 1 + random_below(&w->random, 4000));
}

static void writer_completion(void *node, uint64_t cookie, enum completion how)
{
    struct world *w = node;
    (void)cookie;
    w->under_way--;
    if (how != COMPLETION_OK && w->publishing != REGARDLESS) w->broken = true;
    if (w->under_way > 0 || !w->publish_due || w->broken) return;
    w->publish_due = false;
    publish(w);
}

static void writer_init(void *node, struct transport *t)
{
    struct world *w = node;
    w->t[WRITER] = t;
    ring_producer_init(&w->out, w->staging, BYTES);
    t->ops->region_register(t, REGION_CREDIT, &w->credit, sizeof w->credit);
    t->ops->region_grant(t, REGION_CREDIT, (const uint32_t[]){READER}, 1);
    t->ops->timer_set(t, 0, 1000);
}

/* ---- the reader, which checks -------------------------------------------------------------------
 */

static bool is_expected(const struct world *w, const unsigned char *message, uint32_t bytes)
{
    if (bytes != size_of(w->received)) return false;
    for (uint32_t at = 0; at < bytes; at++)
        if (message[at] != pattern(w->received, bytes, at)) return false;
    return true;
}

static void reader_timer(void *node, uint32_t timer)
{
    struct world *w = node;
    struct transport *t = w->t[READER];
    const void *message;
    uint32_t bytes;
    w->wrong |= !ring_told(&w->in, w->published);
    for (uint64_t many = random_below(&w->random, 8); many > 0 && !w->wrong; many--) {
        enum ring_state state = ring_next(&w->in, &message, &bytes);
        if (state == RING_EMPTY) break;
        w->wrong = state == RING_CORRUPT || !is_expected(w, message, bytes);
        w->received++;
    }
    uint64_t before = w->in.released;
    if (!w->wrong) ring_release(&w->in, (uint32_t)random_below(&w->random, w->in.held + 1));
    if (w->in.released > before)
        t->ops->write(t, (struct remote){WRITER, REGION_CREDIT, 0}, &w->in.released, 8, 0);
    t->ops->timer_set(t, timer, 1 + random_below(&w->random, 3000));
}

static void reader_init(void *node, struct transport *t)
{
    struct world *w = node;
    w->t[READER] = t;
    ring_consumer_init(&w->in, w->ring, BYTES);
    t->ops->region_register(t, REGION_RING, w->ring, sizeof w->ring);
    t->ops->region_register(t, REGION_PUBLISHED, &w->published, sizeof w->published);
    t->ops->region_grant(t, REGION_RING, (const uint32_t[]){WRITER}, 1);
    t->ops->region_grant(t, REGION_PUBLISHED, (const uint32_t[]){WRITER}, 1);
    t->ops->timer_set(t, 0, 1000);
}

static void no_message(void *node, struct message *m)
{
    (void)node;
    (void)m;
}

/* Lost credit breaks a connection like lost data. */
static void reader_completion(void *node, uint64_t cookie, enum completion how)
{
    struct world *w = node;
    (void)cookie;
    w->broken |= how != COMPLETION_OK;
}

static void no_peer(void *node, uint32_t peer, bool up)
{
    (void)node;
    (void)peer;
    (void)up;
}

/* ---- runs ---------------------------------------------------------------------------------------
 */

#define STEADY "link.latency = constant 5us\nrdma.write = constant 2us\nrdma.timeout = 100us\n"
#define UNSTEADY                    \
    "link.latency = constant 5us\n" \
    "rdma.write = exponential 1us mean 3us\nrdma.timeout = 100us\n"

static void run_until_end(struct world *w, uint64_t seed, const char *model_text,
                          const char *script)
{
    static const struct node_ops writer = {writer_init, no_message, writer_timer, writer_completion,
                                           no_peer,     NULL,       NULL};
    static const struct node_ops reader = {reader_init, no_message, reader_timer, reader_completion,
                                           no_peer,     NULL,       NULL};
    struct error e;
    struct model *model = model_parse(model_text, "model", &e);
    ck_assert_msg(model != NULL, "%s", e.text);
    struct faults *faults = faults_parse(script, "script", &e);
    ck_assert_msg(faults != NULL, "%s", e.text);
    struct sim *sim =
        sim_create(&(struct sim_config){.seed = seed, .model = model, .faults = faults});
    w->random = random_named(seed, "ring", "both");
    sim_add_node(sim, &(struct sim_node_config){.ops = &writer, .state = w, .name = "w"});
    sim_add_node(sim, &(struct sim_node_config){.ops = &reader, .state = w, .name = "r"});
    ck_assert_int_eq(sim_start(sim, &e), 0);
    sim_run(sim, 20000000, NULL);
    sim_destroy(sim);
    faults_destroy(faults);
    model_close(model);
}

/* Torn writes alone lose nothing. */
START_TEST(torn_writes_never_expose_a_partial_message)
{
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct world w = {.publishing = _i % 2 ? COMPLETED : BEHIND, .count = MESSAGES};
        run_until_end(&w, seed + (uint64_t)_i * SEEDS, _i % 2 ? UNSTEADY : STEADY,
                      "at 0 torn 50% * *\n");
        ck_assert_msg(!w.wrong, "seed %llu", (unsigned long long)seed);
        ck_assert_uint_eq(w.received, MESSAGES);
    }
}
END_TEST

/* A cut at a time and of a length drawn from the seed: short ones delay, long ones lose. */
static void cut_script(uint64_t seed, char *text, size_t bytes)
{
    struct random r = random_named(seed, "ring", "cuts");
    snprintf(text, bytes, "at 0 torn 50%% * *\nat %" PRIu64 "ns %s for %" PRIu64 "ns\n",
             random_below(&r, 300000), random_chance(&r, 1, 2) ? "cut w r" : "cut-oneway w r",
             1000 + random_below(&r, 250000));
}

START_TEST(lost_writes_deliver_no_wrong_message)
{
    uint32_t broken = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        char script[200];
        struct world w = {.publishing = _i % 2 ? COMPLETED : BEHIND, .count = MESSAGES};
        cut_script(seed + (uint64_t)_i * SEEDS, script, sizeof script);
        run_until_end(&w, seed, _i % 2 ? UNSTEADY : STEADY, script);
        ck_assert_msg(!w.wrong, "seed %llu: %s", (unsigned long long)seed, script);
        if (!w.broken) ck_assert_uint_eq(w.received, MESSAGES);
        broken += w.broken;
    }
    ck_assert_uint_gt(broken, 0); /* some were lost, else nothing was tested */
    ck_assert_uint_lt(broken, SEEDS);
}
END_TEST

/* One message: the writer crashes after its data has arrived and before it publishes. */
START_TEST(a_writer_that_crashes_before_publishing_delivers_nothing)
{
    struct world w = {.publishing = COMPLETED, .count = 1};
    run_until_end(&w, 1, STEADY, "");
    ck_assert_uint_eq(w.received, 1); /* without a crash */
    uint32_t unpublished = 0;
    for (uint64_t at_ns = 1000; at_ns < 20000; at_ns += 500) {
        char script[64];
        w = (struct world){.publishing = COMPLETED, .count = 1};
        snprintf(script, sizeof script, "at %lluns crash w\n", (unsigned long long)at_ns);
        run_until_end(&w, 1, STEADY, script);
        ck_assert(!w.wrong);
        if (w.published == 0) ck_assert_uint_eq(w.received, 0);
        uint32_t header[2];
        memcpy(header, w.ring, sizeof header);
        unpublished += header[0] == size_of(0) && w.published == 0;
    }
    ck_assert_uint_gt(unpublished, 0); /* runs in which data had arrived unpublished */
}
END_TEST

static uint32_t count_wrong(enum publishing publishing, const char *model, const char *fault)
{
    uint32_t wrong = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        char script[200];
        struct world w = {.publishing = publishing, .count = MESSAGES};
        cut_script(seed, script, sizeof script);
        run_until_end(&w, seed, model, fault ? fault : script);
        wrong += w.wrong;
    }
    return wrong;
}

/* The checker itself: publishing too early, or after lost data, is detected. */
START_TEST(planted_bugs_in_publishing_are_detected)
{
    ck_assert_uint_gt(count_wrong(BEFORE, STEADY, "at 0 torn 50% * *\n"), 0);
    ck_assert_uint_gt(count_wrong(BEFORE, UNSTEADY, ""), 0);
    ck_assert_uint_gt(count_wrong(REGARDLESS, STEADY, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ring sim");
    TCase *tc = tcase_create("faults");
    tcase_set_timeout(tc, 120);
    tcase_add_loop_test(tc, torn_writes_never_expose_a_partial_message, 0, 6);
    tcase_add_loop_test(tc, lost_writes_deliver_no_wrong_message, 0, 6);
    tcase_add_test(tc, a_writer_that_crashes_before_publishing_delivers_nothing);
    tcase_add_test(tc, planted_bugs_in_publishing_are_detected);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
