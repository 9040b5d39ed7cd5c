/* test_host_work.c - computations on a host's side thread: one at a time in a process, and none is
 * left running when the host ends. */
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "tests/lib/harness.h"
#include "tests/unit/stage.h"

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
    struct stage *a = stage_create(0), *b = stage_create(1);
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
    stage_destroy(a);
    stage_destroy(b);
}
END_TEST

/* The running computation is awaited, one not begun is dropped, and its memory belongs to the
 * caller. */
START_TEST(a_host_that_ends_waits_for_the_running_computation)
{
    for (int round = 0; round < 20; round++) {
        struct stage *s = stage_create(0);
        uint64_t *value = allocate_zeroed(3, sizeof *value);
        for (uint64_t i = 0; i < 3; i++)
            s->actor[0].t->ops->work(s->actor[0].t, compute, &value[i], 1, i);
        stage_destroy(s);
        free(value);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("host work");
    TCase *c = tcase_create("host work");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, computations_of_a_process_never_overlap);
    tcase_add_test(c, a_host_that_ends_waits_for_the_running_computation);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
