/* mq_bench_devices.c - which addresses of this machine belong to RDMA devices (mq_bench.h). */
#define _DEFAULT_SOURCE /* the flags of interfaces */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <rdma/rdma_cma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "rdma/mq_bench.h"

/* What the child finds, for the parent to read: opening devices is left to children. */
struct search {
    struct bench_end *ends;
    int most;
    int found; /* or -1 */
    struct error error;
};

/* The address as a GID: IPv4 is mapped into IPv6. */
static union ibv_gid address_gid(const struct sockaddr *address)
{
    union ibv_gid gid = {.raw = {[10] = 0xff, [11] = 0xff}};
    if (address->sa_family == AF_INET)
        memcpy(gid.raw + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
    else
        memcpy(gid.raw, &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr, 16);
    return gid;
}

/* The index of the address among the port's GIDs, for RoCE version 2; -1: it has none. */
static int gid_index(struct ibv_context *device, uint32_t port, const struct sockaddr *address)
{
    union ibv_gid wanted = address_gid(address);
    struct ibv_port_attr attributes;
    struct ibv_gid_entry entry;
    if (ibv_query_port(device, (uint8_t)port, &attributes) != 0 ||
        attributes.link_layer != IBV_LINK_LAYER_ETHERNET)
        return -1;
    for (int i = 0; i < attributes.gid_tbl_len; i++)
        if (ibv_query_gid_ex(device, port, (uint32_t)i, &entry, 0) == 0 &&
            entry.gid_type == IBV_GID_TYPE_ROCE_V2 &&
            memcmp(&entry.gid, &wanted, sizeof(wanted)) == 0)
            return i;
    return -1;
}

/* Binding an identifier to an address tells the device; 1: there is one. */
static int look_at(struct rdma_event_channel *channel, struct sockaddr *address,
                   struct bench_end *end)
{
    struct rdma_cm_id *id;
    if (rdma_create_id(channel, &id, NULL, RDMA_PS_TCP) != 0) return 0;
    int got = rdma_bind_addr(id, address) == 0 && id->verbs != NULL;
    if (got) {
        const void *bytes =
            address->sa_family == AF_INET
                ? (const void *)&((struct sockaddr_in *)(void *)address)->sin_addr
                : (const void *)&((struct sockaddr_in6 *)(void *)address)->sin6_addr;
        inet_ntop(address->sa_family, bytes, end->address, sizeof(end->address));
        strncpy(end->device, ibv_get_device_name(id->verbs->device), sizeof(end->device) - 1);
        end->device_port = id->port_num;
        end->gid_index = gid_index(id->verbs, id->port_num, address);
    }
    rdma_destroy_id(id);
    return got;
}

/* Link-local addresses need a scope, which nobody would write. */
static bool usable(const struct ifaddrs *i)
{
    if (!i->ifa_addr || (i->ifa_flags & IFF_UP) == 0 || (i->ifa_flags & IFF_LOOPBACK) != 0)
        return false;
    if (i->ifa_addr->sa_family == AF_INET) return true;
    return i->ifa_addr->sa_family == AF_INET6 &&
           !IN6_IS_ADDR_LINKLOCAL(
               &((const struct sockaddr_in6 *)(const void *)i->ifa_addr)->sin6_addr);
}

static int search_all(void *context)
{
    struct search *s = context;
    struct ifaddrs *interfaces;
    struct rdma_event_channel *channel = rdma_create_event_channel();
    if (!channel && errno == ENODEV) return 0;
    if (!channel) {
        s->found =
            error_set(&s->error, "the RDMA connection manager cannot be used: %s", strerror(errno));
        return 0;
    }
    if (getifaddrs(&interfaces) == 0) {
        for (const struct ifaddrs *i = interfaces; i && s->found < s->most; i = i->ifa_next)
            if (usable(i)) s->found += look_at(channel, i->ifa_addr, &s->ends[s->found]);
        freeifaddrs(interfaces);
    }
    rdma_destroy_event_channel(channel);
    return 0;
}

int bench_ends_find(struct bench_end *ends, int most, struct error *e)
{
    size_t bytes = sizeof(struct search) + (size_t)most * sizeof(*ends);
    struct search *s = child_share(bytes);
    *s = (struct search){.ends = (struct bench_end *)(void *)(s + 1), .most = most};
    int status = child_wait(child_start(search_all, s, CHILD_SECONDS_MAX));
    int found = status != 0 ? error_set(e, "looking for RDMA devices ended with status %d", status)
                            : s->found;
    if (status == 0 && found < 0) *e = s->error;
    if (found > 0) memcpy(ends, s->ends, (size_t)found * sizeof(*ends));
    child_unshare(s, bytes);
    return found;
}
