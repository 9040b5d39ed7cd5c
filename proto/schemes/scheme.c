/* scheme.c - the table of schemes. */
#include "proto/schemes/scheme.h"

#include <string.h>

#include "base/assert.h"

/* A new scheme is one line. */
#define SCHEMES(X) \
    X(smr)         \
    X(ssmr)        \
    X(dssmr)       \
    X(dynastar)

#define X(name) extern const struct scheme name##_scheme;
SCHEMES(X)
#undef X

static const struct scheme *const table[] = {
#define X(name) &name##_scheme,
    SCHEMES(X)
#undef X
};

struct attempts_bound scheme_attempts(const struct scheme *s, const struct scheme_options *options,
                                      bool makes)
{
    if (!s->oracle) return (struct attempts_bound){1, 1};
    uint32_t most = options->retries + 1;
    ASSERT(s->proxy->refused); /* where there is an oracle, commands are refused */
    bool stay = s->proxy->lends && options->returns && !makes;
    return (struct attempts_bound){stay ? 2 : most, most};
}

const struct scheme *scheme_at(uint32_t i)
{
    return i < sizeof(table) / sizeof(table[0]) ? table[i] : NULL;
}

const struct scheme *scheme_find(const char *name)
{
    for (uint32_t i = 0; scheme_at(i); i++)
        if (strcmp(scheme_at(i)->name, name) == 0) return scheme_at(i);
    return NULL;
}
