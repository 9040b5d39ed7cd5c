/* fuzz_model.c - any bytes as a model file: refused with the place, or read, without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/model, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "sim/model.h"
#include "tests/lib/fuzz.h"

enum { BYTES_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes > BYTES_MAX) return 0;
    struct error e = {""};
    struct model *m = model_open(fuzz_path(data, bytes), &e);
    if (!m) {
        assert(e.text[0] != '\0');
        return 0;
    }
    assert(m->replica.cores >= 1 && m->replica.cores <= MODEL_CORES_MAX);
    assert(m->sites <= MODEL_SITES_MAX && m->execute_count <= MODEL_KINDS_MAX);
    model_close(m);
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz model", "tests/fuzz/corpus/model", 8);
}
#endif
