/* model.c - model files: finding, reading line by line, checking. */
#include "sim/model.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/lines.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/units.h"
#include "sim/builtin.h"
#include "sim/model_topology.h"

enum { KEYS_MAX = 64 };

#define TIMEOUT_NS_LEAST UINT64_C(5000) /* of leaders, as for --leader-timeout */

enum value_kind {
    VALUE_TIME,
    VALUE_COST, /* a time that a command can take */
    VALUE_SIZE,
    VALUE_CORES,
    VALUE_HOST_CORES,
    VALUE_TOGETHER,
    VALUE_BATCH,
    VALUE_BANDWIDTH,
    VALUE_QUEUE,
    VALUE_DISTRIBUTION
};

/* Keys whose value is stored in a field. */
static const struct key {
    const char *name;
    enum value_kind kind;
    size_t place;
    const char *otherwise; /* the value if there is no line; NULL: the line is required */
} keys[] = {
#define FIELD(member) offsetof(struct model, member)
    {"link.latency", VALUE_DISTRIBUTION, FIELD(link), NULL},
    {"link.loopback", VALUE_DISTRIBUTION, FIELD(loopback), "constant 1us"},
    {"link.bandwidth", VALUE_BANDWIDTH, FIELD(bits_per_second), "0"},
    {"link.overhead", VALUE_SIZE, FIELD(overhead_bytes), "0"},
    {"uplink.bandwidth", VALUE_BANDWIDTH, FIELD(uplink_bits_per_second), "0"},
    {"uplink.queue", VALUE_QUEUE, FIELD(uplink_queue_bytes), "delay"},
    {"trunk.bandwidth", VALUE_BANDWIDTH, FIELD(trunk_bits_per_second), "0"},
    {"trunk.queue", VALUE_QUEUE, FIELD(trunk_queue_bytes), "delay"},
    {"connection.timeout", VALUE_TIME, FIELD(connection_timeout_ns), "500ms"},
    {"cpu.cores", VALUE_CORES, FIELD(replica.cores), "1"},
    {"cpu.receive", VALUE_TIME, FIELD(replica.receive_ns), "0"},
    {"cpu.send", VALUE_TIME, FIELD(replica.send_ns), "0"},
    {"cpu.per_kib", VALUE_TIME, FIELD(replica.per_kib_ns), "0"},
    {"cpu.timer", VALUE_TIME, FIELD(replica.timer_ns), "0"},
    {"cpu.resume", VALUE_TIME, FIELD(replica.resume_ns), "0"},
    {"cpu.wake", VALUE_TIME, FIELD(replica.wake_ns), "0"},
    {"cpu.spin", VALUE_TIME, FIELD(replica.spin_ns), "0"},
    {"client.cores", VALUE_CORES, FIELD(client.cores), "1"},
    {"client.receive", VALUE_TIME, FIELD(client.receive_ns), "0"},
    {"client.send", VALUE_TIME, FIELD(client.send_ns), "0"},
    {"client.per_kib", VALUE_TIME, FIELD(client.per_kib_ns), "0"},
    {"client.timer", VALUE_TIME, FIELD(client.timer_ns), "0"},
    {"client.resume", VALUE_TIME, FIELD(client.resume_ns), "0"},
    {"client.wake", VALUE_TIME, FIELD(client.wake_ns), "0"},
    {"client.spin", VALUE_TIME, FIELD(client.spin_ns), "0"},
    {"host.cores", VALUE_HOST_CORES, FIELD(host.cores), "0"},
    {"host.clients", VALUE_TOGETHER, FIELD(host.clients_together), "apart"},
    {"host.batch", VALUE_BATCH, FIELD(host.batch), "0"},
    {"host.look", VALUE_TIME, FIELD(host.look_ns), "0"},
    {"host.switch", VALUE_TIME, FIELD(host.switch_ns), "0"},
    {"host.idle", VALUE_TIME, FIELD(host.idle_ns), "0"},
    {"host.move", VALUE_TIME, FIELD(host.move_ns), "0"},
    {"host.rouse", VALUE_TIME, FIELD(host.rouse_ns), "0"},
    {"host.slice", VALUE_TIME, FIELD(host.slice_ns), "0"},
    {"rdma.write", VALUE_DISTRIBUTION, FIELD(rdma.write), "constant 2us"},
    {"rdma.read", VALUE_DISTRIBUTION, FIELD(rdma.read), "constant 4us"},
    {"rdma.atomic", VALUE_DISTRIBUTION, FIELD(rdma.atomic), "constant 4us"},
    {"rdma.issue", VALUE_TIME, FIELD(rdma.issue_ns), "0"},
    {"rdma.complete", VALUE_TIME, FIELD(rdma.complete_ns), "0"},
    {"rdma.overhead", VALUE_SIZE, FIELD(rdma.overhead_bytes), "0"},
    {"rdma.timeout", VALUE_TIME, FIELD(rdma.timeout_ns), "500ms"},
    {"disk.append", VALUE_TIME, FIELD(disk.append_ns), "0"},
    {"disk.sync", VALUE_DISTRIBUTION, FIELD(disk.sync), "constant 1ms"},
    {"disk.bandwidth", VALUE_BANDWIDTH, FIELD(disk.bits_per_second), "0"},
    {"heartbeat", VALUE_TIME, FIELD(timing.heartbeat_ns), "20ms"},
    {"timeout.leader", VALUE_TIME, FIELD(timing.leader_timeout_ns), "100ms"},
    {"timeout.retry", VALUE_TIME, FIELD(timing.retry_ns), "200ms"},
    {"execute.default", VALUE_COST, FIELD(execute_default_ns), "0"},
#undef FIELD
};

