/* The classic ways to get Multi-Paxos wrong. One replica of a group hears what the test makes up,
 * and what it sends is looked at (manual.h): each test fails when its rule is taken out. */
#include <string.h>

#include "proto/order/group.h"
#include "tests/lib/harness.h"
#include "tests/lib/manual.h"

#define MS UINT64_C(1000000)
#define BALLOT(round, replica) ((uint64_t)(round) << 8 | (replica))
#define DECIDED UINT64_MAX /* in the place of the ballot in which a value was accepted */

enum {
    WINDOW = 4,
    TICKS_MAX = 1000,
    APPLIED_MAX = 16,
    /* Values of slots. */
    NOTHING = 0, /* an empty batch */
    A,
    B,
    C,
};

/* The replica under test; nodes of its group have the numbers of its replicas. */
static struct {
    struct manual manual;
    struct topology topology;
    struct timing timing;
    struct group *group;
    uint64_t applied[APPLIED_MAX];
    uint32_t applied_count;
} it;

/* ---- the frame ------------------------------------------------------------------------------ */

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
    ck_assert_uint_lt(it.applied_count, APPLIED_MAX);
    it.applied[it.applied_count++] = value_of(entries, bytes);
}

static void leading(void *above, bool leads, uint64_t ballot)
{
    (void)above, (void)leads, (void)ballot;
}

static const struct group_events events = {apply, leading};

static void begin(uint32_t replicas, uint32_t self)
{
    memset(&it, 0, sizeof(it));
    it.topology = (struct topology){.groups = 1, .replicas = replicas};
    it.timing = (struct timing){20 * MS, 100 * MS, 200 * MS};
    manual_init(&it.manual, self);
    it.group = group_create(&(struct group_setup){.transport = &it.manual.transport,
                                                  .topology = &it.topology,
                                                  .timing = &it.timing,
                                                  .window = WINDOW,
                                                  .events = &events});
    group_start(it.group);
    manual_forget(&it.manual);
}

static void end(void)
{
    group_destroy(it.group);
    it.group = NULL;
    manual_finish(&it.manual);
}

/* ---- what it hears -------------------------------------------------------------------------- */

static void handle(uint32_t from, struct message *m)
{
    m->from = from;
    ck_assert(group_message_valid(m));
    ck_assert(group_on_message(it.group, m));
    group_flush(it.group);
    it.manual.transport.ops->message_release(&it.manual.transport, m);
}

static void hear(uint32_t from, enum message_kind kind, struct message_group content)
{
    struct message *m = transport_message_new(&it.manual.transport, sizeof(content), kind);
    content.m = *m;
    memcpy(m, &content, sizeof(content));
    handle(from, m);
}

static void hear_heartbeat(uint32_t from, uint64_t ballot, uint64_t commit)
{
    hear(from, MESSAGE_HEARTBEAT,
         (struct message_group){.ballot = ballot, .commit = commit, .through = 1});
}

static void hear_accepted(uint32_t from, uint64_t ballot, uint64_t through)
{
    hear(from, MESSAGE_ACCEPTED,
         (struct message_group){.ballot = ballot, .commit = through, .through = through});
}

static void hear_prepare(uint32_t from, uint64_t ballot)
{
    hear(from, MESSAGE_PREPARE, (struct message_group){.ballot = ballot});
}

static void hear_promise(uint32_t from, uint64_t ballot, uint64_t slots)
{
    hear(from, MESSAGE_PROMISE, (struct message_group){.ballot = ballot, .through = slots});
}

static void hear_support(uint32_t from, uint64_t ballot)
{
    hear(from, MESSAGE_SUPPORT, (struct message_group){.ballot = ballot});
}

static struct message_accept *slot_message(enum message_kind kind, uint64_t ballot, uint64_t slot,
                                           uint64_t value)
{
    struct entry e = {.bytes = sizeof(e) + sizeof(value), .kind = 1};
    uint32_t entry_bytes = value == NOTHING ? 0 : e.bytes;
    struct message_accept *m = (struct message_accept *)transport_message_new(
        &it.manual.transport, (uint32_t)sizeof(*m) + entry_bytes, kind);
    m->ballot = ballot;
    m->slot = slot;
    m->accepted_ballot = ballot;
    m->entry_bytes = entry_bytes;
    if (value == NOTHING) return m;
    memcpy(m->entries, &e, sizeof(e));
    memcpy(m->entries + sizeof(e), &value, sizeof(value));
    return m;
}

