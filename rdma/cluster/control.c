/* control.c - frames over TCP (control.h). */
#include "config.h"

#include "rdma/cluster/control.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "base/clock.h"
#include "base/memory.h"
#include "rdma/mq/address.h"

enum {
    STALL_SECONDS = 5, /* within a frame */
    LISTEN_BACKLOG = 64,
    RETRY_NS = 100000000,
    CLOCK_ROUNDS = 20,
};

struct frame_header {
    uint32_t type, bytes;
};

/* ---- frames -------------------------------------------------------------------------------- */

static int send_all(int fd, const void *data, size_t bytes)
{
    const unsigned char *at = data;
    while (bytes > 0) {
        ssize_t sent = send(fd, at, bytes, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return -1;
        at += sent;
        bytes -= (size_t)sent;
    }
    return 0;
}

int control_send(int fd, enum control_type type, const void *data, uint32_t bytes)
{
    struct frame_header header = {type, bytes};
    if (send_all(fd, &header, sizeof(header)) < 0) return -1;
    return send_all(fd, data, bytes);
}

static int receive_all(int fd, void *data, size_t bytes, struct error *e)
{
    unsigned char *at = data;
    while (bytes > 0) {
        ssize_t got = recv(fd, at, bytes, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got == 0) return error_set(e, "the connection was closed");
        if (got < 0) return error_errno(e, "the connection broke");
        at += got;
        bytes -= (size_t)got;
    }
    return 0;
}

int control_receive(int fd, struct control_frame *frame, struct error *e)
{
    struct frame_header header;
    if (receive_all(fd, &header, sizeof(header), e) < 0) return -1;
    if (header.type > CONTROL_END || header.bytes > CONTROL_BYTES_MAX)
        return error_set(e, "the received data is no frame of Aviary");
    if (header.bytes + 1 > frame->room) {
        frame->room = header.bytes + 1;
        frame->data = reallocate(frame->data, frame->room);
    }
    frame->type = header.type;
    frame->bytes = header.bytes;
    frame->data[header.bytes] = 0; /* texts end */
    return receive_all(fd, frame->data, header.bytes, e);
}

void control_frame_finish(struct control_frame *frame)
{
    free(frame->data);
    *frame = (struct control_frame){0};
}

/* ---- connecting ---------------------------------------------------------------------------- */

static void settle(int fd)
{
    int one = 1;
    struct timeval stall = {.tv_sec = STALL_SECONDS};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &stall, sizeof(stall));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &stall, sizeof(stall));
}

int control_listen(const struct cluster_process *at, struct error *e)
{
    struct sockaddr_storage address;
    socklen_t bytes = address_read(at->address, at->port, &address);
    int one = 1, fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        bind(fd, (struct sockaddr *)&address, bytes) == 0 && listen(fd, LISTEN_BACKLOG) == 0) {
        settle(fd); /* inherited by accepted sockets */
        return fd;
    }
    error_errno(e, "cannot listen at %s port %u", at->address, at->port);
    if (fd >= 0) close(fd);
    return -1;
}

int control_connect(const struct cluster_process *to, uint64_t patience_ns,
                    const volatile sig_atomic_t *stop, struct error *e)
{
    struct sockaddr_storage address;
    socklen_t bytes = address_read(to->address, to->port, &address);
    uint64_t until_ns = clock_now() + patience_ns;
    for (;;) {
        int fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, (struct sockaddr *)&address, bytes) == 0) {
            settle(fd);
            return fd;
        }
        error_errno(e, "no answer from the coordinator at %s port %u", to->address, to->port);
        if (fd >= 0) close(fd);
        if (*stop || clock_now() >= until_ns) return -1;
        clock_sleep(RETRY_NS);
    }
}

/* ---- identity and clock -------------------------------------------------------------------- */

void control_introduce(struct control_hello *hello, const char *name)
{
    memset(hello, 0, sizeof(*hello));
    snprintf(hello->version, sizeof(hello->version), "%s", PACKAGE_VERSION AVIARY_REVISION);
    snprintf(hello->name, sizeof(hello->name), "%s", name);
    FILE *boot = fopen("/proc/sys/kernel/random/boot_id", "r");
    if (!boot) return;
    if (!fgets(hello->boot, sizeof(hello->boot), boot)) hello->boot[0] = 0;
    fclose(boot);
}

int control_clock_ahead(int fd, int64_t *ahead_ns, uint64_t *error_ns, struct error *e)
{
    struct control_frame frame = {0};
    int status = 0;
    *error_ns = UINT64_MAX;
    for (int i = 0; i < CLOCK_ROUNDS && status == 0; i++) {
        uint64_t sent_ns = clock_now(), theirs_ns;
        if (control_send(fd, CONTROL_CLOCK, &sent_ns, sizeof(sent_ns)) < 0)
            status = error_set(e, "the connection broke");
        else
            status = control_receive(fd, &frame, e);
        if (status < 0) break;
        if (frame.type == CONTROL_REFUSED)
            status = error_set(e, "%s", (const char *)frame.data);
        else if (frame.type != CONTROL_CLOCK || frame.bytes != sizeof(theirs_ns))
            status = error_set(e, "expected the coordinator's clock");
        if (status < 0) break;
        uint64_t back_ns = clock_now(), half_ns = (back_ns - sent_ns) / 2;
        ASSERT(frame.data);
        memcpy(&theirs_ns, frame.data, sizeof(theirs_ns));
        if (half_ns >= *error_ns) continue;
        *error_ns = half_ns;
        *ahead_ns = (int64_t)(theirs_ns - (sent_ns + half_ns));
    }
    control_frame_finish(&frame);
    return status;
}
