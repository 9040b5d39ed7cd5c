/* conformance_storage.c - the cases of conformance.h: a node's storage. */
#include <string.h>

#include "tests/lib/probe.h"

enum { RECORDS = 40, READING = 1000000 };

static uint32_t record_bytes(uint64_t number)
{
    return number == RECORDS / 2 ? RECORD_BYTES_MAX : 1 + (uint32_t)(number * number);
}

/* The record of that number: each byte follows from its number and its place. */
static void record_fill(uint8_t *record, uint64_t number)
{
    for (uint32_t i = 0; i < record_bytes(number); i++) record[i] = (uint8_t)(number + i);
}

static bool record_is(const uint8_t *record, uint32_t bytes, uint64_t number)
{
    static uint8_t expected[RECORD_BYTES_MAX];
    record_fill(expected, number);
    return bytes == record_bytes(number) && memcmp(record, expected, bytes) == 0;
}

static void append(struct probe *p, uint64_t number)
{
    static uint8_t record[RECORD_BYTES_MAX];
    record_fill(record, number);
    p->t->ops->append(p->t, record, record_bytes(number));
    memset(record, 0, record_bytes(number)); /* copied at the call */
}

/* What was read back; of one node, so of one thread. */
static struct {
    uint8_t record[RECORD_BYTES_MAX];
    uint32_t bytes;
} back;

static void read_next(struct probe *p)
{
    p->t->ops->read_back(p->t, back.record, &back.bytes, READING);
}

/* True when the log has been read; `step` is then the number of its records. */
static bool has_read(struct probe *p, uint64_t cookie, enum completion how)
{
    if (cookie != READING || how == COMPLETION_END) return cookie == READING;
    if (how != COMPLETION_OK || !record_is(back.record, back.bytes, p->step))
        probe_note(p, UINT64_MAX);
    p->step++;
    read_next(p);
    return false;
}

/* Appends all records, with a sync behind each third one: syncs complete in their order. */
static void write_all(struct probe *p)
{
    if (!p->t->durable) probe_note(p, UINT64_MAX);
    for (uint64_t i = 0; i < RECORDS; i++) {
        append(p, i);
        if (i % 3 == 0) p->t->ops->sync(p->t, i);
    }
    p->t->ops->sync(p->t, RECORDS);
}

static void write_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    probe_note(p, cookie << 8 | (uint64_t)how);
    if (cookie == RECORDS) probe_done(p);
}

static void read_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    if (has_read(p, cookie, how)) probe_done(p);
}

/* Reads the log, and appends one more. */
static void more_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    if (cookie == 1) probe_done(p);
    if (!has_read(p, cookie, how)) return;
    append(p, p->step);
    p->t->ops->sync(p->t, 1);
}

/* One world whose only node has the storage. */
static struct stage run(const struct conformance_transport *kind, const struct script *script,
                        void *storage)
{
    struct conformance_setup setup = {.seed = 1, .storage = storage};
    struct stage s = stage_run_with(kind, script, 1, &setup, 0);
    stage_expect_done(&s);
    return s;
}

static const struct script writes = {.init = write_all, .completion = write_completion};
static const struct script reads = {.init = read_next, .completion = read_completion};
static const struct script appends = {.init = read_next, .completion = more_completion};

#define NEEDS_STORAGE \
    if (!conformance_transports[_i]->storage_create) return

START_TEST(syncs_complete_once_and_in_order)
{
    NEEDS_STORAGE;
    void *storage = conformance_transports[_i]->storage_create();
    struct stage s = run(conformance_transports[_i], &writes, storage);
    uint32_t logged = 0;
    for (uint64_t i = 0; i <= RECORDS; i++)
        if (i % 3 == 0 || i == RECORDS) ck_assert_uint_eq(s.probe[0]->log[logged++], i << 8);
    ck_assert_uint_eq(s.probe[0]->logged, logged);
    stage_end(&s);
    conformance_transports[_i]->storage_destroy(storage);
}
END_TEST

START_TEST(synced_records_are_read_back_in_order)
{
    NEEDS_STORAGE;
    void *storage = conformance_transports[_i]->storage_create();
    struct stage s = run(conformance_transports[_i], &writes, storage);
    stage_end(&s);
    s = run(conformance_transports[_i], &reads, storage);
    ck_assert_uint_eq(s.probe[0]->step, RECORDS);
    ck_assert_uint_eq(s.probe[0]->logged, 0);
    stage_end(&s);
    conformance_transports[_i]->storage_destroy(storage);
}
END_TEST

/* An empty log ends at once; each world adds one record to those of the worlds before. */
START_TEST(records_are_appended_behind_those_read_back)
{
    NEEDS_STORAGE;
    void *storage = conformance_transports[_i]->storage_create();
    for (uint64_t before = 0; before < 3; before++) {
        struct stage s = run(conformance_transports[_i], &appends, storage);
        ck_assert_uint_eq(s.probe[0]->step, before);
        ck_assert_uint_eq(s.probe[0]->logged, 0);
        stage_end(&s);
    }
    conformance_transports[_i]->storage_destroy(storage);
}
END_TEST

void conformance_add_storage(Suite *suite, int count)
{
    const TTest *const cases[] = {syncs_complete_once_and_in_order,
                                  synced_records_are_read_back_in_order,
                                  records_are_appended_behind_those_read_back};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TCase *tc = tcase_create("storage");
        tcase_set_timeout(tc, 60);
        tcase_add_loop_test(tc, cases[i], 0, count);
        suite_add_tcase(suite, tc);
    }
}
