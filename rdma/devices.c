/* devices.c - asks librdmacm which device an address belongs to (devices.h). */
#define _DEFAULT_SOURCE /* struct ifaddrs' flags, NI_MAXHOST */
#include "rdma/devices.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <rdma/rdma_cma.h>
#include <stdio.h>
#include <string.h>

static int socket_address(const char *text, struct sockaddr_storage *storage)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST}, *found;
    if (getaddrinfo(text, NULL, &hints, &found) != 0) return -1;
    memset(storage, 0, sizeof(*storage));
    memcpy(storage, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    return 0;
}

int devices_resolve(const char *address, struct device_address *found, struct error *e)
{
    struct sockaddr_storage where;
    if (strlen(address) >= sizeof(found->address) || socket_address(address, &where) < 0)
        return error_set(e, "expected an IP address, found `%.64s`", address);
    struct rdma_event_channel *channel = rdma_create_event_channel();
    struct rdma_cm_id *id = NULL;
    int status = -1;
    if (channel && rdma_create_id(channel, &id, NULL, RDMA_PS_TCP) == 0 &&
        rdma_bind_addr(id, (struct sockaddr *)&where) == 0 && id->verbs) {
        snprintf(found->address, sizeof(found->address), "%s", address);
        snprintf(found->device, sizeof(found->device), "%s",
                 ibv_get_device_name(id->verbs->device));
        status = 0;
    }
    if (id) rdma_destroy_id(id);
    if (channel) rdma_destroy_event_channel(channel);
    if (status < 0) error_set(e, "no RDMA device of this machine has the address %s", address);
    return status;
}

int devices_check(const char *address, const char *device, struct error *e)
{
    struct device_address found;
    if (devices_resolve(address, &found, e) < 0) return -1;
    if (strcmp(found.device, device) == 0) return 0;
    return error_set(e, "%s is an address of the device %s, not of %s", address, found.device,
                     device);
}

uint32_t devices_find(struct device_address *found, uint32_t most, struct error *e)
{
    struct ifaddrs *all = NULL;
    uint32_t count = 0;
    if (getifaddrs(&all) != 0) all = NULL;
    for (const struct ifaddrs *i = all; i && count < most; i = i->ifa_next) {
        char text[NI_MAXHOST];
        if (!i->ifa_addr || !(i->ifa_flags & IFF_UP)) continue;
        if (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6) continue;
        socklen_t bytes = i->ifa_addr->sa_family == AF_INET ? sizeof(struct sockaddr_in)
                                                            : sizeof(struct sockaddr_in6);
        if (getnameinfo(i->ifa_addr, bytes, text, sizeof(text), NULL, 0, NI_NUMERICHOST) != 0)
            continue;
        if (devices_resolve(text, &found[count], e) == 0) count++;
    }
    if (all) freeifaddrs(all);
    if (count == 0)
        error_set(e, "this machine has no RDMA device with an IP address; see SoftRoCE in README");
    return count;
}
