/* placement_file.c - read from a file: lines `NAME PARTITION`, # comments.
 *
 * Names that the workload does not have are ignored, as a file may serve several workloads;
 * granules that the file does not name are hashed. */
#include <string.h>

#include "base/lines.h"
#include "base/units.h"
#include "workloads/place/strategy.h"

static int read_line(const struct strategy_input *in, const struct lines *lines, char *text,
                     uint16_t *partition, struct error *e)
{
    static const char blanks[] = " \t";
    const struct catalogue *c = in->catalogue;
    char *name = text + strspn(text, blanks);
    if (*name == '\0' || *name == '#') return 0;
    size_t length = strcspn(name, blanks);
    char *number = name + length + strspn(name + length, blanks);
    number[strcspn(number, blanks)] = '\0';
    uint64_t wanted;
    struct error what;
    if (*number == '\0' || units_count(number, &wanted, &what) < 0 ||
        wanted >= in->request->partitions)
        return lines_error(lines, e,
                           "expected `NAME PARTITION` with a partition from 0 to %u, "
                           "found '%.60s'",
                           in->request->partitions - 1, number);
    uint32_t variable = names_find(c->variables, name, (uint32_t)length);
    if (variable == UINT32_MAX) return 0;
    if (c->granule[variable] != variable)
        return lines_error(lines, e, "expected a granule, but '%.*s' lies in the granule '%s'",
                           (int)length, name, names_get(c->variables, c->granule[variable]));
    partition[variable] = (uint16_t)wanted;
    return 1;
}

static int place(const struct strategy_input *in, uint16_t *partition, struct error *e)
{
    struct lines *lines = lines_open(in->argument, e);
    if (!lines) return -1;
    char *text;
    uint32_t length;
    int got, read = 0;
    bool matched = false;
    while ((got = lines_next(lines, &text, &length, e)) > 0) {
        read = read_line(in, lines, text, partition, e);
        if (read < 0) break;
        matched |= read > 0;
    }
    lines_close(lines);
    if (got < 0 || read < 0) return -1;
    if (!matched)
        return error_set(e, "%s: expected variables of the workload, found none", in->argument);
    return 0;
}

const struct strategy file_placement = {"file", "PATH", "lines `NAME PARTITION`; the others hashed",
                                        place};
