/* distribution.c - distributions from text to quantile tables; the only floating point of a run,
 * done before it begins. */
#include "sim/distribution.h"

#include <errno.h>
#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"
#include "base/units.h"

enum { WORDS_MAX = 64 };

#define TAIL_END 0x1p-33 /* where the unbounded distributions are cut off */

/* The words of the text, and the parameters of the inverse CDFs. */
struct shape {
    char *word[WORDS_MAX];
    uint32_t words;
    double floor_ns, scale_ns, sigma;
    double share[WORDS_MAX]; /* empirical: quantiles and their values */
    double value_ns[WORDS_MAX];
    uint32_t points;
};

/* The time that is exceeded with probability `upper`. */
static double constant_at(const struct shape *s, double upper)
{
    (void)upper;
    return s->floor_ns;
}

static double uniform_at(const struct shape *s, double upper)
{
    return s->floor_ns + s->scale_ns * (1 - upper);
}

static double exponential_at(const struct shape *s, double upper)
{
    return s->floor_ns + gsl_cdf_exponential_Qinv(fmax(upper, TAIL_END), s->scale_ns);
}

static double lognormal_at(const struct shape *s, double upper)
{
    if (upper >= 1) return s->floor_ns;
    double zeta = log(s->scale_ns);
    return s->floor_ns + gsl_cdf_lognormal_Qinv(fmax(upper, TAIL_END), zeta, s->sigma);
}

static double empirical_at(const struct shape *s, double upper)
{
    double share = 1 - upper;
    uint32_t i = 1;
    while (i < s->points - 1 && s->share[i] < share) i++;
    ASSERT(i < s->points);
    double width = s->share[i] - s->share[i - 1];
    ASSERT(width > 0);
    double part = fmin(1, (share - s->share[i - 1]) / width);
    return s->value_ns[i - 1] + part * (s->value_ns[i] - s->value_ns[i - 1]);
}

static int time_word(const char *word, double *ns, struct error *e)
{
    uint64_t value;
    if (units_time(word, &value, e) < 0) return -1;
    *ns = (double)value;
    return 0;
}

static int number_word(const char *word, double *value, struct error *e)
{
    char *end;
    errno = 0;
    *value = strtod(word, &end);
    if (end == word || *end || errno || !isfinite(*value))
        return error_set(e, "expected a number, found `%s`", word);
    return 0;
}

/* word[at] is `name` and a value follows. */
static int keyword(const struct shape *s, uint32_t at, const char *name, struct error *e)
{
    if (strcmp(s->word[at], name) != 0)
        return error_set(e, "expected `%s`, found `%s`", name, s->word[at]);
    return 0;
}

static int constant_parse(struct shape *s, struct error *e)
{
    return time_word(s->word[1], &s->floor_ns, e);
}

static int uniform_parse(struct shape *s, struct error *e)
{
    double high_ns;
    if (time_word(s->word[1], &s->floor_ns, e) < 0) return -1;
    if (time_word(s->word[2], &high_ns, e) < 0) return -1;
    if (high_ns < s->floor_ns) return error_set(e, "expected a range that rises");
    s->scale_ns = high_ns - s->floor_ns;
    return 0;
}

static int exponential_parse(struct shape *s, struct error *e)
{
    if (time_word(s->word[1], &s->floor_ns, e) < 0 || keyword(s, 2, "mean", e) < 0) return -1;
    return time_word(s->word[3], &s->scale_ns, e);
}

static int lognormal_parse(struct shape *s, struct error *e)
{
    if (time_word(s->word[1], &s->floor_ns, e) < 0 || keyword(s, 2, "median", e) < 0) return -1;
    if (time_word(s->word[3], &s->scale_ns, e) < 0 || keyword(s, 4, "sigma", e) < 0) return -1;
    if (number_word(s->word[5], &s->sigma, e) < 0) return -1;
    if (s->scale_ns < 1) return error_set(e, "expected a median above zero");
    if (s->sigma <= 0 || s->sigma > 5) return error_set(e, "expected a sigma above 0, at most 5");
    return 0;
}

static int empirical_parse(struct shape *s, struct error *e)
{
    for (uint32_t i = 1; i < s->words; i++) {
        char *colon = strchr(s->word[i], ':');
        if (!colon) return error_set(e, "expected quantile:time, found `%s`", s->word[i]);
        *colon = 0;
        uint32_t at = s->points++;
        if (number_word(s->word[i], &s->share[at], e) < 0) return -1;
        if (time_word(colon + 1, &s->value_ns[at], e) < 0) return -1;
        if (at > 0 && s->share[at] <= s->share[at - 1])
            return error_set(e, "expected quantiles that rise, found `%s`", s->word[i]);
        if (at > 0 && s->value_ns[at] < s->value_ns[at - 1])
            return error_set(e, "expected times that rise with the quantiles, found `%s`",
                             colon + 1);
    }
    if (s->points < 2 || s->share[0] != 0 || s->share[s->points - 1] != 1)
        return error_set(e, "expected quantiles from 0 to 1");
    return 0;
}

