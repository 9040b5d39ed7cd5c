/*
 * Journals: what a node reports comes out of its journal as it went in, also if its process was
 * killed; and a file that was cut, or damaged, or had no room is noticed.
 */
#include "analysis/check/journal.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "analysis/check/journal_format.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

/* p0, p1 and an oracle, of two replicas each: nodes 0 to 5; clients are nodes 6 and 7. */
static const struct topology small = {.groups = 3, .replicas = 2, .clients = 2, .oracle = true};

/* ---- an observer that writes down all it hears ----------------------------------------------- */

struct teller {
    struct observer observer; /* first: observers are cast back */
    struct finals finals;
    FILE *text;
    char *written;
    size_t bytes;
};

__attribute__((format(printf, 2, 3))) static void say(struct observer *o, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vfprintf(((struct teller *)o)->text, format, list);
    va_end(list);
}

static void say_bytes(struct observer *o, const void *data, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) say(o, "%02x", ((const unsigned char *)data)[i]);
    say(o, "\n");
}

static void say_seen(struct observer *o, const struct command *c, const uint64_t *seen)
{
    if (!seen) say(o, "unseen ");
    for (uint32_t i = 0; seen && i < c->access_count; i++) say(o, "saw %lx ", seen[i]);
}

static void tell_issued(struct observer *o, uint32_t node, uint64_t now_ns, const struct command *c)
{
    say(o, "%lu: %u issued ", now_ns, node);
    say_bytes(o, c, c->bytes);
}

static void tell_answered(struct observer *o, uint32_t node, uint64_t now_ns,
                          const struct command *c, const struct reply_view *reply,
                          uint32_t attempts)
{
    say(o, "%lu: %u answered %d %lx after %u ", now_ns, node, reply->status, reply->digest,
        attempts);
    say_seen(o, c, reply->status == REPLY_OK ? reply->seen : NULL);
    say_bytes(o, c, c->bytes);
}

static void tell_delivered(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           const struct command *c, uint64_t timestamp)
{
    say(o, "%lu: %u of %u delivered under %lu ", now_ns, node, group, timestamp);
    say_bytes(o, c, c->bytes);
}

static void tell_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         const struct command *c)
{
    say(o, "%lu: %u of %u started ", now_ns, node, group);
    say_bytes(o, c, c->bytes);
}

static void tell_executed(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          const struct command *c, uint64_t digest, const uint64_t *seen,
                          uint64_t state_hash)
{
    say(o, "%lu: %u of %u executed %lx %lx ", now_ns, node, group, digest, state_hash);
    say_seen(o, c, seen);
    say_bytes(o, c, c->bytes);
}

static void tell_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                         uint64_t ballot)
{
    say(o, "%lu: %u of %u leads by %lu\n", now_ns, node, group, ballot);
}

static void tell_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                           const struct command *c)
{
    say(o, "%lu: %u multicast ", now_ns, node);
    say_bytes(o, c, c->bytes);
}

static void tell_ownership(struct observer *o, uint32_t node, uint64_t now_ns,
                           const struct ownership_event *e)
{
    say(o, "%lu: %u: ownership %d of %u: %u, %u under %lu\n", now_ns, node, e->what, e->variable,
        e->group, e->other, e->timestamp);
}

static void tell_exchanged(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                           uint64_t variables, uint64_t bytes)
{
    say(o, "%lu: %u of %u exchanged %lu, %lu\n", now_ns, node, group, variables, bytes);
}

static void tell_planned(struct observer *o, uint32_t node, uint64_t now_ns,
                         const struct plan_report *p)
{
    say(o, "%lu: %u planned %lu %lu %lx %u %lu %lu %u %lu %lu\n", now_ns, node, p->version,
        p->timestamp, p->hash, p->vertices, p->edges, p->edge_cut, p->imbalance_permille, p->moved,
        p->modelled_ns);
}

static void tell_owner(struct finals *f, uint32_t group, uint32_t variable)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    say(&t->observer, "in the end %u owns %u\n", group, variable);
}

static void tell_location(struct finals *f, uint32_t variable, uint16_t group)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    say(&t->observer, "in the end %u is believed in %u\n", variable, group);
}

