/* command.h - a command as it travels: fixed little-endian layout, no padding, used in place.
 *
 * A client's command is known by (client, seq). It accesses variables, each by its dense number,
 * with a mode. On its behalf one multicast is made, or several in turn where a scheme consults an
 * oracle, moves variables or retries: each is a record of this layout with a `round` of its own, a
 * purpose, and its destination groups. Groups multicast, too: hints and plans. The record stands
 * inside messages and log entries, always 8-aligned. */
#ifndef AVIARY_PROTO_COMMAND_H
#define AVIARY_PROTO_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/assert.h"

enum {
    GROUPS_MAX = 192, /* 128 partitions, as in DynaStar's largest run, the oracle, and room */
    GROUP_SET_WORDS = GROUPS_MAX / 64,
    COMMAND_ACCESSES_MAX = 8192,
    COMMAND_HINTS_MAX = 2000, /* in one multicast */
};

/* Of one execution: a day. It bounds what a malformed one can take. */
#define COMMAND_COST_NS_MAX UINT64_C(86400000000000)

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

static inline void group_set_unite(struct group_set *s, const struct group_set *with)
{
    for (int i = 0; i < GROUP_SET_WORDS; i++) s->word[i] |= with->word[i];
}

static inline void group_set_intersect(struct group_set *s, const struct group_set *with)
{
    for (int i = 0; i < GROUP_SET_WORDS; i++) s->word[i] &= with->word[i];
}

static inline void group_set_subtract(struct group_set *s, const struct group_set *without)
{
    for (int i = 0; i < GROUP_SET_WORDS; i++) s->word[i] &= ~without->word[i];
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

/* How a command accesses a variable. Read and write together is read-modify-write; write alone is
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

/* Names one multicast; client and seq alone name the client's command. */
struct command_id {
    uint32_t client; /* dense, from 0: a client's number, not its node; or a topology_sender() */
    uint32_t round;  /* which multicast on the command's behalf, from 0 */
    uint64_t seq;    /* from 1 */
};

/* What a multicast asks of its destinations. */
enum purpose {
    PURPOSE_EXECUTE,     /* execute the command */
    PURPOSE_CONSULT,     /* oracle: reply with its variables' places (DS-SMR's consult) */
    PURPOSE_ASK,         /* oracle: multicast it for execution (DynaStar's exec) */
    PURPOSE_MOVE,        /* variables at other groups than `target` move there (DS-SMR) */
    PURPOSE_HINT,        /* oracle: the accesses of a partition's commands; hint_items follow */
    PURPOSE_REPARTITION, /* oracle: compute a plan now */
    PURPOSE_PLAN,        /* all groups: the plan with version seq / 2 is in force from here on */
    PURPOSE_DISCARD,     /* oracle: that plan is not announced */
    PURPOSE_COUNT,
};

/* How a command to several partitions is executed. */
enum execution {
    EXECUTION_EVERYWHERE, /* by all of them, values are exchanged (S-SMR, and DS-SMR's fallback) */
    EXECUTION_LEND,       /* by the target; the others lend their variables and get them back */
    EXECUTION_MOVE,       /* by the target, where the variables stay */
};

struct command {
    uint32_t bytes; /* of this record, accesses included; a multiple of 8 */
    uint16_t kind;  /* post, new-order, ...: for costs, statistics and applications only */
    uint16_t access_count;
    struct command_id id;
    uint64_t answered;      /* every seq of this client below this one has been answered */
    struct group_set dests; /* groups it is multicast to */
    uint32_t request_bytes; /* application payload of the request: charged, never materialised */
    uint32_t reply_bytes;   /* the same of the reply */
    uint64_t cost_ns;       /* CPU time of one execution */
    uint8_t purpose;        /* enum purpose */
    uint8_t execution;      /* enum execution */
    uint16_t target;        /* the group that executes, answers, or takes what moves */
    union {
        uint32_t hint_count; /* PURPOSE_HINT: items after the accesses, of which there are none */
        uint32_t follows;    /* else: FIFO: the number of preceding rounds ordered before it */
    };
    struct access accesses[]; /* sorted by variable, each variable once */
};

/* A vertex (a == b: accesses to a granule) or an edge (accesses to both) of the workload graph. */
struct hint_item {
    uint32_t a, b;
    uint32_t weight;
    uint32_t reserved;
};

_Static_assert(sizeof(struct access) == 8, "no padding");
_Static_assert(sizeof(struct command_id) == 16, "no padding");
_Static_assert(sizeof(struct command) == 8 + 16 + 8 + 8 * GROUP_SET_WORDS + 16 + 8, "no padding");
_Static_assert(sizeof(struct hint_item) == 16, "no padding");

static inline uint32_t command_bytes(uint32_t access_count)
{
    return (uint32_t)sizeof(struct command) + access_count * (uint32_t)sizeof(struct access);
}

static inline bool command_id_equal(struct command_id a, struct command_id b)
{
    return a.client == b.client && a.round == b.round && a.seq == b.seq;
}

static inline const struct hint_item *command_hints(const struct command *c)
{
    ASSERT(c->purpose == PURPOSE_HINT);
    return (const struct hint_item *)c->accesses;
}

/* Freed by the caller. */
struct command *command_copy(const struct command *c);

/* Does it create or delete variables, so that the oracle takes part? */
bool command_creates_or_deletes(const struct command *c);

/* The groups whose variables the command accesses, by its accesses' `group`. */
struct group_set command_places(const struct command *c);

/* Does the record fit in `room` bytes and satisfy every constraint above? For bytes from a peer. */
bool command_valid(const struct command *c, uint64_t room);

#endif
