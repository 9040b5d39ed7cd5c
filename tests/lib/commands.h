/* commands.h - calls a sub-command of the program in this process and catches what it prints. */
#ifndef AVIARY_TESTS_LIB_COMMANDS_H
#define AVIARY_TESTS_LIB_COMMANDS_H

#include <fcntl.h>
#include <unistd.h>

#include "tests/lib/streams.h"

struct printed {
    int status;
    char *out, *err;
};

static inline void printed_finish(struct printed *p)
{
    free(p->out);
    free(p->err);
}

static inline int divert(FILE *stream, const char *path)
{
    fflush(stream);
    int kept = dup(fileno(stream)), fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ck_assert(kept >= 0 && fd >= 0);
    dup2(fd, fileno(stream));
    close(fd);
    return kept;
}

static inline void restore(FILE *stream, int kept)
{
    fflush(stream);
    dup2(kept, fileno(stream));
    close(kept);
}

/* line: the words after the sub-command's name, separated by single blanks. */
static inline struct printed run_command(int (*command)(int argc, char **argv), const char *name,
                                         const char *line, const char *directory)
{
    char words[1024], *argv[32], out[512], err[512];
    int argc = 0;
    snprintf(words, sizeof(words), "%s %s", name, line);
    for (char *word = strtok(words, " "); word && argc < 31; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    snprintf(out, sizeof(out), "%s/out", directory);
    snprintf(err, sizeof(err), "%s/err", directory);
    int kept_out = divert(stdout, out), kept_err = divert(stderr, err);
    struct printed p = {.status = command(argc, argv)};
    restore(stdout, kept_out);
    restore(stderr, kept_err);
    size_t bytes;
    p.out = read_file(out, &bytes);
    p.err = read_file(err, &bytes);
    return p;
}

#endif
