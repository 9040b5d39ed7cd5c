/* rdma_verbs_memory.c - the one-sided half of the verbs wire: long operations, grants and
 * revocations, denials, and compare-and-swap. What every transport promises is in the conformance
 * suite (rdma_conformance.c). */
#include <stdlib.h>
#include <string.h>

#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_wires.h"
#include "tests/lib/harness.h"

static bool is_filled(const unsigned char *memory, uint64_t bytes, int value)
{
    for (uint64_t i = 0; i < bytes; i++)
        if (memory[i] != value) return false;
    return true;
}

enum { BIG = MESSAGE_BYTES_MAX, BIGS = 16 };

/* More of the longest operations than the bounce buffer has space for: they queue and complete in
 * order. */
START_TEST(the_longest_writes_and_reads_complete_in_order)
{
    struct wires all;
    wires_connect(&all, 2);
    unsigned char *there = calloc(BIGS, BIG), *sent = malloc(BIG), *back = calloc(BIGS, BIG);
    region_share(&all, 0, REGION, there, (uint64_t)BIGS * BIG);
    region_allow(&all, 0, REGION, 1);
    for (uint64_t i = 0; i < BIGS; i++) {
        memset(sent, (int)i + 1, BIG); /* copied at the call */
        write_from(&all, 1, (struct remote){0, REGION, i * BIG}, sent, BIG, 2 * i);
        read_to(&all, 1, (struct remote){0, REGION, i * BIG}, back + i * BIG, BIG, 2 * i + 1);
    }
    POLL_UNTIL(&all, all.member[1].ended == 2 * BIGS);
    expect_in_order(&all.member[1]);
    for (uint64_t i = 0; i < 2 * BIGS; i++)
        ck_assert_int_eq(all.member[1].log[i].how, COMPLETION_OK);
    for (uint64_t i = 0; i < BIGS; i++) ck_assert(is_filled(there + i * BIG, BIG, (int)i + 1));
    ck_assert_int_eq(memcmp(there, back, (size_t)BIGS * BIG), 0);
    wires_close(&all);
    free(there);
    free(sent);
    free(back);
}
END_TEST

enum { PIECES = 64, PIECE = 65536 };

/* The owner revokes during a stream of writes. The memory does not change afterwards; it holds a
 * prefix of the stream, and at most a part of the next piece. */
START_TEST(a_revoke_during_a_stream_of_writes_leaves_a_prefix)
{
    struct wires all;
    wires_connect(&all, 2);
    unsigned char *there = calloc(PIECES, PIECE), *seen = malloc((size_t)PIECES * PIECE),
                  *sent = malloc(PIECE);
    region_share(&all, 0, REGION, there, (uint64_t)PIECES * PIECE);
    region_allow(&all, 0, REGION, 1);
    memset(sent, 1, PIECE);
    for (uint64_t i = 0; i < PIECES; i++)
        write_from(&all, 1, (struct remote){0, REGION, i * PIECE}, sent, PIECE, i);
    POLL_UNTIL(&all, all.member[1].ended >= 5);
    region_forbid(&all, 0, REGION, 1);
    memcpy(seen, there, (size_t)PIECES * PIECE);
    POLL_UNTIL(&all, all.member[1].ended == PIECES);
    ck_assert_int_eq(memcmp(seen, there, (size_t)PIECES * PIECE), 0);
    expect_in_order(&all.member[1]);
    uint64_t written = 0, bytes = 0;
    while (written < PIECES && all.member[1].log[written].how == COMPLETION_OK) written++;
    for (uint64_t i = written; i < PIECES; i++)
        ck_assert_int_eq(all.member[1].log[i].how, COMPLETION_DENIED);
    while (bytes < (uint64_t)PIECES * PIECE && there[bytes] == 1) bytes++;
    ck_assert_uint_ge(written, 5);
    ck_assert_uint_lt(written, PIECES);
    ck_assert_uint_ge(bytes, written * PIECE);
    ck_assert_uint_le(bytes, (written + 1) * PIECE);
    ck_assert(is_filled(there + bytes, (uint64_t)PIECES * PIECE - bytes, 0));
    wires_close(&all);
    free(there);
    free(seen);
    free(sent);
}
END_TEST

