/* model_topology.c - racks, regions and matrices, and the nodes that stand there
 * (model_topology.h).
 */
#include "sim/model_topology.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/units.h"
#include "sim/faults.h"
#include "sim/latency_matrix.h"

const char *const model_topology_keys[] = {"topology",
                                           "rack.latency",
                                           "region.A.B",
                                           "place.NODES",
                                           "link.bandwidth.NODES",
                                           "uplink.bandwidth.SITE",
                                           "trunk.bandwidth.A.B",
                                           NULL};

/* ---- sites -------------------------------------------------------------------------------------
 */

static int add_site(struct model *m, const char *name, struct error *e)
{
    if (m->sites == MODEL_SITES_MAX)
        return error_set(e, "expected at most %d sites", MODEL_SITES_MAX);
    if (strchr(name, '.')) return error_set(e, "expected a name without dots, found `%s`", name);
    if (model_set_name(m->site_name[m->sites], name, e) < 0) return -1;
    for (uint32_t i = 0; i < m->sites; i++)
        if (strcmp(m->site_name[i], name) == 0)
            return error_set(e, "expected each name once, found `%s` again", name);
    m->sites++;
    return 0;
}

static int set_regions(struct model *m, char *names, struct error *e)
{
    for (char *name; (name = strtok_r(names, " \t", &names));)
        if (add_site(m, name, e) < 0) return -1;
    if (m->sites < 2) return error_set(e, "expected at least two regions");
    return 0;
}

static int set_racks(struct model *m, const char *number, struct error *e)
{
    uint64_t racks;
    if (units_count(number, &racks, e) < 0) return -1;
    if (racks < 2 || racks > MODEL_SITES_MAX)
        return error_set(e, "expected 2 to %d racks", MODEL_SITES_MAX);
    m->sites = (uint32_t)racks;
    for (uint32_t i = 0; i < m->sites; i++) snprintf(m->site_name[i], MODEL_NAME_MAX, "%u", i);
    return 0;
}

static void set_between(struct model *m, uint32_t from, uint32_t to, const struct distribution *d)
{
    ASSERT(from < m->sites);
    ASSERT(to < m->sites);
    distribution_finish(&m->between[from][to]);
    m->between[from][to] = distribution_copy(d);
}

/* What was said of other sites before is void. */
static void forget_sites(struct model *m)
{
    for (uint32_t i = 0; i < m->sites; i++)
        for (uint32_t j = 0; j < m->sites; j++) {
            distribution_finish(&m->between[i][j]);
            m->between[i][j] = distribution_constant(0);
        }
    memset(m->uplink_own, 0, sizeof m->uplink_own);
    memset(m->trunk_own, 0, sizeof m->trunk_own);
    m->sites = m->place_count = 0;
}

static int set_matrix(struct model *m, const char *source, const char *file, struct error *e)
{
    struct latency_matrix matrix;
    const char *slash = strrchr(source, '/');
    int folder = slash && *file != '/' ? (int)(slash + 1 - source) : 0;
    char path[MODEL_PATH_MAX];
    if ((size_t)snprintf(path, sizeof path, "%.*s%s", folder, source, file) >= sizeof path)
        return error_set(e, "expected a shorter path");
    if (latency_matrix_read(&matrix, path, e) < 0) return -1;
    m->sites = matrix.sites;
    memcpy(m->site_name, matrix.name, sizeof m->site_name);
    for (uint32_t i = 0; i < m->sites; i++)
        for (uint32_t j = 0; j < m->sites; j++)
            m->between[i][j] = distribution_constant(matrix.ns[i][j]);
    return 0;
}

static int set_topology(struct model *m, const char *source, const char *text, struct error *e)
{
    char copy[MODEL_PATH_MAX];
    if ((size_t)snprintf(copy, sizeof copy, "%s", text) >= sizeof copy)
        return error_set(e, "expected a shorter line");
    char *rest = copy, *word = strtok_r(copy, " \t", &rest);
    rest += strspn(rest, " \t");
    forget_sites(m);
    if (word && strcmp(word, "flat") == 0 && *rest == 0) {
        m->sites = 1;
        return 0;
    }
    if (word && strcmp(word, "regions") == 0) return set_regions(m, rest, e);
    if (word && strcmp(word, "racks") == 0) return set_racks(m, rest, e);
    if (word && strcmp(word, "matrix") == 0 && *rest) return set_matrix(m, source, rest, e);
    return error_set(e, "expected flat, racks NUMBER, regions NAME ... or matrix FILE, found `%s`",
                     text);
}

