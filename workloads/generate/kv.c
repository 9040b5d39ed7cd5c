/* kv.c - a store of keys and values, as an endless workload.
 *
 *   get, multi-get    read one variable, or several
 *   put, multi-put    write one, or several, blindly: the old value is not read
 *   rmw               reads and writes one
 *   scan              reads several whose numbers follow each other
 *   insert            creates the next variable
 *
 * Which variable is drawn: by Zipf's law over ranks (`pick=zipf`, the ranks assigned to the
 * variables by the seed), or as YCSB does it, scrambled or the latest (kv_pick.h); or from the hot
 * spot, a range of variables that moves periodically.
 *
 * The variables form `groups`, equal blocks of consecutive numbers. With multi= that share of the
 * commands accesses several groups, and all others only one. With as many groups as partitions and
 * `-p range`, that is the share of multi-partition commands. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/keys.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/units.h"
#include "proto/command.h"
#include "workloads/generate/activity.h"
#include "workloads/generate/kv_pick.h"
#include "workloads/trace/source.h"

enum kind { GET, PUT, MULTI_GET, MULTI_PUT, RMW, SCAN, INSERT, KINDS };

static const char *const kind_names[KINDS] = {"get", "put",  "multi-get", "multi-put",
                                              "rmw", "scan", "insert"};

enum { VARIABLES_MAX = 1 << 26, KEYS_MAX = 1024 };

struct config {
    const char *ycsb, *pick, *keys, *spread, *scan, *size;
    uint64_t variables, inserts, groups, hot_size, hot_every, commands, seed;
    double weight[KINDS];
    double zipf, multi, hot;
};

#define MEMBER(name) offsetof(struct config, name)
static const struct key config_keys[] = {
    {"variables", KEY_COUNT, "10000", MEMBER(variables)},
    {"ycsb", KEY_TEXT, NULL, MEMBER(ycsb)},
    {"get", KEY_NUMBER, "50", MEMBER(weight[GET])},
    {"put", KEY_NUMBER, "50", MEMBER(weight[PUT])},
    {"multi-get", KEY_NUMBER, "0", MEMBER(weight[MULTI_GET])},
    {"multi-put", KEY_NUMBER, "0", MEMBER(weight[MULTI_PUT])},
    {"rmw", KEY_NUMBER, "0", MEMBER(weight[RMW])},
    {"scan", KEY_NUMBER, "0", MEMBER(weight[SCAN])},
    {"insert", KEY_NUMBER, "0", MEMBER(weight[INSERT])},
    {"keys", KEY_TEXT, "4", MEMBER(keys)},
    {"scan-keys", KEY_TEXT, "1-100", MEMBER(scan)},
    {"inserts", KEY_COUNT, NULL, MEMBER(inserts)},
    {"groups", KEY_COUNT, "64", MEMBER(groups)},
    {"multi", KEY_SHARE, NULL, MEMBER(multi)},
    {"spread", KEY_TEXT, "2", MEMBER(spread)},
    {"pick", KEY_TEXT, "zipf", MEMBER(pick)},
    {"zipf", KEY_NUMBER, "0", MEMBER(zipf)},
    {"hot", KEY_SHARE, "0", MEMBER(hot)},
    {"hot-size", KEY_COUNT, "100", MEMBER(hot_size)},
    {"hot-every", KEY_COUNT, "0", MEMBER(hot_every)},
    {"size", KEY_TEXT, "1KiB", MEMBER(size)},
    {"commands", KEY_COUNT, NULL, MEMBER(commands)},
    {"seed", KEY_COUNT, NULL, MEMBER(seed)},
};
#undef MEMBER
enum { CONFIG_KEYS = sizeof(config_keys) / sizeof(config_keys[0]) };
static const struct key_table table = {"kv", config_keys, CONFIG_KEYS};

/* Cooper et al., Benchmarking cloud serving systems with YCSB, SoCC 2010, and its workload files.
 */
