/* chirper_config.c - parses and checks the keys of chirper (chirper.h). */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "base/keys.h"
#include "base/lookup.h"
#include "base/units.h"
#include "workloads/generate/chirper.h"
#include "workloads/generate/social.h"

const char *const chirper_kind_names[CHIRPER_KINDS] = {"timeline", "post",        "follow",
                                                       "unfollow", "follow-noop", "join"};

#define MEMBER(name) offsetof(struct chirper_config, name)
static const struct key config_keys[] = {
    {"users", KEY_COUNT, "10000", MEMBER(users)},
    {"degree", KEY_NUMBER, "10", MEMBER(degree)},
    {"clustering", KEY_SHARE, "0.6", MEMBER(clustering)},
    {"communities", KEY_COUNT, "0", MEMBER(communities)},
    {"cut", KEY_SHARE, "0", MEMBER(cut)},
    {"locality", KEY_TEXT, NULL, MEMBER(locality)},
    {"graph", KEY_TEXT, NULL, MEMBER(graph)},
    {"directed", KEY_TEXT, NULL, MEMBER(directed)},
    {"zipf", KEY_NUMBER, "0.95", MEMBER(zipf)},
    {"mix", KEY_TEXT, "dssmr", MEMBER(mix)},
    {"timeline", KEY_NUMBER, NULL, MEMBER(share[TIMELINE])},
    {"post", KEY_NUMBER, NULL, MEMBER(share[POST])},
    {"follow", KEY_NUMBER, NULL, MEMBER(share[FOLLOW])},
    {"unfollow", KEY_NUMBER, NULL, MEMBER(share[UNFOLLOW])},
    {"follow-noop", KEY_NUMBER, NULL, MEMBER(share[FOLLOW_NOOP])},
    {"multi", KEY_SHARE, NULL, MEMBER(multi_share)},
    {"multi-kind", KEY_TEXT, "follow", MEMBER(multi_kind_name)},
    {"size", KEY_SIZE, "1KiB", MEMBER(size)},
    {"timeline-cap", KEY_COUNT, NULL, MEMBER(timeline_cap)},
    {"growth", KEY_SHARE, "0", MEMBER(growth)},
    {"rate", KEY_TEXT, NULL, MEMBER(rate_text)},
    {"celebrity-at", KEY_TEXT, NULL, MEMBER(celebrity_at)},
    {"celebrity-posts", KEY_SHARE, "2%", MEMBER(celebrity_posts)},
    {"celebrity-follows", KEY_SHARE, "0.3%", MEMBER(celebrity_follows)},
    {"commands", KEY_COUNT, NULL, MEMBER(commands)},
    {"seed", KEY_COUNT, NULL, MEMBER(seed)},
};
#undef MEMBER
enum { CONFIG_KEYS = sizeof(config_keys) / sizeof(config_keys[0]), GENERATED_ONLY = 6 };
static const struct key_table table = {"chirper", config_keys, CONFIG_KEYS};

/* Weights, as the papers have them. A new mix is one line. */
static const struct mix {
    const char *name;
    double share[CHIRPER_DRAWN];
} mixes[] = {
    {"dssmr", {85, 7.5, 3.75, 3.75, 0}}, {"dynastar", {85, 15, 0, 0, 0}},
    {"timeline", {100, 0, 0, 0, 0}},     {"post", {0, 100, 0, 0, 0}},
    {"follow", {0, 0, 50, 50, 0}},       {"follow-noop", {0, 0, 0, 0, 100}},
};
enum { MIXES = sizeof(mixes) / sizeof(mixes[0]) };

static bool is_given(uint64_t given, const char *name)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(config_keys[i].name, name) == 0) return given >> i & 1;
    return false;
}

/* --- the mix of commands
 * ------------------------------------------------------------------------ */

static const char *mix_name(uint32_t i)
{
    return i < MIXES ? mixes[i].name : NULL;
}

static int take_mix(struct chirper_config *g, uint64_t given, struct error *e)
{
    struct error why;
    uint32_t mix;
    if (lookup("mix", mix_name, g->mix, &mix, &why) < 0)
        return error_set(e, "chirper: mix: %s", why.text);
    for (int k = 0; k < CHIRPER_DRAWN; k++)
        if (!is_given(given, chirper_kind_names[k])) g->share[k] = mixes[mix].share[k];
    return 0;
}

