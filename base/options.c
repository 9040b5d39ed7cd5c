/* options.c - takes the words of a command line apart (options.h). */
#include "base/options.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/assert.h"
#include "base/memory.h"

/* Where reading has come to. */
struct reading {
    const struct options *o;
    char **word, **end;
    const char **operands;
    uint32_t operand_count;
};

/* An option of one of the tables. */
struct found {
    struct options_table *table;
    uint32_t i;
};

int options_fail(const char *command, const char *format, ...)
{
    va_list arguments;
    fprintf(stderr, "aviary %s: ", command);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputs("\n", stderr);
    return EXIT_INPUT;
}

int options_each(const char *text, void *context,
                 int (*add)(void *context, const char *word, struct error *e), struct error *e)
{
    char *words = allocate_text(text), *rest = words;
    int got = 0;
    while (rest && got == 0) {
        char *word = rest, *comma = strchr(rest, ',');
        if (comma) *comma = '\0';
        rest = comma ? comma + 1 : NULL;
        got = *word ? add(context, word, e)
                    : error_set(e, "expected a list like a,b,c, found '%s'", text);
    }
    free(words);
    return got;
}

/* ---- finding an option ---------------------------------------------------------------------- */

static int list_all(const struct options *o, struct error *e)
{
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++)
            error_add(e, " --%s,", o->tables[t].options[i].name);
    return error_add(e, " --help");
}

static int refuse_short(const struct options *o, const char *name, size_t length, struct error *e)
{
    const char *before = " --";
    error_set(e, "option '--%.*s' may be one of", (int)length, name);
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++) {
            if (strncmp(o->tables[t].options[i].name, name, length) != 0) continue;
            error_add(e, "%s%s", before, o->tables[t].options[i].name);
            before = ", --";
        }
    return -1;
}

/* A name, or as much of its beginning as no other has. */
static int find_long(const struct options *o, const char *name, size_t length, struct found *found,
                     struct error *e)
{
    uint32_t count = 0;
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++) {
            const char *candidate = o->tables[t].options[i].name;
            if (strncmp(candidate, name, length) != 0) continue;
            *found = (struct found){&o->tables[t], i};
            if (strlen(candidate) == length) return 0;
            count++;
        }
    if (count == 1) return 0;
    if (count > 1) return refuse_short(o, name, length, e);
    error_set(e, "unknown option '--%.*s'; there is:", (int)length, name);
    return list_all(o, e);
}

static int find_letter(const struct options *o, char letter, struct found *found, struct error *e)
{
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++)
            if (o->tables[t].options[i].letter == letter) {
                *found = (struct found){&o->tables[t], i};
                return 0;
            }
    error_set(e, "unknown option '-%c'; there is:", letter);
    return list_all(o, e);
}

/* ---- its text ------------------------------------------------------------------------------- */

/* Between two values of an option that is an axis. */
static char separator(const struct option *o)
{
    return o->axis == OPTION_REPEATED ? '\n' : ',';
}

/* Texts live as long as the program, as those do that point into its arguments. */
static char *keep(size_t room)
{
    static struct kept {
        struct kept *before;
        char text[];
    } * all;
    struct kept *kept = allocate(sizeof(*kept) + room);
    kept->before = all;
    all = kept;
    return kept->text;
}

static const char *join(const char *a, char between, const char *b)
{
    size_t room = strlen(a) + strlen(b) + 2;
    char *text = keep(room);
    snprintf(text, room, "%s%c%s", a, between, b);
    return text;
}

static int give(const struct reading *r, const struct found *found, const char *text,
                struct error *e)
{
    const struct option *o = &found->table->options[found->i];
    const char **place = &found->table->text[found->i];
    /* As an unset variable of a shell gives it. */
    if (!*text) return error_set(e, "--%s: expected %s, found nothing", o->name, o->argument);
    bool several = o->list || (r->o->axes && o->axis);
    if (*place && !several) return error_set(e, "--%s: it is given twice", o->name);
    *place = *place ? join(*place, separator(o), text) : text;
    return 0;
}

/* `text` is what stands in the same word, or NULL. */
static int take(struct reading *r, const struct found *found, const char *text, struct error *e)
{
    const char *word = *r->word;
    if (!found->table->options[found->i].argument) {
        if (text) return error_set(e, "option '%s' takes no value", word);
        text = "on";
    } else if (!text) {
        if (r->word + 1 == r->end) return error_set(e, "option '%s' expects a value", word);
        text = *++r->word;
    }
    return give(r, found, text, e);
}

