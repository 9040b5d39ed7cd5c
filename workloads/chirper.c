/* chirper.c - the social network of the papers: timelines, posts, follows, as an endless workload.
 *
 *   timeline(u)       reads u, whose variable holds the materialised timeline
 *   post(u)           reads u, reads and writes every follower of u
 *   follow(u, w)      reads and writes both, and u follows w from then on
 *   unfollow(u, w)    writes both blindly, and u follows w no longer: each side only strikes the
 *                     other's name out, and neither needs the other's data
 *   follow-noop(u, w) writes both blindly: as follow, but no data need be exchanged
 *
 * Who acts is activity.h, who follows whom is social.h. A `multi` command crosses communities by
 * construction and never changes the graph, so that all others stay inside one community for ever.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "workloads/activity.h"
#include "workloads/edges.h"
#include "workloads/keys.h"
#include "workloads/memory.h"
#include "workloads/social.h"
#include "workloads/source.h"

enum kind { TIMELINE, POST, FOLLOW, UNFOLLOW, FOLLOW_NOOP, KINDS };

static const char *const kind_names[KINDS] = {"timeline", "post", "follow", "unfollow",
                                              "follow-noop"};

enum { USERS_MAX = 1 << 24, POST_BYTES = 140 };

struct config {
    uint64_t users, communities, seed, size, commands;
    double degree, clustering, cut, zipf, multi;
    double weight[KINDS];
    const char *multi_kind, *graph, *directed;
};

#define MEMBER(name) offsetof(struct config, name)
static const struct key config_keys[] = {
    {"users", KEY_COUNT, "10000", MEMBER(users)},
    {"degree", KEY_NUMBER, "10", MEMBER(degree)},
    {"clustering", KEY_SHARE, "0.6", MEMBER(clustering)},
    {"communities", KEY_COUNT, "0", MEMBER(communities)},
    {"cut", KEY_SHARE, "0", MEMBER(cut)},
    {"graph", KEY_TEXT, NULL, MEMBER(graph)},
    {"directed", KEY_TEXT, NULL, MEMBER(directed)},
    {"zipf", KEY_NUMBER, "0.95", MEMBER(zipf)},
    {"timeline", KEY_NUMBER, "85", MEMBER(weight[TIMELINE])},
    {"post", KEY_NUMBER, "7.5", MEMBER(weight[POST])},
    {"follow", KEY_NUMBER, "3.75", MEMBER(weight[FOLLOW])},
    {"unfollow", KEY_NUMBER, "3.75", MEMBER(weight[UNFOLLOW])},
    {"follow-noop", KEY_NUMBER, "0", MEMBER(weight[FOLLOW_NOOP])},
    {"multi", KEY_SHARE, NULL, MEMBER(multi)},
    {"multi-kind", KEY_TEXT, "follow", MEMBER(multi_kind)},
    {"size", KEY_SIZE, "1KiB", MEMBER(size)},
    {"commands", KEY_COUNT, NULL, MEMBER(commands)},
    {"seed", KEY_COUNT, NULL, MEMBER(seed)},
};
#undef MEMBER
enum { CONFIG_KEYS = sizeof(config_keys) / sizeof(config_keys[0]), GENERATED_ONLY = 5 };
static const struct key_table table = {"chirper", config_keys, CONFIG_KEYS};

struct chirper {
    struct workload workload;
    struct config config;
    bool multi; /* a share is given */
    enum kind multi_kind;
    uint32_t users, communities;
    uint64_t weight[KINDS], weight_sum;
    struct edges edges; /* of an imported graph; else empty */
    struct activity activity;
    struct social social;
    bool social_built, social_changed;
    uint64_t issued;
    struct {
        struct random kind, user, target, multi;
    } stream;
    struct accesses accesses;
};

/* --- the graph ----------------------------------------------------------------------------------
 */

static uint32_t community(const struct chirper *c, uint32_t user)
{
    return community_of(user, c->users, c->communities);
}

/* A user of the same community, drawn evenly. */
static uint32_t draw_neighbour(const struct chirper *c, uint32_t user, struct random *random)
{
    uint32_t mine = community(c, user);
    uint32_t first = community_first(mine, c->users, c->communities);
    uint32_t end = community_first(mine + 1, c->users, c->communities);
    uint32_t drawn = first + (uint32_t)random_below(random, end - first - 1);
    return drawn + (drawn >= user);
}

/* A user of another community, drawn evenly. */
static uint32_t draw_stranger(const struct chirper *c, uint32_t user, struct random *random)
{
    uint32_t mine = community(c, user);
    uint32_t first = community_first(mine, c->users, c->communities);
    uint32_t end = community_first(mine + 1, c->users, c->communities);
    uint32_t drawn = (uint32_t)random_below(random, c->users - (end - first));
    return drawn < first ? drawn : drawn + (end - first);
}

