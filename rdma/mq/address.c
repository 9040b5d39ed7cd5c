/* address.c - reads an IP address. */
#include "rdma/mq/address.h"

#include <netdb.h>
#include <stdio.h>
#include <string.h>

socklen_t address_read(const char *text, uint16_t port, struct sockaddr_storage *to)
{
    char service[8];
    struct addrinfo *found,
        hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV, .ai_socktype = SOCK_STREAM};
    snprintf(service, sizeof(service), "%u", port);
    if (getaddrinfo(text, service, &hints, &found) != 0) return 0;
    socklen_t bytes = found->ai_addrlen;
    memset(to, 0, sizeof(*to));
    memcpy(to, found->ai_addr, bytes);
    freeaddrinfo(found);
    return bytes;
}
