/* stories.h - stories are test cases of the dynamic schemes: a script of commands runs in a small
 * world, and multicasts, executions, answers and owners are recorded.
 *
 * Steps take 1 ms (world_steps_model). Variable v starts in partition v % groups. A multicast to
 * one group is delivered after 3 steps, one to several after 6; a reply is one more. Plans are
 * given by the test: `parts` has the partition of each variable in the hints. */
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
    STORY_VERTICES_MAX = 8, /* of the graph that a plan is computed from */
    R = ACCESS_READ,
    W = ACCESS_WRITE,
    RW = ACCESS_READ | ACCESS_WRITE,
    CREATE = ACCESS_CREATE,
    DELETE = ACCESS_DELETE | ACCESS_READ,
    STORY_EVENTS_MAX = 4096,
};

/* An access to a variable that the client expects in that group, and commands made of them. */
#define ON(v, g, how)                                \
    {                                                \
        .variable = (v), .group = (g), .mode = (how) \
    }
#define AT(ms, of, ...)                                                   \
    {                                                                     \
        .client = (of), .at_ns = (ms)*MS + 1, .accesses = { __VA_ARGS__ } \
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
    const uint32_t *parts;                /* of a plan: by rank among the variables in the hints */
    const char *faults;
    const struct plant *plant; /* NULL: none */
    bool durable;              /* replicas store, 3 ms each time */
    bool one_by_one;           /* closed loop: at_ns does not count */
};

/* A story of a script in that number of groups; more members may follow. */
#define STORY_OF(scheme_name, group_count, script, ...)                        \
    (struct story)                                                             \
    {                                                                          \
        .scheme = (scheme_name), .commands = (script), .count = COUNT(script), \
        .groups = (group_count), __VA_ARGS__                                   \
    }

struct story_multicast {
    uint64_t now_ns;
    uint32_t node;
    struct command_id id;
    enum purpose purpose;
    enum execution execution;
    struct group_set dests;
    uint32_t target;
};

struct story_answer {
    uint64_t now_ns;
    struct command_id id;
    enum reply_status status;
    uint32_t attempts;
    uint64_t seen; /* of the first access */
};

struct story_execution {
    uint64_t now_ns;
    struct command_id id;
    uint32_t node, group;
    bool executed; /* false: it only participated */
};

/* A story that has run. */
struct story_run {
    struct observer observer;
    struct observer *recorder; /* receives all events, too */
    struct world world;
    struct script_source source;
    bool ended;            /* all commands were answered, and all replicas agree */
    char why[1300];        /* the first property that failed; "" */
    const uint64_t *kinds; /* messages sent, by kind */
    struct story_multicast multicasts[STORY_EVENTS_MAX];
    uint32_t multicast_count;
    struct story_answer answers[STORY_EVENTS_MAX];
    uint32_t answer_count;
    struct story_execution executions[STORY_EVENTS_MAX];
    uint32_t execution_count;
};

/* Runs it to its end, for at most 30 s of virtual time; to be ended by story_run_end(). */
struct story_run *run_story(const struct story *story);
/* The same; all properties must hold. */
struct story_run *run_story_ok(const struct story *story);
void story_run_end(struct story_run *t);
/* Without the planted bug all properties must hold; with it one must fail. */
void expect_detected(struct story story, const char *bug);
/* The same; with the bug this property must fail first. */
void expect_detected_by(struct story story, const char *bug, const char *property);

uint32_t multicasts(const struct story_run *t, enum purpose purpose);
/* Whether that node sent one. */
bool multicast_by(const struct story_run *t, enum purpose purpose, uint32_t node);
/* The i-th of a client's commands: its answer; which groups executed it, in any round. */
const struct story_answer *answer_to(const struct story_run *t, uint32_t client, uint64_t seq);
struct group_set executed_by(const struct story_run *t, uint32_t client, uint64_t seq);
/* A variable's owner in the end. */
uint32_t owner(const struct story_run *t, uint32_t variable);

/* Whether any node took that path. */
bool reached(const struct story_run *t, enum mark mark);

/* How long it took, in steps: when it is answered less when it was issued. */
double steps(const struct story_run *t, const struct scripted *commands, uint32_t client,
             uint64_t seq);

/* Options of a DynaStar story: leaders send hints every 20 ms; a plan after `changes`. */
struct scheme_options with_plans(uint64_t changes, bool lazy);

#endif