static void hear_accept(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t value)
{
    handle(from, &slot_message(MESSAGE_ACCEPT, ballot, slot, value)->m);
}

static void hear_promised(uint32_t from, uint64_t ballot, uint64_t slot, uint64_t accepted_ballot,
                          uint64_t value)
{
    struct message_accept *m = slot_message(MESSAGE_PROMISED, ballot, slot, value);
    m->accepted_ballot = accepted_ballot;
    handle(from, &m->m);
}

static void tick(void)
{
    manual_fire(&it.manual, TIMER_GROUP);
    group_on_timer(it.group);
    group_flush(it.group);
}

/* ---- what it says --------------------------------------------------------------------------- */

static uint32_t said(enum message_kind kind, uint32_t to)
{
    return manual_count(&it.manual, kind, to);
}

static struct message_group last(enum message_kind kind, uint32_t to)
{
    const struct message *m = manual_last(&it.manual, kind, to);
    ck_assert_msg(m != NULL, "no %s to %u", message_kind_name(kind), to);
    return *(const struct message_group *)m;
}

/* About that slot; the last one. */
static const struct message_accept *slot_said(enum message_kind kind, uint32_t to, uint64_t slot)
{
    const struct message_accept *found = NULL;
    for (uint32_t i = 0; i < it.manual.sent_count; i++) {
        const struct message_accept *m = (const struct message_accept *)it.manual.sent[i].message;
        if (m->m.kind == kind && it.manual.sent[i].to == to && m->slot == slot) found = m;
    }
    ck_assert_msg(found != NULL, "no %s of slot %u to %u", message_kind_name(kind), (unsigned)slot,
                  to);
    return found;
}

static uint64_t value_said(enum message_kind kind, uint32_t to, uint64_t slot)
{
    const struct message_accept *m = slot_said(kind, to, slot);
    return value_of(m->entries, m->entry_bytes);
}

/* It has told `to` that it will not: how far its promise has got, and nothing else. */
static void assert_refused(uint32_t to, uint64_t ballot)
{
    ck_assert_uint_eq(said(MESSAGE_PROMISE, to), 0);
    ck_assert_uint_eq(said(MESSAGE_PROMISED, to), 0);
    ck_assert_uint_eq(said(MESSAGE_ACCEPTED, to), 1);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, to).ballot, ballot);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, to).through, 0);
    manual_forget(&it.manual);
}

static void assert_applied(uint32_t count, uint64_t value)
{
    ck_assert_uint_eq(it.applied_count, count);
    if (count) ck_assert_uint_eq(it.applied[count - 1], value);
}

/* ---- elections ------------------------------------------------------------------------------ */

/* Hears nobody but who supports its suspicion, until it is a candidate; the ballot of that. */
static uint64_t stand(void)
{
    uint32_t self = it.manual.transport.self, other = self == 0 ? 1 : 0;
    for (uint32_t ticks = 0; ticks < TICKS_MAX; ticks++) {
        tick();
        if (said(MESSAGE_PREPARE, other)) return last(MESSAGE_PREPARE, other).ballot;
        for (uint32_t i = 0; said(MESSAGE_SUSPECT, other) && i < it.topology.replicas; i++)
            if (i != self) hear_support(i, group_ballot(it.group));
        manual_forget(&it.manual);
    }
    ck_abort_msg("it does not stand for election");
    return 0;
}

/* The same, and so many others promise without having anything. */
static uint64_t lead(void)
{
    uint64_t ballot = stand();
    for (uint32_t i = 0; !group_leading(it.group); i++) {
        ck_assert_uint_lt(i, it.topology.replicas);
        if (i != it.manual.transport.self) hear_promise(i, ballot, 0);
    }
    return ballot;
}

/* ---- promises ------------------------------------------------------------------------------- */

START_TEST(a_promise_is_kept)
{
    begin(3, 1);
    hear_prepare(2, BALLOT(3, 2));
    ck_assert_uint_eq(said(MESSAGE_PROMISE, 2), 1);
    ck_assert_uint_eq(last(MESSAGE_PROMISE, 2).ballot, BALLOT(3, 2));
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(3, 2));
    manual_forget(&it.manual);
    hear_accept(0, BALLOT(1, 0), 1, A);
    assert_refused(0, BALLOT(3, 2));
    hear_prepare(0, BALLOT(2, 0));
    assert_refused(0, BALLOT(3, 2));
    hear_prepare(0, BALLOT(3, 0)); /* of the same round, but less */
    assert_refused(0, BALLOT(3, 2));
    /* What was refused is not kept either. */
    hear_prepare(2, BALLOT(4, 2));
    ck_assert_uint_eq(said(MESSAGE_PROMISED, 2), 0);
    ck_assert_uint_eq(last(MESSAGE_PROMISE, 2).through, 0);
}
END_TEST

