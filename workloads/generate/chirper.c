/* chirper.c - the social network of the papers: timelines, posts, follows, as an endless workload.
 *
 *   timeline(u)       reads u, whose variable holds the materialised timeline
 *   post(u)           reads u, reads and writes every follower of u
 *   follow(u, w)      reads and writes both, and u follows w from then on
 *   unfollow(u, w)    writes both blindly, and u follows w no longer: each side only removes the
 *                     other's name out, and neither needs the other's data
 *   follow-noop(u, w) writes both blindly: as follow, but no data need be exchanged
 *   join(u)           creates u, reads and writes all with whom u then follows each other
 *
 * The active user is drawn by activity.h, the users and their followers are in crowd.h, the keys in
 * chirper.h. A `multi` command crosses communities by construction and never changes the graph, so
 * that all others stay inside one community for ever. The clock is the number of commands. */
#include "workloads/generate/chirper.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workloads/generate/activity.h"
#include "workloads/generate/crowd.h"
#include "workloads/generate/timelines.h"
#include "workloads/import/edges.h"
#include "workloads/trace/source.h"

struct chirper {
    struct workload workload;
    struct chirper_config config;
    struct edges edges; /* of an imported graph; else empty */
    struct activity activity;
    struct crowd_parameters parameters;
    struct crowd crowd;
    struct timelines timelines;
    uint32_t users_first; /* those there from the start */
    uint32_t users, communities;
    uint32_t celebrity;
    bool crowd_built, crowd_changed;
    uint64_t issued;
    struct {
        struct random kind, user, target, multi, celebrity, join;
    } stream;
    struct accesses accesses;
};

/* --- the graph ----------------------------------------------------------------------------------
 */

