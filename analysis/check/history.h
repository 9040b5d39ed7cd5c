/* history.h - strict serializability of a whole history, decided in near-linear time.
 *
 * The digest application counts versions, so a history has the version seen by every access. Per
 * variable that gives an order: those that read version i, then the one that overwrote it, then
 * those that read i + 1, ... Together with real time (a returned before b was issued; of one
 * client, not later than) the history is strictly serializable if and only if these edges have no
 * cycle. Where clocks differ (the ledger's clock_error_ns), "before" means by more than that; of
 * one client, which has one clock, the command that returned last before b was issued is before b
 * anyway.
 *
 * A blind write (written, not read) has the version that its owner counted. If it is unknown
 * (VERSION_UNSEEN) the write may be anywhere. So the order in which an owner applied writes counts,
 * even where no client has observed it yet.
 *
 * Commands that were answered, or that some replica executed, belong to the history; the latter
 * without a return. Those that were refused do not. */
#ifndef AVIARY_ANALYSIS_CHECK_HISTORY_H
#define AVIARY_ANALYSIS_CHECK_HISTORY_H

#include "analysis/check/ledger.h"
#include "analysis/check/verdict.h"

enum { HISTORY_ACCESSES_MAX = INT32_MAX - 1 };

/* The number of accesses to check: of commands that belong to the history, with a version. A
 * history without any is trivially correct. */
uint64_t history_evidence(const struct ledger *l);

/* Checks the ledger's commands, with at most HISTORY_ACCESSES_MAX accesses, into `p` (initialised
 * by the caller). `order`: room for the numbers of all of them; receives the serial order found.
 * Returns its length; a history that is not strictly serializable has none. A failure names the
 * commands, variables and versions: two writers of one version (a lost update), a version read but
 * never written, or a short cycle with its edges in order:
 *   ww  a wrote a version, b wrote the next one      wr  a wrote a version, b read it
 *   rw  a read a version, b overwrote it             rt  a returned before b was issued */
uint64_t history_check(const struct ledger *l, uint32_t *order, struct property *p);

#endif
