/* fuzz_placement.c - any bytes as a placement file: refused with the place, or every variable has a
 * partition, without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/placement, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "tests/lib/fuzz.h"
#include "workloads/place/placement.h"

enum { BYTES_MAX = 1 << 16, VARIABLES = 20, PARTITIONS = 4 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes > BYTES_MAX) return 0;
    struct error e = {""};
    char spec[600];
    struct workload *w = workload_open("kv:variables=20", 1, &e);
    struct placement p;
    snprintf(spec, sizeof(spec), "file:%s", fuzz_path(data, bytes));
    struct placement_request request = {spec, PARTITIONS, 1, 100, 0.2, false};
    if (placement_compute(&request, w, &p, &e) == 0) {
        for (uint32_t v = 0; v < VARIABLES; v++) assert(placement_of(&p, v) < PARTITIONS);
        placement_finish(&p);
    } else {
        assert(e.text[0] != '\0');
    }
    workload_close(w);
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz placement", "tests/fuzz/corpus/placement", 6);
}
#endif
