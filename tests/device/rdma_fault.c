/* rdma_fault.c - the links between devices can be broken: what the tests of faults rely on. */
#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_pair.h"
#include "tests/lib/harness.h"

/* Writes the next number, alone in word 0. */
static enum ibv_wc_status write_next(struct rdma_pair *p)
{
    p->near.memory[0]++;
    return rdma_pair_write(p, 0, 1);
}

/* With the way there cut, a WRITE is not delivered and fails; a healed link works again. */
START_TEST(a_cut_link_loses_writes_until_it_heals)
{
    struct rdma_pair p;
    rdma_pair_open(&p, 0, 1);
    ck_assert_int_eq(write_next(&p), IBV_WC_SUCCESS);
    rdma_cut(0, 1);
    ck_assert_int_eq(write_next(&p), IBV_WC_RETRY_EXC_ERR);
    ck_assert_uint_eq(p.far.memory[0], 1);
    rdma_heal(0, 1);
    rdma_pair_close(&p);

    rdma_pair_open(&p, 0, 1);
    ck_assert_int_eq(write_next(&p), IBV_WC_SUCCESS);
    rdma_pair_close(&p);
}
END_TEST

/* With the way back cut, the WRITE arrives and only its acknowledgement does not: the sender gets
 * the same error. */
START_TEST(a_cut_return_path_loses_only_the_acknowledgement)
{
    struct rdma_pair p;
    rdma_pair_open(&p, 0, 1);
    rdma_cut(1, 0);
    ck_assert_int_eq(write_next(&p), IBV_WC_RETRY_EXC_ERR);
    ck_assert_uint_eq(p.far.memory[0], 1);
    rdma_calm();
    rdma_pair_close(&p);
}
END_TEST

/* A reliable connection hides loss, delay and duplicates. */
START_TEST(writes_succeed_over_a_disturbed_link)
{
    struct rdma_pair p;
    rdma_pair_open(&p, 0, 1);
    rdma_disturb(0, "delay 1ms 0.5ms loss 2% duplicate 2%");
    rdma_disturb(1, "loss 2%");
    for (uint64_t i = 1; i <= 50; i++) {
        ck_assert_int_eq(write_next(&p), IBV_WC_SUCCESS);
        ck_assert_uint_eq(p.far.memory[0], i);
    }
    rdma_calm();
    rdma_pair_close(&p);
}
END_TEST

int main(void)
{
    rdma_devices_need(2, true);

    Suite *suite = suite_create("fault");
    TCase *tc = tcase_create("fault");
    tcase_add_test(tc, a_cut_link_loses_writes_until_it_heals);
    tcase_add_test(tc, a_cut_return_path_loses_only_the_acknowledgement);
    tcase_add_test(tc, writes_succeed_over_a_disturbed_link);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
