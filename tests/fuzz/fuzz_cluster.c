/* fuzz_cluster.c - any bytes as a cluster file: refused with the place, or read, without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/cluster, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "rdma/cluster/cluster_file.h"
#include "tests/lib/fuzz.h"

enum { BYTES_MAX = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes > BYTES_MAX) return 0;
    struct error e = {""};
    struct cluster_file c = {0};
    if (cluster_file_read(&c, fuzz_path(data, bytes), &e) < 0) {
        assert(e.text[0] != '\0');
        return 0;
    }
    assert(cluster_file_find(&c, CLUSTER_COORDINATOR));
    for (uint32_t i = 0; i < c.count; i++) {
        assert(c.process[i].port != 0 && c.process[i].address[0] != '\0');
        assert(cluster_file_find(&c, c.process[i].name) == &c.process[i]);
    }
    cluster_file_finish(&c);
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz cluster", "tests/fuzz/corpus/cluster", 8);
}
#endif
