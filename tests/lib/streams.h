/* streams.h - what tests of workloads share: fingerprints of streams, small files, packing. */
#ifndef AVIARY_TESTS_LIB_STREAMS_H
#define AVIARY_TESTS_LIB_STREAMS_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "tests/lib/harness.h"
#include "workloads/trace/workload.h"

static inline uint64_t command_fingerprint(uint64_t hash, const struct trace_command *c)
{
    hash = hash_add(hash, (uint64_t)c->kind << 32 | c->client);
    hash = hash_add(hash, c->at_ns);
    hash = hash_add(hash, c->cost_ns);
    hash = hash_add(hash, (uint64_t)c->request_bytes << 32 | c->reply_bytes);
    for (uint32_t i = 0; i < c->access_count; i++)
        hash = hash_add(hash, (uint64_t)c->accesses[i].variable << 8 | c->accesses[i].mode);
    return hash;
}

/* Of the next commands, at most `limit`; *read: their number. */
static inline uint64_t stream_fingerprint(struct workload *w, uint64_t most, uint64_t *read)
{
    struct trace_command c;
    struct error e = {""};
    uint64_t hash = 0;
    int got = 1;
    for (*read = 0; *read < most && (got = workload_next(w, &c, &e)) > 0; ++*read)
        hash = command_fingerprint(hash, &c);
    ck_assert_msg(got >= 0, "%s", e.text);
    return hash;
}

/* Of the names, sizes and granules known so far. */
static inline uint64_t catalogue_fingerprint(const struct workload *w)
{
    const struct catalogue *c = workload_catalogue(w);
    uint64_t hash = 0;
    for (uint32_t v = 0; v < names_count(c->variables); v++) {
        hash = hash_text(hash, names_get(c->variables, v));
        hash = hash_add(hash, (uint64_t)c->variable_bytes[v] << 32 | c->granule[v]);
    }
    for (uint32_t k = 0; k < names_count(c->kinds); k++)
        hash = hash_text(hash, names_get(c->kinds, k));
    return hash;
}

static inline struct workload *must_open(const char *spec, uint64_t seed)
{
    struct error e = {""};
    struct workload *w = workload_open(spec, seed, &e);
    ck_assert_msg(w != NULL, "%s: %s", spec, e.text);
    return w;
}

static inline void must_rewind(struct workload *w)
{
    struct error e = {""};
    ck_assert_msg(workload_rewind(w, &e) == 0, "%s", e.text);
}

/* directory/name, in one of a few buffers taken in turn. */
static inline const char *path_in(const char *directory, const char *name)
{
    static char paths[4][512];
    static unsigned turn;
    char *path = paths[turn++ % 4];
    snprintf(path, sizeof(paths[0]), "%s/%s", directory, name);
    return path;
}

static inline void write_file(const char *path, const void *data, size_t bytes)
{
    FILE *file = fopen(path, "wb");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, bytes, file), bytes);
    ck_assert_int_eq(fclose(file), 0);
}

static inline void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text));
}

/* The whole file, with a NUL behind; the caller frees it. */
static inline char *read_file(const char *path, size_t *bytes)
{
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    fseek(file, 0, SEEK_END);
    *bytes = (size_t)ftell(file);
    rewind(file);
    char *data = calloc(*bytes + 1, 1);
    ck_assert_uint_eq(fread(data, 1, *bytes, file), *bytes);
    fclose(file);
    return data;
}

#endif
