/* simulation.h - an experiment's nodes in the simulator, as a cluster for the runner. */
#ifndef AVIARY_SIM_SIMULATION_H
#define AVIARY_SIM_SIMULATION_H

#include "analysis/experiment/cluster.h"

extern const struct cluster_ops simulated_cluster;
/* A command that simulates one run, such as `aviary run`. */
extern const struct experiment_command simulation_command;

#endif
