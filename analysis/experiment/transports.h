/* transports.h - what an emulation can run over. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_TRANSPORTS_H
#define AVIARY_ANALYSIS_EXPERIMENT_TRANSPORTS_H

#include <stdint.h>

#include "base/error.h"

enum experiment_transport { EXPERIMENT_LOOP, EXPERIMENT_VERBS };

struct transport_kind {
    const char *name;
    const char *summary;
};

/* By enum experiment_transport, or NULL past the end. */
const struct transport_kind *transport_at(uint32_t i);
/* By name: 0, or -1 with the error, which says what there is. */
int transport_find(const char *name, enum experiment_transport *out, struct error *error);

#endif
