/* test_queue.c - the event queue pops in exactly the order of a plain heap, for any pushed events.
 */
#include <stdlib.h>

#include "base/random.h"
#include "sim/queue.h"
#include "tests/lib/harness.h"

/* The reference: a plain binary heap. */
struct heap {
    struct event *event;
    uint32_t count, room;
};

static bool before(const struct event *a, const struct event *b)
{
    return a->time_ns != b->time_ns ? a->time_ns < b->time_ns : a->order < b->order;
}

static void heap_push(struct heap *h, struct event e)
{
    if (h->count == h->room) {
        h->room = h->room ? 2 * h->room : 64;
        h->event = realloc(h->event, h->room * sizeof *h->event);
        ck_assert(h->event != NULL);
    }
    uint32_t at = h->count++;
    for (; at > 0 && before(&e, &h->event[(at - 1) / 2]); at = (at - 1) / 2)
        h->event[at] = h->event[(at - 1) / 2];
    h->event[at] = e;
}

static struct event heap_pop(struct heap *h)
{
    struct event top = h->event[0], last = h->event[--h->count];
    uint32_t at = 0;
    for (uint32_t child = 1; child < h->count; at = child, child = 2 * at + 1) {
        if (child + 1 < h->count && before(&h->event[child + 1], &h->event[child])) child++;
        if (!before(&h->event[child], &last)) break;
        h->event[at] = h->event[child];
    }
    h->event[at] = last;
    return top;
}

/* Both queues, with the same events. */
struct pair {
    struct queue queue;
    struct heap heap;
    uint64_t sequence, now_ns;
};

static void pair_push(struct pair *p, uint64_t time_ns, uint64_t order)
{
    struct event e = {time_ns, order, (uint32_t)order, (uint32_t)p->sequence++};
    queue_push(&p->queue, &e);
    heap_push(&p->heap, e);
}

static void pair_pop(struct pair *p)
{
    struct event expected = heap_pop(&p->heap);
    const struct event *found = queue_peek(&p->queue);
    ck_assert(found != NULL);
    ck_assert_uint_eq(found->time_ns, expected.time_ns);
    ck_assert_uint_eq(found->order, expected.order);
    ck_assert_uint_eq(found->target, expected.target);
    ck_assert_uint_eq(found->item, expected.item);
    queue_pop(&p->queue);
    p->now_ns = expected.time_ns;
}

static void pair_drain(struct pair *p)
{
    while (p->heap.count > 0) pair_pop(p);
    ck_assert(queue_peek(&p->queue) == NULL);
    ck_assert_uint_eq(p->queue.count, 0);
    queue_finish(&p->queue);
    free(p->heap.event);
}

/* A delay of any magnitude up to 2^bits ns: short ones are as likely as long ones. */
static uint64_t any_delay(struct random *r, uint32_t bits)
{
    return random_below(r, (UINT64_C(1) << random_below(r, bits)) + 1);
}

START_TEST(events_with_delays_of_all_magnitudes_pop_in_order)
{
    struct random r = {(uint64_t)_i};
    uint32_t bits = 4 + (uint32_t)_i * 8;
    struct pair p = {.sequence = 0};
    queue_init(&p.queue);
    for (int i = 0; i < 3000; i++) pair_push(&p, any_delay(&r, bits), p.sequence);
    for (int i = 0; i < 30000; i++) {
        pair_pop(&p);
        pair_push(&p, p.now_ns + any_delay(&r, bits), p.sequence);
    }
    pair_drain(&p);
}
END_TEST

START_TEST(events_pop_in_order_while_the_queue_grows_and_shrinks)
{
    struct random r = {7};
    struct pair p = {.sequence = 0};
    queue_init(&p.queue);
    for (int round = 0; round < 200; round++) {
        uint64_t pushes = random_below(&r, 400);
        for (uint64_t i = 0; i < pushes; i++)
            pair_push(&p, p.now_ns + any_delay(&r, 40), p.sequence);
        for (uint64_t i = random_below(&r, 400); i > 0 && p.heap.count > 0; i--) pair_pop(&p);
    }
    pair_drain(&p);
}
END_TEST

/* Thousands at the same nanosecond, pushed in a random order of sources. */
START_TEST(events_of_equal_time_pop_by_their_order)
{
    struct random r = {3};
    struct pair p = {.sequence = 0};
    queue_init(&p.queue);
    for (uint64_t i = 0; i < 5000; i++) {
        uint64_t time_ns = 1000 * random_below(&r, 3);
        pair_push(&p, time_ns, random_next(&r) << 20 | i);
    }
    for (int i = 0; i < 2500; i++) pair_pop(&p);
    for (uint64_t i = 0; i < 3000; i++) pair_push(&p, p.now_ns, random_next(&r) << 20 | i);
    pair_drain(&p);
}
END_TEST

/* A peek at a late event must not keep earlier ones, pushed afterwards, from popping first. */
START_TEST(earlier_events_pushed_after_a_peek_pop_first)
{
    struct pair p = {.sequence = 0};
    queue_init(&p.queue);
    pair_push(&p, 1000000000, 1);
    ck_assert_uint_eq(queue_peek(&p.queue)->time_ns, 1000000000);
    for (uint64_t i = 0; i < 1000; i++) pair_push(&p, 999999999 - i * i, 2 + i);
    pair_drain(&p);
}
END_TEST

START_TEST(events_up_to_the_largest_time_pop_in_order)
{
    struct pair p = {.sequence = 0};
    queue_init(&p.queue);
    for (uint64_t i = 0; i < 64; i++) pair_push(&p, QUEUE_TIME_MAX_NS >> i, i);
    for (uint64_t i = 0; i < 64; i++) pair_push(&p, QUEUE_TIME_MAX_NS - i, 100 + i);
    pair_drain(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("queue");
    TCase *tc = tcase_create("order");
    tcase_add_loop_test(tc, events_with_delays_of_all_magnitudes_pop_in_order, 0, 7);
    tcase_add_test(tc, events_pop_in_order_while_the_queue_grows_and_shrinks);
    tcase_add_test(tc, events_of_equal_time_pop_by_their_order);
    tcase_add_test(tc, earlier_events_pushed_after_a_peek_pop_first);
    tcase_add_test(tc, events_up_to_the_largest_time_pop_in_order);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
