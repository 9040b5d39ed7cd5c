/* aborting.c - see aborting.h. The signal handler calls only async-signal-safe functions. */
#include "sim/aborting.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "sim/kernel.h"

enum { LINE_MAX_BYTES = 512 };

static const char *replay;
static const struct sim *watched;

struct line {
    char text[LINE_MAX_BYTES];
    size_t count;
};

static void add(struct line *l, const char *text)
{
    size_t count = strlen(text);
    if (count > sizeof(l->text) - l->count) count = sizeof(l->text) - l->count;
    memcpy(l->text + l->count, text, count);
    l->count += count;
}

/* At least so many digits. */
static void add_number(struct line *l, uint64_t number, uint32_t digits)
{
    char text[24];
    char *at = text + sizeof(text) - 1;
    for (*at = 0; number > 0 || digits > 0; number /= 10) {
        *--at = (char)('0' + number % 10);
        if (digits > 0) digits--;
    }
    add(l, at);
}

static void add_time(struct line *l, uint64_t ns)
{
    add_number(l, ns / UINT64_C(1000000000), 1);
    add(l, ".");
    add_number(l, ns % UINT64_C(1000000000), 9);
    add(l, " s of virtual time");
}

static void add_event(struct line *l, const struct sim *s, const struct event *e)
{
    switch ((enum event_kind)(e->target >> KIND_SHIFT)) {
    case EVENT_ARRIVAL: {
        const struct message *m = &pool_at(&s->pool, e->item)->message;
        add(l, message_kind_name(m->kind));
        add(l, " from ");
        add(l, s->node[e->order >> SOURCE_SHIFT]->name);
        break;
    }
    case EVENT_TIMER:
        add(l, "timer ");
        add_number(l, e->item, 1);
        break;
    case EVENT_COMPLETION:
        add(l, "a completion");
        break;
    default:
        add(l, "peer ");
        add(l, s->node[e->item >> 1]->name);
        add(l, e->item & 1 ? " up" : " down");
    }
}

static void add_moment(struct line *l, const struct sim *s)
{
    if (!s->handled) {
        add(l, "aborted between two events, at ");
        add_time(l, s->now_ns);
        return;
    }
    const struct sim_node *n = sim_event_node(s, s->handled);
    add(l, "aborted in ");
    add(l, n->name);
    add(l, " at ");
    add_time(l, n->local_ns);
    add(l, ", handling ");
    add_event(l, s, s->handled);
}

static void say(const char *text, size_t bytes)
{
    while (bytes > 0) {
        ssize_t wrote = write(STDERR_FILENO, text, bytes);
        if (wrote <= 0) return;
        text += wrote;
        bytes -= (size_t)wrote;
    }
}

/* The default action follows: SA_RESETHAND has restored it. */
static void on_abort(int number)
{
    struct line l = {.count = 0};
    add_moment(&l, watched);
    say(l.text, l.count);
    say("\nagain: ", 8);
    say(replay, strlen(replay));
    say("\n", 1);
    raise(number);
}

void aborting_watch(const struct sim *s, const char *again)
{
    struct sigaction action = {.sa_handler = s ? on_abort : SIG_DFL,
                               .sa_flags = s ? (int)SA_RESETHAND : 0};
    watched = s;
    replay = again;
    sigaction(SIGABRT, &action, NULL);
}
