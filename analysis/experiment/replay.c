/* replay.c - see replay.h. */
#include "analysis/experiment/replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static const char harmless[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,%+@-";

/* Appends a word to a command line, after a space. */
static void write_word(FILE *out, const char *word)
{
    if (*word && word[strspn(word, harmless)] == 0) {
        fprintf(out, " %s", word);
        return;
    }
    fputs(" '", out);
    for (; *word; word++)
        if (*word == '\'')
            fputs("'\\''", out);
        else
            fputc(*word, out);
    fputc('\'', out);
}

static void write_option(FILE *out, const struct experiment *e, uint32_t i, const char *value)
{
    uint32_t room = (uint32_t)strlen(value) + 64;
    char *word = allocate(room);
    if (experiment_argument(e, i, word, room)) write_word(out, word);
    free(word);
}

static bool is_among(const char *option, const char *const *names)
{
    while (*names && strcmp(*names, option) != 0) names++;
    return *names != NULL;
}

char *replay_line_without(const struct experiment *e, const char *const *without)
{
    static const char *const first[] = {"scheme", "partitions", NULL};
    char *line = NULL;
    size_t bytes;
    FILE *out = open_memstream(&line, &bytes);
    if (!out) abort();
    fprintf(out, "aviary %s -s %s -k %u", e->transport == EXPERIMENT_SIM ? "run" : "emulate",
            e->scheme->name, e->partitions);
    const char *name, *value;
    for (uint32_t i = 0; experiment_option(e, i, &name, &value); i++)
        if (experiment_given(e, i) && !is_among(name, first) && !is_among(name, without))
            write_option(out, e, i, value);
    if (fclose(out) != 0) abort();
    return line;
}

char *replay_line(const struct experiment *e)
{
    static const char *const none[] = {NULL};
    return replay_line_without(e, none);
}

char *replay_words(int count, char *const *words)
{
    char *line = NULL;
    size_t bytes;
    FILE *out = open_memstream(&line, &bytes);
    if (!out) abort();
    fputs("aviary", out);
    for (int i = 0; i < count; i++) write_word(out, words[i]);
    if (fclose(out) != 0) abort();
    return line;
}
