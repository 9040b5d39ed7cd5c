/* oracle.h - the oracle: a replicated group that maps every variable to its partition.
 *
 * One oracle serves both dynamic schemes. In DS-SMR (DSN 2016) clients consult it and move
 * variables themselves, by multicasts that it takes part in; in DynaStar (ICDCS 2019) it multicasts
 * commands on behalf of clients that ask, and plans the placement (planner.h). Its map changes only
 * by multicasts that it delivers, so at every point of the order it is exact.
 *
 *   CONSULT, ASK  answers with a PROPHECY: the command with the place of every variable filled in,
 *                 or no: a variable does not exist, or one to be created does. ASK: multicasts
 *                 the command, under the next round, to the partitions concerned; the PROPHECY is
 *                 kept, so it can be sent and multicast again when the client asks again.
 *   MOVE          exchanges signals with the partitions concerned, like one of them.
 *   EXECUTE       of commands that create or delete: its loan to the target (may they execute, and
 *                 which versions had deleted variables), and the return has the resulting state
 *                 of it. Where all partitions execute (DS-SMR's fallback): the same by signals. */
#ifndef AVIARY_PROTO_ORACLE_ORACLE_H
#define AVIARY_PROTO_ORACLE_ORACLE_H

#include "proto/execution/executor.h"

extern const struct plant plant_wrong_nok, plant_unheard_moves;
extern const struct executor_ops oracle_executor;

/* The map at this replica: the variable's partition, or PLACE_NONE. */
uint16_t oracle_place(const struct executor *e, uint32_t variable);

/* The group that executes c, among those in its accesses. */
uint32_t oracle_target(const struct command *c, enum target_rule rule);

#endif
