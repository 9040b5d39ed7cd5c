/* journal_format.h - the bytes of a journal, for journal.c that writes and journal_merge.c that
 * reads them; nobody else includes it.
 *
 * The file: struct journal_header, then records back to back, then room that is allocated but not
 * used. What counts ends at header.committed. A record: struct journal_record; the plan report
 * (PLANNED), or the command with all that belongs to it; then, if `seen`, a version for each of the
 * command's accesses. Everything is 8-aligned, so commands are used in place. */
#ifndef AVIARY_ANALYSIS_JOURNAL_FORMAT_H
#define AVIARY_ANALYSIS_JOURNAL_FORMAT_H

#include <stdatomic.h>
#include <stdint.h>
#include <string.h>

#include "proto/command.h"
#include "proto/observer.h"
#include "proto/topology.h"

/* The last digit changes with the layout. */
#define JOURNAL_MAGIC UINT64_C(0x31726e6a79726976) /* "viryjnr1" */

struct journal_header {
    uint64_t magic;
    uint32_t groups, replicas, clients, oracle; /* struct topology */
    _Atomic uint32_t incomplete;                /* 1: the disk was full, something is missing */
    uint32_t reserved;
    _Atomic uint64_t committed; /* bytes of the file, this header included */
};

/* What the fields of a record mean:
 *                number    status   first       second      follows
 *   ISSUED       -         -        -           -           command
 *   MULTICAST    -         -        -           -           command
 *   DELIVERED    -         -        timestamp   -           command
 *   STARTED      -         -        -           -           command
 *   EXECUTED     -         -        digest      state hash  command, seen
 *   ANSWERED     attempts  status   digest      -           command, seen
 *   LEADING      -         -        ballot      -
 *   OWNERSHIP    variable  what     timestamp   other
 *   EXCHANGED    -         -        variables   bytes
 *   PLANNED      -         -        -           -           plan report
 *   OWNER        variable  -        -           -           (finals.h)
 *   LOCATION     variable  -        -           -           (finals.h) group may be PLACE_NONE
 *   VALUE        variable  -        version     value       (finals.h)
 * `group` is GROUPS_MAX where the event has none, and so is `node` UINT32_MAX. */
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
    uint32_t group;
    uint32_t number;
    uint16_t kind;  /* enum journal_kind */
    uint8_t status; /* enum reply_status, enum ownership */
    uint8_t seen;   /* 1: versions follow */
    uint64_t first, second;
};

_Static_assert(sizeof(struct journal_header) == 40, "no padding");
_Static_assert(sizeof(struct journal_record) == 48, "no padding");
_Static_assert(sizeof(struct command) % 8 == 0, "what follows a command is aligned");
_Static_assert(sizeof(struct plan_report) % 8 == 0, "a whole number of words");

static inline bool journal_has_command(uint32_t kind)
{
    return kind <= JOURNAL_ANSWERED;
}

/* Over all of a record but the check itself, and where it stands: each step can be undone, so that
 * no single damaged word goes unnoticed but for the cut to 32 bits. */
static inline uint32_t journal_check(const struct journal_record *r, uint64_t offset)
{
    uint64_t hash = offset + r->bytes, word;
    for (uint32_t at = sizeof(word); at < r->bytes; at += sizeof(word)) {
        memcpy(&word, (const char *)r + at, sizeof(word));
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 32;
    }
    return (uint32_t)(hash >> 32);
}

#endif
