/* manual.h - a transport controlled by the test, for a part of one node: messages sent are kept for
 * inspection and not delivered, time advances only when a timer is fired, and syncs complete when
 * the test says so. Neither one-sided memory nor computations. */
#ifndef AVIARY_TESTS_LIB_MANUAL_H
#define AVIARY_TESTS_LIB_MANUAL_H

#include "proto/transport.h"

enum { MANUAL_SENT_MAX = 1024, MANUAL_RECORDS_MAX = 64 };

struct manual {
    struct transport transport;
    struct random random; /* one stream for all purposes */
    uint64_t now_ns;
    uint64_t due_ns[TIMERS_MAX]; /* 0: not set */
    struct manual_sent {
        uint32_t to;
        struct message *message; /* retained */
    } sent[MANUAL_SENT_MAX];
    uint32_t sent_count;
    uint64_t held; /* references to messages not yet released */
    /* Storage: the records appended, each a message, of which the first bytes are kept; how many of
     * them the sync under way has. */
    struct manual_record {
        struct message m;
        uint64_t ballot, slot;
    } record[MANUAL_RECORDS_MAX];
    uint32_t record_count, syncing;
    uint32_t syncs; /* requested so far */
    uint64_t sync_cookie;
    uint64_t marks[MARK_COUNT];
    uint32_t refused;
};

void manual_init(struct manual *m, uint32_t self);
/* The node under test has ended: all messages must have been released. */
void manual_finish(struct manual *m);

/* Advances time to when the timer is due and clears it; it must be set. */
void manual_fire(struct manual *m, uint32_t timer);

/* The number of messages of that kind sent to that node since manual_forget(); the last one, or
 * NULL. */
uint32_t manual_count(const struct manual *m, enum message_kind kind, uint32_t to);
const struct message *manual_last(const struct manual *m, enum message_kind kind, uint32_t to);
/* Releases the messages kept so far. */
void manual_forget(struct manual *m);

#endif