static const struct mix {
    const char *name, *pick;
    double weight[KINDS];
} mixes[] = {
    {"a", "scrambled", {[GET] = 50, [PUT] = 50}},
    {"b", "scrambled", {[GET] = 95, [PUT] = 5}},
    {"c", "scrambled", {[GET] = 100}},
    {"d", "latest", {[GET] = 95, [INSERT] = 5}},
    {"e", "scrambled", {[SCAN] = 95, [INSERT] = 5}},
    {"f", "scrambled", {[GET] = 50, [RMW] = 50}},
};
enum { MIXES = sizeof(mixes) / sizeof(mixes[0]) };
#define YCSB_ZIPF 0.99
#define YCSB_SIZE "1kB" /* ten fields of 100 bytes */

struct range {
    uint64_t low, high;
};

struct kv {
    struct workload workload;
    struct config config;
    bool multi; /* a share is given */
    uint32_t variables, groups;
    uint64_t weight[KINDS], weight_sum;
    struct range keys, spread, scan, size;
    struct kv_pick pick;
    uint64_t issued;
    uint32_t inserted;
    struct {
        struct random kind, key, count, multi;
    } stream;
    struct accesses accesses;
};

/* --- which variables ----------------------------------------------------------------------------
 */

static uint64_t draw_range(const struct range *r, struct random *random)
{
    return r->low == r->high ? r->low : r->low + random_below(random, r->high - r->low + 1);
}

/* An inserted variable belongs to the group of its granule. */
static uint32_t group_of(const struct kv *k, uint32_t variable)
{
    return community_of(k->workload.catalogue.granule[variable], k->variables, k->groups);
}

static bool is_taken(const struct kv *k, uint32_t variable)
{
    for (uint32_t i = 0; i < k->accesses.count; i++)
        if (k->accesses.access[i].variable == variable) return true;
    return false;
}

/* Another variable of this group, by the same distribution; the next one not chosen yet. */
static void take_inside(struct kv *k, uint32_t group, uint8_t mode)
{
    uint32_t first = community_first(group, k->variables, k->groups);
    uint32_t count = community_first(group + 1, k->variables, k->groups) - first;
    uint32_t at = kv_pick(&k->pick, &k->stream.key, k->issued) % count;
    for (uint32_t tried = 0; tried < count; tried++, at = (at + 1) % count)
        if (!is_taken(k, first + at)) {
            accesses_add(&k->accesses, first + at, mode);
            return;
        }
}

static void take_anywhere(struct kv *k, uint8_t mode)
{
    uint32_t at = kv_pick(&k->pick, &k->stream.key, k->issued);
    while (is_taken(k, at)) at = (at + 1) % k->pick.existing;
    accesses_add(&k->accesses, at, mode);
}

/* One variable and, for a multi-get or multi-put, more of the same group or of all. */
static void take_local(struct kv *k, uint64_t count, uint8_t mode)
{
    take_anywhere(k, mode);
    uint32_t group = group_of(k, k->accesses.access[0].variable);
    while (k->accesses.count < count)
        if (k->multi)
            take_inside(k, group, mode);
        else
            take_anywhere(k, mode);
}

/* The variables are of `spread` different groups, in rotation. */
static void take_across(struct kv *k, uint64_t count, uint8_t mode)
{
    uint32_t group[KEYS_MAX];
    uint64_t spread = draw_range(&k->spread, &k->stream.multi);
    take_anywhere(k, mode);
    group[0] = group_of(k, k->accesses.access[0].variable);
    for (uint64_t i = 1; i < spread || i < count; i++) {
        if (i < spread) {
            bool again;
            do {
                group[i] = (uint32_t)random_below(&k->stream.multi, k->groups);
                again = false;
                for (uint64_t j = 0; j < i; j++) again |= group[j] == group[i];
            } while (again);
        }
        take_inside(k, group[i % spread], mode);
    }
}

static void take_row(struct kv *k)
{
    uint64_t count = draw_range(&k->scan, &k->stream.count);
    uint32_t first = kv_pick(&k->pick, &k->stream.key, k->issued);
    for (uint32_t v = first; v < k->pick.existing && k->accesses.count < count; v++) {
        if (k->multi && group_of(k, v) != group_of(k, first)) break;
        accesses_add(&k->accesses, v, ACCESS_READ);
    }
}

