/* journals.c - see journals.h. */
#include "tests/check/journals.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

const struct topology small_cluster = {.groups = 3, .replicas = 2, .clients = 2, .oracle = true};

struct teller direct, merged;
struct journal_counts counts;
struct error merge_error;

static char *scratch;

void journals_begin(void)
{
    scratch = test_scratch_directory();
    teller_begin(&direct);
    teller_begin(&merged);
}

void journals_end(void)
{
    teller_end(&direct);
    teller_end(&merged);
    free(scratch);
}

const char *journal_path(const char *name)
{
    return path_in(scratch, name);
}

struct journal *must_create(const char *path)
{
    struct journal *j = journal_create(path, &small_cluster, true, &merge_error);
    ck_assert_msg(j != NULL, "%s", merge_error.text);
    return j;
}

int merge(const char *const *paths, uint32_t count)
{
    return journal_merge(&(struct journal_merge){.paths = paths,
                                                 .count = count,
                                                 .topology = &small_cluster,
                                                 .observer = &merged.observer,
                                                 .finals = &merged.finals},
                         &counts, &merge_error);
}

void must_merge(const char *const *paths, uint32_t count)
{
    ck_assert_msg(merge(paths, count) == 0, "%s", merge_error.text);
}

int merge_one(const char *path)
{
    return merge(&path, 1);
}

void must_merge_one(const char *path)
{
    must_merge(&path, 1);
}

/* ---- reports --------------------------------------------------------------------------------- */

struct command *journalled_command(union journalled_room *room, uint64_t seq)
{
    *room = (union journalled_room){.command = {.bytes = command_bytes(2),
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

struct command *journalled_hint(union journalled_room *room)
{
    struct hint_item items[2] = {{1, 1, 5, 0}, {1, 2, 3, 0}};
    *room = (union journalled_room){
        .command = {.bytes = command_bytes(0) + sizeof(items),
                    .id = {.client = topology_sender(&small_cluster, 2), .seq = 1},
                    .purpose = PURPOSE_HINT,
                    .target = 2,
                    .hint_count = 2}};
    group_set_add(&room->command.dests, 2);
    memcpy(room->command.accesses, items, sizeof(items));
    return &room->command;
}

void report_all(struct observer *o, struct finals *f)
{
    static const uint64_t seen[2] = {5, VERSION_UNSEEN};
    union journalled_room room;
    struct command *c = journalled_command(&room, 17);
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
    o->ops->multicast(o, 2, 40, journalled_hint(&room));
    o->ops->delivered(o, 5, 2, 41, journalled_hint(&room), 1300);
    for (int what = OWNERSHIP_GIVEN; what <= OWNERSHIP_DELETED; what++)
        o->ops->ownership(o, 3, 50,
                          &(struct ownership_event){(enum ownership)what, 1, 0, 12, 1400});
    o->ops->exchanged(o, 3, 1, 51, 6, 384);
    o->ops->planned(o, 4, 60, &(struct plan_report){1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1, 12, 13});
    f->owner(f, 1, 12);
    f->location(f, 12, 1);
    f->location(f, 13, PLACE_NONE);
    f->value(f, 1, 12, (struct variable_state){3, 0xfeed});
}

void report_leading(struct observer *o, uint64_t now_ns, uint64_t ballot)
{
    o->ops->leading(o, 0, 0, now_ns, ballot);
}