static void tell_value(struct finals *f, uint32_t group, uint32_t variable,
                       struct variable_state state)
{
    struct teller *t = (struct teller *)((char *)f - offsetof(struct teller, finals));
    say(&t->observer, "in the end %u has %lx, version %lu, in %u\n", group, state.value,
        state.version, variable);
}

static const struct observer_ops teller_ops = {
    .issued = tell_issued,
    .answered = tell_answered,
    .delivered = tell_delivered,
    .started = tell_started,
    .executed = tell_executed,
    .leading = tell_leading,
    .multicast = tell_multicast,
    .ownership = tell_ownership,
    .exchanged = tell_exchanged,
    .planned = tell_planned,
};

static void teller_begin(struct teller *t)
{
    *t = (struct teller){.observer = {&teller_ops},
                         .finals = {tell_owner, tell_location, tell_value}};
    t->text = open_memstream(&t->written, &t->bytes);
}

static const char *teller_text(struct teller *t)
{
    fflush(t->text);
    return t->written;
}

static void teller_end(struct teller *t)
{
    fclose(t->text);
    free(t->written);
}

/* ---- journals of a test -----------------------------------------------------------------------
 */

static char *scratch;

static struct journal *must_create(const char *path, const struct topology *t)
{
    struct error e = {""};
    struct journal *j = journal_create(path, t, true, &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    return j;
}

/* Merges one journal into a teller, and removes it. */
static int merge_one(const char *path, struct teller *t, struct journal_counts *counts,
                     struct error *e)
{
    int status = journal_merge(&(struct journal_merge){.paths = &path,
                                                       .count = 1,
                                                       .topology = &small,
                                                       .observer = &t->observer,
                                                       .finals = &t->finals},
                               counts, e);
    return status;
}

/* A command of client 1 that reads one variable and writes another. */
union room {
    struct command command;
    uint64_t word[32];
};

static struct command *command_of(union room *room, uint64_t seq)
{
    *room = (union room){.command = {.bytes = command_bytes(2),
                                     .kind = 3,
                                     .access_count = 2,
                                     .id = {.client = 1, .round = 2, .seq = seq},
                                     .answered = 4,
                                     .request_bytes = 100,
                                     .reply_bytes = 200,
                                     .cost_ns = 300,
                                     .execution = EXECUTION_LEND,
                                     .target = 1,
                                     .follows = 1}};
    room->command.accesses[0] = (struct access){7, 0, ACCESS_READ, 0};
    room->command.accesses[1] = (struct access){9, 1, ACCESS_WRITE, 0};
    group_set_add(&room->command.dests, 0);
    group_set_add(&room->command.dests, 1);
    return &room->command;
}

static struct command *hint_of(union room *room)
{
    struct hint_item items[2] = {{1, 1, 5, 0}, {1, 2, 3, 0}};
    *room = (union room){.command = {.bytes = command_bytes(0) + sizeof(items),
                                     .id = {.client = topology_sender(&small, 2), .seq = 1},
                                     .purpose = PURPOSE_HINT,
                                     .target = 2,
                                     .hint_count = 2}};
    group_set_add(&room->command.dests, 2);
    memcpy(room->command.accesses, items, sizeof(items));
    return &room->command;
}

/* Everything that can be reported, once. */
static void report_all(struct observer *o, struct finals *f)
{
    static const uint64_t seen[2] = {5, VERSION_UNSEEN};
    union room room;
    struct command *c = command_of(&room, 17);
    o->ops->leading(o, 2, 1, 1, 77);
    o->ops->issued(o, 7, 10, c);
    o->ops->multicast(o, 7, 11, c);
    o->ops->delivered(o, 2, 1, 20, c, 1234);
    o->ops->started(o, 2, 1, 21, c);
    o->ops->executed(o, 2, 1, 22, c, 0xabc, seen, 0xdef);
    o->ops->executed(o, 0, 0, 23, c, 0x123, NULL, 0x456);
    o->ops->answered(o, 7, 30, c, &(struct reply_view){REPLY_OK, 0xabc, seen}, 2);
    o->ops->answered(o, 7, 31, c, &(struct reply_view){REPLY_NOK, 0, NULL}, 0);
    o->ops->answered(o, 7, 31, c, &(struct reply_view){REPLY_RETRY, 1, NULL}, 9);
    o->ops->multicast(o, 2, 40, hint_of(&room));
    o->ops->delivered(o, 5, 2, 41, hint_of(&room), 1300);
    for (int what = OWNERSHIP_GIVEN; what <= OWNERSHIP_DELETED; what++)
        o->ops->ownership(o, 3, 50,
                          &(struct ownership_event){(enum ownership)what, 1, 0, 12, 1400});
    o->ops->exchanged(o, 3, 1, 51, 6, 384);
    o->ops->planned(o, 4, 60, &(struct plan_report){1, 2, 3, 4, 5, 6, 7, 8, 9});
    f->owner(f, 1, 12);
    f->location(f, 12, 1);
    f->location(f, 13, PLACE_NONE);
    f->value(f, 1, 12, (struct variable_state){3, 0xfeed});
}

static void hear_nothing_delivered(struct observer *o, uint32_t node, uint32_t group,
                                   uint64_t now_ns, const struct command *c, uint64_t timestamp)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c, (void)timestamp;
}