enum { KEYS = sizeof keys / sizeof *keys };

_Static_assert((int)KEYS <= (int)KEYS_MAX, "struct reader has room");

/* A model being read. */
struct reader {
    struct model *model;
    const char *source;
    uint32_t line;           /* 0: a setting of the command line */
    uint32_t seen[KEYS_MAX]; /* line of each key, 0: none yet */
    bool overriding;         /* settings may repeat */
};

static int complain(const struct reader *r, const char *key, const char *text, struct error *e)
{
    const char *colon = *key ? ": " : "";
    if (r->line == 0) return error_set(e, "%s: %s%s%s", r->source, key, colon, text);
    return error_set(e, "%s:%u: %s%s%s", r->source, r->line, key, colon, text);
}

/* ---- single values ------------------------------------------------------------------------------
 */

static int set_cores(const char *text, uint32_t *cores, struct error *e)
{
    uint64_t value;
    if (units_count(text, &value, e) < 0) return -1;
    if (value < 1 || value > MODEL_CORES_MAX)
        return error_set(e, "expected 1 to %d cores, found `%s`", MODEL_CORES_MAX, text);
    *cores = (uint32_t)value;
    return 0;
}

static int set_up_to(uint64_t most, const char *text, uint32_t *number, struct error *e)
{
    uint64_t value;
    if (units_count(text, &value, e) < 0) return -1;
    if (value > most) return error_set(e, "expected 0 to %" PRIu64 ", found `%s`", most, text);
    *number = (uint32_t)value;
    return 0;
}

static int set_together(const char *text, uint32_t *together, struct error *e)
{
    *together = strcmp(text, "together") == 0;
    if (*together || strcmp(text, "apart") == 0) return 0;
    return error_set(e, "expected together or apart, found `%s`", text);
}

int model_set_bandwidth(const char *text, uint64_t *bits_per_second, struct error *e)
{
    double value;
    *bits_per_second = 0;
    if (strcmp(text, "0") == 0) return 0;
    if (units_bandwidth(text, &value, e) < 0) return -1;
    if (value < 1e3 || value > 1e14)
        return error_set(e, "expected 1kbps to 100Tbps, or 0 for unlimited, found `%s`", text);
    *bits_per_second = (uint64_t)value;
    return 0;
}

static int set_queue(const char *text, uint64_t *bytes, struct error *e)
{
    *bytes = 0;
    if (strcmp(text, "delay") == 0) return 0;
    if (strncmp(text, "drop ", 5) != 0)
        return error_set(e, "expected delay or drop SIZE, found `%s`", text);
    if (units_size(text + 5 + strspn(text + 5, " \t"), bytes, e) < 0) return -1;
    return *bytes ? 0 : error_set(e, "expected a size above 0");
}

static int set_cost(const char *text, uint64_t *ns, struct error *e)
{
    if (units_time(text, ns, e) < 0) return -1;
    return *ns <= COMMAND_COST_NS_MAX ? 0 : error_set(e, "expected at most 24h, found `%s`", text);
}

static int set_value(struct model *m, const struct key *key, const char *text, struct error *e)
{
    void *place = (char *)m + key->place;
    switch (key->kind) {
    case VALUE_TIME:
        return units_time(text, place, e);
    case VALUE_COST:
        return set_cost(text, place, e);
    case VALUE_SIZE:
        return units_size(text, place, e);
    case VALUE_CORES:
        return set_cores(text, place, e);
    case VALUE_HOST_CORES:
        return set_up_to(MODEL_HOST_CORES_MAX, text, place, e);
    case VALUE_BATCH:
        return set_up_to(UINT32_MAX, text, place, e);
    case VALUE_TOGETHER:
        return set_together(text, place, e);
    case VALUE_BANDWIDTH:
        return model_set_bandwidth(text, place, e);
    case VALUE_QUEUE:
        return set_queue(text, place, e);
    case VALUE_DISTRIBUTION:
        break;
    }
    distribution_finish(place);
    return distribution_parse(text, place, e);
}