START_TEST(a_promise_holds_for_its_own_candidacy_too)
{
    begin(3, 1);
    hear_prepare(2, BALLOT(7, 2));
    ck_assert_uint_gt(stand(), BALLOT(7, 2));
}
END_TEST

START_TEST(a_candidate_keeps_what_it_promised_itself)
{
    begin(3, 1);
    uint64_t ballot = stand();
    manual_forget(&it.manual);
    hear_accept(0, BALLOT(1, 0), 1, A);
    assert_refused(0, ballot);
    hear_heartbeat(0, BALLOT(1, 0), 0);
    assert_refused(0, ballot);
    hear_prepare(0, BALLOT(2, 0));
    assert_refused(0, ballot);
}
END_TEST

START_TEST(candidates_of_one_round_have_different_ballots)
{
    uint64_t ballots[3] = {0};
    for (uint32_t self = 1; self < 3; self++) {
        begin(3, self);
        ballots[self] = stand();
        if (self == 1) end();
    }
    ck_assert_uint_eq(ballots[1] >> 8, ballots[2] >> 8);
    ck_assert_uint_ne(ballots[1], ballots[2]);
    ck_assert_uint_gt(ballots[1], BALLOT(1, 2));
}
END_TEST

START_TEST(a_ballot_is_not_promised_to_who_does_not_own_it)
{
    /* Its own ballot, which it promised itself, comes back from another. */
    begin(3, 1);
    uint64_t ballot = stand();
    manual_forget(&it.manual);
    hear_prepare(2, ballot);
    ck_assert_uint_eq(said(MESSAGE_PROMISE, 2), 0);
}
END_TEST

START_TEST(a_refusal_is_no_promise)
{
    begin(3, 1);
    hear_accept(0, BALLOT(1, 0), 1, A);
    hear_prepare(2, BALLOT(3, 2));
    ck_assert_uint_eq(last(MESSAGE_PROMISE, 2).through, 1);
    manual_forget(&it.manual);
    /* An earlier question of the same candidate comes late. With the ballot of now, which has
     * become the candidate's own, a PROMISE would say that nothing was accepted here. */
    hear_prepare(2, BALLOT(2, 2));
    assert_refused(2, BALLOT(3, 2));
    hear_prepare(0, BALLOT(2, 0));
    assert_refused(0, BALLOT(3, 2));
}
END_TEST

START_TEST(a_refusal_does_not_count_as_a_promise)
{
    begin(3, 1);
    uint64_t ballot = stand();
    hear_accepted(0, ballot, 0);
    ck_assert(!group_leading(it.group));
    /* And one that says more ends the candidacy. */
    hear_accepted(0, ballot + BALLOT(1, 0), 0);
    hear_promise(2, ballot, 0);
    ck_assert(!group_leading(it.group));
    ck_assert_uint_eq(group_ballot(it.group), ballot + BALLOT(1, 0));
}
END_TEST

START_TEST(a_promise_of_an_old_ballot_does_not_count)
{
    begin(3, 1);
    uint64_t old = stand();
    manual_forget(&it.manual);
    uint64_t ballot = stand();
    ck_assert_uint_gt(ballot, old);
    hear_promise(0, old, 0);
    ck_assert(!group_leading(it.group));
    hear_promise(0, ballot, 1);
    hear_promised(0, old, 1, BALLOT(1, 0), A);
    ck_assert(!group_leading(it.group));
    hear_promised(0, ballot, 1, BALLOT(1, 0), A);
    ck_assert(group_leading(it.group));
}
END_TEST

START_TEST(each_candidacy_counts_anew)
{
    begin(3, 1);
    uint64_t ballot = stand();
    hear_promised(0, ballot, 1, BALLOT(1, 0), A);
    hear_promised(2, ballot, 1, BALLOT(1, 0), A);
    hear_promise(2, ballot, 2);
    manual_forget(&it.manual);
    ballot = stand();
    hear_promise(0, ballot, 1);
    ck_assert(!group_leading(it.group));
    hear_promised(0, ballot, 1, BALLOT(1, 0), A);
    ck_assert(group_leading(it.group));
}
END_TEST

