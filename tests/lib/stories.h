/* stories.h - stories of the dynamic schemes: a script is played in a small world and what happened
 * is written down: what was multicast, who executed, what was answered, who owns what.
 *
 * Steps take 1 ms (world_steps_model). Variable v starts in partition v % groups. A multicast to
 * one group is delivered after 3 steps, one to several after 6; a reply is one more. Plans are made
 * by hand: `parts` says where they bring the variables that were hinted at. */
#ifndef AVIARY_TESTS_LIB_STORIES_H
#define AVIARY_TESTS_LIB_STORIES_H

#include <stdlib.h>

#include "proto/plant.h"
#include "tests/lib/harness.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum {
    STORY_VERTICES_MAX = 8, /* of the graph that a plan is made of */
    R = ACCESS_READ,
    W = ACCESS_WRITE,
    RW = ACCESS_READ | ACCESS_WRITE,
    CREATE = ACCESS_CREATE,
    DELETE = ACCESS_DELETE | ACCESS_READ,
    TOLD_MAX = 4096,
};

/* An access to a variable that the client believes in that group, and commands made of them. */
#define ON(v, g, how)                                \
    {                                                \
        .variable = (v), .group = (g), .mode = (how) \
    }
#define AT(ms, who, ...)                                                   \
    {                                                                      \
        .client = (who), .at_ns = (ms)*MS + 1, .accesses = { __VA_ARGS__ } \
    }

struct story {
    const char *scheme;
    const struct scripted *commands;
    uint32_t count;
    uint32_t groups, clients;
    uint32_t variables; /* at the start; 0: 64 */
    uint32_t unborn;
    uint32_t granules; /* variable v belongs to v % granules, a multiple of groups; 0: to itself */
    const struct scheme_options *options; /* NULL: as in the papers, no plans */
    const uint32_t *parts; /* a plan's: by rank among the variables that were hinted at */
    const char *faults;
    const struct plant *plant; /* NULL: none */
    bool one_by_one;           /* closed loop: at_ns does not count */
};

/* One over a script, in so many groups; more members may follow. */
#define STORY_OF(scheme_name, group_count, script, ...)                        \
    (struct story)                                                             \
    {                                                                          \
        .scheme = (scheme_name), .commands = (script), .count = COUNT(script), \
        .groups = (group_count), __VA_ARGS__                                   \
    }

struct told_multicast {
    uint64_t now_ns;
    uint32_t node;
    struct command_id id;
    enum purpose purpose;
    enum execution execution;
    struct group_set dests;
    uint32_t target;
};

struct told_answer {
    uint64_t now_ns;
    struct command_id id;
    enum reply_status status;
    uint32_t attempts;
    uint64_t seen; /* of the first access */
};

struct told_execution {
    uint64_t now_ns;
    struct command_id id;
    uint32_t node, group;
    bool executed; /* false: it had a part in it */
};

/* What became of a story. */
struct told {
    struct observer observer;
    struct observer *recorder; /* everything goes on to it */
    struct world world;
    struct script_source source;
    bool ended;            /* everything was answered, and came to rest */
    char why[1300];        /* the first property that failed; "" */
    const uint64_t *kinds; /* messages sent, by kind */
    struct told_multicast multicasts[TOLD_MAX];
    uint32_t multicast_count;
    struct told_answer answers[TOLD_MAX];
    uint32_t answer_count;
    struct told_execution executions[TOLD_MAX];
    uint32_t execution_count;
};

/* Plays it to its end, for at most 30 s of virtual time; to be ended by told_end(). */
struct told *told(const struct story *story);
/* The same; all must be well. */
struct told *told_well(const struct story *story);
void told_end(struct told *t);
/* With the planted bug it must not be well; without it, it must. */
void caught(struct story story, const char *bug);
/* The same, for this property. */
void caught_as(struct story story, const char *bug, const char *property);

uint32_t multicasts(const struct told *t, enum purpose purpose);
/* Did that node make one? */
bool multicast_by(const struct told *t, enum purpose purpose, uint32_t node);
/* The i-th of a client's commands: its answer; which groups executed it, in whatever round. */
const struct told_answer *answer_to(const struct told *t, uint32_t client, uint64_t seq);
struct group_set executed_by(const struct told *t, uint32_t client, uint64_t seq);
/* A variable's owner in the end. */
uint32_t owner(const struct told *t, uint32_t variable);

/* How long it took, in steps: when it is answered less when it was issued. */
double steps(const struct told *t, const struct scripted *commands, uint32_t client, uint64_t seq);

/* Options of a DynaStar story: the leader tells hints every 20 ms, a plan after `changes`. */
struct scheme_options with_plans(uint64_t changes, bool lazy);

#endif
