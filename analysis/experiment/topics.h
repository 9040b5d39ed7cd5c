/* topics.h - the names that options take: a list by topic, each from the table of what there is. */
#ifndef AVIARY_ANALYSIS_EXPERIMENT_TOPICS_H
#define AVIARY_ANALYSIS_EXPERIMENT_TOPICS_H

#include <stdint.h>

#include "base/error.h"

/* The i-th topic's name, or NULL past the end. */
const char *topic_at(uint32_t i);
/* Prints a title and a line for each name; 0, or -1 with the error: there is no such topic. */
int topic_print(const char *topic, struct error *error);
/* `name` is none of the topic's: -1 with the error, which says what there is. */
int topic_refuse(const char *topic, const char *name, struct error *error);

#endif
