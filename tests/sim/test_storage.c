/* test_storage.c - the modelled disk: times of syncs, what shares them, and what a crash loses. */
#include <stdlib.h>
#include <string.h>

#include "sim/sim.h"
#include "tests/lib/harness.h"

/* A byte takes 1 us. */
#define DISK                                                                      \
    "link.latency = constant 10us\ndisk.append = 1us\ndisk.sync = constant 1ms\n" \
    "disk.bandwidth = 8Mbps\n"

#define US UINT64_C(1000)

enum { LOG_MAX = 16, RECORD = 100 };

/* A node that logs the times of its completions, and reads back at the start. */
struct writer {
    void (*begin)(struct writer *w); /* the log is read */
    void (*completed)(struct writer *w, uint64_t cookie);
    struct transport *t;
    uint8_t record[RECORD_BYTES_MAX];
    uint32_t bytes;
    uint32_t found; /* records at the start, each of RECORD bytes that are its number */
    uint64_t begin_ns;
    uint64_t at_ns[LOG_MAX]; /* by cookie */
};

enum { READING = LOG_MAX };

static void writer_init(void *node, struct transport *t)
{
    struct writer *w = node;
    w->t = t;
    ck_assert(t->durable);
    t->ops->read_back(t, w->record, &w->bytes, READING);
}

static void writer_completion(void *node, uint64_t cookie, enum completion how)
{
    struct writer *w = node;
    if (cookie == READING && how == COMPLETION_OK) {
        ck_assert_uint_eq(w->bytes, RECORD);
        ck_assert_uint_eq(w->record[0], w->found);
        ck_assert_uint_eq(w->record[RECORD - 1], w->found++);
        w->t->ops->read_back(w->t, w->record, &w->bytes, READING);
        return;
    }
    if (cookie == READING) {
        ck_assert_int_eq(how, COMPLETION_END);
        w->begin_ns = transport_now(w->t);
        w->begin(w);
        return;
    }
    ck_assert_int_eq(how, COMPLETION_OK);
    w->at_ns[cookie] = transport_now(w->t) - w->begin_ns;
    if (w->completed) w->completed(w, cookie);
}

static const struct node_ops writer_ops = {.init = writer_init, .on_completion = writer_completion};

static void append(struct writer *w, uint8_t number)
{
    uint8_t record[RECORD];
    memset(record, number, sizeof record);
    w->t->ops->append(w->t, record, sizeof record);
}

/* One simulation of a writer with the disk; `faults` may crash it. */
static void run(struct writer *w, const struct model *m, struct disk *disk, const char *script)
{
    struct error e;
    struct faults *faults = script ? faults_parse(script, "script", &e) : NULL;
    ck_assert_msg(!script || faults, "%s", e.text);
    struct sim *s = sim_create(&(struct sim_config){.seed = 1, .model = m, .faults = faults});
    sim_add_node(
        s, &(struct sim_node_config){.ops = &writer_ops, .state = w, .name = "a", .disk = disk});
    ck_assert_int_eq(sim_start(s, &e), 0);
    sim_run(s, UINT64_C(1000000000), NULL);
    sim_destroy(s);
    faults_destroy(faults);
}

static struct model *disk_model(void)
{
    struct error e;
    struct model *m = model_parse(DISK, "model", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    return m;
}

static void sync_each(struct writer *w)
{
    for (uint8_t i = 0; i < 3; i++) {
        append(w, i);
        w->t->ops->sync(w->t, i);
    }
}

/* Each append takes 1 us of the processor, each sync 1 ms and 100 us for its record; the second
 * begins when the first has ended. */
START_TEST(syncs_take_their_bytes_and_follow_each_other)
{
    struct model *m = disk_model();
    struct disk *d = disk_create(&m->disk, true);
    struct writer w = {.begin = sync_each};
    run(&w, m, d, NULL);
    ck_assert_uint_eq(w.at_ns[0], 1101 * US);
    ck_assert_uint_eq(w.at_ns[1], 2201 * US);
    ck_assert_uint_eq(w.at_ns[2], 3301 * US);
    disk_destroy(d);
    model_close(m);
}
END_TEST

static void sync_together(struct writer *w)
{
    append(w, 0);
    w->t->ops->sync(w->t, 0);
    append(w, 1);
    append(w, 2);
}

static void sync_next(struct writer *w, uint64_t cookie)
{
    if (cookie == 0) w->t->ops->sync(w->t, 1);
}

START_TEST(records_appended_during_a_sync_share_the_next)
{
    struct model *m = disk_model();
    struct disk *d = disk_create(&m->disk, true);
    struct writer w = {.begin = sync_together, .completed = sync_next};
    run(&w, m, d, NULL);
    ck_assert_uint_eq(w.at_ns[0], 1101 * US);
    ck_assert_uint_eq(w.at_ns[1], 2301 * US);
    disk_destroy(d);
    model_close(m);
}
END_TEST

static void rest(struct writer *w)
{
    (void)w;
}

/* The number of records that a second simulation finds after the script. */
static uint32_t found_after(void (*begin)(struct writer *w), const char *script)
{
    struct model *m = disk_model();
    struct disk *d = disk_create(&m->disk, true);
    struct writer before = {.begin = begin}, after = {.begin = rest};
    run(&before, m, d, script);
    run(&after, m, d, NULL);
    ck_assert_uint_eq(before.found, 0);
    disk_destroy(d);
    model_close(m);
    return after.found;
}

/* The three syncs end some nanoseconds behind 1.1, 2.2 and 3.3 ms. */
START_TEST(a_crash_loses_what_was_not_synced)
{
    ck_assert_uint_eq(found_after(sync_each, "at 500us crash a\n"), 0);
    ck_assert_uint_eq(found_after(sync_each, "at 1100us crash a\n"), 0);
    ck_assert_uint_eq(found_after(sync_each, "at 1102us crash a\n"), 1);
    ck_assert_uint_eq(found_after(sync_each, "at 3ms crash a\n"), 2);
    ck_assert_uint_eq(found_after(sync_each, "at 4ms crash a\n"), 3);
    ck_assert_uint_eq(found_after(sync_together, "at 4ms crash a\n"), 1);
}
END_TEST

START_TEST(records_are_read_back_in_order_after_the_end)
{
    ck_assert_uint_eq(found_after(sync_each, NULL), 3);
    ck_assert_uint_eq(found_after(rest, NULL), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("storage");
    TCase *c = tcase_create("storage");
    tcase_add_test(c, syncs_take_their_bytes_and_follow_each_other);
    tcase_add_test(c, records_appended_during_a_sync_share_the_next);
    tcase_add_test(c, a_crash_loses_what_was_not_synced);
    tcase_add_test(c, records_are_read_back_in_order_after_the_end);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