static void hear_nothing_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                                 const struct command *c)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c;
}

static void hear_nothing_executed(struct observer *o, uint32_t node, uint32_t group,
                                  uint64_t now_ns, const struct command *c, uint64_t digest,
                                  const uint64_t *seen, uint64_t state_hash)
{
    (void)o, (void)node, (void)group, (void)now_ns, (void)c, (void)digest, (void)seen;
    (void)state_hash;
}

START_TEST(every_report_comes_out_as_it_went_in)
{
    const char *path = path_in(scratch, "all");
    struct teller direct, merged;
    struct journal_counts counts;
    struct error e = {""};
    teller_begin(&direct);
    teller_begin(&merged);
    report_all(&direct.observer, &direct.finals);
    struct journal *j = must_create(path, &small);
    report_all(journal_observer(j), journal_finals(j));
    ck_assert(!journal_incomplete(j));
    journal_destroy(j);
    ck_assert_msg(merge_one(path, &merged, &counts, &e) == 0, "%s", e.text);
    ck_assert_str_eq(teller_text(&merged), teller_text(&direct));
    ck_assert_uint_eq(counts.events, 20);
    ck_assert_uint_eq(counts.finals, 4);
    ck_assert_uint_eq(counts.incomplete, 0);
    unlink(path);
    teller_end(&direct);
    teller_end(&merged);
}
END_TEST

START_TEST(executions_may_be_left_out)
{
    const char *path = path_in(scratch, "unchecked");
    struct teller direct, merged;
    struct journal_counts counts;
    struct error e = {""};
    teller_begin(&direct);
    teller_begin(&merged);
    struct journal *j = journal_create(path, &small, false, &e);
    ck_assert_msg(j != NULL, "%s", e.text);
    report_all(journal_observer(j), journal_finals(j));
    journal_destroy(j);
    struct observer_ops quiet = teller_ops;
    quiet.delivered = hear_nothing_delivered;
    quiet.started = hear_nothing_started;
    quiet.executed = hear_nothing_executed;
    direct.observer.ops = &quiet;
    report_all(&direct.observer, &direct.finals);
    ck_assert_msg(merge_one(path, &merged, &counts, &e) == 0, "%s", e.text);
    ck_assert_str_eq(teller_text(&merged), teller_text(&direct));
    ck_assert_uint_eq(counts.events, 15);
    unlink(path);
    teller_end(&direct);
    teller_end(&merged);
}
END_TEST

START_TEST(an_empty_journal_and_none_are_fine)
{
    const char *path = path_in(scratch, "empty");
    struct teller t;
    struct journal_counts counts;
    struct error e = {""};
    teller_begin(&t);
    journal_destroy(must_create(path, &small));
    ck_assert_int_eq(merge_one(path, &t, &counts, &e), 0);
    ck_assert_int_eq(journal_merge(&(struct journal_merge){.topology = &small}, &counts, &e), 0);
    ck_assert_uint_eq(counts.events, 0);
    ck_assert_str_eq(teller_text(&t), "");
    ck_assert_ptr_null(journal_create(path, &small, true, &e));
    ck_assert_msg(strstr(e.text, path) && strstr(e.text, "exists"), "%s", e.text);
    unlink(path);
    teller_end(&t);
}
END_TEST

/* ---- order ------------------------------------------------------------------------------------
 */

