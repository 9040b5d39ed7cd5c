/* nic.c - round robin service of the connections of a network interface (nic.h). */
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"
#include "sim/nic.h"

enum { LOOKS = 2 }; /* connections examined for each message: more than can become busy by it */

static void add_busy(struct nic *n, uint32_t peer)
{
    if (n->busy_count == n->busy_room) {
        n->busy_room = n->busy_room ? 2 * n->busy_room : 8;
        n->busy = reallocate(n->busy, n->busy_room * sizeof *n->busy);
    }
    ASSERT(n->busy_count < n->busy_room);
    n->busy[n->busy_count++] = peer;
}

/* Drops connections without a backlog: all if the NIC is free, else a few at a time. */
static void drop_idle(struct nic *n, uint64_t now_ns)
{
    uint32_t looks = n->free_ns <= now_ns ? n->busy_count : LOOKS;
    for (; looks > 0 && n->busy_count > 0; looks--) {
        if (n->next >= n->busy_count) n->next = 0;
        uint64_t *peer_ns = &n->peer_ns.value[n->busy[n->next]];
        ASSERT(*peer_ns > 0 && *peer_ns <= n->free_ns);
        if (*peer_ns > now_ns) {
            n->next++;
            continue;
        }
        *peer_ns = 0;
        n->busy[n->next] = n->busy[--n->busy_count];
    }
}

uint64_t nic_pass(struct nic *n, uint32_t peer, uint64_t start_ns, uint64_t wire_ns)
{
    drop_idle(n, start_ns);
    uint64_t *peer_ns = sim_row_at(&n->peer_ns, peer);
    uint64_t begin_ns = start_ns > *peer_ns ? start_ns : *peer_ns;
    if (wire_ns == 0) return begin_ns;
    if (*peer_ns == 0) add_busy(n, peer);
    uint64_t share_ns = begin_ns + n->busy_count * wire_ns;
    n->free_ns = (start_ns > n->free_ns ? start_ns : n->free_ns) + wire_ns;
    *peer_ns = n->free_ns < share_ns ? n->free_ns : share_ns;
    ASSERT(*peer_ns >= start_ns + wire_ns);
    ASSERT(*peer_ns <= n->free_ns);
    return *peer_ns;
}

void nic_hold(struct nic *n, uint32_t peer, uint64_t until_ns)
{
    uint64_t *peer_ns = sim_row_at(&n->peer_ns, peer);
    if (*peer_ns == 0) add_busy(n, peer);
    *peer_ns = until_ns;
    if (n->free_ns < until_ns) n->free_ns = until_ns;
    ASSERT(*peer_ns <= n->free_ns);
}

void nic_release(struct nic *n)
{
    free(n->peer_ns.value);
    free(n->busy);
}
