/* fuzz.h - what fuzz programs share: without libFuzzer they replay the files of a corpus, whole,
 * cut short and with single bytes changed. */
#ifndef AVIARY_TESTS_LIB_FUZZ_H
#define AVIARY_TESTS_LIB_FUZZ_H

#include <assert.h>
#include <dirent.h>
#include <stdint.h>
#include <stdlib.h>

#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

/* What a fuzz program consists of, under the name that libFuzzer calls. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

/* A file that holds the bytes, for parsers that open their file themselves; until the next call.
 * libFuzzer does not handle the check library's assertions, so these are plain ones. */
static inline const char *fuzz_path(const uint8_t *data, size_t bytes)
{
    static char *directory;
    if (!directory) directory = test_scratch_directory();
    const char *path = path_in(directory, "input");
    FILE *file = fopen(path, "wb");
    assert(file && (bytes == 0 || fwrite(data, 1, bytes, file) == bytes));
    fclose(file);
    return path;
}

#ifndef LIBFUZZER
static const char *fuzz_corpus;
static int fuzz_files_min;
static void (*fuzz_make)(const char *directory); /* NULL, or creates a corpus that is not stored */

/* Single bytes of each file that are changed in turn: AVIARY_CHANGES, or a hundred. */
static inline long fuzz_changes(void)
{
    const char *text = getenv("AVIARY_CHANGES");
    return text ? strtol(text, NULL, 10) : 100;
}

static inline void fuzz_replay_file(const char *directory, const char *name)
{
    size_t bytes;
    uint8_t *data = (uint8_t *)read_file(path_in(directory, name), &bytes);
    struct random random = random_named(1, name, "bytes");
    for (size_t kept = 0; kept <= bytes; kept += 1 + bytes / 64) LLVMFuzzerTestOneInput(data, kept);
    for (long i = 0; i < fuzz_changes() && bytes > 0; i++) {
        uint8_t *changed = &data[random_below(&random, bytes)], before = *changed;
        *changed = (uint8_t)random_next(&random);
        LLVMFuzzerTestOneInput(data, bytes);
        *changed = before;
    }
    free(data);
}

START_TEST(inputs_from_the_corpus_cause_no_crash)
{
    char *directory = fuzz_make ? test_scratch_directory() : test_source_path(fuzz_corpus);
    if (fuzz_make) fuzz_make(directory);
    DIR *d = opendir(directory);
    int replayed = 0;
    ck_assert_msg(d != NULL, "%s", directory);
    for (struct dirent *entry; (entry = readdir(d));) {
        if (entry->d_name[0] == '.') continue;
        fuzz_replay_file(directory, entry->d_name);
        replayed++;
    }
    closedir(d);
    free(directory);
    ck_assert_int_ge(replayed, fuzz_files_min);
}
END_TEST

/* The main of a fuzz program. corpus: a folder in the source tree, with at least files_min files.
 */
static inline int fuzz_replay(const char *name, const char *corpus, int files_min)
{
    Suite *s = suite_create(name);
    TCase *c = tcase_create("corpus");
    fuzz_corpus = corpus;
    fuzz_files_min = files_min;
    tcase_set_timeout(c, 60);
    tcase_add_test(c, inputs_from_the_corpus_cause_no_crash);
    suite_add_tcase(s, c);
    return test_main(s);
}
#endif

#endif
