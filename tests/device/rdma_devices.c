/* rdma_devices.c - devices from the environment, faults by the program rdma-fault. */
#include "tests/device/rdma_devices.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"

enum { DEVICES_MAX = 64 };

static char *address[DEVICES_MAX];

int rdma_devices_count(void)
{
    static int count;
    const char *all = getenv("AVIARY_RDMA_ADDRESSES");

    if (count > 0 || all == NULL) return count;
    char *rest, *copy = strdup(all);
    assert(copy != NULL);
    for (char *word = strtok_r(copy, " ", &rest); word != NULL; word = strtok_r(NULL, " ", &rest)) {
        assert(count < DEVICES_MAX);
        address[count++] = strdup(word);
    }
    free(copy);
    return count;
}

const char *rdma_device_address(int device)
{
    assert(device >= 0 && device < rdma_devices_count());
    return address[device];
}

void rdma_devices_need(int count, bool faults)
{
    const char *possible = getenv("AVIARY_RDMA_FAULTS");
    const char *lack = NULL;

    if (rdma_devices_count() < count) lack = "too few RDMA devices (use tests/softroce/run -n)";
    if (faults && (possible == NULL || strcmp(possible, "1") != 0))
        lack = "links can be broken in the virtual machine only (set AVIARY_RDMA_WHERE=vm)";
    if (lack == NULL) return;
    printf("1..0 # SKIP %s\n", lack);
    exit(0);
}

static void run(const char *command)
{
    int status = system(command);
    ck_assert_msg(status == 0, "%s: status %d", command, status);
}

void rdma_cut(int from, int to)
{
    char command[64];
    snprintf(command, sizeof command, "rdma-fault cut %d %d", from + 1, to + 1);
    run(command);
}

void rdma_heal(int from, int to)
{
    char command[64];
    snprintf(command, sizeof command, "rdma-fault heal %d %d", from + 1, to + 1);
    run(command);
}

void rdma_disturb(int device, const char *how)
{
    char command[256];
    snprintf(command, sizeof command, "rdma-fault netem %d %s", device + 1, how);
    run(command);
}

void rdma_calm(void)
{
    run("rdma-fault calm");
}
