/* faults.c - fault schedules as text: reading a script, printing one fault. */
#include "sim/faults.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/lines.h"
#include "base/lookup.h"
#include "base/memory.h"
#include "base/units.h"
#include "sim/schedule.h"

enum { WORDS_MAX = 16 };

/* What stands after `at TIME`: VERB [RATE|xFACTOR] FROM [TO] [for TIME]. */
static const struct verb {
    const char *name;
    enum fault_kind kind;
    const char *usage;
    bool pair, rate, factor;
    bool for_good; /* `for` is not allowed */
} verbs[FAULT_KIND_COUNT] = {
    {"crash", FAULT_CRASH, "crash NODES", false, false, false, true},
    {"pause", FAULT_PAUSE, "pause NODES for TIME", false, false, false, false},
    {"cut", FAULT_CUT, "cut FROM TO [for TIME]", true, false, false, false},
    {"cut-oneway", FAULT_CUT_ONEWAY, "cut-oneway FROM TO [for TIME]", true, false, false, false},
    {"break", FAULT_BREAK, "break FROM TO [for TIME]", true, false, false, false},
    {"slow", FAULT_SLOW, "slow FROM TO xFACTOR [for TIME]", true, false, true, false},
    {"loss", FAULT_LOSS, "loss RATE FROM TO [for TIME]", true, true, false, false},
    {"duplicate", FAULT_DUPLICATE, "duplicate RATE FROM TO [for TIME]", true, true, false, false},
    {"reorder", FAULT_REORDER, "reorder RATE FROM TO [for TIME]", true, true, false, false},
    {"corrupt", FAULT_CORRUPT, "corrupt RATE FROM TO [for TIME]", true, true, false, false},
    {"forge", FAULT_FORGE, "forge RATE FROM TO [for TIME]", true, true, false, false},
    {"torn", FAULT_TORN, "torn RATE FROM TO [for TIME]", true, true, false, false},
};

int fault_matches(const char *pattern, const char *name)
{
    const char *star = NULL, *resume = NULL;
    while (*name) {
        if (*pattern == '*') {
            star = pattern++;
            resume = name;
        } else if (*pattern == *name) {
            pattern++;
            name++;
        } else if (star) { /* let the last star match one more character */
            pattern = star + 1;
            name = ++resume;
        } else {
            return 0;
        }
    }
    while (*pattern == '*') pattern++;
    return *pattern == 0;
}

/* ---- reading ------------------------------------------------------------------------------------
 */

/* The words of one line, taken from left to right. */
struct words {
    char *word[WORDS_MAX];
    uint32_t count, next;
};

static const char *take(struct words *w)
{
    ASSERT(w->next <= w->count);
    ASSERT(w->count <= WORDS_MAX);
    return w->next < w->count ? w->word[w->next++] : NULL;
}

static int split(char *line, struct words *w, struct error *e)
{
    line[strcspn(line, "#")] = 0;
    for (char *word; (word = strtok_r(line, " \t\r", &line));) {
        if (w->count == WORDS_MAX) return error_set(e, "expected at most %d words", WORDS_MAX);
        w->word[w->count++] = word;
    }
    return 0;
}

static int read_rate(const char *word, uint32_t *rate, struct error *e)
{
    double share;
    if (!word) return error_set(e, "expected a rate such as 5%%, found the end of the line");
    if (units_share(word, &share, e) < 0) return -1;
    *rate = (uint32_t)(share * FAULT_RATE_ONE + 0.5);
    ASSERT(*rate <= FAULT_RATE_ONE);
    return 0;
}

static int read_factor(const char *word, uint32_t *factor, struct error *e)
{
    uint64_t value = 0;
    if (!word || *word != 'x' || units_integer(word + 1, &value, e) < 0 || value < 1 ||
        value > FAULT_FACTOR_MAX)
        return error_set(e, "expected a factor from x1 to x%d, found `%s`", FAULT_FACTOR_MAX,
                         word ? word : "");
    *factor = (uint32_t)value;
    return 0;
}

static int read_nodes(const struct verb *verb, struct words *w, char **nodes, struct error *e)
{
    const char *word = take(w);
    if (!word || strcmp(word, "for") == 0) return error_set(e, "expected `%s`", verb->usage);
    if (strstr(word, ",,") || *word == ',' || word[strlen(word) - 1] == ',')
        return error_set(e, "expected names between commas, found `%s`", word);
    *nodes = allocate_text(word);
    return 0;
}

static int read_duration(const struct verb *verb, struct words *w, struct fault *f, struct error *e)
{
    const char *word = take(w);
    f->for_ns = FAULT_FOREVER;
    if (word) {
        const char *time = strcmp(word, "for") == 0 && !verb->for_good ? take(w) : NULL;
        if (!time || w->next < w->count) return error_set(e, "expected `%s`", verb->usage);
        if (units_time(time, &f->for_ns, e) < 0) return -1;
        if (f->for_ns == 0) return error_set(e, "expected a time above 0 after `for`");
    } else if (f->kind == FAULT_PAUSE) {
        return error_set(e, "expected `%s`", verb->usage);
    }
    return 0;
}

