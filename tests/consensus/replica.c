/* replica.c - see replica.h. */
#include "tests/consensus/replica.h"

#include <string.h>

#include "tests/lib/harness.h"

enum { WINDOW = 4 };

struct replica replica;

static uint64_t value_of(const uint8_t *entries, uint32_t bytes)
{
    uint64_t value;
    if (bytes == 0) return NOTHING;
    ck_assert_uint_eq(bytes, sizeof(struct entry) + sizeof(value));
    memcpy(&value, entries + sizeof(struct entry), sizeof(value));
    return value;
}

static void apply(void *above, const uint8_t *entries, uint32_t bytes)
{
    (void)above;
    ck_assert_uint_lt(replica.applied_count, APPLIED_MAX);
    replica.applied[replica.applied_count++] = value_of(entries, bytes);
}

static void leading(void *above, bool leads, uint64_t ballot)
{
    (void)above, (void)leads, (void)ballot;
}

static const struct group_events events = {apply, leading};

static void begin(uint32_t replicas, uint32_t self, bool durable)
{
    memset(&replica, 0, sizeof(replica));
    replica.topology = (struct topology){.groups = 1, .replicas = replicas};
    replica.timing = (struct timing){20 * MS, 100 * MS, 200 * MS};
    manual_init(&replica.manual, self);
    replica.manual.transport.durable = durable;
    replica.group = group_create(&(struct group_setup){.transport = &replica.manual.transport,
                                                       .topology = &replica.topology,
                                                       .timing = &replica.timing,
                                                       .window = WINDOW,
                                                       .events = &events});
    group_start(replica.group);
    manual_forget(&replica.manual);
}

void replica_begin(uint32_t replicas, uint32_t self)
{
    begin(replicas, self, false);
}

void replica_begin_durable(uint32_t replicas, uint32_t self)
{
    begin(replicas, self, true);
}

void replica_end(void)
{
    group_destroy(replica.group);
    replica.group = NULL;
    manual_finish(&replica.manual);
}

/* ---- messages received ----------------------------------------------------------------------- */

void receive_message(uint32_t from, struct message *m)
{
    m->from = from;
    struct limits limits = {.topology = &replica.topology};
    ck_assert(group_message_valid(m, &limits));
    ck_assert(group_on_message(replica.group, m));
    group_flush(replica.group);
    replica.manual.transport.ops->message_release(&replica.manual.transport, m);
}

void receive(uint32_t from, enum message_kind kind, struct message_group content)
{
    struct message *m = transport_message_new(&replica.manual.transport, sizeof(content), kind);
    content.m = *m;
    memcpy(m, &content, sizeof(content));
    receive_message(from, m);
}

void receive_heartbeat(uint32_t from, uint64_t ballot, uint64_t commit)
{
    receive(from, MESSAGE_HEARTBEAT,
            (struct message_group){.ballot = ballot, .commit = commit, .through = 1});
}

void receive_accepted(uint32_t from, uint64_t ballot, uint64_t through)
{
    receive(from, MESSAGE_ACCEPTED,
            (struct message_group){.ballot = ballot, .commit = through, .through = through});
}

void receive_prepare(uint32_t from, uint64_t ballot)
{
    receive(from, MESSAGE_PREPARE, (struct message_group){.ballot = ballot});
}

void receive_promise(uint32_t from, uint64_t ballot, uint64_t slots)
{
    receive(from, MESSAGE_PROMISE, (struct message_group){.ballot = ballot, .through = slots});
}

void receive_support(uint32_t from, uint64_t ballot)
{
    receive(from, MESSAGE_SUPPORT, (struct message_group){.ballot = ballot});
}

static struct message_accept *slot_message(enum message_kind kind, uint64_t ballot, uint64_t slot,
                                           uint64_t value)
{
    struct entry e = {.bytes = sizeof(e) + sizeof(value), .kind = 1};
    uint32_t entry_bytes = value == NOTHING ? 0 : e.bytes;
    struct message_accept *m = (struct message_accept *)transport_message_new(
        &replica.manual.transport, (uint32_t)sizeof(*m) + entry_bytes, kind);
    m->ballot = ballot;
    m->slot = slot;
    m->accepted_ballot = ballot;
    m->entry_bytes = entry_bytes;
    if (value == NOTHING) return m;
    memcpy(m->entries, &e, sizeof(e));
    memcpy(m->entries + sizeof(e), &value, sizeof(value));
    return m;
}

