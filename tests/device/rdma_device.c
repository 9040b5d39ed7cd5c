/* rdma_device.c - the devices of the RDMA tests exist, are chosen by their address, and behave as
 * verbs specify. */
#include <arpa/inet.h>
#include <string.h>

#include "tests/device/rdma_devices.h"
#include "tests/device/rdma_pair.h"
#include "tests/lib/harness.h"

/* Binding an address opens the device that has it: its port is up, its GID is that address. */
START_TEST(binding_an_address_chooses_its_device)
{
    struct rdma_event_channel *events = rdma_create_event_channel();
    struct rdma_cm_id *id = rdma_bound_id(events, _i);
    struct ibv_port_attr port;
    uint8_t expected[16] = {[10] = 0xff, [11] = 0xff}; /* an IPv4 address as an IPv6 one */

    ck_assert_int_eq(ibv_query_port(id->verbs, id->port_num, &port), 0);
    ck_assert_str_eq(ibv_port_state_str(port.state), ibv_port_state_str(IBV_PORT_ACTIVE));
    ck_assert_int_eq(inet_pton(AF_INET, rdma_device_address(_i), &expected[12]), 1);
    ck_assert_mem_eq(id->route.addr.addr.ibaddr.sgid.raw, expected, sizeof expected);
    rdma_destroy_id(id);
    rdma_destroy_event_channel(events);
}
END_TEST

/* One WRITE over a reliable connection: all of it arrives, and nothing else. */
START_TEST(a_write_changes_exactly_its_words)
{
    struct rdma_pair p;
    rdma_pair_open(&p, 0, 1);

    for (uint32_t i = 0; i < RDMA_PAIR_WORDS; i++) p.near.memory[i] = UINT64_C(1) << 40 | i;
    ck_assert_str_eq(ibv_wc_status_str(rdma_pair_write(&p, 100, 300)), "success");
    for (uint32_t i = 0; i < RDMA_PAIR_WORDS; i++) {
        bool written = i >= 100 && i < 400;
        ck_assert_uint_eq(p.far.memory[i], written ? p.near.memory[i] : 0);
    }
    rdma_pair_close(&p);
}
END_TEST

int main(void)
{
    rdma_devices_need(2, false);

    Suite *suite = suite_create("device");
    TCase *tc = tcase_create("device");
    tcase_add_loop_test(tc, binding_an_address_chooses_its_device, 0, rdma_devices_count());
    tcase_add_test(tc, a_write_changes_exactly_its_words);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
