/* plant.c - the names of the planted bugs, and the schemes they apply to. */
#include "proto/plant.h"

#include <string.h>

static const struct {
    const char *name, *schemes;
} table[] = {
#define X(NAME, name, schemes) {name, schemes},
    PLANTS(X)
#undef X
};

const char *plant_name(uint32_t plant)
{
    return table[plant].name;
}

bool plant_concerns(uint32_t plant, const char *scheme)
{
    size_t length = strlen(scheme);
    const char *schemes = table[plant].schemes;
    for (const char *at = schemes; *at; at++) {
        bool begins = at == schemes || at[-1] == ' ';
        bool same = begins && strncmp(at, scheme, length) == 0;
        if (same && (at[length] == ' ' || at[length] == 0)) return true;
    }
    return false;
}

uint32_t plant_find(const char *name)
{
    uint32_t plant = 0;
    while (plant < PLANT_COUNT && strcmp(table[plant].name, name) != 0) plant++;
    return plant;
}