static void lead(struct journal *j, uint64_t now_ns, uint64_t ballot)
{
    journal_observer(j)->ops->leading(journal_observer(j), 0, 0, now_ns, ballot);
}

/* Of equal times the first journal goes first; a time that goes back in a journal does not change
 * the journal's own order. */
START_TEST(journals_are_merged_by_time)
{
    const char *const paths[] = {path_in(scratch, "a"), path_in(scratch, "b")};
    struct journal *a = must_create(paths[0], &small), *b = must_create(paths[1], &small);
    lead(b, 1, 1);
    lead(b, 5, 4);
    lead(b, 3, 5);
    lead(b, 7, 7);
    lead(a, 2, 2);
    lead(a, 5, 3);
    lead(a, 6, 6);
    lead(a, 9, 8);
    journal_destroy(a);
    journal_destroy(b);
    struct teller t;
    struct journal_counts counts;
    struct error e = {""};
    teller_begin(&t);
    ck_assert_int_eq(journal_merge(&(struct journal_merge){.paths = paths,
                                                           .count = 2,
                                                           .topology = &small,
                                                           .observer = &t.observer,
                                                           .finals = &t.finals},
                                   &counts, &e),
                     0);
    ck_assert_str_eq(teller_text(&t), "1: 0 of 0 leads by 1\n2: 0 of 0 leads by 2\n"
                                      "5: 0 of 0 leads by 3\n5: 0 of 0 leads by 4\n"
                                      "3: 0 of 0 leads by 5\n6: 0 of 0 leads by 6\n"
                                      "7: 0 of 0 leads by 7\n9: 0 of 0 leads by 8\n");
    unlink(paths[0]);
    unlink(paths[1]);
    teller_end(&t);
}
END_TEST

/* ---- killed ------------------------------------------------------------------------------------
 */

/* Reports without an end: ballots 1, 2, 3, ..., with commands of all sizes in between. */
static _Noreturn void report_until_killed(struct journal *j)
{
    struct observer *o = journal_observer(j);
    union room room;
    for (uint64_t i = 1;; i++) {
        o->ops->leading(o, 0, 0, i, i);
        if (i % 3 == 0) o->ops->multicast(o, 2, i, command_of(&room, i));
        if (i % 3 == 0) o->ops->started(o, 2, 1, i, command_of(&room, i));
        if (i % 5 == 0) o->ops->multicast(o, 2, i, hint_of(&room));
    }
}

static uint64_t committed(const char *path)
{
    struct journal_header header = {0};
    FILE *file = fopen(path, "rb");
    if (!file) return 0;
    if (fread(&header, sizeof(header), 1, file) != 1) header.committed = 0;
    fclose(file);
    return header.committed;
}

/* Ballots come one after the other, and nothing comes twice. */
struct counter {
    struct observer observer;
    uint64_t ballots;
};

static void count_leading(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          uint64_t ballot)
{
    struct counter *c = (struct counter *)o;
    (void)node, (void)group, (void)now_ns;
    ck_assert_uint_eq(ballot, ++c->ballots);
}

static void count_started(struct observer *o, uint32_t node, uint32_t group, uint64_t now_ns,
                          const struct command *c)
{
    (void)node, (void)group, (void)now_ns;
    ck_assert_uint_eq(((struct counter *)o)->ballots, c->id.seq);
}

static void count_multicast(struct observer *o, uint32_t node, uint64_t now_ns,
                            const struct command *c)
{
    (void)node, (void)c;
    ck_assert_uint_eq(((struct counter *)o)->ballots, now_ns);
}

static const struct observer_ops counter_ops = {
    .leading = count_leading, .started = count_started, .multicast = count_multicast};

static void must_count(const char *path, struct counter *c, struct journal_counts *counts)
{
    struct error e = {""};
    *c = (struct counter){.observer = {&counter_ops}};
    int status = journal_merge(
        &(struct journal_merge){
            .paths = &path, .count = 1, .topology = &small, .observer = &c->observer},
        counts, &e);
    ck_assert_msg(status == 0, "%s", e.text);
}