/* Lets a share of the connections lead to another community. */
static void rewire(struct chirper *c, struct random *random)
{
    struct edges edges = {0};
    for (uint32_t u = 0; u < c->users; u++)
        for (uint32_t i = 0; i < c->social.following[u].count; i++) {
            uint32_t w = c->social.following[u].user[i];
            if (u > w) continue;
            edges.edge = memory_grow(edges.edge, &edges.room, edges.count + 1, sizeof(struct edge));
            edges.edge[edges.count++] = (struct edge){u, w};
        }
    for (uint32_t i = 0; i < edges.count; i++) {
        struct edge edge = edges.edge[i];
        if (!random_share(random, c->config.cut)) continue;
        uint32_t stranger = draw_stranger(c, edge.from, random);
        if (social_follows(&c->social, edge.from, stranger)) continue;
        social_unfollow(&c->social, edge.from, edge.to);
        social_unfollow(&c->social, edge.to, edge.from);
        social_follow(&c->social, edge.from, stranger);
        social_follow(&c->social, stranger, edge.from);
    }
    edges_finish(&edges);
}

static int follow_edge(struct chirper *c, uint32_t who, uint32_t whom, struct error *e)
{
    if (social_follow(&c->social, who, whom) || who == whom ||
        social_follows(&c->social, who, whom))
        return 0;
    return error_set(e, "chirper: graph: expected at most %d followers of a user, '%s' has more",
                     SOCIAL_FOLLOWERS_MAX, names_get(c->workload.catalogue.variables, whom));
}

static int take_edges(struct chirper *c, struct error *e)
{
    for (uint32_t i = 0; i < c->edges.count; i++) {
        struct edge edge = c->edges.edge[i];
        if (follow_edge(c, edge.from, edge.to, e) < 0) return -1;
        if (!c->edges.directed && follow_edge(c, edge.to, edge.from, e) < 0) return -1;
    }
    return 0;
}

/* Puts everything to the begin of the stream. */
static int start(struct chirper *c, struct error *e)
{
    uint64_t seed = c->config.seed;
    c->issued = 0;
    c->stream.kind = random_named(seed, "chirper", "kind");
    c->stream.user = random_named(seed, "chirper", "user");
    c->stream.target = random_named(seed, "chirper", "target");
    c->stream.multi = random_named(seed, "chirper", "multi");
    if (c->social_built && !c->social_changed) return 0;
    if (c->social_built) social_finish(&c->social);
    social_init(&c->social, c->users);
    c->social_built = true;
    c->social_changed = false;
    if (c->edges.count > 0) return take_edges(c, e);
    struct random random = random_named(seed, "chirper", "graph");
    for (uint32_t i = 0; i < c->communities; i++)
        social_grow(&c->social, community_first(i, c->users, c->communities),
                    community_first(i + 1, c->users, c->communities), c->config.degree / 2,
                    c->config.clustering, &random);
    if (c->config.cut > 0) rewire(c, &random);
    return 0;
}

/* --- commands -----------------------------------------------------------------------------------
 */

static enum kind draw_kind(struct chirper *c)
{
    uint64_t drawn = random_below(&c->stream.kind, c->weight_sum);
    enum kind kind = TIMELINE;
    while (drawn >= c->weight[kind]) drawn -= c->weight[kind++];
    return kind;
}

/* Whom u follows next: mostly a friend of a friend, as this keeps the graph clustered. */
static uint32_t draw_target(struct chirper *c, uint32_t u)
{
    struct random *random = &c->stream.target;
    if (c->config.cut > 0 && random_share(random, c->config.cut))
        return draw_stranger(c, u, random);
    const struct user_set *friends = &c->social.following[u];
    if (friends->count > 0) {
        uint32_t middle = friends->user[random_below(random, friends->count)];
        const struct user_set *theirs = &c->social.following[middle];
        if (theirs->count > 0) {
            uint32_t w = theirs->user[random_below(random, theirs->count)];
            if (w != u && community(c, w) == community(c, u)) return w;
        }
    }
    return draw_neighbour(c, u, random);
}

static uint32_t draw_followed(struct chirper *c, uint32_t u)
{
    const struct user_set *friends = &c->social.following[u];
    if (friends->count == 0) return draw_target(c, u);
    return friends->user[random_below(&c->stream.target, friends->count)];
}