static const char *verb_name(uint32_t i)
{
    return i < FAULT_KIND_COUNT ? verbs[i].name : NULL;
}

static int read_fault(struct words *w, struct fault *f, struct error *e)
{
    const char *at = take(w), *time = take(w), *name = take(w);
    if (!name || strcmp(at, "at") != 0) return error_set(e, "expected `at TIME FAULT ...`");
    if (units_time(time, &f->at_ns, e) < 0) return -1;
    uint32_t i;
    if (lookup("fault", verb_name, name, &i, e) < 0) return -1;
    const struct verb *verb = &verbs[i];
    f->kind = verb->kind;
    if (verb->rate && read_rate(take(w), &f->rate, e) < 0) return -1;
    if (read_nodes(verb, w, &f->from, e) < 0) return -1;
    if (verb->pair && read_nodes(verb, w, &f->to, e) < 0) return -1;
    if (verb->factor && read_factor(take(w), &f->factor, e) < 0) return -1;
    return read_duration(verb, w, f, e);
}

struct fault *schedule_add(struct faults *f)
{
    /* The array is as long as the next power of two. */
    if ((f->count & (f->count - 1)) == 0) {
        uint32_t room = f->count ? 2 * f->count : 1;
        f->fault = reallocate(f->fault, room * sizeof *f->fault);
    }
    struct fault *fault = &f->fault[f->count++];
    memset(fault, 0, sizeof *fault);
    return fault;
}

/* A stable sort: equal times keep the order of the script. */
void schedule_sort(struct faults *f)
{
    for (uint32_t i = 1; i < f->count; i++) {
        struct fault fault = f->fault[i];
        uint32_t at = i;
        for (; at > 0 && f->fault[at - 1].at_ns > fault.at_ns; at--)
            f->fault[at] = f->fault[at - 1];
        ASSERT(at <= i);
        ASSERT(at == 0 || f->fault[at - 1].at_ns <= fault.at_ns);
        f->fault[at] = fault;
    }
}

/* The lines, NULL if they could not be opened, are closed. */
static struct faults *read_script(struct lines *lines, struct error *e)
{
    if (!lines) return NULL;
    struct faults *f = allocate_zeroed(1, sizeof *f);
    struct error why;
    char *line;
    uint32_t length;
    int got;
    while ((got = lines_next(lines, &line, &length, e)) > 0) {
        struct words w = {.count = 0};
        int read = split(line, &w, &why);
        if (read == 0 && w.count > 0) read = read_fault(&w, schedule_add(f), &why);
        if (read < 0) got = lines_error(lines, e, "%s", why.text);
        if (got < 0) break;
    }
    lines_close(lines);
    if (got == 0) {
        schedule_sort(f);
        return f;
    }
    faults_destroy(f);
    return NULL;
}

struct faults *faults_parse(const char *text, const char *source, struct error *e)
{
    return read_script(lines_text(text, source), e);
}

struct faults *faults_open(const char *path, struct error *e)
{
    return read_script(lines_open_short(path, e), e);
}

void faults_destroy(struct faults *f)
{
    if (!f) return;
    for (uint32_t i = 0; i < f->count; i++) {
        free(f->fault[i].from);
        free(f->fault[i].to);
    }
    free(f->fault);
    free(f);
}

/* ---- printing -----------------------------------------------------------------------------------
 */

/* A time that reads back as the very same. */
static int print_time(char *to, size_t room, uint64_t ns)
{
    static const struct {
        uint64_t ns;
        const char *name;
    } units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}, {1, "ns"}};
    int i = 0;
    while (ns % units[i].ns != 0) i++;
    return snprintf(to, room, "%llu%s", (unsigned long long)(ns / units[i].ns), units[i].name);
}

char *fault_print(const struct fault *f, char buffer[static FAULT_TEXT_MAX])
{
    const struct verb *verb = &verbs[f->kind];
    ASSERT(verb->kind == f->kind);
    char at[32], duration[32], rate[32] = "", factor[32] = "";
    print_time(at, sizeof at, f->at_ns);
    if (verb->rate) snprintf(rate, sizeof rate, " %u.%04u%%", f->rate / 10000, f->rate % 10000);
    if (verb->factor) snprintf(factor, sizeof factor, " x%u", f->factor);
    print_time(duration, sizeof duration, f->for_ns);
    bool bounded = f->for_ns != FAULT_FOREVER;
    snprintf(buffer, FAULT_TEXT_MAX, "at %s %s%s %s%s%s%s%s%s", at, verb->name, rate, f->from,
             f->to ? " " : "", f->to ? f->to : "", factor, bounded ? " for " : "",
             bounded ? duration : "");
    return buffer;
}
