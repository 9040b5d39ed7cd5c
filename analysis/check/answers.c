/* answers.c - one consistent reply per command (answers.h). */
#include "analysis/check/answers.h"

#include <stddef.h>

void answers_init(struct answers *a, struct ledger *ledger)
{
    a->ledger = ledger;
    property_init(&a->properties[ANSWERS_ONCE], "answered-once");
    property_init(&a->properties[ANSWERS_EVERY], "all-answered");
}

void answers_issued_twice(struct answers *a, struct command_id id)
{
    property_fail(&a->properties[ANSWERS_ONCE], "%s was issued twice",
                  ledger_id_name(a->ledger, id).text);
}

/* Did some group execute one of its casts with the digest that the reply carries? */
static bool digest_known(const struct ledger *l, const struct ledger_command *c, uint64_t digest)
{
    for (uint32_t at = c->cast_first; at != LEDGER_NONE; at = l->casts[at].next) {
        const struct ledger_cast *cast = &l->casts[at];
        const struct ledger_slot *slot = &l->slots[cast->slot_first];
        for (uint32_t i = 0; i < cast->group_count; i++)
            if (slot[i].executed && slot[i].digest == digest) return true;
    }
    return false;
}

/* The next access from `from` on whose version in the reply differs from a replica's; or
 * access_count. */
static uint32_t wrong_access(const struct ledger *l, const struct answers_reply *reply,
                             uint32_t from)
{
    const struct ledger_command *c = &l->commands[reply->command];
    if (c->access_count != reply->access_count) return reply->access_count;
    const struct ledger_access *access = &l->accesses[c->access_first];
    uint32_t i = from;
    for (; i < c->access_count; i++) {
        uint64_t seen = reply->view->seen[i];
        if (seen != VERSION_UNSEEN && seen != access[i].version) break;
    }
    return i;
}

bool answers_supported(const struct ledger *l, const struct answers_reply *reply)
{
    const struct ledger_command *c = &l->commands[reply->command];
    return c->executed && digest_known(l, c, reply->view->digest) &&
           wrong_access(l, reply, 0) == reply->access_count;
}

static void judge_content(struct answers *a, const struct answers_reply *reply)
{
    struct property *once = &a->properties[ANSWERS_ONCE];
    struct ledger *l = a->ledger;
    const struct ledger_command *c = &l->commands[reply->command];
    if (!c->executed) {
        property_fail(once, "%s was answered, but no replica had executed it",
                      ledger_name(l, reply->command).text);
        return;
    }
    if (!reply->attempts)
        property_fail(once, "%s was answered after no attempt to execute it",
                      ledger_name(l, reply->command).text);
    if (!digest_known(l, c, reply->view->digest))
        property_fail(once, "%s was answered with digest %016llx, which no replica computed",
                      ledger_name(l, reply->command).text, (unsigned long long)reply->view->digest);
    uint32_t i = wrong_access(l, reply, 0);
    for (; i < reply->access_count; i = wrong_access(l, reply, i + 1))
        property_fail(once, "the reply to %s says it saw version %llu of %s, which no replica did",
                      ledger_name(l, reply->command).text, (unsigned long long)reply->view->seen[i],
                      ledger_variable_name(l, l->accesses[c->access_first + i].variable).text);
}

bool answers_answered(struct answers *a, const struct answers_reply *reply, bool judge)
{
    struct property *once = &a->properties[ANSWERS_ONCE];
    if (reply->command == LEDGER_NONE) {
        property_fail(once, "%s was answered, but never issued",
                      ledger_id_name(a->ledger, reply->id).text);
        return false;
    }
    struct ledger_command *c = &a->ledger->commands[reply->command];
    if (c->status != LEDGER_UNANSWERED) {
        property_fail(once, "%s was answered twice", ledger_name(a->ledger, reply->command).text);
        return false;
    }
    c->returned_ns = reply->now_ns;
    c->status = (uint8_t)reply->view->status;
    c->attempts = reply->attempts;
    if (judge && reply->view->status == REPLY_OK) judge_content(a, reply);
    if (judge && reply->view->status == REPLY_RETRY)
        property_fail(once, "%s was answered with retry, which no application should see",
                      ledger_name(a->ledger, reply->command).text);
    return true;
}

static void report_unanswered(struct answers *a, uint32_t command, const struct survival *survival,
                              bool drained)
{
    const struct ledger *l = a->ledger;
    struct property *every = &a->properties[ANSWERS_EVERY];
    struct ledger_text name = ledger_name(l, command);
    double issued_s = (double)l->commands[command].issued_ns / 1e9;
    uint32_t group = survival_blocking_group(survival, command);
    if (group < GROUPS_MAX)
        property_unknown(every, "%s, issued at %.6f s, was never answered, but it needs %s: %s",
                         name.text, issued_s, ledger_group_name(&l->topology, group).text,
                         survival->property.reason);
    else if (drained)
        property_fail(every, "%s, issued at %.6f s, was never answered", name.text, issued_s);
    else
        property_unknown(every, "the run was cut off before %s, issued at %.6f s, was answered",
                         name.text, issued_s);
}

void answers_check(struct answers *a, const bool *crashed, const struct survival *survival,
                   bool drained)
{
    struct ledger *l = a->ledger;
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->status == REPLY_NOK && c->executed)
            property_fail(&a->properties[ANSWERS_ONCE],
                          "%s was answered with a refusal, but it was executed",
                          ledger_name(l, (uint32_t)i).text);
        if (c->status == LEDGER_UNANSWERED && !crashed[c->client])
            report_unanswered(a, (uint32_t)i, survival, drained);
    }
}