START_TEST(a_killed_writer_leaves_a_valid_prefix)
{
    struct random draw = random_named(1, "journal", "killed");
    for (int round = 0; round < 8; round++) {
        const char *path = path_in(scratch, "killed");
        uint64_t enough = random_below(&draw, 3 * JOURNAL_STEP_BYTES);
        pid_t writer = fork();
        ck_assert(writer >= 0);
        if (writer == 0) report_until_killed(must_create(path, &small));
        while (committed(path) <= enough) ck_assert_int_eq(waitpid(writer, NULL, WNOHANG), 0);
        kill(writer, SIGKILL);
        ck_assert_int_eq(waitpid(writer, NULL, 0), writer);
        struct counter c;
        struct journal_counts counts;
        must_count(path, &c, &counts);
        ck_assert_uint_ge(counts.bytes + sizeof(struct journal_header), enough);
        ck_assert_uint_eq(counts.incomplete, 0);
        ck_assert_uint_gt(c.ballots, 0);
        unlink(path);
    }
}
END_TEST

/* ---- damaged -----------------------------------------------------------------------------------
 */

/* A journal of everything, as bytes. */
static unsigned char *journal_bytes(const char *path, size_t *bytes)
{
    struct journal *j = must_create(path, &small);
    report_all(journal_observer(j), journal_finals(j));
    journal_destroy(j);
    unsigned char *data = (unsigned char *)read_file(path, bytes);
    *bytes = ((struct journal_header *)(void *)data)->committed;
    return data;
}

static uint32_t record_bytes(const unsigned char *data, size_t at)
{
    return ((const struct journal_record *)(const void *)(data + at))->bytes;
}

static void assert_refused(const char *path, const void *data, size_t bytes, size_t at,
                           const char *why)
{
    struct teller t;
    struct journal_counts counts;
    struct error e = {""};
    char expected[600];
    snprintf(expected, sizeof(expected), "%s: at offset %zu: %s", path, at, why);
    teller_begin(&t);
    write_file(path, data, bytes);
    ck_assert_int_eq(merge_one(path, &t, &counts, &e), -1);
    ck_assert_str_eq(e.text, expected);
    ck_assert_str_eq(teller_text(&t), ""); /* nothing is believed before all is looked at */
    teller_end(&t);
}

START_TEST(every_damaged_byte_is_found)
{
    const char *path = path_in(scratch, "damaged");
    size_t bytes, next;
    unsigned char *data = journal_bytes(path, &bytes);
    for (size_t at = sizeof(struct journal_header); at < bytes; at = next) {
        next = at + record_bytes(data, at);
        for (size_t i = at; i < next; i++) {
            unsigned char bit = (unsigned char)(1u << (i % 8));
            data[i] ^= bit;
            assert_refused(path, data, bytes, at, "a damaged record");
            data[i] ^= bit;
        }
    }
    unlink(path);
    free(data);
}
END_TEST

START_TEST(every_cut_is_found)
{
    const char *path = path_in(scratch, "cut");
    size_t bytes, next;
    unsigned char *data = journal_bytes(path, &bytes);
    for (size_t at = sizeof(struct journal_header); at < bytes; at = next) {
        next = at + record_bytes(data, at);
        for (size_t end = at; end < next; end++)
            assert_refused(path, data, end, at, "the journal is cut off");
    }
    for (size_t end = 0; end < sizeof(struct journal_header); end += 8)
        assert_refused(path, data, end, 0, "expected the header of a journal");
    unlink(path);
    free(data);
}
END_TEST

START_TEST(a_journal_of_something_else_is_refused)
{
    const char *path = path_in(scratch, "other");
    size_t bytes;
    unsigned char *data = journal_bytes(path, &bytes);
    ((struct journal_header *)(void *)data)->clients = 3;
    assert_refused(path, data, bytes, 0, "a journal of another cluster");
    data[0] ^= 1;
    assert_refused(path, data, bytes, 0, "expected the header of a journal");
    unlink(path);
    struct teller t;
    struct journal_counts counts;
    struct error e = {""};
    teller_begin(&t);
    ck_assert_int_eq(merge_one(path, &t, &counts, &e), -1);
    ck_assert_msg(strstr(e.text, path) == e.text && strstr(e.text, "No such file"), "%s", e.text);
    teller_end(&t);
    free(data);
}
END_TEST

/* ---- commands that others tell of --------------------------------------------------------------
 */

