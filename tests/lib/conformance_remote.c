/* conformance_remote.c - the cases of conformance.h: one-sided memory, work, failures. */
#include <string.h>

#include "tests/lib/probe.h"

/* ---- one-sided memory ---------------------------------------------------------------------------
 */

enum { REGION = 3 };

#define NEEDS_ONE_SIDED \
    if (!conformance_transports[_i]->one_sided) return

/* Node 1 owns the memory and grants node 0 write access; node 0 begins a tick later. */
static void owner_init(struct probe *p)
{
    if (p->self == 1) {
        for (uint64_t i = 0; i < PROBE_WORDS; i++) p->memory[i] = 1000 + i;
        p->t->ops->region_register(p->t, REGION, p->memory, sizeof p->memory);
        p->t->ops->region_grant(p->t, REGION, (const uint32_t[]){0}, 1);
        probe_done(p);
    } else {
        p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
    }
}

static struct remote word_at(uint64_t word)
{
    return (struct remote){.node = 1, .region = REGION, .offset = 8 * word};
}

static void happy_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    uint64_t words[3] = {7, 8, 9};
    p->t->ops->write(p->t, word_at(5), words, sizeof words, 0);
    memset(words, 0, sizeof words); /* copied at the call */
    p->t->ops->read(p->t, word_at(4), p->target, 40, 1);
    p->t->ops->compare_and_swap(p->t, word_at(6), 8, 80, &p->target[10], 2);
    p->t->ops->compare_and_swap(p->t, word_at(6), 8, 81, &p->target[11], 3);
    p->t->ops->read(p->t, word_at(6), &p->target[12], 8, 4);
    p->t->ops->write(p->t, word_at(PROBE_WORDS - 1), &p->t->self, 0, 5);
}

static void happy_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    probe_note(p, cookie << 8 | (uint64_t)how);
    if (p->logged == 6) probe_done(p);
}

START_TEST(write_read_and_compare_and_swap_have_their_effects)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {
        .init = owner_init, .timer = happy_timer, .completion = happy_completion};
    static const uint64_t read_back[] = {1004, 7, 8, 9, 1008};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged, 6);
    uint64_t seen = 0;
    for (int i = 0; i < 6; i++) {
        ck_assert_uint_eq(s.probe[0]->log[i] & 0xff, COMPLETION_OK);
        seen |= UINT64_C(1) << (s.probe[0]->log[i] >> 8);
    }
    ck_assert_uint_eq(seen, 63);
    for (int i = 0; i < 5; i++) ck_assert_uint_eq(s.probe[0]->target[i], read_back[i]);
    ck_assert_uint_eq(s.probe[0]->target[10], 8);
    ck_assert_uint_eq(s.probe[0]->target[11], 80);
    ck_assert_uint_eq(s.probe[0]->target[12], 80);
    ck_assert_uint_eq(s.probe[1]->memory[6], 80);
    stage_end(&s);
}
END_TEST

static void denied_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    static const uint64_t word = 1;
    struct remote unknown = {.node = 1, .region = REGION + 1};
    const struct transport_ops *ops = p->t->ops;
    ops->write(p->t, word_at(0), &word, 8, 0); /* granted to 0, not to 2 */
    ops->compare_and_swap(p->t, word_at(1), 1001, 1, &p->target[0], 1);
    ops->read(p->t, word_at(2), &p->target[1], 8, 2);                /* needs no grant */
    ops->read(p->t, word_at(PROBE_WORDS), &p->target[2], 8, 3);      /* out of bounds */
    ops->read(p->t, word_at(PROBE_WORDS - 1), &p->target[2], 16, 4); /* half out of bounds */
    ops->read(p->t, unknown, &p->target[2], 8, 5);                   /* no such region */
    ops->write(p->t, word_at(UINT64_MAX / 8), &word, 8, 6);          /* no overflow */
}

static void denied_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    p->log[cookie] = (uint64_t)how;
    if (++p->step == 7) probe_done(p);
}

START_TEST(an_access_without_grant_or_out_of_bounds_is_denied)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {
        .init = owner_init, .timer = denied_timer, .completion = denied_completion};
    struct stage s = stage_run(conformance_transports[_i], &script, 3);
    stage_expect_done(&s);
    for (uint32_t node = 0; node < 3; node += 2) {
        const uint64_t *log = s.probe[node]->log;
        enum completion writes = node == 0 ? COMPLETION_OK : COMPLETION_DENIED;
        ck_assert_uint_eq(log[0], writes);
        ck_assert_uint_eq(log[1], writes);
        ck_assert_uint_eq(log[2], COMPLETION_OK);
        for (int i = 3; i < 7; i++) ck_assert_uint_eq(log[i], COMPLETION_DENIED);
        ck_assert_uint_eq(s.probe[node]->target[1], 1002);
    }
    stage_end(&s);
}
END_TEST