static int follow_edge(struct chirper *c, uint32_t who, uint32_t whom, struct error *e)
{
    if (social_follow(&c->crowd.social, who, whom) || who == whom ||
        social_follows(&c->crowd.social, who, whom))
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

static int build_crowd(struct chirper *c, struct error *e)
{
    if (c->crowd_built) crowd_finish(&c->crowd);
    crowd_init(&c->crowd, c->users_first, c->users, c->communities);
    c->crowd_built = true;
    c->crowd_changed = false;
    if (c->config.graph) {
        if (take_edges(c, e) < 0) return -1;
    } else {
        struct random random = random_named(c->config.seed, "chirper", "graph");
        if (crowd_grow(&c->crowd, &c->parameters, &random, e) < 0) return -1;
    }
    if (c->config.joins > 0) crowd_expect_joins(&c->crowd);
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
    c->stream.celebrity = random_named(seed, "chirper", "celebrity");
    c->stream.join = random_named(seed, "chirper", "join");
    if ((!c->crowd_built || c->crowd_changed) && build_crowd(c, e) < 0) return -1;
    c->celebrity = crowd_draw(&c->crowd, &c->stream.celebrity);
    timelines_finish(&c->timelines);
    if (c->config.timeline_cap > 0)
        timelines_init(&c->timelines, c->users, (uint32_t)c->config.timeline_cap);
    return 0;
}

/* --- commands -----------------------------------------------------------------------------------
 */

static enum chirper_kind draw_kind(struct chirper *c)
{
    uint64_t drawn = random_below(&c->stream.kind, c->config.weight_sum);
    enum chirper_kind kind = TIMELINE;
    while (drawn >= c->config.weight[kind]) drawn -= c->config.weight[kind++];
    return kind;
}

/* By activity, among the users who have joined. */
static uint32_t draw_user(struct chirper *c)
{
    enum { TRIES_MAX = 64 };
    for (int i = 0; i < TRIES_MAX; i++) {
        uint32_t user = activity_draw(&c->activity, &c->stream.user);
        if (crowd_has_joined(&c->crowd, user)) return user;
    }
    return crowd_draw(&c->crowd, &c->stream.user);
}

/* Whom u follows next: mostly a friend of a friend, as this keeps the graph clustered. */
static uint32_t draw_target(struct chirper *c, uint32_t u)
{
    struct random *random = &c->stream.target;
    if (c->config.cut > 0 && random_share(random, c->config.cut))
        return crowd_draw_stranger(&c->crowd, u, random);
    const struct user_set *friends = &c->crowd.social.following[u];
    if (friends->count > 0) {
        uint32_t middle = friends->user[random_below(random, friends->count)];
        const struct user_set *theirs = &c->crowd.social.following[middle];
        if (theirs->count > 0) {
            uint32_t w = theirs->user[random_below(random, theirs->count)];
            if (w != u && crowd_community(&c->crowd, w) == crowd_community(&c->crowd, u)) return w;
        }
    }
    return crowd_draw_neighbour(&c->crowd, u, random);
}

static uint32_t draw_followed(struct chirper *c, uint32_t u)
{
    const struct user_set *friends = &c->crowd.social.following[u];
    if (friends->count == 0) return draw_target(c, u);
    return friends->user[random_below(&c->stream.target, friends->count)];
}

/* A user who does not follow the celebrity yet; or the celebrity: none was found. */
static uint32_t draw_fan(struct chirper *c)
{
    enum { TRIES_MAX = 64 };
    const struct social *s = &c->crowd.social;
    if (s->followers[c->celebrity].count == SOCIAL_FOLLOWERS_MAX) return c->celebrity;
    for (int i = 0; i < TRIES_MAX; i++) {
        uint32_t fan = crowd_draw(&c->crowd, &c->stream.celebrity);
        if (!social_follows(s, fan, c->celebrity)) return fan;
    }
    return c->celebrity;
}

static void follow(struct chirper *c, uint32_t u, uint32_t w)
{
    if (!social_follow(&c->crowd.social, u, w)) return;
    c->crowd_changed = true;
    if (c->config.timeline_cap > 0) timelines_follow(&c->timelines, u, w);
}

static void unfollow(struct chirper *c, uint32_t u, uint32_t w)
{
    if (!social_unfollow(&c->crowd.social, u, w)) return;
    c->crowd_changed = true;
    if (c->config.timeline_cap > 0) timelines_unfollow(&c->timelines, u, w);
}

/* Into all timelines that the command writes. */
static void deliver(struct chirper *c, uint32_t author)
{
    if (c->config.timeline_cap == 0) return;
    timelines_post(&c->timelines, author);
    for (uint32_t i = 0; i < c->accesses.count; i++)
        if (c->accesses.access[i].mode & ACCESS_WRITE)
            timelines_push(&c->timelines, c->accesses.access[i].variable, author);
}

/* u in the given mode, its followers read and written. */
static void access_followers(struct chirper *c, uint32_t u, uint8_t mode)
{
    const struct user_set *followers = &c->crowd.social.followers[u];
    uint32_t i = 0;
    for (; i < followers->count && followers->user[i] < u; i++)
        accesses_add(&c->accesses, followers->user[i], ACCESS_READ | ACCESS_WRITE);
    accesses_add(&c->accesses, u, mode);
    for (; i < followers->count; i++)
        accesses_add(&c->accesses, followers->user[i], ACCESS_READ | ACCESS_WRITE);
}

static void access_both(struct chirper *c, uint32_t u, uint32_t w, uint8_t mode)
{
    accesses_add(&c->accesses, u < w ? u : w, mode);
    accesses_add(&c->accesses, u < w ? w : u, mode);
}

static void post(struct chirper *c, uint32_t u)
{
    access_followers(c, u, ACCESS_READ);
    deliver(c, u);
}

static void local_command(struct chirper *c, enum chirper_kind kind, uint32_t u)
{
    uint32_t w;
    switch (kind) {
    case POST:
        post(c, u);
        break;
    case FOLLOW:
        w = draw_target(c, u);
        follow(c, u, w);
        access_both(c, u, w, ACCESS_READ | ACCESS_WRITE);
        break;
    case UNFOLLOW:
        w = draw_followed(c, u);
        unfollow(c, u, w);
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

static void multi_command(struct chirper *c, enum chirper_kind kind, uint32_t u)
{
    uint32_t w = crowd_draw_stranger(&c->crowd, u, &c->stream.multi);
    switch (kind) {
    case POST: /* mentions a stranger */
        access_followers(c, u, ACCESS_READ);
        accesses_add(&c->accesses, w, ACCESS_READ | ACCESS_WRITE);
        accesses_settle(&c->accesses);
        deliver(c, u);
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

/* Is the command one by the celebrity, or of a new follower? */
static bool celebrity_command(struct chirper *c, enum chirper_kind *kind)
{
    if (c->issued <= c->config.celebrity_from) return false;
    bool posts = random_share(&c->stream.celebrity, c->config.celebrity_posts);
    double others = 1 - c->config.celebrity_posts;
    if (posts) {
        post(c, c->celebrity);
        *kind = POST;
        return true;
    }
    if (others <= 0 || !random_share(&c->stream.celebrity, c->config.celebrity_follows / others))
        return false;
    uint32_t fan = draw_fan(c);
    if (fan == c->celebrity) return false;
    follow(c, fan, c->celebrity);
    access_both(c, fan, c->celebrity, ACCESS_READ | ACCESS_WRITE);
    *kind = FOLLOW;
    return true;
}

/* Evenly spread over all commands. */
static bool join_command(struct chirper *c)
{
    double growth = c->config.growth;
    if (chirper_joins(growth, c->issued) == chirper_joins(growth, c->issued - 1)) return false;
    uint32_t u = crowd_join(&c->crowd, &c->parameters, &c->stream.join);
    c->crowd_changed = true;
    access_followers(c, u, ACCESS_CREATE);
    return true;
}

/* The next command, with its accesses. *user: whose timeline it reads, if any. */
static enum chirper_kind make_command(struct chirper *c, uint32_t *user)
{
    enum chirper_kind kind;
    if (c->config.joins > 0 && join_command(c)) return JOIN;
    if (celebrity_command(c, &kind)) return kind;
    bool multi = c->config.multi && random_share(&c->stream.multi, c->config.multi_share);
    kind = multi ? c->config.multi_kind : draw_kind(c);
    *user = draw_user(c);
    if (multi)
        multi_command(c, kind, *user);
    else
        local_command(c, kind, *user);
    return kind;
}

static uint32_t reply_bytes(const struct chirper *c, enum chirper_kind kind, uint32_t user)
{
    if (kind != TIMELINE) return REPLY_BYTES_DEFAULT;
    if (c->config.timeline_cap == 0) return (uint32_t)c->config.size;
    return REPLY_BYTES_DEFAULT + c->timelines.of[user].count * CHIRPER_POST_BYTES;
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct chirper *c = (struct chirper *)w;
    double rate = c->config.rate_per_second;
    uint32_t user = 0;
    (void)e;
    if (!w->endless && c->issued == c->config.commands) return 0;
    c->accesses.count = 0;
    uint64_t at_ns = rate > 0 ? (uint64_t)((double)c->issued * 1e9 / rate) : TIME_NONE;
    c->issued++;
    enum chirper_kind kind = make_command(c, &user);
    *out = (struct trace_command){.client = CLIENT_ANY,
                                  .kind = (uint16_t)kind,
                                  .at_ns = at_ns,
                                  .cost_ns = COST_MODEL,
                                  .request_bytes =
                                      kind == POST ? CHIRPER_POST_BYTES : REQUEST_BYTES_DEFAULT,
                                  .reply_bytes = reply_bytes(c, kind, user),
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
    timelines_finish(&c->timelines);
    if (c->crowd_built) crowd_finish(&c->crowd);
    free(c->accesses.access);
    free(c);
}

static const struct workload_ops chirper_ops = {next, rewind_chirper, close_chirper};

/* --- opening ------------------------------------------------------------------------------------
 */

static void name_users(struct chirper *c, const char *prefix, uint32_t count)
{
    for (uint32_t u = 0; u < count; u++) {
        char name[16];
        int length = snprintf(name, sizeof(name), "%s%u", prefix, u);
        source_variable(&c->workload, name, (uint32_t)length);
    }
}

static int import_graph(struct chirper *c, struct error *e)
{
    if (edges_read(c->config.graph, &c->workload, &c->edges, e) < 0) return -1;
    c->users_first = names_count(c->workload.catalogue.variables);
    c->communities = 1;
    if (c->users_first < 2) return error_set(e, "%s: expected two users or more", c->config.graph);
    if (c->users_first > CHIRPER_USERS_MAX)
        return error_set(e, "%s: expected at most %d users", c->config.graph, CHIRPER_USERS_MAX);
    if (c->config.directed) c->edges.directed = strcmp(c->config.directed, "yes") == 0;
    double ends = (c->edges.directed ? 1.0 : 2.0) * c->edges.count;
    c->parameters = (struct crowd_parameters){ends / c->users_first / 2, c->config.clustering, 0};
    name_users(c, "new", (uint32_t)c->config.joins);
    return 0;
}

static int make_graph(struct chirper *c, struct error *e)
{
    (void)e;
    c->users_first = (uint32_t)c->config.users;
    c->communities = (uint32_t)c->config.communities;
    c->parameters =
        (struct crowd_parameters){c->config.degree / 2, c->config.clustering, c->config.cut};
    name_users(c, "u", c->users_first + (uint32_t)c->config.joins);
    return 0;
}

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct chirper *c = allocate_zeroed(1, sizeof(*c));
    source_init(&c->workload, &chirper_ops);
    if (chirper_read_config(&c->config, keys, seed, e) < 0) goto fail;
    c->workload.endless = c->config.endless;
    c->workload.complete = true;
    for (int k = 0; k < (c->config.joins > 0 ? CHIRPER_KINDS : CHIRPER_DRAWN); k++)
        source_kind(&c->workload, chirper_kind_names[k], (uint32_t)strlen(chirper_kind_names[k]));
    if ((c->config.graph ? import_graph : make_graph)(c, e) < 0) goto fail;
    c->users = names_count(c->workload.catalogue.variables);
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

const struct generator chirper_workload = {
    .name = "chirper",
    .open = open_keys,
    .help = {"social network: timelines, posts, follows",
             "users=10000 degree=10 clustering=0.6 communities=64 cut=0 zipf=0.95",
             "size=1KiB  of a user and of a timeline; few users: fewer communities",
             "locality=strong (communities, cut=0) or weak (one community, no good cut)",
             "mix=dssmr  or dynastar timeline post follow follow-noop, or weights:",
             "timeline=85 post=7.5 follow=3.75 unfollow=3.75 follow-noop=0",
             "multi=SHARE  exactly that share across communities, the rest inside",
             "multi-kind=follow  of these commands",
             "graph=EDGELIST directed=yes|no  instead of a generated graph",
             "timeline-cap=POSTS  timelines of at most so many posts, instead of size=",
             "growth=SHARE  of the commands, a new user joins each time; needs commands=",
             "rate=RATE  issue times, such as 10k/s (default: none)",
             "celebrity-at=TIME|COMMANDS  when a user becomes one (default: never)",
             "celebrity-posts=2% celebrity-follows=0.3%  of the commands from then on",
             "commands=N (default: endless) seed=N (default: --seed)"},
};
