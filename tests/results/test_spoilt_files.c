/* test_spoilt_files.c - files that are no databases, truncated ones, and ones whose pages would
 * take endless time or memory: they are reported. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "tests/results/spoilt.h"

START_TEST(files_that_are_no_database_are_reported)
{
    const char *path = good_file();
    size_t bytes;
    char *content = read_file(path, &bytes);
    write_text(path, "my notes, and more of them, which are longer than a hundred bytes, as "
                     "a text file where results should go\n");
    assert_check(path, 2, &(struct story){"notes", {"the file is not a database"}});
    assert_closed(path, "notes");
    for (size_t i = 0; i < bytes; i++) content[i] = (char)((size_t)content[i] ^ (0x5a + i * 7));
    write_file(path, content, bytes);
    assert_check(path, 2, &(struct story){"encrypted", {"is encrypted"}});
    assert_closed(path, "encrypted");
    write_text(path, "");
    assert_check(path, 2, &(struct story){"empty", {"found nothing"}});
    free(content);
}
END_TEST

START_TEST(truncated_files_are_reported_or_intact)
{
    const char *path = good_file(), *message;
    size_t bytes, refused = 0;
    char *content = read_file(path, &bytes);
    for (size_t kept = 512; kept < bytes; kept += 512) {
        write_file(path, content, kept);
        int status = database_check(path, &message);
        ck_assert_msg(status == 2 || strstr(message, "6  ok      ok"), "%zu bytes: %s", kept,
                      message);
        refused += status == 2;
    }
    ck_assert_uint_gt(refused, bytes / 512 / 2);
    free(content);
}
END_TEST

START_TEST(directories_devices_and_missing_files_are_reported)
{
    const char *directory = database_path("."), *nowhere = database_path("nowhere.db");
    struct error error;
    assert_check(directory, 2, &(struct story){"a directory", {"expected a file"}});
    assert_check("/dev/null", 2, &(struct story){"a device", {"expected a file"}});
    assert_check(nowhere, 2, &(struct story){"nowhere", {"unable to open"}});
    ck_assert_int_eq(database_check("", NULL), 2);
    ck_assert_int_eq(access(nowhere, F_OK), -1);
    ck_assert_int_eq(results_probe(directory, &error), -1);
    ck_assert_int_eq(results_probe("", &error), -1);
}
END_TEST

/* Names that are special to SQLite. */
START_TEST(names_special_to_sqlite_are_file_names)
{
    static const char *const names[] = {":memory:", "file:x.db?mode=memory"};
    char before[512];
    ck_assert_ptr_nonnull(getcwd(before, sizeof(before)));
    ck_assert_int_eq(chdir(database_path(".")), 0);
    for (size_t i = 0; i < 2; i++) {
        database_add_small_run(names[i]);
        ck_assert_int_eq(access(names[i], F_OK), 0);
        ck_assert_int_eq(database_check(names[i], NULL), 0);
        unlink(names[i]);
    }
    ck_assert_int_eq(chdir(before), 0);
}
END_TEST

/* ---- pages ----------------------------------------------------------------------------------- */

enum { PAGE_BYTES = 512, DEPTH = 8 };

/* The root page of a table, from 1. */
static size_t root_of(const char *path, const char *table)
{
    char query[128];
    snprintf(query, sizeof(query), "SELECT rootpage FROM sqlite_schema WHERE name = '%s'", table);
    return (size_t)atoi(database_query(path, query));
}

static uint32_t big_endian(const uint8_t *at, int bytes)
{
    uint32_t value = 0;
    for (int i = 0; i < bytes; i++) value = value << 8 | at[i];
    return value;
}

static void put_page_number(uint8_t *at, size_t page)
{
    for (int i = 0; i < 4; i++) at[i] = (uint8_t)(page >> (24 - 8 * i));
}

/* Makes every child of an inner page of an index the same page. */
static void point_all_at(uint8_t *page, size_t child)
{
    uint32_t cells = big_endian(page + 3, 2);
    ck_assert_int_eq(page[0], 2);
    ck_assert_uint_gt(cells, 5);
    for (uint32_t i = 0; i < cells; i++)
        put_page_number(page + big_endian(page + 12 + 2 * i, 2), child);
    put_page_number(page + 8, child);
}

/* Of a blob of zeros: only the number of its next page stands in it. */
static bool is_zero(const uint8_t *page)
{
    for (int i = 4; i < PAGE_BYTES; i++)
        if (page[i]) return false;
    return true;
}

/* A tree of more rows than the file has atoms: an inner page of `command`, copied over pages of
 * another table, each leading to the next one only. */
