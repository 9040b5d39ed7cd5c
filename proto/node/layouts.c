/* layouts.c - the fields of each kind of messages (layouts.h). */
#include "proto/node/layouts.h"

#include <string.h>

#include "base/assert.h"
#include "proto/execution/exchange.h"
#include "proto/oracle/plan.h"
#include "proto/order/group.h"
#include "proto/order/multicast.h"
#include "proto/reply.h"
#include "proto/schemes/departures.h"

/* ---- a group's log -------------------------------------------------------------------------- */

#define BALLOT FIELD(message_group, ballot, FIELD_BALLOT)
#define COMMIT FIELD(message_group, commit, FIELD_NUMBER)

static const struct message_field ballot_and_commit[] = {BALLOT, COMMIT};
static const struct message_field promise[] = {
    BALLOT, COMMIT, FIELD_AS("slots", message_group, through, FIELD_NUMBER)};
static const struct message_field accepted[] = {
    BALLOT, FIELD(message_group, through, FIELD_NUMBER),
    FIELD_AS("newest", message_group, commit, FIELD_NUMBER),
    FIELD(message_group, applied, FIELD_NUMBER), FIELD(message_group, progress, FIELD_NUMBER)};
static const struct message_field heartbeat[] = {
    BALLOT, COMMIT, FIELD_AS("quorum", message_group, through, FIELD_NUMBER),
    FIELD(message_group, applied, FIELD_NUMBER)};

#define SLOT FIELD(message_accept, ballot, FIELD_BALLOT), FIELD(message_accept, slot, FIELD_NUMBER)
#define SLOT_BYTES FIELD_AS("bytes", message_accept, entry_bytes, FIELD_NUMBER)

static const struct message_field accept[] = {SLOT, FIELD(message_accept, commit, FIELD_NUMBER),
                                              FIELD(message_accept, stable, FIELD_NUMBER),
                                              SLOT_BYTES};
static const struct message_field promised[] = {
    SLOT, FIELD_AS("accepted", message_accept, accepted_ballot, FIELD_BALLOT), SLOT_BYTES};
static const struct message_field learn[] = {SLOT, FIELD(message_accept, more, FIELD_NUMBER),
                                             SLOT_BYTES};

/* ---- multicast ------------------------------------------------------------------------------ */

static const struct message_field start[] = {FIELD_OF_COMMAND(message_start),
                                             FIELD(message_start, relay, FIELD_NUMBER),
                                             FIELD(message_start, inquiry, FIELD_NUMBER)};
static const struct message_field wanted[] = {FIELD_AS("of", message_wanted, id, FIELD_COMMAND),
                                              FIELD(message_wanted, group, FIELD_NUMBER)};
static const struct message_field leader[] = {FIELD(message_leader, group, FIELD_NUMBER),
                                              FIELD(message_leader, node, FIELD_NUMBER),
                                              FIELD(message_leader, ballot, FIELD_BALLOT)};

/* ---- exchange ------------------------------------------------------------------------------- */

static const struct message_field values[] = {FIELD_AS("of", message_values, id, FIELD_COMMAND),
                                              FIELD(message_values, group, FIELD_NUMBER),
                                              FIELD(message_values, timestamp, FIELD_NUMBER),
                                              FIELD(message_values, previous, FIELD_NUMBER),
                                              FIELD(message_values, verdict, FIELD_NUMBER),
                                              FIELD(message_values, count, FIELD_NUMBER)};
static const struct message_field need[] = {FIELD(message_need, from, FIELD_NUMBER),
                                            FIELD(message_need, through, FIELD_LIMIT)};
static const struct message_field told[] = {FIELD(message_told, through, FIELD_NUMBER)};

/* ---- plans ---------------------------------------------------------------------------------- */

static const struct message_field plan_need[] = {FIELD(message_plan_need, version, FIELD_NUMBER),
                                                 FIELD(message_plan_need, from, FIELD_NUMBER)};
static const struct message_field plan_part[] = {
    FIELD(message_plan_part, version, FIELD_NUMBER), FIELD(message_plan_part, from, FIELD_NUMBER),
    FIELD(message_plan_part, next, FIELD_LIMIT), FIELD(message_plan_part, count, FIELD_NUMBER)};
