/* dynamic.h - the servers of the dynamic schemes: partitions whose variables move, or are lent.
 *
 * Long Hoang Le, Bezerra, Pedone: Dynamic Scalable State Machine Replication (DS-SMR), DSN 2016;
 * Le, Fynn, Eslahi-Kelorazi, Soule, Pedone: DynaStar, ICDCS 2019. A command carries the believed
 * place of every variable, and every destination compares its own part of that with what it holds,
 * since the sender's cache may be stale; no destination recomputes the places from a map of its own
 * (the published pseudo-code does, and can hang: it would lend to a partition that never delivers
 * the command). How a command runs depends on it alone:
 *
 *   one partition      executed if all variables are here, else refused: retry
 *   EXECUTION_LEND     each other destination lends the target what it has of the command (a LOAN,
 *                      also if that is nothing, or if a variable is missing: then marked so) and
 *                      waits for the RETURN; the target waits for all loans. If all is there it
 *                      executes, sends back what was written, replies; else it sends all back
 *                      unchanged and replies retry. Since the others wait for the target and the
 *                      target for the others, any two overlap: no further signals are needed.
 *   EXECUTION_MOVE,    variables that are where they are believed to be move to the target for
 *   PURPOSE_MOVE       good; all destinations exchange signals; the target executes if it then has
 *                      everything (PURPOSE_MOVE: executes nothing). The oracle takes part, so that
 *                      its map follows.
 *   EXECUTION_         S-SMR over all partitions, DS-SMR's fallback: each sends each other
 *   EVERYWHERE         one message with all that it owns of the command; what none has does not
 *                      exist.
 *
 * Variables that a plan moves arrive by transfer.h. Accesses of executed commands become hints
 * (hints.h). */
#ifndef AVIARY_PROTO_SCHEMES_DYNAMIC_H
#define AVIARY_PROTO_SCHEMES_DYNAMIC_H

#include "proto/execution/executor.h"

extern const struct plant plant_own_target, plant_impatient_lender, plant_incomplete_set,
    plant_lost_value_loan, plant_lost_value_return, plant_lost_value_move;
extern const struct executor_ops dynamic_executor;

#endif