/* The writer's key is one that was revoked, but it has been granted again since. */
START_TEST(a_writer_granted_again_may_write_again)
{
    struct wires all;
    uint64_t there[4] = {0}, word = 1;
    wires_connect(&all, 2);
    region_share(&all, 0, REGION, there, sizeof there);
    for (uint64_t i = 0; i < 4; i++, word++) {
        region_allow(&all, 0, REGION, 1);
        write_from(&all, 1, (struct remote){0, REGION, 8 * i}, &word, 8, 2 * i);
        POLL_UNTIL(&all, all.member[1].ended == 2 * i + 1);
        region_forbid(&all, 0, REGION, 1);
        if (i % 2) { /* every other time that it learns of it */
            write_from(&all, 1, (struct remote){0, REGION, 8 * i}, &there, 8, 2 * i + 1);
            POLL_UNTIL(&all, all.member[1].ended == 2 * i + 2);
            ck_assert_int_eq(all.member[1].log[2 * i + 1].how, COMPLETION_DENIED);
        } else {
            read_to(&all, 1, (struct remote){0, REGION, 0}, &word, 0, 2 * i + 1);
            POLL_UNTIL(&all, all.member[1].ended == 2 * i + 2);
            ck_assert_int_eq(all.member[1].log[2 * i + 1].how, COMPLETION_OK);
        }
        ck_assert_int_eq(all.member[1].log[2 * i].how, COMPLETION_OK);
        ck_assert_uint_eq(there[i], word);
    }
    expect_in_order(&all.member[1]);
    wires_close(&all);
}
END_TEST

enum { MIXED = 120 };

/* Two regions and one line of operations; one region is revoked when its key is known and all are
 * in transit. The others, READs among them, are not affected, and all complete in order. */
START_TEST(a_denial_does_not_disturb_later_operations)
{
    struct wires all;
    uint64_t open[MIXED] = {0}, closed[MIXED] = {0}, found[MIXED] = {0}, one = 1;
    wires_connect(&all, 2);
    region_share(&all, 0, REGION, open, sizeof open);
    region_share(&all, SECOND, OTHER, closed, sizeof closed);
    region_allow(&all, 0, REGION, 1);
    region_allow(&all, SECOND, OTHER, 1);
    write_from(&all, 1, (struct remote){0, REGION, 0}, &one, 8, 0);
    write_from(&all, 1, (struct remote){SECOND, OTHER, 0}, &one, 8, 1);
    POLL_UNTIL(&all, all.member[1].ended == 2);
    region_forbid(&all, SECOND, OTHER, 1);
    for (uint64_t i = 2; i < MIXED; i++) {
        if (i % 3 == 0)
            write_from(&all, 1, (struct remote){SECOND, OTHER, 8 * i}, &i, 8, i);
        else if (i % 3 == 1)
            write_from(&all, 1, (struct remote){0, REGION, 8 * i}, &i, 8, i);
        else
            read_to(&all, 1, (struct remote){0, REGION, 8 * (i - 1)}, &found[i], 8, i);
    }
    POLL_UNTIL(&all, all.member[1].ended == MIXED);
    expect_in_order(&all.member[1]);
    for (uint64_t i = 2; i < MIXED; i++) {
        ck_assert_int_eq(all.member[1].log[i].how, i % 3 ? COMPLETION_OK : COMPLETION_DENIED);
        ck_assert_uint_eq(closed[i], 0);
        ck_assert_uint_eq(open[i], i % 3 == 1 ? i : 0);
        if (i % 3 == 2 && i > 2) ck_assert_uint_eq(found[i], i - 1); /* written just before */
    }
    wires_close(&all);
}
END_TEST

enum { SWAPS = 100, CONTENDERS = 3 };

/* Succeeds if the word has the expected value; else the value found is expected next. */
struct contender {
    uint64_t expected, previous;
    uint32_t wins, tries;
};

static void try_next(struct wires *all, uint32_t member, struct contender *c)
{
    struct wire *w = all->member[member].wire;
    w->ops->compare_and_swap(w, member, (struct remote){0, REGION, 8}, c->expected, c->expected + 1,
                             &c->previous, c->tries++);
}

/* Its last attempt has completed. */
static void note_result(struct contender *c, uint32_t *handed_out)
{
    if (c->previous != c->expected) {
        c->expected = c->previous;
        return;
    }
    handed_out[c->expected++]++;
    c->wins++;
}