/* ---- keys with parts ----------------------------------------------------------------------------
 */

int model_set_name(char to[static MODEL_NAME_MAX], const char *name, struct error *e)
{
    if (!*name || strlen(name) >= MODEL_NAME_MAX || strpbrk(name, " \t,:"))
        return error_set(e, "expected a name of less than %d characters, found `%s`",
                         MODEL_NAME_MAX, name);
    snprintf(to, MODEL_NAME_MAX, "%s", name);
    return 0;
}

static int set_execute(struct model *m, const char *kind, const char *text, struct error *e)
{
    uint64_t ns;
    if (set_cost(text, &ns, e) < 0) return -1;
    uint32_t i = 0;
    while (i < m->execute_count && strcmp(m->execute[i].kind, kind) != 0) i++;
    if (i == MODEL_KINDS_MAX) return error_set(e, "expected at most %d kinds", MODEL_KINDS_MAX);
    if (model_set_name(m->execute[i].kind, kind, e) < 0) return -1;
    m->execute[i].ns = ns;
    if (i == m->execute_count) m->execute_count++;
    ASSERT(i < m->execute_count);
    ASSERT(m->execute_count <= MODEL_KINDS_MAX);
    return 0;
}

/* ---- lines --------------------------------------------------------------------------------------
 */

static int unknown_key(const struct reader *r, const char *key, struct error *e)
{
    struct error why;
    lookup_refuse("key", key, &why);
    lookup_list("name", &why);
    for (uint32_t i = 0; model_key(i); i++) lookup_list(model_key(i), &why);
    return complain(r, "", why.text, e);
}

static int set_key(struct reader *r, const char *key, const char *text, struct error *e)
{
    struct model *m = r->model;
    struct error why;
    for (int i = 0; i < KEYS; i++) {
        if (strcmp(key, keys[i].name) != 0) continue;
        if (r->seen[i] && !r->overriding) {
            snprintf(why.text, sizeof why.text, "stands already in line %u", r->seen[i]);
            return complain(r, key, why.text, e);
        }
        r->seen[i] = r->line ? r->line : 1;
        return set_value(m, &keys[i], text, &why) < 0 ? complain(r, key, why.text, e) : 0;
    }
    int result = model_topology_set(m, r->source, key, text, &why);
    if (result == 1 && strcmp(key, "name") == 0) result = model_set_name(m->name, text, &why);
    if (result == 1 && strncmp(key, "execute.", 8) == 0)
        result = set_execute(m, key + 8, text, &why);
    if (result == 1) return unknown_key(r, key, e);
    return result < 0 ? complain(r, key, why.text, e) : 0;
}

static char *trim(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length > 0 && strchr(" \t\r", text[length - 1])) length--;
    text[length] = 0;
    return text;
}

/* `key = value`; the text is cut up. */
static int read_setting(struct reader *r, char *text, struct error *e)
{
    char *equals = strchr(text, '=');
    if (!equals) return complain(r, "", "expected `key = value`", e);
    *equals = 0;
    char *key = trim(text), *value = trim(equals + 1);
    if (!*value) return complain(r, key, "expected a value", e);
    return set_key(r, key, value, e);
}

static int read_lines(struct reader *r, struct lines *lines, struct error *e)
{
    char *line;
    uint32_t length;
    int got;
    while ((got = lines_next(lines, &line, &length, e)) > 0) {
        line[strcspn(line, "#")] = 0;
        line = trim(line);
        r->line = (uint32_t)lines_number(lines);
        if (*line && read_setting(r, line, e) < 0) return -1;
    }
    r->line = 0;
    return got;
}

/* Fills in the keys without a line. A client's costs default to a replica's. */
static int complete(struct reader *r, struct error *e)
{
    struct model *m = r->model;
    for (int i = 0; i < KEYS; i++) {
        if (r->seen[i]) continue;
        if (!keys[i].otherwise) return complain(r, keys[i].name, "expected a line of it", e);
        const char *otherwise = keys[i].otherwise;
        if (strncmp(keys[i].name, "client.", 7) == 0) {
            size_t offset = offsetof(struct model, client) - offsetof(struct model, replica);
            size_t bytes = keys[i].kind == VALUE_CORES ? sizeof(uint32_t) : sizeof(uint64_t);
            char *place = (char *)m + keys[i].place;
            ASSERT(keys[i].place >= offset);
            memcpy(place, place - offset, bytes);
            continue;
        }
        int result = set_value(m, &keys[i], otherwise, e);
        ASSERT(result == 0);
    }
    struct error why;
    return model_topology_complete(m, &why) < 0 ? complain(r, "topology", why.text, e) : 0;
}

