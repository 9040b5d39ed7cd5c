/* scene.h - a few simulated nodes that log their events with the times: for tests of the exact
 * times of the simulator. */
#ifndef AVIARY_TESTS_SIM_SCENE_H
#define AVIARY_TESTS_SIM_SCENE_H

#include "sim/sim.h"

#define LINK_10US "link.latency = constant 10us\nconnection.timeout = 1ms\n"

enum { ACTORS_MAX = 8, LOG_MAX = 64, MEMORY_WORDS = 16 };

struct actor;

/* The handlers of all nodes of a scene; NULL: no action. */
struct behaviour {
    void (*init)(struct actor *a);
    void (*message)(struct actor *a, struct message *m);
    void (*timer)(struct actor *a, uint32_t timer);
    const char *const *names; /* of the nodes; NULL: a, b, c, ... */
};

/* A node, and the log of its events: messages (m, from that node), timers (t, of that number),
 * completions (c, 10 * cookie + how), peers (p, 10 * peer + up) and writes into watched regions (w,
 * 10 * region + writer). */
struct actor {
    const struct behaviour *behaviour;
    struct transport *t;
    uint32_t logged;
    struct {
        char what;
        uint32_t detail;
        uint64_t at_ns;
    } log[LOG_MAX];
    uint64_t memory[MEMORY_WORDS], seen[MEMORY_WORDS];
};

struct scene {
    struct model *model;
    struct faults *faults;
    struct sim *sim;
    struct actor *actor; /* nodes a, b, c, ... */
};

extern const struct node_ops scene_actor_ops;

/* `count` nodes under a model and a fault script (NULL: none), started with seed 1; scene_run()
 * runs them until no event is pending. The behaviour must exist as long as the scene. */
struct scene *scene_begin(const struct behaviour *behaviour, uint32_t count, const char *model,
                          const char *faults);
struct scene *scene_run(const struct behaviour *behaviour, uint32_t count, const char *model,
                        const char *faults);

/* Frees all scenes: the fixture after each test. */
void scenes_end(void);

/* The entry of its log with that index. */
void expect(const struct actor *a, uint32_t index, char what, uint32_t detail, uint64_t at_ns);
uint32_t count_logged(const struct actor *a, char what);

/* For behaviours. The first node is node 0. */
bool is_first(const struct actor *a);
void send_to(struct actor *a, uint32_t first, uint32_t last, uint32_t bytes);
/* All but the first send 1000 bytes to it. */
void all_to_the_first(struct actor *a);
/* The handler takes 5 us; the first node answers the others with 16 bytes. */
void charge_and_answer(struct actor *a, struct message *m);
/* Each of two nodes sends the other 16 bytes every 100 us until 2 ms are over; timers are not
 * logged. */
extern const struct behaviour every_100us;

#endif
