/* plants.h - the planted bugs (plant.h) of all schemes. */
#ifndef AVIARY_PROTO_SCHEMES_PLANTS_H
#define AVIARY_PROTO_SCHEMES_PLANTS_H

#include "proto/plant.h"
#include "proto/schemes/scheme.h"

/* All there are, each once: the i-th, or NULL past the end. */
const struct plant *plant_at(uint32_t i);
/* NULL for an unknown name. */
const struct plant *plant_find(const char *name);
/* Has a run of that scheme over that multicast the rule that it takes out? */
bool plant_concerns(const struct plant *plant, const struct scheme *scheme,
                    const struct multicast_ops *multicast);

#endif