/* --- commands -----------------------------------------------------------------------------------
 */

static enum kind draw_kind(struct kv *k)
{
    uint64_t drawn = random_below(&k->stream.kind, k->weight_sum);
    enum kind kind = GET;
    while (drawn >= k->weight[kind]) drawn -= k->weight[kind++];
    if (kind != INSERT || k->inserted < k->config.inserts) return kind;
    return PUT; /* there is no room for more variables */
}

static enum kind across(enum kind kind)
{
    return kind == GET || kind == MULTI_GET || kind == SCAN ? MULTI_GET : MULTI_PUT;
}

static void access_all(struct kv *k, enum kind kind, bool multi)
{
    uint8_t mode = kind == MULTI_GET ? ACCESS_READ : ACCESS_WRITE;
    switch (kind) {
    case GET:
        take_anywhere(k, ACCESS_READ);
        break;
    case PUT:
        take_anywhere(k, ACCESS_WRITE);
        break;
    case RMW:
        take_anywhere(k, ACCESS_READ | ACCESS_WRITE);
        break;
    case SCAN:
        take_row(k);
        break;
    case INSERT:
        accesses_add(&k->accesses, k->variables + k->inserted++, ACCESS_CREATE);
        kv_pick_grow(&k->pick, k->inserted);
        break;
    default:
        (multi ? take_across : take_local)(k, draw_range(&k->keys, &k->stream.count), mode);
        break;
    }
}

static uint32_t carried(const struct kv *k, uint8_t modes)
{
    uint64_t bytes = 64;
    for (uint32_t i = 0; i < k->accesses.count; i++)
        if (k->accesses.access[i].mode & modes)
            bytes += k->workload.catalogue.variable_bytes[k->accesses.access[i].variable];
    return bytes < UINT32_MAX / 2 ? (uint32_t)bytes : UINT32_MAX / 2;
}

static int next(struct workload *w, struct trace_command *out, struct error *e)
{
    struct kv *k = (struct kv *)w;
    (void)e;
    if (!w->endless && k->issued == k->config.commands) return 0;
    bool multi = k->multi && zipf_uniform(&k->stream.multi) < k->config.multi;
    enum kind kind = draw_kind(k);
    if (multi) kind = across(kind);
    k->accesses.count = 0;
    access_all(k, kind, multi);
    k->issued++;
    accesses_settle(&k->accesses);
    *out = (struct trace_command){.client = CLIENT_ANY,
                                  .kind = (uint16_t)kind,
                                  .at_ns = TIME_NONE,
                                  .cost_ns = COST_MODEL,
                                  .request_bytes = carried(k, ACCESS_WRITE | ACCESS_CREATE),
                                  .reply_bytes = carried(k, ACCESS_READ),
                                  .access_count = k->accesses.count,
                                  .accesses = k->accesses.access};
    return 1;
}

static void start(struct kv *k)
{
    uint64_t seed = k->config.seed;
    k->issued = k->inserted = 0;
    k->stream.kind = random_named(seed, "kv", "kind");
    k->stream.key = random_named(seed, "kv", "key");
    k->stream.count = random_named(seed, "kv", "count");
    k->stream.multi = random_named(seed, "kv", "multi");
    kv_pick_grow(&k->pick, 0);
}

static int rewind_kv(struct workload *w, struct error *e)
{
    (void)e;
    start((struct kv *)w);
    return 0;
}

static void close_kv(struct workload *w)
{
    struct kv *k = (struct kv *)w;
    source_finish(w);
    kv_pick_finish(&k->pick);
    free(k->accesses.access);
    free(k);
}

static const struct workload_ops kv_ops = {next, rewind_kv, close_kv};

/* --- opening ------------------------------------------------------------------------------------
 */

static bool is_given(uint64_t given, const char *name)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(config_keys[i].name, name) == 0) return given >> i & 1;
    return false;
}

