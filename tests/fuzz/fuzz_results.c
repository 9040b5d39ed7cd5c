/* fuzz_results.c - any bytes as a results database: refused with its name, or read and checked,
 * twice with the same result, without a crash; to some a run is then added, or is refused.
 *
 * Linked to libFuzzer (clang -fsanitize=fuzzer -DLIBFUZZER) it searches; alone it replays the files
 * of two databases that it makes, whole, cut short and with single bytes changed. */
#include <assert.h>
#include <stdint.h>
#include <unistd.h>

#include "analysis/check/history.h"
#include "tests/lib/databases.h"
#include "tests/lib/fuzz.h"

enum { BYTES_MAX = 1 << 16 };

/* A fingerprint of the result for one run's history; -1: refused. */
static int check_run(struct results_reader *reader, int64_t run_id, uint64_t *hash, struct error *e)
{
    struct catalogue names = {.variables = names_create(), .kinds = names_create()};
    struct ledger ledger;
    struct property p;
    property_init(&p, "strict-serializability");
    ledger_init(&ledger, &names, NULL, LEDGER_ACCESSES);
    int status = results_load_history(reader, run_id, &ledger, &names, e);
    if (status == 0) {
        uint32_t *order = calloc(ledger.command_count + 1, sizeof(*order));
        history_check(&ledger, order, &p);
        free(order);
        *hash = hash_text(hash_add(*hash, ledger.command_count), p.reason);
    }
    ledger_finish(&ledger);
    names_destroy(names.variables);
    names_destroy(names.kinds);
    return status;
}

static uint64_t read_all(const char *path)
{
    struct error e = {""};
    struct results_run run;
    uint64_t hash = 0;
    int more = -1;
    struct results_reader *reader = results_open(path, &e);
    while (reader && (more = results_next_run(reader, &run, &e)) == 1)
        if (check_run(reader, run.id, &hash, &e) < 0) break;
    results_close(reader);
    assert(more == 0 || strncmp(e.text, path, strlen(path)) == 0);
    return hash_text(hash_add(hash, (uint64_t)more), e.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    if (bytes > BYTES_MAX) return 0;
    const char *path = fuzz_path(data, bytes);
    static struct run_result result;
    struct error e = {""};
    struct ledger history;
    uint64_t hash = read_all(path);
    assert(read_all(path) == hash);
    if (hash % 8 != 0) return 0; /* the disk is slow */
    database_small_run(&result, &history);
    if (results_add(path, &result, NULL, &e) < 0) assert(strncmp(e.text, path, strlen(path)) == 0);
    ledger_finish(&history);
    return 0;
}

#ifndef LIBFUZZER
/* An old database, from its SQL text, and one of the current version. */
static void make_corpus(const char *directory)
{
    size_t bytes;
    char *source = test_source_path("tests/results/results-version-2.sql");
    char *sql = read_file(source, &bytes);
    database_execute(path_in(directory, "old"), sql);
    database_add_small_run(path_in(directory, "today"));
    free(sql);
    free(source);
}

int main(void)
{
    fuzz_make = make_corpus;
    return fuzz_replay("fuzz results", "", 2);
}
#endif