static void quiet_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    static const uint64_t word = 5;
    p->t->ops->write(p->t, word_at(0), &word, 8, COOKIE_QUIET | 1);
    p->t->ops->write(p->t, word_at(PROBE_WORDS), &word, 8, COOKIE_QUIET | 2); /* out of bounds */
    for (int i = 0; i < 100; i++) p->t->ops->write(p->t, word_at(1), &word, 8, COOKIE_QUIET | 3);
    p->t->ops->read(p->t, word_at(0), p->target, 16, 4);
}

static void quiet_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    probe_note(p, (cookie & ~COOKIE_QUIET) << 8 | (uint64_t)how);
    if (cookie == 4) probe_done(p);
}

START_TEST(a_quiet_write_reports_nothing_but_failure)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {
        .init = owner_init, .timer = quiet_timer, .completion = quiet_completion};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged, 2);
    ck_assert_uint_eq(s.probe[0]->log[0], 2 << 8 | COMPLETION_DENIED);
    ck_assert_uint_eq(s.probe[0]->log[1], 4 << 8 | COMPLETION_OK);
    ck_assert_uint_eq(s.probe[0]->target[0], 5);
    ck_assert_uint_eq(s.probe[0]->target[1], 5);
    stage_end(&s);
}
END_TEST

enum { ORDERED = 300 };

/* Node 0 repeatedly writes data, then a flag; node 1 must never read a flag without its data. */
static void ordered_write(struct probe *p)
{
    uint64_t value = ++p->step;
    p->t->ops->write(p->t, word_at(1), &value, 8, 0);
    p->t->ops->write(p->t, word_at(0), &value, 8, value);
}

static void ordered_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    if (p->self == 0) {
        p->memory[0] = 0;
        for (int i = 0; i < 8; i++) ordered_write(p);
        return;
    }
    uint64_t flag, data; /* written by the NIC */
    flag = __atomic_load_n(&p->memory[0], __ATOMIC_ACQUIRE);
    data = __atomic_load_n(&p->memory[1], __ATOMIC_ACQUIRE);
    if (data < flag) probe_note(p, flag);
    if (flag == ORDERED)
        probe_done(p);
    else
        p->t->ops->timer_set(p->t, 0, 1 + p->kind->tick_ns / 1000);
}

static void ordered_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    if (how != COMPLETION_OK) probe_note(p, cookie);
    if (cookie == 0) return;
    if (cookie == ORDERED) probe_done(p);
    if (p->step < ORDERED) ordered_write(p);
}

static void ordered_init(struct probe *p)
{
    if (p->self == 1) {
        p->t->ops->region_register(p->t, REGION, p->memory, sizeof p->memory);
        p->t->ops->region_grant(p->t, REGION, (const uint32_t[]){0}, 1);
    }
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
}

START_TEST(one_sided_operations_between_two_nodes_keep_their_order)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {
        .init = ordered_init, .timer = ordered_timer, .completion = ordered_completion};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged + s.probe[1]->logged, 0);
    stage_end(&s);
}
END_TEST

enum { REVOKE_WRITES = 200 };

/* Node 0 writes repeatedly; node 1 revokes the grant meanwhile and logs the value at that moment.
 */
static void revoke_timer(struct probe *p, uint32_t timer)
{
    if (p->self == 0) {
        uint64_t value = ++p->step;
        p->t->ops->write(p->t, word_at(0), &value, 8, value);
        if (value < REVOKE_WRITES) p->t->ops->timer_set(p->t, 0, 1 + p->kind->tick_ns / 100);
    } else if (timer == 0) {
        p->t->ops->region_revoke(p->t, REGION, (const uint32_t[]){0}, 1);
        probe_note(p, __atomic_load_n(&p->memory[0], __ATOMIC_ACQUIRE));
        p->t->ops->timer_set(p->t, 1, 4 * p->kind->tick_ns);
    } else {
        probe_note(p, __atomic_load_n(&p->memory[0], __ATOMIC_ACQUIRE));
        probe_done(p);
    }
}

