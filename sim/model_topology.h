/* model_topology.h - the keys of a model that say where nodes stand and how far apart. */
#ifndef AVIARY_SIM_MODEL_TOPOLOGY_H
#define AVIARY_SIM_MODEL_TOPOLOGY_H

#include "sim/model.h"

/* How these keys are written, for a list of all; NULL ends it. */
extern const char *const model_topology_keys[];

/* Sets one of them. `source` is the model's file, in whose folder others are looked for. 0; -1 with
 * the error; 1: the key is another. */
int model_topology_set(struct model *m, const char *source, const char *key, const char *text,
                       struct error *e);
/* After all lines: fills in what has none; -1: latencies are missing. */
int model_topology_complete(struct model *m, struct error *e);

/* What a model with all values lacks beside a key: "expected ..."; NULL: nothing. */
const char *model_topology_lacks(const struct model *m, const char **key);

/* `name` becomes the name of a model or of something in it. */
int model_set_name(char to[static MODEL_NAME_MAX], const char *name, struct error *e);
/* A bandwidth, or 0 for unlimited. */
int model_set_bandwidth(const char *text, uint64_t *bits_per_second, struct error *e);

#endif
