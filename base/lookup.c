/* lookup.c - names and the lists of them (lookup.h). */
#include "base/lookup.h"

#include <stdbool.h>
#include <string.h>

static const char there_is[] = "; there is";

int lookup_refuse(const char *what, const char *name, struct error *e)
{
    return error_set(e, "no %s is called '%.60s'%s", what, name, there_is);
}

int lookup_list(const char *name, struct error *e)
{
    size_t length = strlen(e->text), end = sizeof(there_is) - 1;
    bool first = length >= end && strcmp(e->text + length - end, there_is) == 0;
    return error_add(e, "%s %s", first ? ":" : ",", name);
}

int lookup(const char *what, lookup_name *name_at, const char *name, uint32_t *found,
           struct error *e)
{
    for (*found = 0; name_at(*found); ++*found)
        if (strcmp(name_at(*found), name) == 0) return 0;
    lookup_refuse(what, name, e);
    for (uint32_t i = 0; name_at(i); i++) lookup_list(name_at(i), e);
    return -1;
}

int lookup_word(const char *what, const char *const *words, const char *word, uint32_t *found,
                struct error *e)
{
    for (*found = 0; words[*found]; ++*found)
        if (strcmp(words[*found], word) == 0) return 0;
    lookup_refuse(what, word, e);
    for (uint32_t i = 0; words[i]; i++) lookup_list(words[i], e);
    return -1;
}
