/* plant.c - the names of the planted bugs. */
#include "proto/plant.h"

#include <string.h>

static const struct {
    const char *name;
    const char *summary;
} plants[] = {
#define X(NAME, name, what) {name, what},
    PLANTS(X)
#undef X
};

const char *plant_name(uint32_t plant)
{
    return plants[plant].name;
}

const char *plant_summary(uint32_t plant)
{
    return plants[plant].summary;
}

uint32_t plant_find(const char *name)
{
    uint32_t plant = 0;
    while (plant < PLANT_COUNT && strcmp(plants[plant].name, name) != 0) plant++;
    return plant;
}
