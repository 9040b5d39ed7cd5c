/* keys.c - reads the keys of a generator (keys.h). */
#include "base/keys.h"

#include <string.h>

#include "base/assert.h"
#include "base/lookup.h"
#include "base/units.h"

static int set(const struct key *k, const char *value, void *target, struct error *e)
{
    void *member = (char *)target + k->offset;
    switch (k->type) {
    case KEY_COUNT:
        return units_count(value, member, e);
    case KEY_SIZE:
        return units_size(value, member, e);
    case KEY_SHARE:
        return units_share(value, member, e);
    case KEY_NUMBER:
        return units_number(value, member, e);
    case KEY_TEXT:
        *(const char **)member = value;
        return 0;
    }
    return 0;
}

static int refuse(const struct key_table *t, const char *name, struct error *e)
{
    struct error why;
    lookup_refuse("key", name, &why);
    for (size_t i = 0; i < t->count; i++) lookup_list(t->keys[i].name, &why);
    return error_set(e, "%s: %s", t->owner, why.text);
}

/* One `key=value`, cut off already. */
static int read_one(const struct key_table *t, char *item, void *target, uint64_t *given,
                    struct error *e)
{
    char *equals = strchr(item, '=');
    if (equals) *equals = '\0';
    size_t i = 0;
    while (i < t->count && strcmp(t->keys[i].name, item) != 0) i++;
    if (i == t->count) return refuse(t, item, e);
    if (!equals) return error_set(e, "%s: expected %s=VALUE, found no '='", t->owner, item);
    if (*given >> i & 1) return error_set(e, "%s: the key '%s' is given twice", t->owner, item);
    *given |= UINT64_C(1) << i;
    struct error what;
    if (set(&t->keys[i], equals + 1, target, &what) < 0)
        return error_set(e, "%s: %s: %s", t->owner, item, what.text);
    return 0;
}

/* Cuts the first item off at its comma; a backslash before a comma goes, and the comma stays. The
 * rest, or NULL. */
static char *cut(char *text)
{
    char *to = text;
    for (; *text && *text != ','; text++) {
        if (text[0] == '\\' && text[1] == ',') text++;
        *to++ = *text;
    }
    char *rest = *text ? text + 1 : NULL;
    *to = '\0';
    return rest;
}

int keys_read(const struct key_table *table, char *text, void *target, uint64_t *given,
              struct error *e)
{
    ASSERT(table->count <= 64);
    for (size_t i = 0; i < table->count; i++) {
        const struct key *k = &table->keys[i];
        int got = k->fallback ? set(k, k->fallback, target, e) : 0;
        ASSERT(got == 0);
    }
    *given = 0;
    while (text && *text) {
        char *rest = cut(text);
        if (read_one(table, text, target, given, e) < 0) return -1;
        text = rest;
    }
    return 0;
}