/* u is read, its followers read and written. */
static void access_followers(struct chirper *c, uint32_t u)
{
    const struct user_set *followers = &c->social.followers[u];
    uint32_t i = 0;
    for (; i < followers->count && followers->user[i] < u; i++)
        accesses_add(&c->accesses, followers->user[i], ACCESS_READ | ACCESS_WRITE);
    accesses_add(&c->accesses, u, ACCESS_READ);
    for (; i < followers->count; i++)
        accesses_add(&c->accesses, followers->user[i], ACCESS_READ | ACCESS_WRITE);
}

static void access_both(struct chirper *c, uint32_t u, uint32_t w, uint8_t mode)
{
    accesses_add(&c->accesses, u < w ? u : w, mode);
    accesses_add(&c->accesses, u < w ? w : u, mode);
}

static void local_command(struct chirper *c, enum kind kind, uint32_t u)
{
    uint32_t w;
    switch (kind) {
    case POST:
        access_followers(c, u);
        break;
    case FOLLOW:
        w = draw_target(c, u);
        c->social_changed |= social_follow(&c->social, u, w);
        access_both(c, u, w, ACCESS_READ | ACCESS_WRITE);
        break;
    case UNFOLLOW:
        w = draw_followed(c, u);
        c->social_changed |= social_unfollow(&c->social, u, w);
        access_both(c, u, w, ACCESS_WRITE);
        break;
    case FOLLOW_NOOP:
        access_both(c, u, draw_target(c, u), ACCESS_WRITE);
        break;
    default:
        accesses_add(&c->accesses, u, ACCESS_READ);
        break;
    }
}

static void multi_command(struct chirper *c, enum kind kind, uint32_t u)
{
    uint32_t w = draw_stranger(c, u, &c->stream.multi);
    switch (kind) {
    case POST: /* mentions a stranger */
        access_followers(c, u);
        accesses_add(&c->accesses, w, ACCESS_READ | ACCESS_WRITE);
        accesses_settle(&c->accesses);
        break;
    case TIMELINE:
        access_both(c, u, w, ACCESS_READ);
        break;
    case UNFOLLOW:
    case FOLLOW_NOOP:
        access_both(c, u, w, ACCESS_WRITE);
        break;
    default:
        access_both(c, u, w, ACCESS_READ | ACCESS_WRITE);
        break;
    }
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct chirper *c = (struct chirper *)w;
    (void)e;
    if (!w->endless && c->issued == c->config.commands) return 0;
    c->issued++;
    bool multi = c->multi && random_share(&c->stream.multi, c->config.multi);
    enum kind kind = multi ? c->multi_kind : draw_kind(c);
    uint32_t u = activity_draw(&c->activity, &c->stream.user);
    c->accesses.count = 0;
    if (multi)
        multi_command(c, kind, u);
    else
        local_command(c, kind, u);
    *out = (struct trace_command){
        .client = CLIENT_ANY,
        .kind = (uint16_t)kind,
        .at_ns = TIME_NONE,
        .cost_ns = COST_MODEL,
        .request_bytes = kind == POST ? POST_BYTES : REQUEST_BYTES_DEFAULT,
        .reply_bytes = kind == TIMELINE ? (uint32_t)c->config.size : REPLY_BYTES_DEFAULT,
        .access_count = c->accesses.count,
        .accesses = c->accesses.access};
    return 1;
}

static int rewind_chirper(struct workload *w, struct error *e)
{
    return start((struct chirper *)w, e);
}

static void close_chirper(struct workload *w)
{
    struct chirper *c = (struct chirper *)w;
    source_finish(w);
    edges_finish(&c->edges);
    activity_finish(&c->activity);
    if (c->social_built) social_finish(&c->social);
    free(c->accesses.access);
    free(c);
}

static const struct workload_ops chirper_ops = {next, rewind_chirper, close_chirper};

/* --- opening ------------------------------------------------------------------------------------
 */

static bool is_given(uint64_t given, const char *name)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(config_keys[i].name, name) == 0) return given >> i & 1;
    return false;
}

static int check_mix(struct chirper *c, struct error *e)
{
    for (int k = 0; k < KINDS; k++) {
        if (c->config.weight[k] > 1e9)
            return error_set(e, "chirper: %s: expected at most 1000000000", kind_names[k]);
        c->weight[k] = (uint64_t)(c->config.weight[k] * 1e6 + 0.5);
        c->weight_sum += c->weight[k];
    }
    if (c->weight_sum == 0) return error_set(e, "chirper: expected a weight above 0, found none");
    for (int k = 0; k < KINDS; k++)
        if (strcmp(kind_names[k], c->config.multi_kind) == 0) {
            c->multi_kind = (enum kind)k;
            return 0;
        }
    return error_set(e,
                     "chirper: multi-kind: unknown kind '%.40s'; there is: timeline, post, "
                     "follow, unfollow, follow-noop",
                     c->config.multi_kind);
}