/* A client's journal and a replica's, of which either may be missing. */
static int merge_two(const char *client, const char *replica, struct teller *t,
                     struct journal_counts *counts, struct error *e)
{
    const char *paths[2];
    uint32_t count = 0;
    if (client) paths[count++] = client;
    if (replica) paths[count++] = replica;
    teller_begin(t);
    return journal_merge(&(struct journal_merge){.paths = paths,
                                                 .count = count,
                                                 .topology = &small,
                                                 .observer = &t->observer,
                                                 .finals = &t->finals},
                         counts, e);
}

static void multicast_and_deliver(const char *client, const char *replica)
{
    union room room;
    struct command *c = command_of(&room, 17);
    struct journal *a = must_create(client, &small), *b = must_create(replica, &small);
    struct observer *ao = journal_observer(a), *bo = journal_observer(b);
    bo->ops->leading(bo, 2, 1, 1, 77);
    ao->ops->multicast(ao, 7, 20, c);
    bo->ops->delivered(bo, 2, 1, 10, c, 1234); /* by a clock that is behind */
    journal_destroy(a);
    journal_destroy(b);
}

/* The second record of the replica's journal. */
static const size_t second = sizeof(struct journal_header) + sizeof(struct journal_record) + 8;

START_TEST(a_command_stands_in_another_journal_wherever_that_is)
{
    const char *client = path_in(scratch, "client"), *replica = path_in(scratch, "replica");
    struct teller direct, merged;
    struct journal_counts counts;
    struct error e = {""};
    union room room;
    multicast_and_deliver(client, replica);
    ck_assert_msg(merge_two(client, replica, &merged, &counts, &e) == 0, "%s", e.text);
    teller_begin(&direct);
    tell_leading(&direct.observer, 2, 1, 1, 77);
    tell_delivered(&direct.observer, 2, 1, 10, command_of(&room, 17), 1234);
    tell_multicast(&direct.observer, 7, 20, command_of(&room, 17));
    ck_assert_str_eq(teller_text(&merged), teller_text(&direct));
    teller_end(&merged);
    teller_end(&direct);
    unlink(client);
    unlink(replica);
}
END_TEST

START_TEST(a_command_that_no_journal_tells_is_refused)
{
    const char *client = path_in(scratch, "client"), *replica = path_in(scratch, "replica");
    struct teller t;
    struct journal_counts counts;
    struct error e = {""};
    char expected[600];
    snprintf(expected, sizeof(expected), "%s: at offset %zu: a command that no journal contains",
             replica, second);
    multicast_and_deliver(client, replica);
    ck_assert_int_eq(merge_two(NULL, replica, &t, &counts, &e), -1);
    ck_assert_str_eq(e.text, expected);
    ck_assert_str_eq(teller_text(&t), "1: 2 of 1 leads by 77\n");
    teller_end(&t);
    unlink(client);
    unlink(replica);
}
END_TEST

/* Neither another content of that id nor what was only issued is what was multicast. */
START_TEST(a_command_is_known_by_all_of_it_and_by_what_became_of_it)
{
    for (int what = 0; what < 3; what++) {
        const char *path = path_in(scratch, "all");
        struct teller t;
        struct journal_counts counts;
        struct error e = {""};
        union room room;
        struct command *c = command_of(&room, 17);
        struct journal *j = must_create(path, &small);
        struct observer *o = journal_observer(j);
        (what == 1 ? o->ops->issued : o->ops->multicast)(o, 7, 1, c);
        if (what == 2) c->accesses[1].group = 0;
        o->ops->delivered(o, 2, 1, 2, c, 1234);
        journal_destroy(j);
        ck_assert_int_eq(merge_two(path, NULL, &t, &counts, &e), what == 0 ? 0 : -1);
        if (what > 0)
            ck_assert_msg(strstr(e.text, "that no journal contains") != NULL, "%s", e.text);
        teller_end(&t);
        unlink(path);
    }
}
END_TEST

