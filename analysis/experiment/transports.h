/* transports.h - what the messages of a run go over: simulated, or for real. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_TRANSPORTS_H
#define AVIARY_ANALYSIS_EXPERIMENT_TRANSPORTS_H

#include <stdint.h>

enum experiment_transport { EXPERIMENT_LOOP, EXPERIMENT_VERBS, EXPERIMENT_SIM };

struct transport_kind {
    const char *name;
    const char *summary;
};

/* By enum experiment_transport, or NULL past the end. */
const struct transport_kind *transport_at(uint32_t i);
const char *transport_name(uint32_t i);

#endif
