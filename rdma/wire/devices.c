/* devices.c - asks librdmacm which device an address belongs to (devices.h).
 *
 * In a separate process: librdmacm opens every device at the first call and keeps it open, and a
 * device opened before a fork is unusable after it. */
#define _GNU_SOURCE /* struct ifaddrs' flags, NI_MAXHOST, MAP_ANONYMOUS */
#include "rdma/wire/devices.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <rdma/rdma_cma.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/assert.h"
#include "rdma/mq/address.h"

/* A query and its answer, in memory shared with the querying process. */
struct inquiry {
    const char *address; /* NULL: all there are */
    uint32_t most;
    uint32_t count;
    struct device_address found[DEVICES_MAX];
    struct error error;
};

/* Whether the GID is the address; IPv4 is mapped into IPv6. */
static bool is_address(const union ibv_gid *gid, const struct sockaddr_storage *where)
{
    union ibv_gid wanted = {.raw = {[10] = 0xff, [11] = 0xff}};
    if (where->ss_family == AF_INET)
        memcpy(wanted.raw + 12, &((const struct sockaddr_in *)where)->sin_addr, 4);
    else
        memcpy(wanted.raw, &((const struct sockaddr_in6 *)where)->sin6_addr, 16);
    return memcmp(gid, &wanted, sizeof(wanted)) == 0;
}

static int gid_index(struct ibv_context *device, uint32_t port,
                     const struct sockaddr_storage *where)
{
    struct ibv_port_attr attributes;
    struct ibv_gid_entry entry;
    if (ibv_query_port(device, (uint8_t)port, &attributes) != 0) return -1;
    for (int i = 0; i < attributes.gid_tbl_len; i++)
        if (ibv_query_gid_ex(device, port, (uint32_t)i, &entry, 0) == 0 &&
            entry.gid_type == IBV_GID_TYPE_ROCE_V2 && is_address(&entry.gid, where))
            return i;
    return -1;
}

static int resolve(const char *address, struct device_address *found, struct error *e)
{
    struct sockaddr_storage where;
    if (strlen(address) >= sizeof(found->address) || !address_read(address, 0, &where))
        return error_set(e, "expected an IP address, found `%.64s`", address);
    struct rdma_event_channel *channel = rdma_create_event_channel();
    struct rdma_cm_id *id = NULL;
    int status = -1;
    if (channel && rdma_create_id(channel, &id, NULL, RDMA_PS_TCP) == 0 &&
        rdma_bind_addr(id, (struct sockaddr *)&where) == 0 && id->verbs) {
        snprintf(found->address, sizeof(found->address), "%s", address);
        snprintf(found->device, sizeof(found->device), "%s",
                 ibv_get_device_name(id->verbs->device));
        found->port = id->port_num;
        found->gid_index = gid_index(id->verbs, id->port_num, &where);
        status = 0;
    }
    if (id) rdma_destroy_id(id);
    if (channel) rdma_destroy_event_channel(channel);
    if (status < 0) error_set(e, "no RDMA device of this machine has the address %s", address);
    return status;
}

static void find_all(struct inquiry *q)
{
    struct ifaddrs *all = NULL;
    if (getifaddrs(&all) != 0) all = NULL;
    for (const struct ifaddrs *i = all; i && q->count < q->most; i = i->ifa_next) {
        char text[NI_MAXHOST];
        if (!i->ifa_addr || !(i->ifa_flags & IFF_UP)) continue;
        if (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6) continue;
        socklen_t bytes = i->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                            : sizeof(struct sockaddr_in6);
        if (getnameinfo(i->ifa_addr, bytes, text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        if (resolve(text, &q->found[q->count], &q->error) == 0) q->count++;
    }
    if (all) freeifaddrs(all);
    if (q->count == 0)
        error_set(&q->error,
                  "this machine has no RDMA device with an IP address; see doc/softroce.md");
}

static void inquire(struct inquiry *q)
{
    if (!q->address)
        find_all(q);
    else
        q->count = resolve(q->address, q->found, &q->error) == 0;
}

/* How many were found, at most `most`; 0 with the error. */
static uint32_t ask(const char *address, struct device_address *found, uint32_t most,
                    struct error *e)
{
    struct inquiry *q =
        mmap(NULL, sizeof(*q), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT(q != MAP_FAILED);
    q->address = address;
    q->most = most < DEVICES_MAX ? most : DEVICES_MAX;
    error_set(&q->error, "the RDMA devices of this machine could not be asked for");
    pid_t pid = fork();
    if (pid == 0) {
        inquire(q);
        _exit(0);
    }
    if (pid > 0) waitpid(pid, NULL, 0);
    uint32_t count = q->count;
    memcpy(found, q->found, count * sizeof(*found));
    if (count == 0) *e = q->error;
    munmap(q, sizeof(*q));
    return count;
}

uint32_t devices_find(struct device_address *found, uint32_t most, struct error *e)
{
    return ask(NULL, found, most, e);
}

int devices_resolve(const char *address, struct device_address *found, struct error *e)
{
    return ask(address, found, 1, e) == 1 ? 0 : -1;
}

int devices_check(const char *address, const char *device, struct error *e)
{
    struct device_address found;
    if (devices_resolve(address, &found, e) < 0) return -1;
    if (strcmp(found.device, device) == 0) return 0;
    return error_set(e, "%s is an address of the device %s, not of %s", address, found.device,
                     device);
}