START_TEST(a_promise_counts_when_all_its_slots_have_come)
{
    begin(3, 1);
    uint64_t ballot = stand();
    hear_promise(0, ballot, 2);
    hear_promised(0, ballot, 1, BALLOT(1, 0), A);
    hear_promised(0, ballot, 1, BALLOT(1, 0), A); /* once more: counts once */
    ck_assert(!group_leading(it.group));
    hear_promised(0, ballot, 2, BALLOT(1, 0), B);
    ck_assert(group_leading(it.group));
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 1), A);
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 2), B);
}
END_TEST

START_TEST(one_voter_counts_once)
{
    begin(5, 1);
    uint64_t ballot = stand();
    hear_promise(0, ballot, 0);
    hear_promise(0, ballot, 0);
    ck_assert(!group_leading(it.group));
    hear_promise(2, ballot, 0);
    ck_assert(group_leading(it.group));
}
END_TEST

/* ---- values --------------------------------------------------------------------------------- */

START_TEST(a_promise_says_in_which_ballot_each_value_was_accepted)
{
    begin(3, 1);
    hear_accept(0, BALLOT(1, 0), 1, A);
    hear_accept(0, BALLOT(1, 0), 2, B);
    hear_heartbeat(0, BALLOT(1, 0), 1); /* slot 1 is decided */
    hear_prepare(2, BALLOT(2, 2));
    ck_assert_uint_eq(last(MESSAGE_PROMISE, 2).through, 2);
    ck_assert_uint_eq(slot_said(MESSAGE_PROMISED, 2, 1)->accepted_ballot, DECIDED);
    ck_assert_uint_eq(slot_said(MESSAGE_PROMISED, 2, 2)->accepted_ballot, BALLOT(1, 0));
    ck_assert_uint_eq(slot_said(MESSAGE_PROMISED, 2, 2)->ballot, BALLOT(2, 2));
    ck_assert_uint_eq(value_said(MESSAGE_PROMISED, 2, 2), B);
    hear_accept(2, BALLOT(2, 2), 2, C);
    hear_prepare(0, BALLOT(3, 0));
    ck_assert_uint_eq(slot_said(MESSAGE_PROMISED, 0, 2)->accepted_ballot, BALLOT(2, 2));
    ck_assert_uint_eq(value_said(MESSAGE_PROMISED, 0, 2), C);
}
END_TEST

/* Two promises of five, and what the replica has accepted itself: in which order they come does not
 * matter. Each of the three is the highest once. */
START_TEST(the_value_of_the_highest_ballot_is_proposed)
{
    static const struct {
        uint64_t own, first, second, value;
    } cases[] = {
        {BALLOT(4, 2), BALLOT(3, 2), BALLOT(1, 0), A},
        {BALLOT(1, 0), BALLOT(2, 0), BALLOT(1, 4), B},
        {BALLOT(1, 0), BALLOT(1, 4), BALLOT(2, 0), C},
        {BALLOT(2, 4), DECIDED, BALLOT(3, 0), B},
        {BALLOT(2, 4), BALLOT(3, 0), DECIDED, C},
        {BALLOT(2, 4), BALLOT(1, 0), 0, A},
        {0, BALLOT(1, 0), 0, B},
    };
    begin(5, 1);
    if (cases[_i].own) hear_accept(cases[_i].own & 255, cases[_i].own, 1, A);
    uint64_t ballot = stand();
    hear_promised(0, ballot, 1, cases[_i].first, B);
    hear_promise(0, ballot, 1);
    ck_assert(!group_leading(it.group));
    if (cases[_i].second) hear_promised(3, ballot, 1, cases[_i].second, C);
    hear_promise(3, ballot, cases[_i].second > 0);
    ck_assert(group_leading(it.group));
    bool decided = cases[_i].first == DECIDED || cases[_i].second == DECIDED;
    assert_applied(decided, cases[_i].value);
    if (decided) return;
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 1), cases[_i].value);
    hear_accepted(0, ballot, 1);
    hear_accepted(3, ballot, 1);
    assert_applied(1, cases[_i].value);
}
END_TEST
enum { HIGHEST_CASES = 7 };

START_TEST(a_slot_that_nobody_knows_of_is_filled_with_nothing)
{
    begin(3, 1);
    uint64_t ballot = stand();
    hear_promised(0, ballot, 2, BALLOT(1, 0), B);
    hear_promise(0, ballot, 1);
    ck_assert(group_leading(it.group));
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 1), NOTHING);
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 2), B);
}
END_TEST