static const char *drawn_name(uint32_t i)
{
    return i < CHIRPER_DRAWN ? chirper_kind_names[i] : NULL;
}

static int check_weights(struct chirper_config *g, struct error *e)
{
    for (int k = 0; k < CHIRPER_DRAWN; k++) {
        if (g->share[k] > 1e9)
            return error_set(e, "chirper: %s: expected at most 1000000000", chirper_kind_names[k]);
        g->weight[k] = (uint64_t)(g->share[k] * 1e6 + 0.5);
        g->weight_sum += g->weight[k];
    }
    if (g->weight_sum == 0) return error_set(e, "chirper: expected a weight above 0, found none");
    struct error why;
    uint32_t kind;
    if (lookup("kind", drawn_name, g->multi_kind_name, &kind, &why) < 0)
        return error_set(e, "chirper: multi-kind: %s", why.text);
    g->multi_kind = (enum chirper_kind)kind;
    return 0;
}

static int check_multi(const struct chirper_config *g, struct error *e)
{
    if (!g->multi) return 0;
    if (g->graph) return error_set(e, "chirper: multi= needs communities, which a graph= has not");
    if (g->cut > 0) return error_set(e, "chirper: expected either multi= or cut=, found both");
    if (g->communities == 1)
        return error_set(e, "chirper: multi: expected several communities, found 1");
    return 0;
}

static int check_size(struct chirper_config *g, uint64_t given, struct error *e)
{
    enum { CAP_MAX = 1000000 };
    if (g->zipf > 10) return error_set(e, "chirper: zipf: expected at most 10");
    if (g->size > UINT32_MAX / 2) return error_set(e, "chirper: size: expected less than 2GiB");
    if (!is_given(given, "timeline-cap")) return 0;
    if (is_given(given, "size"))
        return error_set(e, "chirper: expected either size= or timeline-cap=, found both");
    if (g->timeline_cap < 1 || g->timeline_cap > CAP_MAX)
        return error_set(e, "chirper: timeline-cap: expected 1 to %d posts, found %llu", CAP_MAX,
                         (unsigned long long)g->timeline_cap);
    g->size = g->timeline_cap * CHIRPER_POST_BYTES;
    return 0;
}

/* --- changes during the run
 * --------------------------------------------------------------------- */

uint64_t chirper_joins(double growth, uint64_t commands)
{
    uint64_t billionths = (uint64_t)(growth * 1e9 + 0.5);
    return (uint64_t)((unsigned __int128)commands * billionths / 1000000000);
}

static int check_growth(struct chirper_config *g, struct error *e)
{
    if (g->growth <= 0) return 0;
    if (g->endless)
        return error_set(e, "chirper: growth= needs commands=N: all users that will ever join are "
                            "known from the start");
    g->joins = chirper_joins(g->growth, g->commands);
    if (g->joins > CHIRPER_USERS_MAX)
        return error_set(e, "chirper: growth: expected at most %d users, found %llu that join",
                         CHIRPER_USERS_MAX, (unsigned long long)g->joins);
    return 0;
}

/* A time is by the clock that rate= sets; else it is a number of commands. */
static int read_celebrity(struct chirper_config *g, uint64_t given, struct error *e)
{
    uint64_t at_ns;
    struct error what;
    g->celebrity_from = UINT64_MAX;
    if (!g->celebrity_at) {
        if (is_given(given, "celebrity-posts") || is_given(given, "celebrity-follows"))
            return error_set(e, "chirper: expected celebrity-at= with celebrity-posts= or "
                                "celebrity-follows=, found none");
        return 0;
    }
    if (g->multi) return error_set(e, "chirper: expected either multi= or a celebrity, found both");
    if (g->celebrity_posts + g->celebrity_follows > 1)
        return error_set(e, "chirper: expected celebrity-posts= and celebrity-follows= to be at "
                            "most 100 %% together");
    if (units_count(g->celebrity_at, &g->celebrity_from, &what) == 0) return 0;
    if (units_time(g->celebrity_at, &at_ns, &what) < 0)
        return error_set(e,
                         "chirper: celebrity-at: expected a number of commands such as 100k, or "
                         "a time such as 200s, found '%.40s'",
                         g->celebrity_at);
    if (g->rate_per_second <= 0)
        return error_set(e, "chirper: celebrity-at=TIME needs rate=, which sets the clock");
    g->celebrity_from = (uint64_t)ceil((double)at_ns / 1e9 * g->rate_per_second);
    return 0;
}

