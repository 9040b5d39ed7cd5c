/* option_readers.c - readers of the usual kinds of options (options.h). */
#include <string.h>

#include "base/options.h"
#include "base/units.h"

int option_text(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o, (void)e;
    *(const char **)place = text;
    return 0;
}

int option_switch(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o, (void)e;
    *(bool *)place = strcmp(text, "on") == 0;
    return 0;
}

int option_seed(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return units_integer(text, place, e);
}

int option_in_range(const char *text, uint64_t least, uint64_t most, uint64_t *value,
                    struct error *e)
{
    if (units_count(text, value, e) < 0) return -1;
    if (*value >= least && *value <= most) return 0;
    if (most == UINT64_MAX)
        return error_set(e, "expected a number of at least %llu, found '%s'",
                         (unsigned long long)least, text);
    return error_set(e, "expected a number from %llu to %llu, found '%s'",
                     (unsigned long long)least, (unsigned long long)most, text);
}

static uint64_t most_of(const struct option *o)
{
    return o->most ? o->most : UINT64_MAX;
}

int option_count(const struct option *o, const char *text, void *place, struct error *e)
{
    return option_in_range(text, o->least, most_of(o), place, e);
}

int option_count32(const struct option *o, const char *text, void *place, struct error *e)
{
    uint64_t value, most = o->most ? o->most : UINT32_MAX;
    if (option_in_range(text, o->least, most, &value, e) < 0) return -1;
    *(uint32_t *)place = (uint32_t)value;
    return 0;
}

int option_time(const struct option *o, const char *text, void *place, struct error *e)
{
    char least[32], most[32];
    uint64_t *ns = place;
    if (units_time(text, ns, e) < 0) return -1;
    if (*ns >= o->least && *ns <= most_of(o)) return 0;
    units_write_time(o->least, least);
    if (!o->most) return error_set(e, "expected at least %s, found '%s'", least, text);
    return error_set(e, "expected a time from %s to %s, found '%s'", least,
                     units_write_time(o->most, most), text);
}

int option_share(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return units_share(text, place, e);
}

static int choose(const struct option *o, const char *text, uint32_t *choice, struct error *e)
{
    for (*choice = 0; o->words[*choice]; ++*choice)
        if (strcmp(o->words[*choice], text) == 0) return 0;
    error_set(e, "expected");
    for (uint32_t i = 0; o->words[i]; i++)
        error_add(e, "%s %s", i == 0 ? "" : o->words[i + 1] ? "," : " or", o->words[i]);
    return error_add(e, ", found '%s'", text);
}

int option_choice(const struct option *o, const char *text, void *place, struct error *e)
{
    return choose(o, text, place, e);
}

int option_either(const struct option *o, const char *text, void *place, struct error *e)
{
    uint32_t choice;
    if (choose(o, text, &choice, e) < 0) return -1;
    *(bool *)place = choice == 1;
    return 0;
}
