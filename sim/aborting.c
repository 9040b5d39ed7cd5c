/* aborting.c - see aborting.h. */
#include "sim/aborting.h"

#include "base/last_words.h"
#include "proto/order/multicast.h"
#include "sim/kernel.h"

static void add_time(struct last_words *w, uint64_t ns)
{
    last_words_add_time(w, ns);
    last_words_add(w, " of virtual time");
}

static void add_event(struct last_words *w, const struct sim *s, const struct event *e)
{
    switch ((enum event_kind)(e->target >> KIND_SHIFT)) {
    case EVENT_ARRIVAL: {
        const struct message *m = &pool_at(&s->pool, e->item)->message;
        const struct limits *l = s->limits;
        const char *name = multicast_kind_name(l ? l->multicast : NULL, m->kind);
        last_words_add(w, name ? name : "?");
        last_words_add(w, " from ");
        last_words_add(w, s->node[e->order >> SOURCE_SHIFT]->name);
        break;
    }
    case EVENT_TIMER:
        last_words_add(w, "timer ");
        last_words_add_number(w, e->item, 1);
        break;
    case EVENT_COMPLETION:
        last_words_add(w, "a completion");
        break;
    default:
        last_words_add(w, "peer ");
        last_words_add(w, s->node[e->item >> 1]->name);
        last_words_add(w, e->item & 1 ? " up" : " down");
    }
}

static void tell(struct last_words *w, const void *context)
{
    const struct sim *s = context;
    if (!s->handled) {
        last_words_add(w, "aborted between two events, at ");
        add_time(w, s->now_ns);
        return;
    }
    const struct sim_node *n = sim_event_node(s, s->handled);
    last_words_add(w, "aborted in ");
    last_words_add(w, n->name);
    last_words_add(w, " at ");
    add_time(w, n->local_ns);
    last_words_add(w, ", handling ");
    add_event(w, s, s->handled);
}

void aborting_watch(const struct sim *s)
{
    last_words_by(s ? tell : NULL, s);
}
