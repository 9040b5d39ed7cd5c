/* plan_gains.c - see plan_gains.h. */
#include "analysis/check/plan_gains.h"

#include <math.h>
#include <stdlib.h>

#include "base/assert.h"
#include "base/memory.h"

/* Answers from a time on, until the next stretch. */
struct stretch {
    uint64_t begin_ns, answers, multi;
};

struct stretches {
    struct stretch *list; /* by time; the first begins with the window */
    uint64_t count, end_ns;
};

static struct stretches cut(const struct plans *plans, const struct statistics_window *window)
{
    struct stretches s = {.list = allocate_zeroed(plans->count + 1, sizeof(*s.list)),
                          .end_ns = window->end_ns};
    s.list[s.count++].begin_ns = window->begin_ns;
    for (uint64_t i = 0; i < plans->count; i++) {
        if (!plans->rows[i].announced) continue;
        uint64_t at_ns = plans->versions[i].now_ns, last_ns = s.list[s.count - 1].begin_ns;
        s.list[s.count++].begin_ns = at_ns > last_ns ? at_ns : last_ns;
    }
    return s;
}

static void count_answers(struct stretches *s, const struct ledger *l)
{
    for (uint64_t i = 0; i < l->command_count; i++) {
        const struct ledger_command *c = &l->commands[i];
        if (c->returned_ns < s->list[0].begin_ns || c->returned_ns >= s->end_ns) continue;
        uint64_t low = 0, high = s->count; /* the last stretch that has begun */
        while (high - low > 1) {
            uint64_t middle = (low + high) / 2;
            if (s->list[middle].begin_ns <= c->returned_ns)
                low = middle;
            else
                high = middle;
        }
        s->list[low].answers++;
        s->list[low].multi += c->partitions > 1;
    }
}

/* Of stretches first .. last together. */
static struct result_stretch measure(const struct stretches *s, uint64_t first, uint64_t last)
{
    uint64_t begin_ns = s->list[first].begin_ns, answers = 0, multi = 0;
    uint64_t end_ns = last + 1 < s->count ? s->list[last + 1].begin_ns : s->end_ns;
    for (uint64_t i = first; i <= last; i++) {
        answers += s->list[i].answers;
        multi += s->list[i].multi;
    }
    double seconds = end_ns > begin_ns ? (double)(end_ns - begin_ns) / 1e9 : 0;
    return (struct result_stretch){
        .throughput_per_s = seconds > 0 ? (double)answers / seconds : NAN,
        .multi_pct = answers ? 100.0 * (double)multi / (double)answers : NAN,
    };
}

void plan_gains(struct plans *plans, const struct ledger *ledger,
                const struct statistics_window *window, struct run_result *result)
{
    const struct result_stretch none = {NAN, NAN};
    struct stretches s = cut(plans, window);
    uint64_t at = 0;
    count_answers(&s, ledger);
    for (uint64_t i = 0; i < plans->count; i++) {
        struct result_plan *p = &plans->rows[i];
        p->before = p->announced ? measure(&s, at, at) : none;
        p->after = p->announced ? measure(&s, at + 1, at + 1) : none;
        at += p->announced;
    }
    ASSERT(at + 1 == s.count);
    result->plan_announced = (uint32_t)at;
    result->plan_gain = NAN;
    if (at > 0)
        result->plan_gain =
            measure(&s, 1, at).throughput_per_s / measure(&s, 0, 0).throughput_per_s - 1;
    free(s.list);
}
