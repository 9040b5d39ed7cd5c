/* journal_format.h - the binary format of a journal; private to journal.c (writer), journal_merge.c
 * and journal_contents.c (readers).
 *
 * The file: struct journal_header, then records back to back, then unused room. The contents end at
 * header.committed. A record: struct journal_record with the words of its kind; then the command
 * with all that belongs to it, or a reference to one, or a plan report; then, if `seen`, a version
 * for each of the command's accesses. Everything is 8-aligned, so commands are used in place. */
#ifndef AVIARY_ANALYSIS_CHECK_JOURNAL_FORMAT_H
#define AVIARY_ANALYSIS_CHECK_JOURNAL_FORMAT_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "proto/command.h"
#include "proto/observer.h"
#include "proto/topology.h"

/* The last digit changes with the layout. */
#define JOURNAL_MAGIC UINT64_C(0x32726e6a79726976) /* "viryjnr2" */

struct journal_header {
    uint64_t magic;
    uint32_t groups, replicas, clients, oracle; /* struct topology */
    _Atomic uint32_t incomplete;                /* 1: the disk was full, something is missing */
    uint32_t reserved;
    _Atomic uint64_t committed; /* bytes of the file, this header included */
};

/* What records hold:
 *                status   words                        follows
 *   ISSUED       -        -                            command
 *   MULTICAST    -        -                            command
 *   DELIVERED    -        timestamp                    reference
 *   STARTED      -        -                            reference
 *   EXECUTED     -        digest, state hash           reference, seen
 *   ANSWERED     status   digest, attempts             reference, seen
 *   LEADING      -        ballot                       -
 *   OWNERSHIP    what     variable, other, timestamp   -
 *   EXCHANGED    -        variables, bytes             -
 *   PLANNED      -        -                            plan report
 *   OWNER        -        group, variable              -  (finals.h)
 *   LOCATION     -        group, variable              -  (finals.h) group may be PLACE_NONE
 *   VALUE        -        group, variable, version, value  -  (finals.h)
 * Where an event has a group, it is its node's. OWNER, LOCATION and VALUE have no node, which is
 * then UINT32_MAX, and no time. */
enum journal_kind {
    JOURNAL_ISSUED = 1,
    JOURNAL_MULTICAST,
    JOURNAL_DELIVERED,
    JOURNAL_STARTED,
    JOURNAL_EXECUTED,
    JOURNAL_ANSWERED,
    JOURNAL_LEADING,
    JOURNAL_OWNERSHIP,
    JOURNAL_EXCHANGED,
    JOURNAL_PLANNED,
    JOURNAL_OWNER,
    JOURNAL_LOCATION,
    JOURNAL_VALUE,
    JOURNAL_KINDS,
};

struct journal_record {
    uint32_t bytes; /* of the record and what follows, a multiple of 8 */
    uint32_t check; /* journal_check() */
    uint64_t now_ns;
    uint32_t node;
    uint16_t kind;   /* enum journal_kind */
    uint8_t status;  /* enum reply_status, enum ownership */
    uint8_t seen;    /* 1: versions follow */
    uint64_t word[]; /* journal_words() */
};

/* Identifies a command by its id and a hash: the same id may have several contents, as a client's
 * command has when it is issued and in round 0. seq: of 32 bits, as in the ledger. */
struct journal_reference {
    uint32_t client, round, seq;
    uint32_t hash; /* journal_hash() of the command and all that belongs to it */
};

_Static_assert(sizeof(struct journal_header) == 40, "no padding");
_Static_assert(sizeof(struct journal_record) == 24, "no padding");
_Static_assert(sizeof(struct journal_reference) == 16, "no padding");
_Static_assert(sizeof(struct command) % 8 == 0, "what follows a command is aligned");
_Static_assert(sizeof(struct plan_report) % 8 == 0, "a whole number of words");

static inline uint32_t journal_words(uint32_t kind)
{
    static const uint8_t words[JOURNAL_KINDS] = {
        [JOURNAL_DELIVERED] = 1, [JOURNAL_EXECUTED] = 2,  [JOURNAL_ANSWERED] = 2,
        [JOURNAL_LEADING] = 1,   [JOURNAL_OWNERSHIP] = 3, [JOURNAL_EXCHANGED] = 2,
        [JOURNAL_OWNER] = 2,     [JOURNAL_LOCATION] = 2,  [JOURNAL_VALUE] = 4,
    };
    return words[kind];
}

/* Of the record and its words. */
static inline uint64_t journal_head_bytes(uint32_t kind)
{
    return sizeof(struct journal_record) + journal_words(kind) * sizeof(uint64_t);
}

/* What follows the words. */
static inline const void *journal_body(const struct journal_record *r)
{
    return &r->word[journal_words(r->kind)];
}

static inline bool journal_has_content(uint32_t kind)
{
    return kind == JOURNAL_ISSUED || kind == JOURNAL_MULTICAST;
}

static inline bool journal_has_reference(uint32_t kind)
{
    return kind >= JOURNAL_DELIVERED && kind <= JOURNAL_ANSWERED;
}

/* Each step is a bijection, so that a single damaged word is detected except for the truncation to
 * 32 bits. */
static inline uint32_t journal_hash(uint64_t hash, const void *data, uint32_t bytes)
{
    uint64_t word;
    for (uint32_t at = 0; at < bytes; at += sizeof(word)) {
        memcpy(&word, (const char *)data + at, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return (uint32_t)(hash >> 32);
}

/* Over all of a record but the check itself, and its offset. */
static inline uint32_t journal_check(const struct journal_record *r, uint64_t offset)
{
    uint32_t from = offsetof(struct journal_record, now_ns);
    return journal_hash(offset + r->bytes, (const char *)r + from, r->bytes - from);
}

static inline struct journal_reference journal_reference_to(const struct command *c)
{
    return (struct journal_reference){c->id.client, c->id.round, (uint32_t)c->id.seq,
                                      journal_hash(0, c, c->bytes)};
}

#endif
