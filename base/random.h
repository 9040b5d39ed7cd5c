/* random.h - a random stream: 64 bits of state, the same numbers on every machine.
 *
 * SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, OOPSLA 2014). A
 * stream is named: its first state is a hash of the run's seed, the owner's name and the purpose,
 * so that one more node or purpose changes no other stream. Integers only. */
#ifndef AVIARY_BASE_RANDOM_H
#define AVIARY_BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
};

/* A strong 64-bit mix (SplitMix64's finaliser): also the project's integer hash. */
static inline uint64_t hash_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

/* Fold one more word into a running hash; the order matters. */
static inline uint64_t hash_add(uint64_t hash, uint64_t word)
{
    return hash_mix((hash ^ word) + UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++) hash = hash_add(hash, (unsigned char)*text);
    return hash_add(hash, 0x100);
}

static inline struct random random_named(uint64_t seed, const char *owner, const char *purpose)
{
    return (struct random){hash_text(hash_text(hash_mix(seed + 1), owner), purpose)};
}

static inline uint64_t random_next(struct random *r)
{
    r->state += UINT64_C(0x9e3779b97f4a7c15);
    return hash_mix(r->state);
}

/* Uniform in [0, bound); bound > 0. By multiplication: the bias is below bound / 2^64. */
static inline uint64_t random_below(struct random *r, uint64_t bound)
{
    return (uint64_t)(((unsigned __int128)random_next(r) * bound) >> 64);
}

/* True with probability numerator / denominator. */
static inline int random_chance(struct random *r, uint64_t numerator, uint64_t denominator)
{
    return random_below(r, denominator) < numerator;
}

#endif
