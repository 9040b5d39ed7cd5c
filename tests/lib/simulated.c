/* simulated.c - see simulated.h. */
#include "tests/lib/simulated.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/simulation.h"
#include "tests/lib/harness.h"
#include "tests/lib/marks.h"
#include "tests/lib/streams.h"

enum { LINE_BYTES = 1024, WORDS_MAX = 64 };

/* `copy` is what the experiment's texts will point into. */
static void parse(struct experiment *e, enum experiment_use use, const char *line, char *copy,
                  size_t room)
{
    struct experiment_command command = simulation_command;
    char *words[WORDS_MAX] = {(char *)"run"}, *rest = copy;
    struct error error;
    int count = 1;
    ck_assert_int_lt(snprintf(copy, room, "%s", line), (int)room);
    while (count < WORDS_MAX - 1 && (words[count] = strtok_r(rest, " ", &rest))) count++;
    command.use = use;
    int parsed = experiment_parse(e, count, words, &command, &error);
    ck_assert_msg(parsed == 0, "%s: %s", line, error.text);
}

void swarm_give(struct swarm_given *given, const char *line)
{
    parse(&given->experiment, EXPERIMENT_SWARM, line, given->text, sizeof(given->text));
}

struct run *simulated(const char *line)
{
    static struct experiment experiment;
    static char copy[LINE_BYTES];
    struct error error;
    experiment_finish(&experiment);
    parse(&experiment, EXPERIMENT_RUN, line, copy, sizeof(copy));
    struct run *s = run_execute(&experiment, &simulated_cluster, NULL, &error);
    ck_assert_msg(s != NULL, "%s: %s", line, error.text);
    marks_add(run_result(s)->marks);
    return s;
}

struct run *simulated_with(const char *faults, const char *line)
{
    char with[LINE_BYTES];
    char *scratch = test_scratch_directory();
    const char *path = path_in(scratch, "faults");
    write_text(path, faults);
    snprintf(with, sizeof(with), "%s --faults %s", line, path);
    struct run *s = simulated(with);
    unlink(path);
    free(scratch);
    return s;
}

const struct property *result_property(const struct run_result *r, const char *name)
{
    for (uint32_t i = 0; i < r->property_count; i++)
        if (strcmp(r->properties[i].name, name) == 0) return &r->properties[i];
    return NULL;
}