START_TEST(what_a_failed_candidate_was_told_keeps_its_ballot)
{
    begin(3, 1);
    uint64_t ballot = stand();
    hear_promised(0, ballot, 1, BALLOT(1, 0), A);
    hear_prepare(2, BALLOT(9, 2));
    ck_assert_uint_eq(slot_said(MESSAGE_PROMISED, 2, 1)->accepted_ballot, BALLOT(1, 0));
}
END_TEST

/* ---- old ballots ---------------------------------------------------------------------------- */

START_TEST(a_deposed_leader_is_not_obeyed)
{
    begin(3, 1);
    hear_accept(2, BALLOT(2, 2), 1, A);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).through, 1);
    manual_forget(&it.manual);
    hear_accept(0, BALLOT(1, 0), 1, B);
    assert_refused(0, BALLOT(2, 2));
    hear_accept(0, BALLOT(1, 0), 2, B);
    assert_refused(0, BALLOT(2, 2));
    hear_accept(0, BALLOT(2, 0), 2, B); /* of the same round, but less */
    assert_refused(0, BALLOT(2, 2));
    hear_heartbeat(0, BALLOT(1, 0), 1); /* that it has decided slot 1 says nothing about A */
    assert_refused(0, BALLOT(2, 2));
    assert_applied(0, NOTHING);
    ck_assert_uint_eq(group_leader(it.group), 2);
    hear_heartbeat(2, BALLOT(2, 2), 1);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).commit, 1); /* nothing came into slot 2 */
    assert_applied(1, A);
}
END_TEST

START_TEST(a_deposed_leader_s_heartbeats_do_not_keep_it_from_suspecting)
{
    begin(3, 1);
    hear_heartbeat(2, BALLOT(2, 2), 0);
    for (uint32_t ticks = 0; !said(MESSAGE_SUSPECT, 0); ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        hear_heartbeat(0, BALLOT(1, 0), 0);
        manual_forget(&it.manual);
        tick();
    }
}
END_TEST

START_TEST(a_value_of_an_old_ballot_is_not_acknowledged)
{
    begin(3, 1);
    hear_accept(0, BALLOT(1, 0), 1, A);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 0).through, 1);
    hear_heartbeat(2, BALLOT(2, 2), 0);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).through, 0);
    hear_accept(2, BALLOT(2, 2), 2, C);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).through, 0);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).commit, 2); /* the newest it has */
    /* That both are decided does not make A the value of slot 1. */
    hear_heartbeat(2, BALLOT(2, 2), 2);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).through, 0);
    assert_applied(0, NOTHING);
    hear_accept(2, BALLOT(2, 2), 1, B);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).through, 2);
    hear_heartbeat(2, BALLOT(2, 2), 2);
    assert_applied(2, C);
    ck_assert_uint_eq(it.applied[0], B);
}
END_TEST

START_TEST(what_is_decided_is_acknowledged_in_any_ballot)
{
    begin(3, 1);
    hear_accept(0, BALLOT(1, 0), 1, A);
    hear_heartbeat(0, BALLOT(1, 0), 1);
    assert_applied(1, A);
    hear_heartbeat(2, BALLOT(2, 2), 1);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 2).through, 1);
}
END_TEST

START_TEST(an_acceptance_in_an_old_ballot_does_not_count)
{
    begin(3, 1);
    hear_accept(0, BALLOT(1, 0), 1, A);
    uint64_t ballot = lead();
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 1), A);
    hear_accepted(0, BALLOT(1, 0), 1);
    hear_accepted(2, BALLOT(1, 0), 1);
    assert_applied(0, NOTHING);
    hear_accepted(2, ballot, 1);
    assert_applied(1, A);
}
END_TEST

START_TEST(acceptances_of_a_former_term_do_not_count)
{
    /* It leads, one of five acknowledges; it is deposed and leads again. */
    begin(5, 0);
    *(uint64_t *)group_propose(it.group, 1, sizeof(uint64_t)) = A;
    group_flush(it.group);
    hear_accepted(1, BALLOT(1, 0), 1);
    assert_applied(0, NOTHING);
    hear_heartbeat(2, BALLOT(2, 2), 0);
    ck_assert(!group_leading(it.group));
    uint64_t ballot = lead();
    hear_accepted(3, ballot, 1);
    assert_applied(0, NOTHING); /* two of five hold it in this ballot */
    hear_accepted(1, ballot, 1);
    assert_applied(1, A);
}
END_TEST

