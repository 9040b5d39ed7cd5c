/* fuzz_trace.c - any bytes as a trace file: refused or read, twice the same, never worse.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of tests/corpus/trace, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <dirent.h>
#include <stdint.h>

#include "tests/harness.h"
#include "tests/streams.h"
#include "workloads/trace.h"

enum { BYTES_MAX = 1 << 16 };

/* Reads to the end; a fingerprint of the commands and of how it ended. */
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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

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
static int replayed;

static void replay(const char *directory, const char *name)
{
    size_t bytes;
    uint8_t *data = (uint8_t *)read_file(path_in(directory, name), &bytes);
    struct random random = random_named(1, name, "bytes");
    for (size_t kept = 0; kept <= bytes; kept += 1 + bytes / 64) LLVMFuzzerTestOneInput(data, kept);
    for (int i = 0; i < 100 && bytes > 0; i++) {
        uint8_t *changed = &data[random_below(&random, bytes)], before = *changed;
        *changed = (uint8_t)random_next(&random);
        LLVMFuzzerTestOneInput(data, bytes);
        *changed = before;
    }
    free(data);
    replayed++;
}

START_TEST(the_corpus_does_no_harm)
{
    char *directory = test_source_path("tests/corpus/trace");
    DIR *d = opendir(directory);
    ck_assert_msg(d != NULL, "%s", directory);
    for (struct dirent *entry; (entry = readdir(d));)
        if (entry->d_name[0] != '.') replay(directory, entry->d_name);
    closedir(d);
    free(directory);
    ck_assert_int_ge(replayed, 20);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("fuzz trace");
    TCase *c = tcase_create("corpus");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, the_corpus_does_no_harm);
    suite_add_tcase(s, c);
    return test_main(s);
}
#endif
