/* keys.h - reads `key=value,key=value` into a struct, by a table that is also the help text. */
#ifndef AVIARY_BASE_KEYS_H
#define AVIARY_BASE_KEYS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum key_type {
    KEY_COUNT,  /* uint64_t */
    KEY_SIZE,   /* uint64_t, bytes */
    KEY_SHARE,  /* double */
    KEY_NUMBER, /* double, not negative */
    KEY_TEXT,   /* const char *, into the text that was read */
};

struct key {
    const char *name;
    enum key_type type;
    const char *fallback; /* the default, as one would write it; NULL: none, the member stays 0 */
    size_t offset;        /* of the member */
};

struct key_table {
    const char *owner; /* for errors */
    const struct key *keys;
    size_t count; /* at most 64 */
};

/* Sets the defaults, then the keys of `text` (may be NULL or empty; changed), where a comma in a
 * value has a backslash in front. *given: a bit for each key that was there. 0, or -1 with the
 * error: an unknown key, a wrong value, a key given twice. */
int keys_read(const struct key_table *table, char *text, void *target, uint64_t *given,
              struct error *e);

#endif
