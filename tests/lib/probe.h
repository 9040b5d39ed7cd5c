/* probe.h - probe nodes, and the small worlds they run in: the frame of the conformance cases. */
#ifndef AVIARY_TESTS_LIB_PROBE_H
#define AVIARY_TESTS_LIB_PROBE_H

#include <stdatomic.h>

#include "tests/lib/conformance.h"

enum {
    PROBES_MAX = 12,
    PROBE_LOG_MAX = 8192,
    PROBE_WORDS = 64,
};

struct probe;

/* The handlers of a case's probes; an event without a handler is ignored. */
struct script {
    void (*init)(struct probe *p);
    void (*message)(struct probe *p, struct message *m);
    void (*timer)(struct probe *p, uint32_t timer);
    void (*completion)(struct probe *p, uint64_t cookie, enum completion how);
    void (*peer)(struct probe *p, uint32_t peer, bool up);
    void (*write)(struct probe *p, uint32_t region, uint32_t writer);
};

/* A node of a case. Everything but `through` belongs to the node until the world is destroyed. */
struct probe {
    const struct script *script;
    const struct conformance_transport *kind;
    struct transport *t;
    uint32_t self, count;
    atomic_bool through;
    uint32_t logged;
    uint64_t log[PROBE_LOG_MAX];               /* values that the case checks afterwards */
    uint64_t step;                             /* scratch of the case */
    uint64_t target[PROBE_WORDS];              /* the same */
    _Alignas(64) uint64_t memory[PROBE_WORDS]; /* to be registered */
    struct message *kept;
};

/* Appends to the log. */
void probe_note(struct probe *p, uint64_t value);
/* This probe is done; the world ends when all are. */
void probe_done(struct probe *p);

/* A message of that size whose every byte follows from `tag`. */
struct message *probe_patterned(struct probe *p, uint32_t bytes, uint64_t tag);
bool probe_is_patterned(const struct message *m, uint64_t tag);
/* A message of one word. */
void probe_send_word(struct probe *p, uint32_t to, uint64_t word);
uint64_t probe_word(const struct message *m);

struct stage {
    const struct conformance_transport *kind;
    struct probe *probe[PROBES_MAX];
    uint32_t count;
    uint64_t malformed;
};

/* Runs the script to its end; afterwards the world is destroyed and the logs can be read. `extra`
 * gives seed and faults, limit_ns the time at most; 0: plenty. */
struct stage stage_run_with(const struct conformance_transport *kind, const struct script *script,
                            uint32_t count, const struct conformance_setup *extra,
                            uint64_t limit_ns);
struct stage stage_run(const struct conformance_transport *kind, const struct script *script,
                       uint32_t count);
void stage_end(struct stage *s);
void stage_expect_done(const struct stage *s);

/* The transports of this run of the suite, by the index of a loop test. */
extern const struct conformance_transport *const *conformance_transports;

/* conformance_remote.c: one-sided memory, work, failures. */
void conformance_add_remote(Suite *suite, int count);
/* conformance_storage.c. */
void conformance_add_storage(Suite *suite, int count);

#endif