static int find_site(const struct model *m, const char *name, uint32_t *site, struct error *e)
{
    if (m->sites < 2) return error_set(e, "expected a `topology` of several sites before");
    for (*site = 0; *site < m->sites; ++*site)
        if (strcmp(m->site_name[*site], name) == 0) return 0;
    error_set(e, "expected a site of the topology (%s", m->site_name[0]);
    for (uint32_t i = 1; i < m->sites; i++) error_add(e, ", %s", m->site_name[i]);
    return error_add(e, "), found `%s`", name);
}

static int set_uplink(struct model *m, const char *site, const char *text, struct error *e)
{
    uint32_t number;
    if (find_site(m, site, &number, e) < 0) return -1;
    m->uplink_own[number] = true;
    return model_set_bandwidth(text, &m->uplink[number], e);
}

/* Two different sites, as A.B. */
static int find_pair(const struct model *m, const char *places, uint32_t *a, uint32_t *b,
                     struct error *e)
{
    char copy[2 * MODEL_NAME_MAX];
    snprintf(copy, sizeof copy, "%s", places);
    char *dot = strchr(copy, '.');
    if (!dot) return error_set(e, "expected two sites as `A.B`, found `%s`", places);
    *dot = 0;
    if (find_site(m, copy, a, e) < 0 || find_site(m, dot + 1, b, e) < 0) return -1;
    return *a != *b ? 0 : error_set(e, "expected two different sites, found `%s`", places);
}

/* Both directions. */
static int set_trunk(struct model *m, const char *places, const char *text, struct error *e)
{
    uint32_t a, b;
    if (find_pair(m, places, &a, &b, e) < 0) return -1;
    if (model_set_bandwidth(text, &m->trunk[a][b], e) < 0) return -1;
    m->trunk[b][a] = m->trunk[a][b];
    m->trunk_own[a][b] = m->trunk_own[b][a] = true;
    return 0;
}

/* ---- latencies ---------------------------------------------------------------------------------
 */

static int set_rack_latency(struct model *m, const char *text, struct error *e)
{
    struct distribution d;
    if (m->sites < 2) return error_set(e, "expected `topology = racks NUMBER` before");
    if (distribution_parse(text, &d, e) < 0) return -1;
    for (uint32_t i = 0; i < m->sites; i++)
        for (uint32_t j = 0; j < m->sites; j++)
            if (i != j) set_between(m, i, j, &d);
    distribution_finish(&d);
    return 0;
}

/* Both directions. */
static int set_region_latency(struct model *m, const char *places, const char *text,
                              struct error *e)
{
    struct distribution d;
    uint32_t a, b;
    if (find_pair(m, places, &a, &b, e) < 0 || distribution_parse(text, &d, e) < 0) return -1;
    set_between(m, a, b, &d);
    set_between(m, b, a, &d);
    distribution_finish(&d);
    return 0;
}

static bool is_set(const struct distribution *d)
{
    return d->table || d->min_ns > 0;
}

int model_topology_complete(struct model *m, struct error *e)
{
    if (m->sites == 0) m->sites = 1;
    for (uint32_t i = 0; i < m->sites; i++)
        if (!m->uplink_own[i]) m->uplink[i] = m->uplink_bits_per_second;
    for (uint32_t i = 0; i < m->sites; i++)
        for (uint32_t j = 0; j < m->sites; j++) {
            if (i != j && !m->trunk_own[i][j]) m->trunk[i][j] = m->trunk_bits_per_second;
            if (is_set(&m->between[i][j])) continue;
            if (i != j) return error_set(e, "expected a latency between every two sites");
            set_between(m, i, i, &m->link);
        }
    return 0;
}

