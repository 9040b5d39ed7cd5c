/* timelines.h - the posts in each timeline: the last `cap`. */
#ifndef AVIARY_WORKLOADS_GENERATE_TIMELINES_H
#define AVIARY_WORKLOADS_GENERATE_TIMELINES_H

#include <stdint.h>

struct timeline {
    uint32_t *author; /* of each post; a ring once it is full */
    uint32_t count, room, oldest;
};

struct timelines {
    uint32_t users, cap;
    struct timeline *of; /* by user */
    uint32_t *posts;     /* by user: how many there are, at most `cap` */
};

void timelines_init(struct timelines *t, uint32_t users, uint32_t cap);
void timelines_finish(struct timelines *t);

/* The author has one more post; timelines_push() adds it to each reader's timeline. */
void timelines_post(struct timelines *t, uint32_t author);
/* Adds it to the reader's timeline, and drops the oldest one if that is full. */
void timelines_push(struct timelines *t, uint32_t reader, uint32_t author);

/* The author's posts are copied into the reader's timeline as far as there is room, and taken out
 * of it. */
void timelines_follow(struct timelines *t, uint32_t reader, uint32_t author);
void timelines_unfollow(struct timelines *t, uint32_t reader, uint32_t author);

#endif
