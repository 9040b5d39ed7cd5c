/* experiment_options.h - the tables of the options of experiment.h, and the topics of their help.
 */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_EXPERIMENT_OPTIONS_H
#define AVIARY_ANALYSIS_EXPERIMENT_EXPERIMENT_OPTIONS_H

#include "analysis/experiment/experiment.h"

/* Fills in the tables of a command, which read into *e, and those of e->clusters, which read into
 * the settings of their kinds; it makes these. */
void experiment_tables(struct experiment *e, const struct experiment_command *command);

/* Fills in the topics of their help. */
void experiment_topics(struct experiment *e);

/* Names by number; NULL past the end. */
const char *experiment_scheme_name(uint32_t i);
const char *experiment_multicast_name(uint32_t i);
const char *experiment_plant_name(uint32_t i);

#endif