START_TEST(a_majority_decides_and_no_less)
{
    begin(5, 0);
    *(uint64_t *)group_propose(it.group, 1, sizeof(uint64_t)) = A;
    group_flush(it.group);
    hear_accepted(1, BALLOT(1, 0), 1);
    hear_accepted(1, BALLOT(1, 0), 1);
    assert_applied(0, NOTHING);
    hear_accepted(2, BALLOT(1, 0), 1);
    assert_applied(1, A);
}
END_TEST

START_TEST(a_deposed_leader_proposes_nothing_more)
{
    begin(3, 0);
    *(uint64_t *)group_propose(it.group, 1, sizeof(uint64_t)) = A;
    hear_accepted(1, BALLOT(2, 1), 0);
    ck_assert(!group_leading(it.group));
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(2, 1));
    group_flush(it.group);
    ck_assert_uint_eq(said(MESSAGE_ACCEPT, 1), 0);
}
END_TEST

/* ---- suspicion ------------------------------------------------------------------------------ */

START_TEST(suspicion_of_others_changes_no_ballot)
{
    begin(3, 1);
    hear_heartbeat(0, BALLOT(1, 0), 0);
    manual_forget(&it.manual);
    hear(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(1, 0)});
    hear(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(8, 2)});
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(1, 0));
    ck_assert_uint_eq(group_leader(it.group), 0);
    ck_assert_uint_eq(said(MESSAGE_SUPPORT, 2), 0); /* it hears a leader */
    for (int i = 0; i < 5; i++) tick();
    manual_forget(&it.manual);
    hear(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(8, 2)});
    ck_assert_uint_eq(said(MESSAGE_SUPPORT, 2), 1); /* it hears none */
    ck_assert_uint_eq(last(MESSAGE_SUPPORT, 2).ballot, BALLOT(1, 0));
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(1, 0));
    hear_accept(0, BALLOT(1, 0), 1, A);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 0).through, 1);
}
END_TEST

START_TEST(a_leader_that_is_suspected_goes_on)
{
    begin(3, 0);
    hear(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(1, 0)});
    ck_assert_uint_eq(said(MESSAGE_HEARTBEAT, 2), 1);
    ck_assert_uint_eq(said(MESSAGE_SUPPORT, 2), 0);
    hear_support(2, BALLOT(1, 0));
    ck_assert(group_leading(it.group));
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(1, 0));
}
END_TEST

START_TEST(who_suspects_alone_takes_no_ballot)
{
    begin(5, 1);
    for (uint32_t ticks = 0; ticks < TICKS_MAX; ticks++) {
        manual_forget(&it.manual);
        tick();
        ck_assert_uint_eq(said(MESSAGE_PREPARE, 0), 0);
        if (said(MESSAGE_SUSPECT, 0))
            ck_assert_uint_eq(last(MESSAGE_SUSPECT, 0).ballot, BALLOT(1, 0));
        hear_support(2, BALLOT(1, 0)); /* two of five, however often it says so */
    }
    ck_assert_uint_gt(said(MESSAGE_SUSPECT, 0), 0);
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(1, 0));
}
END_TEST

START_TEST(support_without_suspicion_is_nothing)
{
    begin(3, 1);
    for (uint32_t ticks = 0; ticks < TICKS_MAX; ticks++) {
        if (ticks < TICKS_MAX / 2) {
            hear_heartbeat(0, BALLOT(1, 0), 0);
            hear_support(0, BALLOT(1, 0));
            hear_support(2, BALLOT(1, 0));
        } /* then it suspects, and what it was told before it asked does not count */
        tick();
        ck_assert_uint_eq(said(MESSAGE_PREPARE, 0), 0);
        manual_forget(&it.manual);
    }
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(1, 0));
}
END_TEST

START_TEST(a_leader_that_is_heard_ends_the_suspicion)
{
    begin(3, 1);
    while (!said(MESSAGE_SUSPECT, 0)) tick();
    hear_support(2, BALLOT(1, 0));
    hear_heartbeat(0, BALLOT(1, 0), 0);
    manual_forget(&it.manual);
    for (int i = 0; i < 5; i++) tick();
    ck_assert_uint_eq(said(MESSAGE_PREPARE, 0), 0);
    ck_assert_uint_eq(group_leader(it.group), 0);
}
END_TEST

