/* ssmr.h - S-SMR's servers: every destination partition executes the whole command.
 *
 * Bezerra, Pedone, van Renesse: Scalable State-Machine Replication, DSN 2014, Algorithm 1.
 * At the START of a command (the one before it is done), a partition pushes to each other
 * destination one VALUES message with the variables it owns and the command reads; the message
 * counts as the partition's signal, also when it is empty. A replica ends the command only when it
 * has one from every other destination, so that for any two partitions one has started before the
 * other ends: without this the execution is serializable but not linearizable. The bulletin of 2016
 * (Strong consistency at scale, IEEE Data Eng. Bull. 39(1)) sends them at the start; sending at
 * delivery is not enough (tests/check/test_history.c has the counter-example).
 *
 * With scheme_options.value_cache, values are kept from command to command (copies.h): VALUES then
 * marks the receiver's copies "still valid", and where replicas speculate, a command executes at
 * its start with the copies and completes when all messages have arrived: with that result if every
 * copy it read was valid, or with that of a second execution. Until then the store is untouched and
 * nothing is reported. */
#ifndef AVIARY_PROTO_SCHEMES_SSMR_H
#define AVIARY_PROTO_SCHEMES_SSMR_H

#include "proto/execution/executor.h"

extern const struct executor_ops ssmr_executor;
extern const struct plant plant_no_signals, plant_signals_at_enqueue, plant_stale_cache;

#endif