static void revoke_init(struct probe *p)
{
    if (p->self == 1) {
        p->t->ops->region_register(p->t, REGION, p->memory, sizeof p->memory);
        p->t->ops->region_grant(p->t, REGION, (const uint32_t[]){0}, 1);
    }
    p->t->ops->timer_set(p->t, 0, (p->self + 1) * p->kind->tick_ns);
}

static void revoke_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    p->log[cookie] = (uint64_t)how;
    if (cookie == REVOKE_WRITES) probe_done(p);
}

START_TEST(a_write_after_a_revoke_is_denied)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {
        .init = revoke_init, .timer = revoke_timer, .completion = revoke_completion};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    uint64_t last = s.probe[1]->log[0];
    ck_assert_uint_eq(s.probe[1]->log[1], last);
    for (uint64_t i = 1; i <= REVOKE_WRITES; i++)
        ck_assert_uint_eq(s.probe[0]->log[i], i <= last ? COMPLETION_OK : COMPLETION_DENIED);
    ck_assert_uint_lt(last, REVOKE_WRITES);
    stage_end(&s);
}
END_TEST

/* ---- watched regions ----------------------------------------------------------------------------
 */

enum { WATCHING = 1, STRANGER = 3, WATCHED_NODES };

static void watching_init(struct probe *p)
{
    static const uint32_t writers[] = {0, WATCHING, 2};
    if (p->self == WATCHING) {
        p->t->ops->region_register(p->t, REGION, p->memory, sizeof p->memory);
        p->t->ops->region_watch(p->t, REGION);
        p->t->ops->region_grant(p->t, REGION, writers, 3);
    }
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
}

/* Each writes its word, one of them without a grant. */
static void watching_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    uint64_t word = 100 + p->self;
    p->t->ops->write(p->t, word_at(p->self), &word, sizeof word, 9);
}

/* memory of the others: how their operation ended; target of the owner: what it found. */
static void watching_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    probe_note(p, cookie << 8 | (uint64_t)how);
    if (p->self != WATCHING) probe_done(p);
}

static void watching_write(struct probe *p, uint32_t region, uint32_t writer)
{
    if (region != REGION || writer >= WATCHED_NODES) {
        probe_note(p, UINT64_MAX);
        return;
    }
    p->target[writer] = region_word(&p->memory[writer]);
    if (p->target[0] && p->target[1] && p->target[2]) probe_done(p);
}

START_TEST(a_write_into_a_watched_region_is_reported)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {.init = watching_init,
                                         .timer = watching_timer,
                                         .completion = watching_completion,
                                         .write = watching_write};
    struct stage s = stage_run(conformance_transports[_i], &script, WATCHED_NODES);
    stage_expect_done(&s);
    for (uint32_t i = 0; i < WATCHED_NODES; i++) {
        enum completion how = i == STRANGER ? COMPLETION_DENIED : COMPLETION_OK;
        uint64_t found = s.probe[WATCHING]->target[i];
        ck_assert_uint_eq(found, i == STRANGER ? 0 : 100 + i);
        if (i == WATCHING) continue; /* its run may end before its completion */
        ck_assert_uint_eq(s.probe[i]->log[0], 9 << 8 | (uint64_t)how);
    }
    ck_assert_uint_le(s.probe[WATCHING]->logged, 1);
    stage_end(&s);
}
END_TEST

enum { WHOLE_WRITES = 100 };

/* Node 0 writes the whole region; node 1 answers each report, and so asks for the next. */
static void whole_write(struct probe *p)
{
    uint64_t words[PROBE_WORDS];
    p->step++;
    for (int i = 0; i < PROBE_WORDS; i++) words[i] = p->step;
    p->t->ops->write(p->t, word_at(0), words, sizeof words, p->step);
}

static void whole_init(struct probe *p)
{
    if (p->self == 1) {
        p->t->ops->region_register(p->t, REGION, p->memory, sizeof p->memory);
        p->t->ops->region_watch(p->t, REGION);
        p->t->ops->region_grant(p->t, REGION, (const uint32_t[]){0}, 1);
    } else {
        p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
    }
}

static void whole_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    whole_write(p);
}

static void whole_report(struct probe *p, uint32_t region, uint32_t writer)
{
    if (region != REGION || writer != 0) probe_note(p, UINT64_MAX);
    uint64_t value = region_word(&p->memory[0]);
    for (int i = 1; i < PROBE_WORDS; i++)
        if (region_word(&p->memory[i]) != value) probe_note(p, value);
    if (value > p->step) probe_send_word(p, 0, value);
    p->step = value;
    if (value == WHOLE_WRITES) probe_done(p);
}

