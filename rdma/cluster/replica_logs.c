/* replica_logs.c - see replica_logs.h. */
#include "rdma/cluster/replica_logs.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"

/* The caller frees it. */
static char *path_of(const char *directory, const char *name)
{
    size_t bytes = strlen(directory) + strlen(name) + sizeof("/.log");
    char *path = allocate(bytes);
    snprintf(path, bytes, "%s/%s.log", directory, name);
    return path;
}

int replica_logs_check(const char *directory, const struct topology *t, char *const *names,
                       struct error *e)
{
    int status = 0;
    if (access(directory, W_OK | X_OK) < 0) return error_errno(e, "--durable: %s", directory);
    for (uint32_t i = 0; status == 0 && i < t->groups * t->replicas; i++) {
        char *path = path_of(directory, names[i]);
        struct stat s;
        if (stat(path, &s) == 0 && s.st_size > LOG_FILE_HEAD_BYTES)
            status =
                error_set(e, "--durable: %s has records: expected no log of another run", path);
        free(path);
    }
    return status;
}

struct log_file *replica_log_create(const char *directory, const char *name, struct error *e)
{
    char *path = path_of(directory, name);
    struct log_file *log = log_file_open(path, true, e);
    free(path);
    return log;
}
