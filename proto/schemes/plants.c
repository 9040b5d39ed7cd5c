/* plants.c - finds the planted bugs where they are listed: by the executor and the multicasts' kit,
 * which every run has, by multicasts, and by schemes. */
#include "proto/schemes/plants.h"

#include <string.h>

#include "proto/order/multicast_kit.h"

static bool listed(const struct plant *const *list, const struct plant *plant)
{
    while (*list && *list != plant) list++;
    return *list;
}

/* The i-th list, or NULL past the end. */
static const struct plant *const *list_at(uint32_t i)
{
    static const struct plant *const none[] = {NULL};
    uint32_t multicasts = 0;
    while (multicast_at(multicasts)) multicasts++;
    if (i == 0) return executor_plants;
    if (i == 1) return multicast_plants;
    i -= 2;
    if (i < multicasts) return multicast_at(i)->plants ? multicast_at(i)->plants : none;
    const struct scheme *s = scheme_at(i - multicasts);
    if (!s) return NULL;
    return s->plants ? s->plants : none;
}

/* Is it in a list before the i-th? */
static bool listed_before(uint32_t i, const struct plant *plant)
{
    while (i-- > 0)
        if (listed(list_at(i), plant)) return true;
    return false;
}

const struct plant *plant_at(uint32_t i)
{
    for (uint32_t j = 0; list_at(j); j++)
        for (const struct plant *const *p = list_at(j); *p; p++)
            if (!listed_before(j, *p) && i-- == 0) return *p;
    return NULL;
}

const struct plant *plant_find(const char *name)
{
    uint32_t i = 0;
    while (plant_at(i) && strcmp(plant_at(i)->name, name) != 0) i++;
    return plant_at(i);
}

bool plant_concerns(const struct plant *plant, const struct scheme *scheme,
                    const struct multicast_ops *multicast)
{
    if (scheme->plants && listed(scheme->plants, plant)) return true;
    if (multicast->plants && listed(multicast->plants, plant)) return true;
    return listed(executor_plants, plant) || listed(multicast_plants, plant);
}
