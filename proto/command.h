/* command.h - a command as it travels: fixed little-endian layout, no padding, used in place.
 *
 * A command is known by (client, seq). It accesses variables, each by its dense number, with a
 * mode; `dests` are the groups it is multicast to, settled by the client. It stands inside messages
 * and log entries, always 8-aligned. */
#ifndef AVIARY_PROTO_COMMAND_H
#define AVIARY_PROTO_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

enum {
    GROUPS_MAX = 192, /* 128 partitions, as in DynaStar's largest run, the oracle, and room */
    GROUP_SET_WORDS = GROUPS_MAX / 64,
    COMMAND_ACCESSES_MAX = 8192,
};

struct group_set {
    uint64_t word[GROUP_SET_WORDS];
};

static inline void group_set_add(struct group_set *s, uint32_t group)
{
    s->word[group / 64] |= UINT64_C(1) << (group % 64);
}

static inline void group_set_remove(struct group_set *s, uint32_t group)
{
    s->word[group / 64] &= ~(UINT64_C(1) << (group % 64));
}

static inline bool group_set_has(const struct group_set *s, uint32_t group)
{
    return s->word[group / 64] >> (group % 64) & 1;
}

static inline uint32_t group_set_count(const struct group_set *s)
{
    uint32_t count = 0;
    for (int i = 0; i < GROUP_SET_WORDS; i++) count += (uint32_t)__builtin_popcountll(s->word[i]);
    return count;
}

/* Exactly one member? The common case of a command's destinations, so without counting. */
static inline bool group_set_single(const struct group_set *s)
{
    uint64_t all = 0, more = 0;
    for (int i = 0; i < GROUP_SET_WORDS; i++) {
        more |= (all && s->word[i]) | (s->word[i] & (s->word[i] - 1));
        all |= s->word[i];
    }
    return all && !more;
}

static inline bool group_set_equal(const struct group_set *a, const struct group_set *b)
{
    for (int i = 0; i < GROUP_SET_WORDS; i++)
        if (a->word[i] != b->word[i]) return false;
    return true;
}

/* The smallest member that is at least `from`, or GROUPS_MAX. */
static inline uint32_t group_set_next(const struct group_set *s, uint32_t from)
{
    for (uint32_t i = from / 64; i < GROUP_SET_WORDS; i++) {
        uint64_t word = s->word[i];
        if (i == from / 64) word &= ~UINT64_C(0) << (from % 64);
        if (word) return i * 64 + (uint32_t)__builtin_ctzll(word);
    }
    return GROUPS_MAX;
}

#define group_set_each(group, set)                                      \
    for (uint32_t group = group_set_next((set), 0); group < GROUPS_MAX; \
         group = group_set_next((set), group + 1))

/* How a command touches a variable. Read and write together is read-modify-write; write alone is
 * blind: the new value does not depend on the old one, so the old one need not be exchanged. */
enum access_mode {
    ACCESS_READ = 1,
    ACCESS_WRITE = 2,
    ACCESS_CREATE = 4,
    ACCESS_DELETE = 8,
};

struct access {
    uint32_t variable;
    uint16_t group; /* where the client believes it is */
    uint8_t mode;   /* enum access_mode, or-ed */
    uint8_t reserved;
};

struct command_id {
    uint32_t client; /* dense, from 0: the client's number, not its node */
    uint32_t reserved;
    uint64_t seq; /* from 1 */
};

struct command {
    uint32_t bytes; /* of this record, accesses included; a multiple of 8 */
    uint16_t kind;  /* post, new-order, ...: for costs and statistics only */
    uint16_t access_count;
    struct command_id id;
    uint64_t answered;        /* every seq of this client below this one has been answered */
    struct group_set dests;   /* groups it is multicast to */
    uint32_t request_bytes;   /* application payload of the request: charged, never materialised */
    uint32_t reply_bytes;     /* the same of the reply */
    uint64_t cost_ns;         /* CPU time of one execution */
    struct access accesses[]; /* sorted by variable, each variable once */
};

_Static_assert(sizeof(struct access) == 8, "no padding");
_Static_assert(sizeof(struct command_id) == 16, "no padding");
_Static_assert(sizeof(struct command) == 8 + 16 + 8 + 8 * GROUP_SET_WORDS + 16, "no padding");

static inline uint32_t command_bytes(uint32_t access_count)
{
    return (uint32_t)sizeof(struct command) + access_count * (uint32_t)sizeof(struct access);
}

static inline bool command_id_equal(struct command_id a, struct command_id b)
{
    return a.client == b.client && a.seq == b.seq;
}

/* The groups whose variables the command touches, by its accesses' `group`. */
struct group_set command_places(const struct command *c);

/* Does the record fit in `room` bytes and keep every rule written above? For bytes from a peer. */
bool command_valid(const struct command *c, uint64_t room);

#endif