START_TEST(support_tells_of_no_more_than_its_sender_has_promised)
{
    begin(3, 1);
    while (!said(MESSAGE_SUSPECT, 0)) tick();
    hear_support(2, BALLOT(4, 0));
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(4, 0));
    hear_support(2, BALLOT(1, 0));
    ck_assert_uint_eq(group_ballot(it.group), BALLOT(4, 0));
    ck_assert(!group_leading(it.group));
}
END_TEST

/* ---- leaders and laggards ------------------------------------------------------------------- */

START_TEST(a_leader_that_hears_no_majority_says_so)
{
    begin(5, 0);
    for (uint32_t ticks = 0; ticks < 50; ticks++) {
        tick();
        hear_accepted(1, BALLOT(1, 0), 0);
        hear_accepted(2, BALLOT(1, 0), 0);
    }
    ck_assert_uint_eq(last(MESSAGE_HEARTBEAT, 1).through, 1);
    for (uint32_t ticks = 0; ticks < 50; ticks++) {
        tick();
        hear_accepted(1, BALLOT(1, 0), 0);
    }
    ck_assert_uint_eq(last(MESSAGE_HEARTBEAT, 1).through, 0);
}
END_TEST

START_TEST(a_leader_without_a_majority_is_suspected)
{
    begin(3, 1);
    for (uint32_t ticks = 0; !said(MESSAGE_SUSPECT, 2); ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        hear(0, MESSAGE_HEARTBEAT, (struct message_group){.ballot = BALLOT(1, 0), .through = 0});
        manual_forget(&it.manual);
        tick();
    }
}
END_TEST

START_TEST(what_was_learnt_behind_a_gap_waits)
{
    begin(3, 1);
    handle(2, &slot_message(MESSAGE_LEARN, BALLOT(1, 0), 3, C)->m);
    handle(2, &slot_message(MESSAGE_LEARN, BALLOT(1, 0), 2, B)->m);
    assert_applied(0, NOTHING);
    hear_heartbeat(0, BALLOT(1, 0), 3);
    ck_assert_uint_eq(last(MESSAGE_ACCEPTED, 0).through, 0);
    handle(2, &slot_message(MESSAGE_LEARN, BALLOT(1, 0), 1, A)->m);
    assert_applied(3, C);
    ck_assert_uint_eq(it.applied[0], A);
    ck_assert_uint_eq(it.applied[1], B);
}
END_TEST

START_TEST(who_suspects_is_taught_what_is_decided_and_no_more)
{
    begin(3, 1);
    hear_accept(0, BALLOT(1, 0), 1, A);
    hear_accept(0, BALLOT(1, 0), 2, B);
    hear_accept(0, BALLOT(1, 0), 3, C);
    hear_heartbeat(0, BALLOT(1, 0), 2);
    hear(2, MESSAGE_SUSPECT, (struct message_group){.ballot = BALLOT(1, 0), .commit = 1});
    ck_assert_uint_eq(said(MESSAGE_LEARN, 2), 1);
    ck_assert_uint_eq(value_said(MESSAGE_LEARN, 2, 2), B);
}
END_TEST

START_TEST(a_follower_that_lacks_a_slot_is_sent_it_again)
{
    begin(3, 0);
    *(uint64_t *)group_propose(it.group, 1, sizeof(uint64_t)) = A;
    group_flush(it.group);
    hear_accepted(1, BALLOT(1, 0), 1);
    manual_forget(&it.manual);
    for (uint32_t ticks = 0; !said(MESSAGE_ACCEPT, 2); ticks++) {
        ck_assert_uint_lt(ticks, TICKS_MAX);
        manual_forget(&it.manual);
        hear_accepted(2, BALLOT(1, 0), 0);
        tick();
        ck_assert_uint_eq(said(MESSAGE_ACCEPT, 1), 0);
    }
    ck_assert_uint_eq(value_said(MESSAGE_ACCEPT, 2, 1), A);
}
END_TEST

