/* search.h - the search for the load that saturates a system: which number of clients is tried
 * next, by what was measured before.
 *
 * The clients of a closed loop grow by the square root of 2. Without a bound on the latency the
 * search ends when two steps in a row gain less than 2 % over the best before them, and four times
 * the clients of the peak, tried at last, do not gain more either: that shows a collapse beyond the
 * peak, and a second rise behind a dip. With a bound it ends at the first latency above it, and the
 * step before that is then halved until less than 5 % remain. */
#ifndef AVIARY_ANALYSIS_STUDY_SEARCH_H
#define AVIARY_ANALYSIS_STUDY_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

enum { SEARCH_POINTS_MAX = 64, SEARCH_CLIENTS_MOST = 8192 };

/* Of the throughput of the peak: less, with more clients, is a collapse. */
#define SEARCH_COLLAPSED 0.5

/* In the order in which they were tried. */
struct search_point {
    uint32_t clients; /* 1 to clients_most, each once */
    double throughput_per_s;
    double latency_us; /* that is bounded; NAN: it is not known */
};

struct search {
    uint32_t clients_most; /* at most SEARCH_CLIENTS_MOST */
    double bound_us;       /* INFINITY: none */
    struct search_point point[SEARCH_POINTS_MAX];
    uint32_t count;
};

/* The clients to try next; 0: the search has ended. */
uint32_t search_next(const struct search *s);
/* The point with the greatest throughput within the bound; s->count: there is none. */
uint32_t search_peak(const struct search *s);
/* The point with the most clients, if throughput has collapsed there; s->count: it has not. */
uint32_t search_collapse(const struct search *s);
/* It ended at clients_most, and throughput grew until there. */
bool search_limited(const struct search *s);

#endif