const char *model_topology_lacks(const struct model *m, const char **key)
{
    static const char sites[] = "expected a `topology` of several sites beside it";
    uint64_t uplinks = 0, trunks = 0; /* limited ones */
    for (uint32_t i = 0; i < m->sites; i++) {
        uplinks += m->uplink[i] > 0;
        for (uint32_t j = 0; j < m->sites; j++) trunks += m->trunk[i][j] > 0;
    }
    *key = "uplink.bandwidth";
    if (m->uplink_bits_per_second && m->sites < 2) return sites;
    *key = "trunk.bandwidth";
    if (m->trunk_bits_per_second && m->sites < 2) return sites;
    *key = "uplink.queue";
    if (m->uplink_queue_bytes && !uplinks) return "expected an uplink.bandwidth beside it";
    *key = "trunk.queue";
    if (m->trunk_queue_bytes && !trunks) return "expected a trunk.bandwidth beside it";
    return NULL;
}

/* ---- nodes -------------------------------------------------------------------------------------
 */

/* Could a node be called so? They are called p0.r0, oracle.r0 and c0. Not every run has all. */
static bool may_match(const char *pattern)
{
    if (strncmp(pattern, "oracle", 6) == 0)
        pattern += 6;
    else if (*pattern == 'p' || *pattern == 'c')
        pattern++;
    else if (*pattern != '*')
        return false;
    return *pattern && strspn(pattern, "0123456789.r*") == strlen(pattern);
}

/* The last rule of that pattern, or a new one. NULL with the error. */
static struct model_rule *rule_of(struct model_rule *rules, uint32_t *count, const char *nodes,
                                  struct error *e)
{
    struct error why;
    if (!may_match(nodes) || strlen(nodes) >= MODEL_NAME_MAX) {
        error_set(e, "expected nodes as `p0.r1`, `p*.r1`, `oracle.*` or `c*`, found `%s`", nodes);
        return NULL;
    }
    for (uint32_t i = 0; i < *count; i++)
        if (strcmp(rules[i].nodes, nodes) == 0) return &rules[i];
    if (*count == MODEL_RULES_MAX) {
        error_set(e, "expected at most %d lines of this kind", MODEL_RULES_MAX);
        return NULL;
    }
    int named = model_set_name(rules[*count].nodes, nodes, &why);
    ASSERT(named == 0);
    return &rules[(*count)++];
}

static int set_place(struct model *m, const char *nodes, const char *site, struct error *e)
{
    uint32_t number;
    if (find_site(m, site, &number, e) < 0) return -1;
    struct model_rule *rule = rule_of(m->place, &m->place_count, nodes, e);
    if (!rule) return -1;
    rule->value = number;
    return 0;
}

static int set_bandwidth_of(struct model *m, const char *nodes, const char *text, struct error *e)
{
    uint64_t bits_per_second;
    if (model_set_bandwidth(text, &bits_per_second, e) < 0) return -1;
    struct model_rule *rule = rule_of(m->bandwidth, &m->bandwidth_count, nodes, e);
    if (!rule) return -1;
    rule->value = bits_per_second;
    return 0;
}

/* The value of the last rule for that node. */
static uint64_t value_for(const struct model_rule *rules, uint32_t count, const char *node,
                          uint64_t otherwise)
{
    while (count-- > 0)
        if (fault_matches(rules[count].nodes, node)) return rules[count].value;
    return otherwise;
}

uint32_t model_site(const struct model *m, const char *node, uint32_t number)
{
    uint32_t site = (uint32_t)value_for(m->place, m->place_count, node, number % m->sites);
    ASSERT(site < m->sites);
    return site;
}

uint64_t model_bandwidth(const struct model *m, const char *node)
{
    return value_for(m->bandwidth, m->bandwidth_count, node, m->bits_per_second);
}

/* ---- keys --------------------------------------------------------------------------------------
 */

int model_topology_set(struct model *m, const char *source, const char *key, const char *text,
                       struct error *e)
{
    if (strcmp(key, "topology") == 0) return set_topology(m, source, text, e);
    if (strcmp(key, "rack.latency") == 0) return set_rack_latency(m, text, e);
    if (strncmp(key, "region.", 7) == 0) return set_region_latency(m, key + 7, text, e);
    if (strncmp(key, "place.", 6) == 0) return set_place(m, key + 6, text, e);
    if (strncmp(key, "uplink.bandwidth.", 17) == 0) return set_uplink(m, key + 17, text, e);
    if (strncmp(key, "trunk.bandwidth.", 16) == 0) return set_trunk(m, key + 16, text, e);
    if (strncmp(key, "link.bandwidth.", 15) == 0) return set_bandwidth_of(m, key + 15, text, e);
    return 1;
}
