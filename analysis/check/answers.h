/* answers.h - checks replies: exactly one per command that was issued, consistent with the
 * replicas: OK if one of its casts was executed, NOK if none was. "Retry" is between replicas and a
 * client's proxy; no application gets it. */
#ifndef AVIARY_ANALYSIS_CHECK_ANSWERS_H
#define AVIARY_ANALYSIS_CHECK_ANSWERS_H

#include <stdbool.h>
#include <stdint.h>

#include "analysis/check/ledger.h"
#include "analysis/check/survival.h"
#include "analysis/check/verdict.h"

enum answers_property {
    ANSWERS_ONCE,  /* a reply is to an issued command without one, and is consistent */
    ANSWERS_EVERY, /* every command of a live client is answered */
    ANSWERS_PROPERTIES,
};

struct answers {
    struct ledger *ledger; /* borrowed; returned_ns, status, attempts are written */
    struct property properties[ANSWERS_PROPERTIES];
};

struct answers_reply {
    uint32_t command; /* number in the ledger, LEDGER_NONE: unknown */
    struct command_id id;
    uint64_t now_ns;
    uint32_t attempts;
    const struct reply_view *view;
    uint32_t access_count; /* of view->seen */
};

void answers_init(struct answers *a, struct ledger *ledger);

/* A client issued a command twice. */
void answers_issued_twice(struct answers *a, struct command_id id);
/* Returns whether it is the command's first answer. Without `judge` only the ledger is written. */
bool answers_answered(struct answers *a, const struct answers_reply *reply, bool judge);

/* Have replicas reported an execution that matches an OK reply to a known command? */
bool answers_supported(const struct ledger *l, const struct answers_reply *reply);

/* At the end. crashed[client]: by client number. */
void answers_check(struct answers *a, const bool *crashed, const struct survival *survival,
                   bool drained);

#endif
