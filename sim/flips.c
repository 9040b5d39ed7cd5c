/* flips.c - frames whose bits flip on the way: corrupted, where the checksum shows it, or forged,
 * where it was made right again (aviary-faults(5)).
 *
 * Only the faults `corrupt` and `forge` come here: else no checksum is computed. A message in
 * memory stands for its frame. One to eight bits flip, at random places; half of the times all lie
 * within the first 128 bytes, where most fields are. */
#include <string.h>

#include "base/assert.h"
#include "base/crc32c.h"
#include "sim/kernel.h"

enum { FLIPS_DOUBLINGS = 4, FIELDS_BYTES = 128 };

static void flip(struct random *r, struct message *m, uint32_t bytes)
{
    uint8_t *frame = (uint8_t *)m;
    uint64_t flips = UINT64_C(1) << random_below(r, FLIPS_DOUBLINGS);
    uint32_t room = random_chance(r, 1, 2) && bytes > FIELDS_BYTES ? FIELDS_BYTES : bytes;
    ASSERT(room >= sizeof(*m));
    for (; flips > 0; flips--) {
        uint64_t bit = random_below(r, UINT64_C(8) * room);
        frame[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

static uint32_t checksum(const struct buffer *b, uint32_t bytes)
{
    return crc32c(0, &b->message, bytes);
}

/* A length that is not the frame's is known to be wrong. */
static bool same_length(const struct message *a, const struct message *b)
{
    return a->bytes == b->bytes && a->opaque_bytes == b->opaque_bytes;
}

/* Of a frame whose checksum is wrong nothing is read; it is counted and traced as what it was. */
struct buffer *flips_make(struct sim_node *n, const struct buffer *b, bool forged)
{
    uint32_t bytes = b->message.bytes;
    struct buffer *flipped = pool_get(&n->sim->pool, bytes);
    memcpy(&flipped->message, &b->message, bytes);
    flipped->wire_bytes = b->wire_bytes;
    flip(&n->flip_random, &flipped->message, bytes);
    if (!forged && checksum(flipped, bytes) != checksum(b, bytes)) {
        flipped->check = BUFFER_CORRUPTED;
        flipped->message = b->message;
    } else if (!same_length(&flipped->message, &b->message)) {
        flipped->check = BUFFER_MALFORMED;
    }
    ASSERT(flipped->references == 1);
    return flipped;
}