/* Several nodes increment a word by compare-and-swap. Every value is returned once. */
START_TEST(concurrent_compare_and_swaps_return_each_value_once)
{
    struct wires all;
    _Alignas(64) uint64_t word[8] = {0};
    uint32_t handed_out[CONTENDERS * SWAPS] = {0}, wins = 0;
    struct contender contender[CONTENDERS] = {{0}};
    wires_connect(&all, CONTENDERS + 1);
    region_share(&all, 0, REGION, word, sizeof word);
    for (uint32_t i = 0; i < CONTENDERS; i++) {
        region_allow(&all, 0, REGION, i + 1);
        try_next(&all, i + 1, &contender[i]);
    }
    while (wins < CONTENDERS * SWAPS) {
        for (uint32_t i = 0; i < CONTENDERS; i++) {
            struct contender *c = &contender[i];
            if (c->wins == SWAPS || all.member[i + 1].ended < c->tries) continue;
            uint32_t before = c->wins;
            ck_assert_int_eq(all.member[i + 1].log[c->tries - 1].how, COMPLETION_OK);
            note_result(c, handed_out);
            wins += c->wins - before;
            if (c->wins < SWAPS) try_next(&all, i + 1, c);
        }
        wires_poll(&all);
    }
    for (uint32_t i = 0; i < CONTENDERS; i++) expect_in_order(&all.member[i + 1]);
    for (uint32_t i = 0; i < CONTENDERS * SWAPS; i++) ck_assert_uint_eq(handed_out[i], 1);
    ck_assert_uint_eq(__atomic_load_n(&word[1], __ATOMIC_ACQUIRE), CONTENDERS * SWAPS);
    wires_close(&all);
}
END_TEST

/* Without a device the same rules apply, and no operation completes within the call. */
START_TEST(nodes_of_one_member_share_memory_by_the_same_rules)
{
    struct wires all;
    uint64_t there[2] = {5, 6}, found = 0, word = 7;
    wires_connect(&all, 1);
    region_share(&all, SECOND, REGION, there, sizeof there);
    write_from(&all, 0, (struct remote){SECOND, REGION, 8}, &word, 8, 0); /* no grant yet */
    region_allow(&all, SECOND, REGION, 0);
    write_from(&all, 0, (struct remote){SECOND, REGION, 8}, &word, 8, 1);
    write_from(&all, SECOND, (struct remote){SECOND, REGION, 0}, &word, 8,
               2); /* of another writer */
    read_to(&all, 0, (struct remote){SECOND, REGION, 8}, &found, 8, 3);
    read_to(&all, 0, (struct remote){SECOND, REGION, UINT64_MAX - 7}, &found, 8, 4);
    read_to(&all, 0, (struct remote){SECOND, OTHER, 0}, &found, 8, 5);
    ck_assert_uint_eq(all.member[0].ended, 0);
    POLL_UNTIL(&all, all.member[0].ended == 6);
    expect_in_order(&all.member[0]);
    static const enum completion expected[] = {COMPLETION_DENIED, COMPLETION_OK,
                                               COMPLETION_DENIED, COMPLETION_OK,
                                               COMPLETION_DENIED, COMPLETION_DENIED};
    for (uint32_t i = 0; i < 6; i++) ck_assert_int_eq(all.member[0].log[i].how, expected[i]);
    ck_assert_uint_eq(found, 7);
    ck_assert_uint_eq(there[0], 5);
    wires_close(&all);
}
END_TEST

int main(void)
{
    rdma_devices_need(1, false);
    Suite *suite = suite_create("verbs memory");
    TCase *c = tcase_create("verbs memory");
    tcase_set_timeout(c, 120);
    tcase_add_test(c, the_longest_writes_and_reads_complete_in_order);
    tcase_add_test(c, a_revoke_during_a_stream_of_writes_leaves_a_prefix);
    tcase_add_test(c, a_writer_granted_again_may_write_again);
    tcase_add_test(c, a_denial_does_not_disturb_later_operations);
    tcase_add_test(c, concurrent_compare_and_swaps_return_each_value_once);
    tcase_add_test(c, nodes_of_one_member_share_memory_by_the_same_rules);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