void receive_accept(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t value)
{
    receive_message(from, &slot_message(MESSAGE_ACCEPT, ballot, slot, value)->m);
}

void receive_promised(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t accepted_ballot,
                      uint64_t value)
{
    struct message_accept *m = slot_message(MESSAGE_PROMISED, ballot, slot, value);
    m->accepted_ballot = accepted_ballot;
    receive_message(from, &m->m);
}

void receive_learn(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t value)
{
    struct message_accept *m = slot_message(MESSAGE_LEARN, ballot, slot, value);
    m->accepted_ballot = DECIDED;
    receive_message(from, &m->m);
}

void complete_sync(void)
{
    ck_assert_uint_gt(replica.manual.syncing, 0);
    replica.manual.syncing = 0;
    ck_assert(group_on_completion(replica.group, replica.manual.sync_cookie));
    group_flush(replica.group);
}

void tick(void)
{
    manual_fire(&replica.manual, TIMER_GROUP);
    group_on_timer(replica.group);
    group_flush(replica.group);
}

void propose(uint64_t value)
{
    *(uint64_t *)group_propose(replica.group, 1, sizeof(uint64_t)) = value;
    group_flush(replica.group);
}

/* ---- messages sent --------------------------------------------------------------------------- */

uint32_t sent_count(enum message_kind kind, uint32_t to)
{
    return manual_count(&replica.manual, kind, to);
}

struct message_group last_sent(enum message_kind kind, uint32_t to)
{
    const struct message *m = manual_last(&replica.manual, kind, to);
    ck_assert_msg(m != NULL, "no %s to %u", message_kind_name(kind), to);
    return *(const struct message_group *)m;
}

const struct message_accept *slot_sent(enum message_kind kind, uint32_t to, uint64_t slot)
{
    const struct message_accept *found = NULL;
    for (uint32_t i = 0; i < replica.manual.sent_count; i++) {
        const struct message_accept *m =
            (const struct message_accept *)replica.manual.sent[i].message;
        if (m->m.kind == kind && replica.manual.sent[i].to == to && m->slot == slot) found = m;
    }
    ck_assert_msg(found != NULL, "no %s of slot %u to %u", message_kind_name(kind), (unsigned)slot,
                  to);
    return found;
}

uint64_t value_sent(enum message_kind kind, uint32_t to, uint64_t slot)
{
    const struct message_accept *m = slot_sent(kind, to, slot);
    return value_of(m->entries, m->entry_bytes);
}

void assert_refusal_sent(uint32_t to, uint64_t ballot)
{
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISE, to), 0);
    ck_assert_uint_eq(sent_count(MESSAGE_PROMISED, to), 0);
    ck_assert_uint_eq(sent_count(MESSAGE_ACCEPTED, to), 1);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, to).ballot, ballot);
    ck_assert_uint_eq(last_sent(MESSAGE_ACCEPTED, to).through, 0);
    manual_forget(&replica.manual);
}

void assert_applied(uint32_t count, uint64_t value)
{
    ck_assert_uint_eq(replica.applied_count, count);
    if (count) ck_assert_uint_eq(replica.applied[count - 1], value);
}

/* ---- elections ------------------------------------------------------------------------------- */

uint64_t stand_for_election(void)
{
    uint32_t self = replica.manual.transport.self, other = self == 0 ? 1 : 0;
    for (uint32_t ticks = 0; ticks < TICKS_MAX; ticks++) {
        tick();
        if (sent_count(MESSAGE_PREPARE, other)) return last_sent(MESSAGE_PREPARE, other).ballot;
        for (uint32_t i = 0; sent_count(MESSAGE_SUSPECT, other) && i < replica.topology.replicas;
             i++)
            if (i != self) receive_support(i, group_ballot(replica.group));
        manual_forget(&replica.manual);
    }
    ck_abort_msg("it does not stand for election");
    return 0;
}

uint64_t get_elected(void)
{
    uint64_t ballot = stand_for_election();
    for (uint32_t i = 0; !group_leading(replica.group); i++) {
        ck_assert_uint_lt(i, replica.topology.replicas);
        if (i != replica.manual.transport.self) receive_promise(i, ballot, 0);
    }
    return ballot;
}
