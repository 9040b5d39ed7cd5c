/* placement_range.c - equal blocks of granules in the order of their names.
 *
 * Digits at the end of a name count as a number: u9 is before u10. So the blocks do not depend on
 * the order of first appearance in a trace. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "workloads/place/strategy.h"

struct granule {
    const char *name;
    uint32_t stem; /* bytes before the number */
    uint32_t variable;
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Where the number at the end begins, without zeros in front. */
static uint32_t stem_of(const char *name)
{
    uint32_t at = (uint32_t)strlen(name);
    while (at > 0 && is_digit(name[at - 1])) at--;
    while (name[at] == '0' && name[at + 1] != '\0') at++;
    return at;
}

static int compare(const void *a, const void *b)
{
    const struct granule *x = a, *y = b;
    uint32_t shorter = x->stem < y->stem ? x->stem : y->stem;
    int order = memcmp(x->name, y->name, shorter);
    if (order != 0) return order;
    if (x->stem != y->stem) return x->stem < y->stem ? -1 : 1;
    size_t x_digits = strlen(x->name + x->stem), y_digits = strlen(y->name + y->stem);
    if (x_digits != y_digits) return x_digits < y_digits ? -1 : 1;
    order = strcmp(x->name + x->stem, y->name + y->stem);
    if (order != 0) return order;
    return x->variable < y->variable ? -1 : 1;
}

static int place(const struct strategy_input *in, uint16_t *partition, struct error *e)
{
    (void)e;
    const struct catalogue *c = in->catalogue;
    uint32_t count = 0;
    struct granule *granules = allocate_zeroed(names_count(c->variables), sizeof(*granules));
    for (uint32_t v = 0; v < names_count(c->variables); v++) {
        if (c->granule[v] != v) continue;
        const char *name = names_get(c->variables, v);
        granules[count++] = (struct granule){name, stem_of(name), v};
    }
    qsort(granules, count, sizeof(*granules), compare);
    for (uint32_t i = 0; i < count; i++)
        partition[granules[i].variable] = (uint16_t)((uint64_t)i * in->request->partitions / count);
    free(granules);
    return 0;
}

const struct strategy range_placement = {
    "range", NULL, "equal blocks in the order of names (u9 before u10)", place};
