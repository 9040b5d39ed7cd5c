/* log_files.h - the storage of a conformance suite whose transports are hosts: a directory with one
 * file. */
#ifndef AVIARY_TESTS_LIB_LOG_FILES_H
#define AVIARY_TESTS_LIB_LOG_FILES_H

#include <unistd.h>

#include "rdma/wire/log_file.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"

static inline void *log_files_create(void)
{
    return test_scratch_directory();
}

static inline void log_files_destroy(void *storage)
{
    unlink(path_in(storage, "log"));
    rmdir(storage);
    free(storage);
}

/* NULL where there is no storage; the caller closes it. */
static inline struct log_file *log_files_open(void *storage)
{
    struct error e;
    if (!storage) return NULL;
    struct log_file *log = log_file_open(path_in(storage, "log"), false, &e);
    ck_assert_msg(log != NULL, "%s", e.text);
    return log;
}

#endif