static void whole_message(struct probe *p, struct message *m)
{
    if (probe_word(m) != p->step) probe_note(p, p->step);
    if (p->step < WHOLE_WRITES)
        whole_write(p);
    else
        probe_done(p);
}

START_TEST(a_write_is_reported_when_all_its_bytes_are_there)
{
    NEEDS_ONE_SIDED;
    static const struct script script = {
        .init = whole_init, .timer = whole_timer, .message = whole_message, .write = whole_report};
    struct stage s = stage_run(conformance_transports[_i], &script, 2);
    stage_expect_done(&s);
    ck_assert_uint_eq(s.probe[0]->logged + s.probe[1]->logged, 0);
    ck_assert_uint_eq(s.probe[1]->step, WHOLE_WRITES);
    stage_end(&s);
}
END_TEST

/* ---- work ---------------------------------------------------------------------------------------
 */

static void square(void *argument)
{
    uint64_t *value = argument;
    *value *= *value;
}

static void work_init(struct probe *p)
{
    p->target[0] = 111;
    p->t->ops->work(p->t, square, &p->target[0], 5 * p->kind->tick_ns, 9);
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
}

static void work_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    if (p->kind->modelled) probe_note(p, p->target[0]); /* its time has not elapsed */
}

static void work_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    probe_note(p, cookie);
    probe_note(p, (uint64_t)how);
    probe_note(p, p->target[0]);
    probe_note(p, transport_now(p->t));
    probe_done(p);
}

START_TEST(work_completes_once_with_its_result)
{
    static const struct script script = {
        .init = work_init, .timer = work_timer, .completion = work_completion};
    struct stage s = stage_run(conformance_transports[_i], &script, 1);
    stage_expect_done(&s);
    const uint64_t *log = s.probe[0]->log;
    if (s.kind->modelled) {
        ck_assert_uint_eq(*log++, 111);
        ck_assert_uint_ge(log[3], 5 * s.kind->tick_ns);
        ck_assert_uint_eq(s.probe[0]->logged, 5);
    }
    ck_assert_uint_eq(log[0], 9);
    ck_assert_uint_eq(log[1], COMPLETION_OK);
    ck_assert_uint_eq(log[2], 111 * 111);
    stage_end(&s);
}
END_TEST

/* ---- failures -----------------------------------------------------------------------------------
 */

/* target[0]: ticks since the report; target[1]: its write to the killed node has completed. */
static void killed_peer(struct probe *p, uint32_t peer, bool up)
{
    probe_note(p, peer << 1 | up);
    static const uint64_t word = 1;
    p->target[0] = 1;
    if (p->kind->one_sided)
        p->t->ops->write(p->t, word_at(0), &word, 8, 7);
    else
        p->target[1] = 1;
}

static void killed_completion(struct probe *p, uint64_t cookie, enum completion how)
{
    probe_note(p, cookie << 8 | (uint64_t)how);
    p->target[1] = 1;
}

/* No message of the killed node arrives after the report. */
static void killed_message(struct probe *p, struct message *m)
{
    if (m->from == 1 && p->target[0] > 0) probe_note(p, UINT64_MAX);
}

static void killed_init(struct probe *p)
{
    if (p->self == 1) {
        p->t->ops->region_register(p->t, REGION, p->memory, sizeof p->memory);
        p->t->ops->region_grant(p->t, REGION, (const uint32_t[]){0, 2}, 2);
        probe_done(p);
    }
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
}

/* Each node sends to all others each tick, and for some ticks after the report. */
static void killed_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    if (p->target[0] > 0 && ++p->target[0] > 20 && p->target[1]) probe_done(p);
    for (uint32_t to = 0; to < p->count; to++)
        if (to != p->self) probe_send_word(p, to, transport_now(p->t));
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
}

