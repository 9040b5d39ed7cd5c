/* fuzz_recordings.c - any bytes as a recording, by every importer: refused or read, twice the same,
 * without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/recordings, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "tests/lib/fuzz.h"

enum { BYTES_MAX = 1 << 16, COMMANDS_MAX = 1000 };

/* The file's path is appended. */
static const char *const importers[] = {
    "interactions:file=",
    "interactions:time=scale=0.5,file=",
    "chirper:commands=50,graph=",
    "recorded:kinds=tables,file=",
    "recorded:clients=drop,skip=,file=",
    "objects:file=",
    "objects:batch=3,writes=0+31,file=",
    "csv:columns=time=1+client=2+kind=3+reads=4+writes=5,file=",
    "csv:columns=reads=a+updates=2+cost=b+request=c+reply=d,header=yes,separator=tab,list=|,file=",
    "csv:columns=creates=1+deletes=2+reads=2,separator=blanks,time=drop,list=semicolon,file=",
    "csv:columns=updates=1,list=blanks,file=",
};

/* Reads to the end; a fingerprint of the commands and of the result. */
static uint64_t read_all(struct workload *w, const char *path)
{
    struct trace_command c;
    struct error e = {""};
    uint64_t hash = 0, count = 0;
    int got;
    while ((got = workload_next(w, &c, &e)) > 0 && count++ < COMMANDS_MAX) {
        const struct catalogue *k = workload_catalogue(w);
        assert(c.access_count > 0 && c.kind < names_count(k->kinds));
        for (uint32_t i = 0; i < c.access_count; i++) {
            assert(c.accesses[i].mode != 0 && c.accesses[i].variable < names_count(k->variables));
            assert(i == 0 || c.accesses[i - 1].variable < c.accesses[i].variable);
        }
        hash = command_fingerprint(hash, &c);
    }
    assert(got >= 0 || strncmp(e.text, path, strlen(path)) == 0);
    return hash_text(hash, e.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes > BYTES_MAX) return 0;
    const char *path = fuzz_path(data, bytes);
    for (size_t i = 0; i < sizeof(importers) / sizeof(importers[0]); i++) {
        char spec[700];
        struct error e = {""};
        snprintf(spec, sizeof(spec), "%s%s", importers[i], path);
        struct workload *w = workload_open(spec, 1, &e);
        if (!w) {
            assert(e.text[0] != '\0');
            continue;
        }
        uint64_t hash = read_all(w, path);
        assert(workload_rewind(w, &e) == 0 && read_all(w, path) == hash);
        workload_close(w);
    }
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz recordings", "tests/fuzz/corpus/recordings", 15);
}
#endif