static int take_long(struct reading *r, struct error *e)
{
    struct found found;
    const char *name = *r->word + 2, *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    if (find_long(r->o, name, length, &found, e) < 0) return -1;
    return take(r, &found, equals ? equals + 1 : NULL, e);
}

static int take_letter(struct reading *r, struct error *e)
{
    struct found found;
    const char *text = *r->word + 2;
    if (find_letter(r->o, text[-1], &found, e) < 0) return -1;
    return take(r, &found, *text ? text : NULL, e);
}

/* ---- words ---------------------------------------------------------------------------------- */

static int take_operand(struct reading *r, struct error *e)
{
    if (r->operand_count == r->o->operand_count)
        return error_set(e, "unexpected argument '%s'", *r->word);
    r->operands[r->operand_count++] = *r->word;
    return 0;
}

static int take_help(struct reading *r, struct error *e)
{
    const char *word = *r->word, *topic = NULL;
    if (word[1] == '-' && word[6] == '=') topic = word + 7;
    if (topic && !r->o->topics) return error_set(e, "option '%s' takes no value", word);
    if (!topic && r->o->topics && r->word + 1 < r->end && r->word[1][0] != '-') topic = r->word[1];
    return options_help(r->o, topic, e);
}

static int take_words(struct reading *r, struct error *e)
{
    bool ended = false;
    for (int got = 0; r->word < r->end; r->word++) {
        const char *word = *r->word;
        if (ended || word[0] != '-' || !word[1])
            got = take_operand(r, e);
        else if (strcmp(word, "--") == 0)
            ended = true;
        else if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 ||
                 strncmp(word, "--help=", 7) == 0)
            got = take_help(r, e);
        else
            got = word[1] == '-' ? take_long(r, e) : take_letter(r, e);
        if (got) return got;
    }
    if (r->operand_count == r->o->operand_count) return 0;
    if (r->operand_count == 0 && r->o->operands_optional) return 0;
    return error_set(e, "expected %s (aviary %s --help tells more)", r->o->operands, r->o->command);
}

uint32_t options_values(const struct option *o, const char *text)
{
    uint32_t count = 1;
    ASSERT(o->axis);
    for (const char *at = text; (at = strchr(at, separator(o))); at++) count++;
    return count;
}

const char *options_value(const struct option *o, const char *text, uint32_t i)
{
    ASSERT(i < options_values(o, text));
    for (; i > 0; i--) text = strchr(text, separator(o)) + 1;
    const char *end = strchr(text, separator(o));
    size_t length = end ? (size_t)(end - text) : strlen(text);
    char *value = keep(length + 1);
    memcpy(value, text, length);
    value[length] = '\0';
    return value;
}

/* The first last, so that it stays. */
static int read_values(const struct option *o, const char *text, void *place, struct error *why)
{
    int got = 0;
    for (uint32_t i = options_values(o, text); i > 0 && got == 0; i--) {
        const char *value = options_value(o, text, i - 1);
        got = *value ? o->read(o, value, place, why)
                     : error_set(why, "expected a list like a,b,c, found '%s'", text);
    }
    return got;
}

static int read_texts(struct options_table *t, bool axes, struct error *e)
{
    struct error why;
    for (uint32_t i = 0; i < t->count; i++) {
        const struct option *o = &t->options[i];
        void *place = (char *)t->target + o->place;
        if (!t->text[i]) t->text[i] = o->standard;
        if (!t->text[i]) continue;
        bool several = o->axis && options_values(o, t->text[i]) > 1;
        if (several && !axes && o->axis == OPTION_LIST)
            return error_set(e, "--%s: expected one value, found '%s'; aviary compare takes lists",
                             o->name, t->text[i]);
        if ((several && axes ? read_values : o->read)(o, t->text[i], place, &why) < 0)
            return error_set(e, "--%s: %s", o->name, why.text);
    }
    return 0;
}

int options_read(const struct options *o, int argc, char **argv, const char **operands,
                 struct error *e)
{
    struct reading r = {o, argv + 1, argv + argc, operands, 0};
    for (uint32_t t = 0; t < o->table_count; t++) {
        ASSERT(o->tables[t].count <= OPTIONS_MAX);
        memset(o->tables[t].text, 0, sizeof(o->tables[t].text));
    }
    int got = take_words(&r, e);
    if (got == 0 && o->complete) got = o->complete(o->context, e);
    for (uint32_t t = 0; t < o->table_count && got == 0; t++)
        got = read_texts(&o->tables[t], o->axes, e);
    return got;
}
