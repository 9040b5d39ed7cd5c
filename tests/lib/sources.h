/* sources.h - commands for tests: written by hand, or drawn from a seed. Any variable may be in any
 * group: a test gives the group of each access. */
#ifndef AVIARY_TESTS_LIB_SOURCES_H
#define AVIARY_TESTS_LIB_SOURCES_H

#include "proto/client/client.h"

enum { SCRIPT_ACCESSES_MAX = 4 };

/* One command of a script; an access with mode 0 ends the list. */
struct scripted {
    uint32_t client;
    uint64_t at_ns; /* open loop; 0: as soon as the client requests it */
    uint64_t cost_ns;
    struct access accesses[SCRIPT_ACCESSES_MAX];
};

struct script_source {
    struct command_source source;
    const struct scripted *commands; /* in the order each client issues its own */
    uint32_t count;
    uint32_t *taken; /* by client: its position in the list */
    uint64_t scratch[32];
};

void script_source_init(struct script_source *s, const struct scripted *commands, uint32_t count,
                        uint32_t clients);
void script_source_finish(struct script_source *s);

/* Commands over `variables` variables, variable v in group v % groups; a share of them touches
 * several groups. Half read-modify-write, a quarter reads, a quarter blind writes. Some create or
 * delete a variable, whether or not it can be done. In an open loop a command of each client is due
 * every `every_ns`. */
struct random_source {
    struct command_source source;
    struct random random;
    uint32_t groups;
    uint32_t variables;
    uint32_t each;      /* commands of each client */
    uint32_t multi_pct; /* of commands that touch two or three groups */
    uint32_t clients;
    uint64_t every_ns; /* 0: closed loop */
    uint32_t unborn;   /* more variables, which do not exist at the start, */
    uint32_t make_pct; /* and the share of commands that create or delete one */
    uint32_t request_bytes;
    uint32_t *issued; /* by client */
    uint64_t scratch[32];
};

struct random_source_setup {
    uint64_t seed;
    uint32_t groups, variables, each, multi_pct, clients, unborn, make_pct;
    uint64_t every_ns;
    uint32_t request_bytes; /* of every third command; 0: of all the same */
};

void random_source_init(struct random_source *s, const struct random_source_setup *setup);
void random_source_finish(struct random_source *s);

#endif
