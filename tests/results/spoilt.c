/* spoilt.c - see spoilt.h. */
#include "tests/results/spoilt.h"

#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

const char *good_file(void)
{
    static char *content;
    static size_t bytes;
    const char *path = database_path("spoilt.db");
    if (!content) {
        database_add_small_run(path);
        content = read_file(path, &bytes);
    }
    write_file(path, content, bytes);
    return path;
}

void assert_message_has(const char *what, const char *message, const char *const *words)
{
    for (int i = 0; i < 3 && words[i]; i++)
        ck_assert_msg(strstr(message, words[i]) != NULL, "%.300s:\n'%s' is not in:\n%.1000s", what,
                      words[i], message);
}

void assert_check(const char *path, int expected, const struct story *story)
{
    const char *message;
    int status = database_check(path, &message);
    ck_assert_msg(status == expected, "%.300s: status %d, expected %d:\n%.1000s", story->sql,
                  status, expected, message);
    assert_message_has(story->sql, message, story->words);
    if (expected == 2) assert_message_has(story->sql, message, (const char *[3]){path});
}

void assert_closed(const char *path, const char *what)
{
    static struct run_result result;
    struct ledger history;
    struct error error;
    size_t before_bytes, after_bytes;
    char *before = read_file(path, &before_bytes);
    ck_assert_msg(results_probe(path, &error) == -1, "%.300s", what);
    database_small_run(&result, &history);
    ck_assert_msg(results_add(path, &result, NULL, &error) == -1, "%.300s", what);
    ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "%s", error.text);
    ledger_finish(&history);
    char *after = read_file(path, &after_bytes);
    ck_assert_uint_eq(before_bytes, after_bytes);
    ck_assert_msg(memcmp(before, after, before_bytes) == 0, "%.300s", what);
    free(before);
    free(after);
}
