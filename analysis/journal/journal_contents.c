/* journal_contents.c - a table of commands by id and hash (journal_contents.h). */
#include "analysis/journal/journal_contents.h"

#include <stdlib.h>

#include "base/memory.h"

struct journal_content {
    const struct command *command; /* NULL: the entry is free */
    uint32_t hash;                 /* of all of it, its id included; also gives the slot */
    bool issued;                   /* else it was multicast */
};

/* The entry that holds it, or the free one where it would be. */
static struct journal_content *look(const struct journal_contents *s,
                                    const struct journal_reference *r, bool issued)
{
    for (uint64_t at = r->hash & (s->room - 1);; at = (at + 1) & (s->room - 1)) {
        struct journal_content *entry = &s->entries[at];
        if (!entry->command) return entry;
        if (entry->hash != r->hash || entry->issued != issued)
            continue; /* the command itself is compared last: a cache miss */
        const struct command_id *id = &entry->command->id;
        if (id->client == r->client && id->round == r->round && id->seq == r->seq) return entry;
    }
}

static void grow(struct journal_contents *s)
{
    struct journal_contents larger = {.count = s->count, .room = s->room ? 2 * s->room : 1024};
    larger.entries = allocate_zeroed(larger.room, sizeof(*larger.entries));
    for (uint64_t i = 0; i < s->room; i++) {
        if (!s->entries[i].command) continue;
        uint64_t at = s->entries[i].hash & (larger.room - 1);
        while (larger.entries[at].command) at = (at + 1) & (larger.room - 1);
        larger.entries[at] = s->entries[i];
    }
    free(s->entries);
    *s = larger;
}

void journal_contents_finish(struct journal_contents *s)
{
    free(s->entries);
    *s = (struct journal_contents){0};
}

void journal_contents_add(struct journal_contents *s, const struct command *c, bool issued)
{
    if (4 * (s->count + 1) > 3 * s->room) grow(s);
    const struct journal_reference self = journal_reference_to(c);
    struct journal_content *entry = look(s, &self, issued);
    if (entry->command) return;
    *entry = (struct journal_content){c, self.hash, issued};
    s->count++;
}

const struct command *journal_contents_find(const struct journal_contents *s,
                                            const struct journal_reference *reference, bool issued)
{
    return s->room ? look(s, reference, issued)->command : NULL;
}