static void grow_endless_tree(const char *path)
{
    size_t bytes;
    size_t root = root_of(path, "command");
    char *content = read_file(path, &bytes);
    uint8_t *pages = (uint8_t *)content - PAGE_BYTES; /* page 1 is the first */
    uint8_t inner[PAGE_BYTES];
    size_t leaf = root;
    while (pages[leaf * PAGE_BYTES] == 2) {
        memcpy(inner, pages + leaf * PAGE_BYTES, PAGE_BYTES);
        leaf = big_endian(inner + big_endian(inner + 12, 2), 4);
    }
    size_t next = leaf, spare = 1;
    for (size_t i = 0; i < DEPTH; i++) {
        while (!is_zero(pages + spare * PAGE_BYTES)) spare++;
        size_t here = i + 1 == DEPTH ? root : spare;
        ck_assert_uint_lt(here * PAGE_BYTES, bytes);
        memcpy(pages + here * PAGE_BYTES, inner, PAGE_BYTES);
        point_all_at(pages + here * PAGE_BYTES, next);
        next = here;
    }
    write_file(path, content, bytes);
    free(content);
}

START_TEST(a_repeated_tree_of_pages_is_reported)
{
    const char *path = good_file();
    database_execute(path,
                     "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 900)"
                     " INSERT INTO " COMMAND " SELECT 1, 2, i, 'k', 0, 0, 1, 1, 'ok' FROM n;"
                     "CREATE TABLE filler(x); INSERT INTO filler VALUES(zeroblob(20000));"
                     "PRAGMA page_size = 512; VACUUM");
    assert_check(path, 0, &(struct story){"not yet", {"906  ok      ok"}});
    grow_endless_tree(path);
    assert_check(
        path, 2,
        &(struct story){"endless", {"is damaged: expected to have read its", "(table run)"}});
}
END_TEST

/* A row of `access` with a name of 600 bytes, and one with 14 pages more, as they begin in the
 * file: bytes of the row, then the types of its columns. That many bytes of each are stored in
 * place, and the number of the page where the rest begins. */
static const uint8_t short_row[] = {0x84, 0x62, 9, 9, 8, 9, 0x89, 0x3d, 15, 8, 0};
static const uint8_t long_row[] = {0xbc, 0x2a, 9, 9, 8, 9, 0xf8, 0x4d, 15, 8, 0};
enum { ROW_HEAD = sizeof(short_row), ROW_IN_PLACE = 2 + 102 };

/* Makes each short row a long one whose rest is that of the only long one. */
static uint32_t share_the_rest(uint8_t *content, size_t bytes)
{
    uint32_t shared = 0;
    const uint8_t *rest = NULL;
    for (size_t i = 0; i + PAGE_BYTES < bytes && !rest; i++)
        if (memcmp(content + i, long_row, ROW_HEAD) == 0) rest = content + i + ROW_IN_PLACE;
    ck_assert_ptr_nonnull(rest);
    for (size_t i = 0; i + PAGE_BYTES < bytes; i++) {
        if (memcmp(content + i, short_row, ROW_HEAD) != 0) continue;
        memcpy(content + i, long_row, ROW_HEAD);
        memcpy(content + i + ROW_IN_PLACE, rest, 4);
        shared++;
    }
    return shared;
}

START_TEST(names_that_share_overflow_pages_are_reported)
{
    const char *path = good_file();
    size_t bytes;
    database_execute(
        path, "DELETE FROM access;"
              "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 299)"
              " INSERT INTO " ACCESS " SELECT 1, 0, 1, i || substr(hex(zeroblob(4000)), 1,"
              " CASE i WHEN 100 THEN 7709 ELSE 597 END), 'r', 0 FROM n;"
              "PRAGMA page_size = 512; VACUUM");
    assert_check(path, 0, &(struct story){"not yet", {"6  ok      ok"}});
    char *content = read_file(path, &bytes);
    ck_assert_uint_eq(share_the_rest((uint8_t *)content, bytes), 199);
    write_file(path, content, bytes);
    free(content);
    assert_check(path, 2,
                 &(struct story){"shared bytes",
                                 {"table access, run_id 1, client 0, seq 1, variable ",
                                  "variable: expected texts of fewer bytes in all than the file"}});
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("spoilt files");
    TCase *c = tcase_create("spoilt files");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, files_that_are_no_database_are_reported);
    tcase_add_test(c, truncated_files_are_reported_or_intact);
    tcase_add_test(c, directories_devices_and_missing_files_are_reported);
    tcase_add_test(c, names_special_to_sqlite_are_file_names);
    tcase_add_test(c, a_repeated_tree_of_pages_is_reported);
    tcase_add_test(c, names_that_share_overflow_pages_are_reported);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
