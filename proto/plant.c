/* plant.c - the names of the planted bugs. */
#include "proto/plant.h"

#include <string.h>

static const char *const names[] = {
#define X(NAME, name) name,
    PLANTS(X)
#undef X
};

const char *plant_name(uint32_t plant)
{
    return names[plant];
}

uint32_t plant_find(const char *name)
{
    uint32_t plant = 0;
    while (plant < PLANT_COUNT && strcmp(names[plant], name) != 0) plant++;
    return plant;
}