static int read_rate(struct chirper_config *g, struct error *e)
{
    struct error what;
    if (!g->rate_text) return 0;
    if (units_rate(g->rate_text, &g->rate_per_second, &what) < 0)
        return error_set(e, "chirper: rate: %s", what.text);
    if (g->rate_per_second < 1 || g->rate_per_second > 1e9)
        return error_set(e, "chirper: rate: expected 1/s to 1000M/s, found %s", g->rate_text);
    return 0;
}

/* --- the graph ----------------------------------------------------------------------------------
 */

/* As many communities as leave each room for its followers, at most 64. */
static uint64_t fitting_communities(const struct chirper_config *g)
{
    double fit = g->degree > 0 ? (double)g->users / (3 * g->degree) : 1;
    return fit < 1 ? 1 : fit > 64 ? 64 : (uint64_t)fit;
}

static int read_locality(struct chirper_config *g, uint64_t given, struct error *e)
{
    bool weak = g->locality && strcmp(g->locality, "weak") == 0;
    if (g->locality && !weak && strcmp(g->locality, "strong") != 0)
        return error_set(e, "chirper: locality: expected strong or weak, found '%.40s'",
                         g->locality);
    if (g->locality && is_given(given, "cut"))
        return error_set(e, "chirper: expected either locality= or cut=, found both");
    if (weak && is_given(given, "communities"))
        return error_set(e, "chirper: locality=weak has no communities, but communities= is given");
    if (weak) g->communities = 1;
    if (g->communities == 0) g->communities = fitting_communities(g);
    return 0;
}

static int check_imported(const struct chirper_config *g, uint64_t given, struct error *e)
{
    for (size_t i = 0; i < GENERATED_ONLY; i++)
        if (given >> i & 1)
            return error_set(
                e, "chirper: %s= is for a generated graph, not for graph=", config_keys[i].name);
    if (g->directed && strcmp(g->directed, "yes") != 0 && strcmp(g->directed, "no") != 0)
        return error_set(e, "chirper: directed: expected yes or no, found '%.40s'", g->directed);
    return 0;
}

static int check_generated(const struct chirper_config *g, struct error *e)
{
    if (g->directed)
        return error_set(e, "chirper: directed= is for graph=, not for a generated graph");
    if (g->users < 2 || g->users > CHIRPER_USERS_MAX)
        return error_set(e, "chirper: users: expected 2 to %d, found %llu", CHIRPER_USERS_MAX,
                         (unsigned long long)g->users);
    if (g->communities > g->users / 2)
        return error_set(e, "chirper: communities: expected 1 to %llu (two users each), found %llu",
                         (unsigned long long)(g->users / 2), (unsigned long long)g->communities);
    if (g->joins > 0 && g->communities > 1 && g->communities > g->users / 4)
        return error_set(e,
                         "chirper: communities: expected 1 to %llu (four users each, as more "
                         "join), found %llu",
                         (unsigned long long)(g->users / 4), (unsigned long long)g->communities);
    ASSERT(g->communities > 0); /* read_locality */
    uint64_t each = g->users / g->communities;
    if (g->degree <= 0 || g->degree > SOCIAL_FOLLOWERS_MAX || g->degree >= (double)each)
        return error_set(e,
                         "chirper: degree: expected less than the %llu users of a community, "
                         "and above 0, found %g",
                         (unsigned long long)each, g->degree);
    if (g->communities == 1 && g->cut > 0)
        return error_set(e, "chirper: cut: expected several communities, found 1");
    return 0;
}

int chirper_read_config(struct chirper_config *g, char *keys, uint64_t seed, struct error *e)
{
    uint64_t given;
    *g = (struct chirper_config){0};
    if (keys_read(&table, keys, g, &given, e) < 0) return -1;
    if (!is_given(given, "seed")) g->seed = seed;
    g->multi = is_given(given, "multi");
    g->endless = !is_given(given, "commands");
    if (take_mix(g, given, e) < 0 || check_weights(g, e) < 0) return -1;
    if (!g->graph && read_locality(g, given, e) < 0) return -1;
    if (check_size(g, given, e) < 0 || check_multi(g, e) < 0) return -1;
    if (read_rate(g, e) < 0 || read_celebrity(g, given, e) < 0) return -1;
    if (check_growth(g, e) < 0) return -1;
    return g->graph ? check_imported(g, given, e) : check_generated(g, e);
}
