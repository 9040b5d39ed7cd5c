/* history.h - strict serializability of a whole history, decided in near-linear time.
 *
 * The digest application counts versions, so a history says of every access which version it saw.
 * Per variable that settles an order: those that read version i, then the one that overwrote it,
 * then those that read i + 1, ... Together with real time (a returned before b was issued; of one
 * client, not later than) the history is strictly serializable if and only if all of this has no
 * cycle. Where clocks differ (the ledger's clock_error_ns), "before" means by more than that; of
 * one client, whose clock is one, the command that returned last before b was issued is before b
 * anyway.
 *
 * A blind write (written, not read) has the version that its owner counted. Where nobody told it
 * (VERSION_UNSEEN) the write may stand anywhere. So the order in which an owner applied writes
 * counts, even where no client can see it yet.
 *
 * Commands that were answered, or that some replica executed, belong to the history; the latter
 * without a return. Those that were refused do not. */
#ifndef AVIARY_ANALYSIS_CHECK_HISTORY_H
#define AVIARY_ANALYSIS_CHECK_HISTORY_H

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"

enum { HISTORY_ACCESSES_MAX = INT32_MAX - 1 };

/* How many accesses there are to judge: of commands that belong to the history, with a version. A
 * history without any is fine whatever happened. */
uint64_t history_evidence(const struct ledger *l);

/* Judges the ledger's commands, with at most HISTORY_ACCESSES_MAX accesses, into `p` (initialised
 * by the caller). `order`: room for the numbers of all of them; the serial order that was found is
 * put there. Returns how many stand in it; a history that is not strictly serializable has none. A
 * failure names the commands, variables and versions: two writers of one version (a lost update), a
 * version read that nobody wrote, or a short cycle with its edges in order:
 *   ww  a wrote a version, b wrote the next one      wr  a wrote a version, b read it
 *   rw  a read a version, b overwrote it             rt  a returned before b was issued */
uint64_t history_check(const struct ledger *l, uint32_t *order, struct property *p);

#endif
