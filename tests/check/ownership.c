/* ownership.c - see ownership.h. */
#include "tests/check/ownership.h"

#include "tests/lib/harness.h"

static const struct topology topology = {.groups = 4, .replicas = 2, .clients = 1, .oracle = true};
static const uint16_t places[VARIABLES] = {0, 1, PLACE_NONE};
static const struct variables variables = {.count = VARIABLES, .place = places};

const bool all_operational[GROUPS_MAX] = {true, true, true, true};

struct owners owners;

static struct catalogue names;
static struct ledger ledger;
static uint64_t clock_ns;

void ownership_begin(void)
{
    names = (struct catalogue){.variables = names_create(), .kinds = names_create()};
    names_intern(names.variables, "x", 1);
    names_intern(names.variables, "y", 1);
    names_intern(names.variables, "z", 1);
    ledger_init(&ledger, &names, &topology, LEDGER_CASTS);
    owners_init(&owners, &ledger, &topology, &variables);
    clock_ns = 0;
}

void ownership_end(void)
{
    owners_finish(&owners);
    ledger_finish(&ledger);
    names_destroy(names.variables);
    names_destroy(names.kinds);
}

/* ---- what replicas report -------------------------------------------------------------------- */

static bool report(enum ownership what, uint32_t group, uint32_t other, uint32_t variable,
                   uint64_t timestamp)
{
    clock_ns += 1000000;
    return owners_event(&owners, clock_ns,
                        &(struct ownership_event){what, group, other, variable, timestamp});
}

void gives(uint32_t group, uint32_t variable, uint32_t to, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_GIVEN, group, to, variable, timestamp));
}

bool takes(uint32_t group, uint32_t variable, uint32_t from, uint64_t timestamp)
{
    return report(OWNERSHIP_TAKEN, group, from, variable, timestamp);
}

void lends(uint32_t group, uint32_t variable, uint32_t to, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_LENT, group, to, variable, timestamp));
}

void has_back(uint32_t group, uint32_t variable, uint32_t from, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_RETURNED, group, from, variable, timestamp));
}

void creates(uint32_t group, uint32_t variable, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_CREATED, group, group, variable, timestamp));
}

void deletes(uint32_t group, uint32_t variable, uint64_t timestamp)
{
    ck_assert(!report(OWNERSHIP_DELETED, group, group, variable, timestamp));
}

void check_in_the_end(void)
{
    owners_check(&owners, all_operational, true);
}

/* ---- what is expected ------------------------------------------------------------------------ */

void assert_only(enum owners_property property, const char *reason)
{
    for (int i = 0; i < OWNERS_PROPERTIES; i++)
        if (i != (int)property)
            ck_assert_msg(owners.properties[i].result != RESULT_FAIL, "%s: %s",
                          owners.properties[i].name, owners.properties[i].reason);
    ck_assert_str_eq(owners.properties[property].reason, reason);
    ck_assert_int_eq(owners.properties[property].result, RESULT_FAIL);
}

void assert_none_failed(void)
{
    for (int i = 0; i < OWNERS_PROPERTIES; i++)
        ck_assert_msg(owners.properties[i].result != RESULT_FAIL, "%s: %s",
                      owners.properties[i].name, owners.properties[i].reason);
}