static int check(const struct reader *r, struct error *e)
{
    const struct model *m = r->model;
    const struct timing *t = &m->timing;
    if (t->heartbeat_ns == 0 || t->retry_ns == 0 || t->leader_timeout_ns <= t->heartbeat_ns)
        return complain(r, "heartbeat", "expected 0 < heartbeat < timeout.leader, 0 < retry", e);
    if (t->leader_timeout_ns < TIMEOUT_NS_LEAST)
        return complain(r, "timeout.leader", "expected at least 5us", e);
    if (m->host.cores && (m->replica.cores > 1 || m->client.cores > 1))
        return complain(r, "host.cores", "expected cpu.cores and client.cores of 1 beside it", e);
    const char *key, *expected = model_topology_lacks(m, &key);
    return expected ? complain(r, key, expected, e) : 0;
}

/* ---- finding ------------------------------------------------------------------------------------
 */

/* The lines, NULL if they could not be opened, are closed. */
static struct model *read_model(struct lines *lines, const char *source, char *settings,
                                struct error *e)
{
    if (!lines) return NULL;
    struct reader r = {.model = allocate_zeroed(1, sizeof *r.model), .source = source};
    const char *base = strrchr(source, '/') ? strrchr(source, '/') + 1 : source;
    size_t length = strcspn(base, ".");
    snprintf(r.model->name, sizeof r.model->name, "%.*s", (int)(length < 60 ? length : 60), base);
    int result = read_lines(&r, lines, e);
    lines_close(lines);
    r.overriding = true;
    for (char *setting; result == 0 && (setting = strtok_r(settings, ",", &settings));)
        result = read_setting(&r, setting, e);
    if (result == 0) result = complete(&r, e);
    if (result == 0) result = check(&r, e);
    if (result == 0) return r.model;
    model_close(r.model);
    return NULL;
}

struct model *model_parse(const char *text, const char *source, struct error *e)
{
    char none[] = "";
    return read_model(lines_text(text, source), source, none, e);
}

static const char *builtin_name(uint32_t i)
{
    return builtin_models[i].name;
}

static struct model *open_builtin(const char *name, char *settings, struct error *e)
{
    uint32_t i;
    if (lookup("model", builtin_name, name, &i, e) == 0)
        return read_model(lines_text(builtin_models[i].text, name), name, settings, e);
    error_add(e, ", or give the path of a file (with a `/` or ending in `.model`)");
    return NULL;
}

struct model *model_open(const char *spec, struct error *e)
{
    char *name = allocate_text(spec);
    char none[] = "", *settings = strchr(name, ':');
    if (settings) *settings++ = 0;
    size_t length = strlen(name);
    bool path = strchr(name, '/') || (length > 6 && strcmp(name + length - 6, ".model") == 0);
    if (!settings) settings = none;
    struct model *m = path ? read_model(lines_open_short(name, e), name, settings, e)
                           : open_builtin(name, settings, e);
    free(name);
    return m;
}

void model_close(struct model *m)
{
    if (!m) return;
    distribution_finish(&m->link);
    distribution_finish(&m->loopback);
    distribution_finish(&m->rdma.write);
    distribution_finish(&m->rdma.read);
    distribution_finish(&m->rdma.atomic);
    distribution_finish(&m->disk.sync);
    for (uint32_t i = 0; i < MODEL_SITES_MAX; i++)
        for (uint32_t j = 0; j < MODEL_SITES_MAX; j++) distribution_finish(&m->between[i][j]);
    free(m);
}

uint64_t model_execute_ns(const struct model *m, const char *kind)
{
    for (uint32_t i = 0; i < m->execute_count; i++)
        if (strcmp(m->execute[i].kind, kind) == 0) return m->execute[i].ns;
    return m->execute_default_ns;
}

void model_list(void (*line)(void *context, const char *text), void *context)
{
    for (const struct builtin_model *b = builtin_models; b->name; b++) {
        const char *comment = b->text + strspn(b->text, "# ");
        char text[160];
        snprintf(text, sizeof text, "%-14s %.*s", b->name, (int)strcspn(comment, "\n"), comment);
        line(context, text);
    }
}

const char *model_key(uint32_t i)
{
    if (i < KEYS) return keys[i].name;
    if (i == KEYS) return "execute.KIND";
    return model_topology_keys[i - KEYS - 1];
}
