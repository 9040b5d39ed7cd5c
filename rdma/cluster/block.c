/* block.c - blocks in memory that threads share, and processes forked later (block.h). */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "rdma/cluster/block.h"

#include <sys/mman.h>

#include "base/assert.h"

struct block *block_create(uint32_t nodes)
{
    struct block *block =
        mmap(NULL, block_bytes(nodes), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    ASSERT(block != MAP_FAILED);
    block->report.node_count = nodes;
    return block;
}

void block_free(struct block *block)
{
    if (block) munmap(block, block_bytes(block->report.node_count));
}
