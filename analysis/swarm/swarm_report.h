/* swarm_report.h - prints what a swarm came to: tables by scheme and by property, the rare paths
 * that it took, and of each property that failed the first failure with its command line. */
#ifndef AVIARY_ANALYSIS_SWARM_SWARM_REPORT_H
#define AVIARY_ANALYSIS_SWARM_SWARM_REPORT_H

#include "analysis/swarm/swarm.h"

/* To standard output. */
void swarm_print(const struct swarm *s);

#endif
