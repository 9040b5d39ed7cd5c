/* timelines.c - contents of the timelines (timelines.h). */
#include "workloads/generate/timelines.h"

#include <stdlib.h>

#include "base/memory.h"

void timelines_init(struct timelines *t, uint32_t users, uint32_t cap)
{
    *t = (struct timelines){.users = users, .cap = cap};
    t->of = allocate_zeroed(users, sizeof(*t->of));
    t->posts = allocate_zeroed(users, sizeof(*t->posts));
}

void timelines_finish(struct timelines *t)
{
    for (uint32_t u = 0; u < t->users; u++) free(t->of[u].author);
    free(t->of);
    free(t->posts);
    *t = (struct timelines){0};
}

void timelines_post(struct timelines *t, uint32_t author)
{
    if (t->posts[author] < t->cap) t->posts[author]++;
}

void timelines_push(struct timelines *t, uint32_t reader, uint32_t author)
{
    struct timeline *line = &t->of[reader];
    if (line->count == t->cap) {
        line->author[line->oldest] = author;
        line->oldest = (line->oldest + 1) % t->cap;
        return;
    }
    line->author = array_grow32(line->author, &line->room, line->count + 1, sizeof(*line->author));
    line->author[line->count++] = author;
}

void timelines_follow(struct timelines *t, uint32_t reader, uint32_t author)
{
    for (uint32_t i = 0; i < t->posts[author] && t->of[reader].count < t->cap; i++)
        timelines_push(t, reader, author);
}

void timelines_unfollow(struct timelines *t, uint32_t reader, uint32_t author)
{
    struct timeline *line = &t->of[reader];
    uint32_t *left = NULL, count = 0, room = 0;
    for (uint32_t i = 0; i < line->count; i++) {
        uint32_t other = line->author[(line->oldest + i) % line->count];
        if (other == author) continue;
        left = array_grow32(left, &room, count + 1, sizeof(*left));
        left[count++] = other;
    }
    free(line->author);
    *line = (struct timeline){left, count, room, 0};
}