static const struct message_field fetch[] = {FIELD(message_fetch, version, FIELD_NUMBER),
                                             FIELD(message_fetch, number, FIELD_NUMBER),
                                             FIELD(message_fetch, count, FIELD_NUMBER)};
static const struct message_field objects[] = {
    FIELD(message_objects, version, FIELD_NUMBER), FIELD(message_objects, number, FIELD_NUMBER),
    FIELD(message_objects, group, FIELD_NUMBER), FIELD(message_objects, count, FIELD_NUMBER)};
static const struct message_field received[] = {FIELD(message_received, version, FIELD_NUMBER)};

/* ---- answers to clients --------------------------------------------------------------------- */

static const struct message_field reply[] = {
    FIELD_AS("to", message_reply, id, FIELD_COMMAND), FIELD(message_reply, group, FIELD_NUMBER),
    FIELD(message_reply, status, FIELD_NUMBER),
    FIELD_AS("plan", message_reply, plan_version, FIELD_NUMBER)};
static const struct message_field prophecy[] = {
    FIELD_AS("to", message_prophecy, id, FIELD_COMMAND),
    FIELD(message_prophecy, status, FIELD_NUMBER),
    FIELD_AS("plan", message_prophecy, plan_version, FIELD_NUMBER)};

/* --------------------------------------------------------------------------------------------- */

struct message_layout message_layout(const struct multicast_ops *multicast, enum message_kind kind)
{
    static const struct message_layout layouts[MESSAGE_KIND_COUNT] = {
        [MESSAGE_PREPARE] = LAYOUT(ballot_and_commit),
        [MESSAGE_PROMISE] = LAYOUT(promise),
        [MESSAGE_PROMISED] = LAYOUT(promised),
        [MESSAGE_ACCEPT] = LAYOUT(accept),
        [MESSAGE_ACCEPTED] = LAYOUT(accepted),
        [MESSAGE_HEARTBEAT] = LAYOUT(heartbeat),
        [MESSAGE_SUSPECT] = LAYOUT(ballot_and_commit),
        [MESSAGE_SUPPORT] = LAYOUT(ballot_and_commit),
        [MESSAGE_LEARN] = LAYOUT(learn),
        [MESSAGE_START] = LAYOUT(start),
        [MESSAGE_WANTED] = LAYOUT(wanted),
        [MESSAGE_LEADER] = LAYOUT(leader),
        [MESSAGE_VALUES] = LAYOUT(values),
        [MESSAGE_LOAN] = LAYOUT(values),
        [MESSAGE_RETURN] = LAYOUT(values),
        [MESSAGE_NEED] = LAYOUT(need),
        [MESSAGE_TOLD] = LAYOUT(told),
        [MESSAGE_PLAN_NEED] = LAYOUT(plan_need),
        [MESSAGE_PLAN_PART] = LAYOUT(plan_part),
        [MESSAGE_FETCH] = LAYOUT(fetch),
        [MESSAGE_OBJECTS] = LAYOUT(objects),
        [MESSAGE_RECEIVED] = LAYOUT(received),
        [MESSAGE_REPLY] = LAYOUT(reply),
        [MESSAGE_PROPHECY] = LAYOUT(prophecy),
    };
    ASSERT(kind < MESSAGE_KIND_COUNT);
    const struct multicast_message *own = multicast_message(multicast, kind);
    if (own) return own->layout;
    return layouts[kind];
}

uint64_t message_field_number(const struct message *m, const struct message_field *f)
{
    ASSERT(f->form != FIELD_COMMAND);
    ASSERT(f->offset + f->bytes <= m->bytes);
    uint64_t number = 0;
    memcpy(&number, (const uint8_t *)m + f->offset, f->bytes);
    return number;
}

struct command_id message_field_command(const struct message *m, const struct message_field *f)
{
    struct command_id id;
    ASSERT(f->form == FIELD_COMMAND);
    ASSERT(f->offset + sizeof(id) <= m->bytes);
    memcpy(&id, (const uint8_t *)m + f->offset, sizeof(id));
    return id;
}
