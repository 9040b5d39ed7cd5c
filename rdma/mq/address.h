/* address.h - an IP address and a port, as sockets and librdmacm take them. */
#ifndef AVIARY_RDMA_MQ_ADDRESS_H
#define AVIARY_RDMA_MQ_ADDRESS_H

#include <stdint.h>
#include <sys/socket.h>

/* Of a numeric IPv4 or IPv6 address, without name resolution. Returns the bytes used of *to, or 0
 * if it is no such address. */
socklen_t address_read(const char *text, uint16_t port, struct sockaddr_storage *to);

#endif
