/* fuzz_trace.c - any bytes as a trace file: refused or read, twice the same, without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/trace, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "tests/lib/fuzz.h"
#include "tests/lib/streams.h"
#include "workloads/trace/trace.h"

enum { BYTES_MAX = 1 << 16 };

/* Reads to the end; a fingerprint of the commands and of the result. */
static uint64_t read_all(struct workload *w)
{
    struct trace_command c;
    struct error e = {""};
    uint64_t hash = 0;
    int got;
    while ((got = workload_next(w, &c, &e)) > 0) {
        assert(c.access_count > 0);
        for (uint32_t i = 1; i < c.access_count; i++)
            assert(c.accesses[i - 1].variable < c.accesses[i].variable);
        hash = command_fingerprint(hash, &c);
    }
    assert((got < 0) == (e.text[0] != '\0'));
    return hash_text(hash, e.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes == 0 || bytes > BYTES_MAX) return 0;
    struct error e = {""};
    static uint8_t copy[BYTES_MAX];
    memcpy(copy, data, bytes);
    struct workload *w = trace_attach(fmemopen(copy, bytes, "rb"), "input", &e);
    if (!w) {
        assert(e.text[0] != '\0');
        return 0;
    }
    uint64_t hash = read_all(w);
    if (workload_rewind(w, &e) == 0) assert(read_all(w) == hash);
    workload_close(w);
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz trace", "tests/fuzz/corpus/trace", 20);
}
#endif