static const struct form {
    const char *name, *usage;
    uint32_t words; /* 0: any number */
    int (*parse)(struct shape *s, struct error *e);
    double (*at)(const struct shape *s, double upper);
    bool unbounded;
} forms[] = {
    {"constant", "constant TIME", 2, constant_parse, constant_at, false},
    {"uniform", "uniform LOW HIGH", 3, uniform_parse, uniform_at, false},
    {"exponential", "exponential MIN mean TIME", 4, exponential_parse, exponential_at, true},
    {"lognormal", "lognormal MIN median TIME sigma NUMBER", 6, lognormal_parse, lognormal_at, true},
    {"empirical", "empirical 0:TIME ... 1:TIME", 0, empirical_parse, empirical_at, false},
};

enum { FORMS = sizeof forms / sizeof *forms };

static uint64_t to_ns(double ns)
{
    return ns >= 0x1p62 ? UINT64_C(1) << 62 : (uint64_t)(ns + 0.5);
}

static void tabulate(const struct form *form, const struct shape *shape, struct distribution *d)
{
    d->table = allocate(DISTRIBUTION_LEVELS * sizeof *d->table);
    double weight = 1, mean = 0;
    for (int level = 0; level < DISTRIBUTION_LEVELS; level++, weight /= DISTRIBUTION_TAIL) {
        uint64_t *cell = d->table[level];
        for (int i = 0; i <= DISTRIBUTION_CELLS; i++) {
            double upper = weight * (DISTRIBUTION_CELLS - i) / DISTRIBUTION_CELLS;
            cell[i] = to_ns(form->at(shape, upper));
            ASSERT(i == 0 || cell[i] >= cell[i - 1]);
        }
        bool last = level == DISTRIBUTION_LEVELS - 1;
        int own = DISTRIBUTION_CELLS - (last ? 0 : DISTRIBUTION_CELLS / DISTRIBUTION_TAIL);
        for (int i = 0; i < own; i++)
            mean += weight / DISTRIBUTION_CELLS * ((double)cell[i] + (double)cell[i + 1]) / 2;
    }
    d->min_ns = d->table[0][0];
    d->mean_ns = to_ns(mean);
    d->most_ns = form->unbounded ? d->table[DISTRIBUTION_RARE_LEVEL][0]
                                 : d->table[DISTRIBUTION_LEVELS - 1][DISTRIBUTION_CELLS];
    ASSERT(d->min_ns <= d->mean_ns);
    ASSERT(d->min_ns <= d->most_ns);
}

static int parse_words(struct shape *shape, struct distribution *d, struct error *e)
{
    const struct form *form = NULL;
    for (int i = 0; i < FORMS && shape->words > 0; i++)
        if (strcmp(shape->word[0], forms[i].name) == 0) form = &forms[i];
    if (!form)
        return error_set(e,
                         "expected constant, uniform, exponential, lognormal or empirical, "
                         "found `%s`",
                         shape->words ? shape->word[0] : "");
    if (form->words && shape->words != form->words)
        return error_set(e, "expected `%s`", form->usage);
    struct error why;
    if (form->parse(shape, &why) < 0) return error_set(e, "%.300s, in `%s`", why.text, form->usage);
    if (form->at == constant_at)
        *d = distribution_constant(to_ns(shape->floor_ns));
    else
        tabulate(form, shape, d);
    return 0;
}

int distribution_parse(const char *text, struct distribution *d, struct error *e)
{
    struct shape shape = {.words = 0};
    char *copy = allocate_text(text), *rest = copy;
    int result = 0;
    for (char *word; result == 0 && (word = strtok_r(rest, " \t", &rest));) {
        if (shape.words == WORDS_MAX)
            result = error_set(e, "expected at most %d words", WORDS_MAX);
        else
            shape.word[shape.words++] = word;
    }
    ASSERT(shape.words <= WORDS_MAX);
    if (result == 0) result = parse_words(&shape, d, e);
    free(copy);
    return result;
}

struct distribution distribution_constant(uint64_t ns)
{
    return (struct distribution){.min_ns = ns, .mean_ns = ns, .most_ns = ns};
}

struct distribution distribution_copy(const struct distribution *d)
{
    struct distribution copy = *d;
    if (d->table) {
        copy.table = allocate(DISTRIBUTION_LEVELS * sizeof *copy.table);
        memcpy(copy.table, d->table, DISTRIBUTION_LEVELS * sizeof *copy.table);
    }
    return copy;
}

void distribution_finish(struct distribution *d)
{
    free(d->table);
    *d = (struct distribution){.min_ns = 0};
}