static int check_generated(const struct config *g, struct error *e)
{
    if (g->users < 2 || g->users > USERS_MAX)
        return error_set(e, "chirper: users: expected 2 to %d, found %llu", USERS_MAX,
                         (unsigned long long)g->users);
    if (g->communities > g->users / 2)
        return error_set(e, "chirper: communities: expected 1 to %llu (two users each), found %llu",
                         (unsigned long long)(g->users / 2), (unsigned long long)g->communities);
    if (g->degree <= 0 || g->degree > SOCIAL_FOLLOWERS_MAX ||
        g->degree >= (double)(g->users / g->communities))
        return error_set(e,
                         "chirper: degree: expected less than the %llu users of a community, "
                         "and above 0, found %g",
                         (unsigned long long)(g->users / g->communities), g->degree);
    if (g->communities == 1 && g->cut > 0)
        return error_set(e, "chirper: cut: expected several communities, found 1");
    return 0;
}

static int check_shape(const struct chirper *c, uint64_t given, struct error *e)
{
    const struct config *g = &c->config;
    if (g->zipf > 10) return error_set(e, "chirper: zipf: expected at most 10");
    if (g->size > UINT32_MAX / 2) return error_set(e, "chirper: size: expected less than 2GiB");
    if (!c->multi) return 0;
    if (is_given(given, "graph"))
        return error_set(e, "chirper: multi= needs communities, which a graph= has not");
    if (g->cut > 0) return error_set(e, "chirper: expected either multi= or cut=, found both");
    if (g->communities == 1)
        return error_set(e, "chirper: multi: expected several communities, found 1");
    return 0;
}

static int import_graph(struct chirper *c, uint64_t given, struct error *e)
{
    for (size_t i = 0; i < GENERATED_ONLY; i++)
        if (given >> i & 1)
            return error_set(
                e, "chirper: %s= is for a generated graph, not for graph=", config_keys[i].name);
    if (edges_read(c->config.graph, &c->workload, &c->edges, e) < 0) return -1;
    c->users = names_count(c->workload.catalogue.variables);
    c->communities = 1;
    if (c->users < 2) return error_set(e, "%s: expected two users or more", c->config.graph);
    const char *directed = c->config.directed;
    if (!directed) return 0;
    c->edges.directed = strcmp(directed, "yes") == 0;
    if (!c->edges.directed && strcmp(directed, "no") != 0)
        return error_set(e, "chirper: directed: expected yes or no, found '%.40s'", directed);
    return 0;
}

/* As many communities as leave each room for its followers, at most 64. */
static uint64_t fitting_communities(const struct config *g)
{
    double fit = g->degree > 0 ? (double)g->users / (3 * g->degree) : 1;
    return fit < 1 ? 1 : fit > 64 ? 64 : (uint64_t)fit;
}

static int make_graph(struct chirper *c, uint64_t given, struct error *e)
{
    if (is_given(given, "directed"))
        return error_set(e, "chirper: directed= is for graph=, not for a generated graph");
    if (check_generated(&c->config, e) < 0) return -1;
    c->users = (uint32_t)c->config.users;
    c->communities = (uint32_t)c->config.communities;
    for (uint32_t u = 0; u < c->users; u++) {
        char name[16];
        int length = snprintf(name, sizeof(name), "u%u", u);
        source_variable(&c->workload, name, (uint32_t)length);
    }
    return 0;
}

struct workload *chirper_open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct chirper *c = memory_zeroed(1, sizeof(*c));
    uint64_t given;
    source_init(&c->workload, &chirper_ops);
    if (keys_read(&table, keys, &c->config, &given, e) < 0) goto fail;
    if (!is_given(given, "seed")) c->config.seed = seed;
    if (c->config.communities == 0) c->config.communities = fitting_communities(&c->config);
    c->multi = is_given(given, "multi");
    c->workload.endless = !is_given(given, "commands");
    c->workload.complete = true;
    for (int k = 0; k < KINDS; k++)
        source_kind(&c->workload, kind_names[k], (uint32_t)strlen(kind_names[k]));
    if (check_mix(c, e) < 0 || check_shape(c, given, e) < 0) goto fail;
    if ((c->config.graph ? import_graph : make_graph)(c, given, e) < 0) goto fail;
    for (uint32_t u = 0; u < c->users; u++)
        c->workload.catalogue.variable_bytes[u] = (uint32_t)c->config.size;
    struct random random = random_named(c->config.seed, "chirper", "activity");
    activity_init(&c->activity, c->users, c->communities, c->config.zipf, &random);
    if (start(c, e) < 0) goto fail;
    return &c->workload;
fail:
    close_chirper(&c->workload);
    return NULL;
}
