/*
 * The frame of every test program, see harness.h.
 */
#define _XOPEN_SOURCE 700
#include "tests/lib/harness.h"

#include <assert.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/lib/marks.h"

#define SCRATCH_MAX 64

static char *scratch[SCRATCH_MAX];
static int scratch_count;
static pid_t scratch_owner; /* processes that a test forks leave the directories in place */

int test_main(Suite *suite)
{
    SRunner *runner = srunner_create(suite);

    if (getenv("CK_FORK") == NULL) srunner_set_fork_status(runner, CK_NOFORK);
    srunner_set_tap(runner, "-");
    srunner_run_all(runner, CK_SILENT);
    srunner_free(runner);
    marks_write();
    return 0;
}

static char *join(const char *directory, const char *relative)
{
    size_t bytes = strlen(directory) + 1 + strlen(relative) + 1;
    char *path = malloc(bytes);

    assert(path != NULL);
    snprintf(path, bytes, "%s/%s", directory, relative);
    return path;
}

/* Set by the build; make check sets it again, for a tree that was moved after it was built. */
static const char *source_directory(void)
{
    const char *directory = getenv("top_srcdir");

    return directory != NULL ? directory : SOURCE_DIRECTORY;
}

char *test_source_path(const char *relative)
{
    return join(source_directory(), relative);
}

char *test_data_path(const char *relative)
{
    const char *chosen = getenv("AVIARY_DATA");
    char *directory = chosen != NULL ? join(chosen, ".") : test_source_path("../shared/data");
    char *path = join(directory, relative);

    free(directory);
    if (access(path, R_OK) != 0) {
        free(path);
        return NULL;
    }
    return path;
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status;
    (void)kind;
    (void)place;
    return remove(path);
}

static void remove_scratch(void)
{
    if (getpid() != scratch_owner) return;
    for (int i = 0; i < scratch_count; i++) {
        nftw(scratch[i], remove_entry, 8, FTW_DEPTH | FTW_PHYS);
        free(scratch[i]);
    }
}

char *test_scratch_directory(void)
{
    const char *parent = getenv("TMPDIR");
    char *path = join(parent != NULL ? parent : "/tmp", "aviary-test-XXXXXX");
    char *made = mkdtemp(path);

    assert(made != NULL && scratch_count < SCRATCH_MAX);
    if (scratch_count == 0) {
        scratch_owner = getpid();
        atexit(remove_scratch);
    }
    scratch[scratch_count++] = strdup(made);
    return path;
}
