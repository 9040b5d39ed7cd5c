/* search.c - see search.h. */
#include "analysis/study/search.h"

#include <math.h>

#include "base/assert.h"

#define GAIN 1.02     /* a smaller one is none */
#define COLLAPSED 0.5 /* of the peak */
#define CLOSE 1.05    /* clients within the bound, and beyond it */
enum { STEPS_WITHOUT_GAIN = 2, BEYOND = 4 };

/* The least rounded power of the square root of 2 above that. */
static uint32_t step_from(uint32_t clients)
{
    uint32_t next = clients;
    for (int power = 0; next <= clients; power++) next = (uint32_t)lround(exp2(power / 2.0));
    return next;
}

/* At the end of the points: in a row, of each what it gains over the best before. */
static uint32_t steps_without_gain(const struct search *s)
{
    uint32_t steps = 0;
    double best = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        double throughput = s->point[i].throughput_per_s;
        steps = throughput < GAIN * best || throughput <= 0 ? steps + 1 : 0;
        if (throughput > best) best = throughput;
    }
    return steps;
}

/* To the next step, or past the peak. */
static uint32_t grow(const struct search *s)
{
    uint32_t last = s->point[s->count - 1].clients, peak = search_peak(s);
    uint32_t steps = steps_without_gain(s), next = step_from(last);
    if (steps > STEPS_WITHOUT_GAIN) return 0;
    if (steps == STEPS_WITHOUT_GAIN) {
        if (isfinite(s->bound_us) || peak == s->count) return 0;
        next = BEYOND * s->point[peak].clients;
    }
    if (next > s->clients_most) next = s->clients_most;
    return next > last ? next : 0;
}

/* ---- a bound -------------------------------------------------------------------------------- */

static bool is_within(const struct search *s, uint32_t i)
{
    return !(s->point[i].latency_us > s->bound_us);
}

/* The fewest clients beyond the bound; UINT32_MAX: none is known. */
static uint32_t fewest_beyond(const struct search *s)
{
    uint32_t fewest = UINT32_MAX;
    for (uint32_t i = 0; i < s->count; i++)
        if (!is_within(s, i) && s->point[i].clients < fewest) fewest = s->point[i].clients;
    return fewest;
}

/* Between those within the bound and those beyond. */
static uint32_t halve(const struct search *s, uint32_t beyond)
{
    uint32_t within = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t clients = s->point[i].clients;
        if (clients < beyond && clients > within) within = clients;
    }
    bool close = within == 0 || beyond - within == 1 || beyond < CLOSE * within;
    return close ? 0 : (uint32_t)lround(sqrt((double)within * beyond));
}

/* ---- all ------------------------------------------------------------------------------------ */

uint32_t search_next(const struct search *s)
{
    ASSERT(s->clients_most >= 1);
    ASSERT(s->clients_most <= SEARCH_CLIENTS_MOST);
    if (s->count == 0) return 1;
    ASSERT(s->count < SEARCH_POINTS_MAX);
    uint32_t beyond = fewest_beyond(s);
    return beyond < UINT32_MAX ? halve(s, beyond) : grow(s);
}

uint32_t search_peak(const struct search *s)
{
    uint32_t peak = s->count;
    double best = 0;
    for (uint32_t i = 0; i < s->count; i++) {
        if (!is_within(s, i) || s->point[i].throughput_per_s <= best) continue;
        best = s->point[i].throughput_per_s;
        peak = i;
    }
    return peak;
}

uint32_t search_collapse(const struct search *s)
{
    uint32_t peak = search_peak(s), last = 0;
    if (peak == s->count || isfinite(s->bound_us)) return s->count;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->point[i].clients > s->point[last].clients) last = i;
    double least_per_s = SEARCH_COLLAPSED * s->point[peak].throughput_per_s;
    return s->point[last].throughput_per_s < least_per_s && last > peak ? last : s->count;
}

bool search_limited(const struct search *s)
{
    return s->count && s->point[s->count - 1].clients == s->clients_most &&
           fewest_beyond(s) == UINT32_MAX && steps_without_gain(s) == 0;
}