/* `5` or `2-8`. */
static int read_range(const char *key, const char *text,
                      int (*read)(const char *text, uint64_t *value, struct error *e),
                      uint64_t most, struct range *out, struct error *e)
{
    char low[32];
    struct error what;
    size_t length = strcspn(text, "-");
    snprintf(low, sizeof(low), "%.*s", length < 31 ? (int)length : 31, text);
    const char *high = text[length] == '-' ? text + length + 1 : low;
    if (read(low, &out->low, &what) < 0 || read(high, &out->high, &what) < 0)
        return error_set(e, "kv: %s: %s", key, what.text);
    if (out->low < 1 || out->low > out->high || out->high > most)
        return error_set(e, "kv: %s: expected LOW-HIGH or one number, 1 to %llu, found '%.40s'",
                         key, (unsigned long long)most, text);
    return 0;
}

static const char *mix_name(uint32_t i)
{
    return i < MIXES ? mixes[i].name : NULL;
}

static int use_mix(struct kv *k, uint64_t given, struct error *e)
{
    struct config *g = &k->config;
    for (int i = 0; i < KINDS; i++)
        if (is_given(given, kind_names[i]))
            return error_set(e, "kv: expected either ycsb= or weights such as %s=, found both",
                             kind_names[i]);
    struct error why;
    uint32_t mix;
    if (lookup("mix", mix_name, g->ycsb, &mix, &why) < 0)
        return error_set(e, "kv: ycsb: %s", why.text);
    memcpy(g->weight, mixes[mix].weight, sizeof(g->weight));
    if (!is_given(given, "pick")) g->pick = mixes[mix].pick;
    if (!is_given(given, "zipf")) g->zipf = YCSB_ZIPF;
    if (!is_given(given, "size")) g->size = YCSB_SIZE;
    return 0;
}

static int check_mix(struct kv *k, struct error *e)
{
    for (int i = 0; i < KINDS; i++) {
        if (k->config.weight[i] > 1e9)
            return error_set(e, "kv: %s: expected at most 1000000000", kind_names[i]);
        k->weight[i] = (uint64_t)(k->config.weight[i] * 1e6 + 0.5);
        k->weight_sum += k->weight[i];
    }
    return k->weight_sum > 0 ? 0 : error_set(e, "kv: expected a weight above 0, found none");
}

static int check_variables(struct kv *k, uint64_t given, struct error *e)
{
    struct config *g = &k->config;
    if (!is_given(given, "inserts")) g->inserts = k->weight[INSERT] > 0 ? g->variables : 0;
    if (g->variables < 1 || g->inserts > VARIABLES_MAX || g->variables + g->inserts > VARIABLES_MAX)
        return error_set(e, "kv: variables: expected 1 to %d with those inserted, found %llu",
                         VARIABLES_MAX, (unsigned long long)(g->variables + g->inserts));
    if (!is_given(given, "groups") && g->groups > g->variables) g->groups = g->variables;
    if (g->groups < 1 || g->groups > g->variables)
        return error_set(e, "kv: groups: expected 1 to %llu, found %llu",
                         (unsigned long long)g->variables, (unsigned long long)g->groups);
    if (g->zipf > 10) return error_set(e, "kv: zipf: expected at most 10");
    if (g->hot > 0 && (g->hot_size < 1 || g->hot_size > g->variables))
        return error_set(e, "kv: hot-size: expected 1 to %llu, found %llu",
                         (unsigned long long)g->variables, (unsigned long long)g->hot_size);
    k->variables = (uint32_t)g->variables;
    k->groups = (uint32_t)g->groups;
    k->multi = is_given(given, "multi");
    return 0;
}

