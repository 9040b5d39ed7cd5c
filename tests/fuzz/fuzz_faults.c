/* fuzz_faults.c - any bytes as a fault script: refused, or read and printed as a script that means
 * the same, without a crash.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/fuzz/corpus/faults, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>

#include "sim/faults.h"
#include "tests/lib/fuzz.h"

enum { BYTES_MAX = 1 << 16 };

static void print_and_read(const struct fault *f)
{
    char text[FAULT_TEXT_MAX], again[FAULT_TEXT_MAX];
    struct error e = {""};
    struct faults *read = faults_parse(fault_print(f, text), "printed", &e);
    assert(read && read->count == 1);
    assert(strcmp(fault_print(&read->fault[0], again), text) == 0);
    faults_destroy(read);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes > BYTES_MAX) return 0;
    struct error e = {""};
    struct faults *f = faults_open(fuzz_path(data, bytes), &e);
    if (!f) {
        assert(e.text[0] != '\0');
        return 0;
    }
    for (uint32_t i = 0; i < f->count; i++) {
        assert(f->fault[i].kind < FAULT_KIND_COUNT);
        assert(i == 0 || f->fault[i - 1].at_ns <= f->fault[i].at_ns);
        if (strlen(f->fault[i].from) < 1000 && (!f->fault[i].to || strlen(f->fault[i].to) < 1000))
            print_and_read(&f->fault[i]);
    }
    faults_destroy(f);
    return 0;
}

#ifndef LIBFUZZER
int main(void)
{
    return fuzz_replay("fuzz faults", "tests/fuzz/corpus/faults", 8);
}
#endif
