/* emulation_options.c - the tables of the options of emulated runs (emulation_options.h). */
#include "rdma/cluster/emulation_options.h"

#include <string.h>

#include "base/units.h"
#include "proto/message.h"

/* A ring takes two of the longest messages. */
#define RING_LEAST (UINT64_C(4) * MESSAGE_BYTES_MAX)
#define RING_MOST (UINT64_C(1) << 30)

static int read_ring(const struct option *o, const char *text, void *place, struct error *error)
{
    uint64_t bytes;
    (void)o;
    if (units_size(text, &bytes, error) < 0) return -1;
    if (bytes < RING_LEAST || bytes > RING_MOST || (bytes & (bytes - 1)))
        return error_set(error, "expected a power of two from 1MiB to 1GiB, found '%s'", text);
    *(uint32_t *)place = (uint32_t)bytes;
    return 0;
}

static int read_directory(const struct option *o, const char *text, void *place,
                          struct error *error)
{
    (void)o, (void)error;
    *(const char **)place = strcmp(text, "off") == 0 ? NULL : text;
    return 0;
}

#define AT(member) .place = offsetof(struct emulation_options, member)

static const char *const waiting[] = {
    [MQ_ADAPTIVE] = "adaptive", [MQ_SPIN] = "spin", [MQ_EVENT] = "event", NULL};

static const struct option options[] = {
    {"addresses", 0, "LIST", NULL, "verbs: local RDMA devices by address; default: all",
     option_text, AT(addresses), .list = true, .section = EXPERIMENT_WHERE},
    {"waiting", 0, "HOW", "adaptive", "verbs: how members wait for messages", option_choice,
     AT(waiting), .words = waiting},
    {"ring", 0, "SIZE", "1MiB", "buffer of each connection and direction, a power of two",
     read_ring, AT(ring_bytes)},
    {"dead-after", 0, "TIME", "500ms", "verbs: time to notice a peer that is dead or cut off",
     option_time, AT(dead_after_ns)},
    {"crash", 0, "LIST", NULL, "replicas to crash, and when: p0.r0@3s,oracle.r1@5s", option_text,
     AT(crash), .list = true},
    {"patience", 0, "TIME", "30s", "time limit to connect, to answer, and to agree", option_time,
     AT(patience_ns)},
};

/* A cluster file says where the members of one run are, a directory has the storage of one. */
static const struct option single[] = {
    {"durable", 0, "DIR", "off", "replicas store what they promise and accept in files there",
     read_directory, AT(durable), .section = EXPERIMENT_WHAT_RUNS},
    {"cluster", 0, "FILE", NULL, "verbs: file naming processes started by `aviary node`",
     option_text, AT(cluster), .section = EXPERIMENT_WHERE},
};

static const struct emulation_options initial;

/* Processes that are started elsewhere are connected over verbs. */
static enum experiment_transport transport(const void *settings, enum experiment_transport given)
{
    const struct emulation_options *o = settings;
    return o->cluster ? EXPERIMENT_VERBS : given;
}

static bool is_durable(const void *settings)
{
    const struct emulation_options *o = settings;
    return o->durable != NULL;
}

const struct cluster_options emulation_kind = {
    .options = options,
    .count = sizeof(options) / sizeof(options[0]),
    .single = single,
    .single_count = sizeof(single) / sizeof(single[0]),
    .initial = &initial,
    .bytes = sizeof(initial),
    .transport = transport,
    .durable = is_durable,
};

const struct emulation_options *emulation_options(const struct experiment *e)
{
    return experiment_settings(e, &emulation_kind);
}