START_TEST(what_only_a_full_disk_knew_is_left_out)
{
    const char *client = path_in(scratch, "client"), *replica = path_in(scratch, "replica");
    struct teller t;
    struct journal_counts counts;
    struct error e = {""};
    size_t bytes;
    multicast_and_deliver(client, replica);
    unsigned char *data = (unsigned char *)read_file(client, &bytes);
    struct journal_header *header = (struct journal_header *)(void *)data;
    header->committed = sizeof(*header);
    header->incomplete = 1;
    write_file(client, data, bytes);
    ck_assert_msg(merge_two(client, replica, &t, &counts, &e) == 0, "%s", e.text);
    ck_assert_str_eq(teller_text(&t), "1: 2 of 1 leads by 77\n");
    ck_assert_uint_eq(counts.incomplete, 1);
    ck_assert_uint_eq(counts.events, 1);
    ck_assert_uint_eq(counts.unknown, 1);
    teller_end(&t);
    free(data);
    unlink(client);
    unlink(replica);
}
END_TEST

/* More than fit the table at first. */
START_TEST(many_commands_are_told_apart)
{
    const char *path = path_in(scratch, "many");
    struct teller direct, merged;
    struct journal_counts counts;
    struct error e = {""};
    union room room;
    struct journal *j = must_create(path, &small);
    struct observer *o = journal_observer(j);
    teller_begin(&direct);
    for (uint64_t seq = 1; seq <= 5000; seq++) {
        o->ops->multicast(o, 7, seq, command_of(&room, seq));
        tell_multicast(&direct.observer, 7, seq, &room.command);
    }
    for (uint64_t seq = 5000; seq > 0; seq--) {
        o->ops->started(o, 2, 1, 6000, command_of(&room, seq));
        tell_started(&direct.observer, 2, 1, 6000, &room.command);
    }
    journal_destroy(j);
    ck_assert_msg(merge_two(path, NULL, &merged, &counts, &e) == 0, "%s", e.text);
    ck_assert(strcmp(teller_text(&merged), teller_text(&direct)) == 0);
    teller_end(&merged);
    teller_end(&direct);
    unlink(path);
}
END_TEST

/* ---- a full disk -------------------------------------------------------------------------------
 */

START_TEST(a_full_disk_ends_the_journal_and_nothing_else)
{
    const char *path = path_in(scratch, "full");
    pid_t writer = fork();
    ck_assert(writer >= 0);
    if (writer == 0) {
        struct rlimit limit = {2 * JOURNAL_STEP_BYTES + 5000, 2 * JOURNAL_STEP_BYTES + 5000};
        setrlimit(RLIMIT_FSIZE, &limit);
        struct journal *j = must_create(path, &small);
        uint64_t i = 1;
        for (; !journal_incomplete(j); i++) lead(j, i, i);
        for (int more = 0; more < 1000; more++, i++) lead(j, i, i);
        journal_destroy(j);
        _exit(0);
    }
    int status;
    ck_assert_int_eq(waitpid(writer, &status, 0), writer);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    struct counter c;
    struct journal_counts counts;
    must_count(path, &c, &counts);
    ck_assert_uint_eq(counts.incomplete, 1);
    ck_assert_uint_gt(counts.bytes, JOURNAL_STEP_BYTES);
    ck_assert_uint_eq(c.ballots, counts.bytes / journal_head_bytes(JOURNAL_LEADING));
    unlink(path);
}
END_TEST

/* ---- the suite ---------------------------------------------------------------------------------
 */

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *c = tcase_create("journal");
    scratch = test_scratch_directory();
    tcase_set_timeout(c, 120);
    tcase_add_test(c, every_report_comes_out_as_it_went_in);
    tcase_add_test(c, executions_may_be_left_out);
    tcase_add_test(c, an_empty_journal_and_none_are_fine);
    tcase_add_test(c, journals_are_merged_by_time);
    tcase_add_test(c, a_killed_writer_leaves_a_valid_prefix);
    tcase_add_test(c, every_damaged_byte_is_found);
    tcase_add_test(c, every_cut_is_found);
    tcase_add_test(c, a_journal_of_something_else_is_refused);
    tcase_add_test(c, a_command_stands_in_another_journal_wherever_that_is);
    tcase_add_test(c, a_command_that_no_journal_tells_is_refused);
    tcase_add_test(c, a_command_is_known_by_all_of_it_and_by_what_became_of_it);
    tcase_add_test(c, what_only_a_full_disk_knew_is_left_out);
    tcase_add_test(c, many_commands_are_told_apart);
    tcase_add_test(c, a_full_disk_ends_the_journal_and_nothing_else);
    suite_add_tcase(suite, c);
    int status = test_main(suite);
    free(scratch);
    return status;
}