START_TEST(the_log_is_kept_for_the_slowest)
{
    begin(3, 0);
    *(uint64_t *)group_propose(it.group, 1, sizeof(uint64_t)) = A;
    group_flush(it.group);
    hear(1, MESSAGE_ACCEPTED,
         (struct message_group){.ballot = BALLOT(1, 0), .commit = 1, .through = 1, .applied = 1});
    tick();
    ck_assert_uint_eq(last(MESSAGE_HEARTBEAT, 1).commit, 1);
    ck_assert_uint_eq(last(MESSAGE_HEARTBEAT, 1).applied, 0);
    hear(2, MESSAGE_ACCEPTED,
         (struct message_group){.ballot = BALLOT(1, 0), .commit = 1, .through = 1, .applied = 1});
    tick();
    ck_assert_uint_eq(last(MESSAGE_HEARTBEAT, 1).applied, 1);
}
END_TEST

static TCase *promises(void)
{
    TCase *c = tcase_create("promises");
    tcase_add_checked_fixture(c, NULL, end);
    tcase_add_test(c, a_promise_is_kept);
    tcase_add_test(c, a_promise_holds_for_its_own_candidacy_too);
    tcase_add_test(c, a_candidate_keeps_what_it_promised_itself);
    tcase_add_test(c, candidates_of_one_round_have_different_ballots);
    tcase_add_test(c, a_ballot_is_not_promised_to_who_does_not_own_it);
    tcase_add_test(c, a_refusal_is_no_promise);
    tcase_add_test(c, a_refusal_does_not_count_as_a_promise);
    tcase_add_test(c, a_promise_of_an_old_ballot_does_not_count);
    tcase_add_test(c, each_candidacy_counts_anew);
    tcase_add_test(c, a_promise_counts_when_all_its_slots_have_come);
    tcase_add_test(c, one_voter_counts_once);
    return c;
}

static TCase *values(void)
{
    TCase *c = tcase_create("values");
    tcase_add_checked_fixture(c, NULL, end);
    tcase_add_test(c, a_promise_says_in_which_ballot_each_value_was_accepted);
    tcase_add_loop_test(c, the_value_of_the_highest_ballot_is_proposed, 0, HIGHEST_CASES);
    tcase_add_test(c, a_slot_that_nobody_knows_of_is_filled_with_nothing);
    tcase_add_test(c, what_a_failed_candidate_was_told_keeps_its_ballot);
    return c;
}

static TCase *old_ballots(void)
{
    TCase *c = tcase_create("old ballots");
    tcase_add_checked_fixture(c, NULL, end);
    tcase_add_test(c, a_deposed_leader_is_not_obeyed);
    tcase_add_test(c, a_deposed_leader_s_heartbeats_do_not_keep_it_from_suspecting);
    tcase_add_test(c, a_value_of_an_old_ballot_is_not_acknowledged);
    tcase_add_test(c, what_is_decided_is_acknowledged_in_any_ballot);
    tcase_add_test(c, an_acceptance_in_an_old_ballot_does_not_count);
    tcase_add_test(c, acceptances_of_a_former_term_do_not_count);
    tcase_add_test(c, a_majority_decides_and_no_less);
    tcase_add_test(c, a_deposed_leader_proposes_nothing_more);
    return c;
}

static TCase *suspicion(void)
{
    TCase *c = tcase_create("suspicion");
    tcase_add_checked_fixture(c, NULL, end);
    tcase_add_test(c, suspicion_of_others_changes_no_ballot);
    tcase_add_test(c, a_leader_that_is_suspected_goes_on);
    tcase_add_test(c, who_suspects_alone_takes_no_ballot);
    tcase_add_test(c, support_without_suspicion_is_nothing);
    tcase_add_test(c, a_leader_that_is_heard_ends_the_suspicion);
    tcase_add_test(c, support_tells_of_no_more_than_its_sender_has_promised);
    return c;
}

static TCase *laggards(void)
{
    TCase *c = tcase_create("laggards");
    tcase_add_checked_fixture(c, NULL, end);
    tcase_add_test(c, a_leader_that_hears_no_majority_says_so);
    tcase_add_test(c, a_leader_without_a_majority_is_suspected);
    tcase_add_test(c, what_was_learnt_behind_a_gap_waits);
    tcase_add_test(c, who_suspects_is_taught_what_is_decided_and_no_more);
    tcase_add_test(c, a_follower_that_lacks_a_slot_is_sent_it_again);
    tcase_add_test(c, the_log_is_kept_for_the_slowest);
    return c;
}

int main(void)
{
    Suite *suite = suite_create("consensus");
    suite_add_tcase(suite, promises());
    suite_add_tcase(suite, values());
    suite_add_tcase(suite, old_ballots());
    suite_add_tcase(suite, suspicion());
    suite_add_tcase(suite, laggards());
    return test_main(suite);
}