static int check_counts(struct kv *k, struct error *e)
{
    const struct config *g = &k->config;
    uint64_t inside = k->multi ? k->variables / k->groups : k->variables;
    uint64_t keys_max = inside < KEYS_MAX ? inside : KEYS_MAX;
    uint64_t spread_max = k->groups < KEYS_MAX ? k->groups : KEYS_MAX;
    bool several = k->multi || k->weight[MULTI_GET] > 0 || k->weight[MULTI_PUT] > 0;
    if (read_range("scan-keys", g->scan, units_count, COMMAND_ACCESSES_MAX, &k->scan, e) < 0 ||
        read_range("size", g->size, units_size, UINT32_MAX / 2, &k->size, e) < 0)
        return -1;
    if (several && read_range("keys", g->keys, units_count, keys_max, &k->keys, e) < 0) return -1;
    if (!k->multi) return 0;
    if (k->groups == 1) return error_set(e, "kv: multi: expected several groups, found 1");
    if (read_range("spread", g->spread, units_count, spread_max, &k->spread, e) < 0) return -1;
    if (k->spread.low < 2) return error_set(e, "kv: spread: expected 2 groups or more");
    return 0;
}

/* With groups, an inserted variable is placed with an older one, so that equal blocks of the others
 * remain equal blocks. */
static void name_variables(struct kv *k)
{
    struct random random = random_named(k->config.seed, "kv", "size");
    struct catalogue *c = &k->workload.catalogue;
    uint32_t variables = k->variables, count = variables + (uint32_t)k->config.inserts;
    ASSERT(variables > 0);
    for (uint32_t v = 0; v < count; v++) {
        char name[16];
        int length = snprintf(name, sizeof(name), "k%u", v);
        source_variable(&k->workload, name, (uint32_t)length);
        c->variable_bytes[v] = (uint32_t)draw_range(&k->size, &random);
        if (k->multi && v >= variables) c->granule[v] = (uint32_t)(hash_mix(v) % variables);
    }
    c->initially_absent = (uint32_t)k->config.inserts;
}

static int configure(struct kv *k, uint64_t given, struct error *e)
{
    const struct config *g = &k->config;
    if (g->ycsb && use_mix(k, given, e) < 0) return -1;
    if (check_mix(k, e) < 0 || check_variables(k, given, e) < 0 || check_counts(k, e) < 0)
        return -1;
    struct kv_pick_setup setup = {.seed = g->seed,
                                  .variables = k->variables,
                                  .exponent = g->zipf,
                                  .hot_share = g->hot,
                                  .hot_count = (uint32_t)g->hot_size,
                                  .hot_every = g->hot_every};
    return kv_pick_init(&k->pick, g->pick, &setup, e);
}

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct kv *k = allocate_zeroed(1, sizeof(*k));
    uint64_t given;
    source_init(&k->workload, &kv_ops);
    if (keys_read(&table, keys, &k->config, &given, e) < 0) goto fail;
    if (!is_given(given, "seed")) k->config.seed = seed;
    k->workload.endless = !is_given(given, "commands");
    k->workload.complete = true;
    if (configure(k, given, e) < 0) goto fail;
    for (int i = 0; i < KINDS; i++)
        source_kind(&k->workload, kind_names[i], (uint32_t)strlen(kind_names[i]));
    name_variables(k);
    start(k);
    return &k->workload;
fail:
    close_kv(&k->workload);
    return NULL;
}

const struct generator kv_workload = {
    .name = "kv",
    .open = open_keys,
    .help = {"key-value store: gets, puts, scans, inserts",
             "variables=10000 size=1KiB  or sizes from 100B-4KiB",
             "ycsb=a  or b to f: that mix and choice (default: the weights)",
             "get=50 put=50 multi-get=0 multi-put=0 rmw=0 scan=0 insert=0  weights",
             "keys=4  of a multi-get, multi-put and rmw, or 2-8",
             "pick=zipf zipf=0  or scrambled, latest",
             "multi=SHARE  that share across groups, the rest inside one",
             "groups=64 spread=2  groups in all, and of such a command, or 2-4",
             "hot=SHARE hot-size=100 hot-every=COMMANDS  a hot spot, which moves",
             "scan-keys=1-100 inserts=N  at most",
             "commands=N (default: endless) seed=N (default: --seed)"},
};