START_TEST(a_killed_peer_is_reported)
{
    if (!conformance_transports[_i]->kills) return;
    static const struct script script = {.init = killed_init,
                                         .message = killed_message,
                                         .timer = killed_timer,
                                         .completion = killed_completion,
                                         .peer = killed_peer};
    struct conformance_fault kill = {CONFORMANCE_KILL, 10 * conformance_transports[_i]->tick_ns, 1,
                                     0};
    struct conformance_setup setup = {.seed = 1, .fault_count = 1, .faults = &kill};
    struct stage s = stage_run_with(conformance_transports[_i], &script, 3, &setup,
                                    3 * conformance_transports[_i]->peer_limit_ns);
    stage_expect_done(&s);
    for (uint32_t node = 0; node < 3; node += 2) {
        ck_assert_uint_eq(s.probe[node]->log[0], 1 << 1 | 0);
        ck_assert_uint_eq(s.probe[node]->logged, s.kind->one_sided ? 2 : 1);
        if (s.kind->one_sided)
            ck_assert_uint_eq(s.probe[node]->log[1], 7 << 8 | COMPLETION_UNREACHABLE);
    }
    ck_assert_uint_eq(s.probe[1]->logged, 0);
    stage_end(&s);
}
END_TEST

/* Nodes 0 and 1 number their messages; node 2 stays connected to both. */
static void cut_timer(struct probe *p, uint32_t timer)
{
    (void)timer;
    for (uint32_t to = 0; to < 3; to++)
        if (to != p->self) probe_send_word(p, to, p->step);
    p->step++;
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
}

static void cut_init(struct probe *p)
{
    p->t->ops->timer_set(p->t, 0, p->kind->tick_ns);
    if (p->self == 2) probe_done(p);
}

/* target[from]: one more than the last number; memory[0]: 1 after down, 2 after up again. */
static void cut_message(struct probe *p, struct message *m)
{
    uint64_t number = probe_word(m);
    if (number < p->target[m->from]) probe_note(p, UINT64_MAX); /* reordered or duplicated */
    bool gap = number > p->target[m->from];
    if (gap && (p->self == 2 || m->from == 2)) probe_note(p, UINT64_MAX - 1);
    p->target[m->from] = number + 1;
    if (p->memory[0] == 2 && m->from == 1 - p->self) probe_done(p); /* the link works again */
}

static void cut_peer(struct probe *p, uint32_t peer, bool up)
{
    probe_note(p, peer << 1 | up);
    p->memory[0] = up ? 2 : 1;
}

START_TEST(a_link_is_reported_down_when_cut_and_up_when_healed)
{
    if (!conformance_transports[_i]->cuts) return;
    static const struct script script = {
        .init = cut_init, .timer = cut_timer, .message = cut_message, .peer = cut_peer};
    uint64_t tick_ns = conformance_transports[_i]->tick_ns,
             limit_ns = conformance_transports[_i]->peer_limit_ns;
    struct conformance_fault faults[] = {
        {CONFORMANCE_CUT, 10 * tick_ns, 0, 1},
        {CONFORMANCE_HEAL, 10 * tick_ns + 2 * limit_ns, 0, 1},
    };
    struct conformance_setup setup = {.seed = 1, .fault_count = 2, .faults = faults};
    struct stage s = stage_run_with(conformance_transports[_i], &script, 3, &setup, 5 * limit_ns);
    stage_expect_done(&s);
    for (uint32_t node = 0; node < 2; node++) {
        ck_assert_uint_eq(s.probe[node]->logged, 2);
        ck_assert_uint_eq(s.probe[node]->log[0], (1 - node) << 1 | 0);
        ck_assert_uint_eq(s.probe[node]->log[1], (1 - node) << 1 | 1);
    }
    ck_assert_uint_eq(s.probe[2]->logged, 0);
    stage_end(&s);
}
END_TEST

void conformance_add_remote(Suite *suite, int count)
{
    const struct {
        const char *name;
        const TTest *const *test;
    } cases[] = {
        {"one-sided", &write_read_and_compare_and_swap_have_their_effects},
        {"one-sided", &an_access_without_grant_or_out_of_bounds_is_denied},
        {"one-sided", &a_quiet_write_reports_nothing_but_failure},
        {"one-sided", &one_sided_operations_between_two_nodes_keep_their_order},
        {"one-sided", &a_write_after_a_revoke_is_denied},
        {"watched", &a_write_into_a_watched_region_is_reported},
        {"watched", &a_write_is_reported_when_all_its_bytes_are_there},
        {"work", &work_completes_once_with_its_result},
        {"failures", &a_killed_peer_is_reported},
        {"failures", &a_link_is_reported_down_when_cut_and_up_when_healed},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        TCase *tc = tcase_create(cases[i].name);
        tcase_set_timeout(tc, 60);
        tcase_add_loop_test(tc, *cases[i].test, 0, count);
        suite_add_tcase(suite, tc);
    }
}
