/* A client's location cache: locations of single variables and of granules, and their removal when
 * a plan takes effect. */
#include "proto/client/places.h"
#include "tests/lib/harness.h"

enum { MANY = 1000 };

START_TEST(a_stored_location_is_found)
{
    struct places p;
    places_init(&p, NULL);
    ck_assert_uint_eq(places_get(&p, 0), UINT32_MAX);
    for (uint32_t v = 0; v < MANY; v++) places_put(&p, 7 * v, v % 5);
    for (uint32_t v = 0; v < MANY; v++) {
        ck_assert_uint_eq(places_get(&p, 7 * v), v % 5);
        ck_assert_uint_eq(places_get(&p, 7 * v + 1), UINT32_MAX);
    }
    places_put(&p, 7, 9);
    ck_assert_uint_eq(places_get(&p, 7), 9);
    ck_assert_uint_eq(p.count, MANY);
    places_finish(&p);
}
END_TEST

START_TEST(a_location_applies_to_all_variables_of_the_granule)
{
    static const uint32_t granule[] = {0, 0, 2, 0};
    const struct variables variables = {.count = 4, .granule = granule};
    struct places p;
    places_init(&p, &variables);
    places_put(&p, 3, 6);
    ck_assert_uint_eq(places_get(&p, 0), 6);
    ck_assert_uint_eq(places_get(&p, 1), 6);
    ck_assert_uint_eq(places_get(&p, 2), UINT32_MAX);
    places_finish(&p);
}
END_TEST

START_TEST(a_newer_plan_clears_the_cache_and_an_older_one_does_not)
{
    struct places p;
    places_init(&p, NULL);
    for (uint32_t v = 0; v < MANY; v++) places_put(&p, v, 1);
    places_expire(&p, 2);
    ck_assert_uint_eq(p.count, 0);
    for (uint32_t v = 0; v < MANY; v++) ck_assert_uint_eq(places_get(&p, v), UINT32_MAX);
    places_put(&p, 5, 3);
    places_expire(&p, 2);
    places_expire(&p, 1);
    ck_assert_uint_eq(places_get(&p, 5), 3);
    ck_assert_uint_eq(p.plan_version, 2);
    places_expire(&p, 3);
    ck_assert_uint_eq(places_get(&p, 5), UINT32_MAX);
    places_finish(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("places");
    TCase *c = tcase_create("places");
    tcase_add_test(c, a_stored_location_is_found);
    tcase_add_test(c, a_location_applies_to_all_variables_of_the_granule);
    tcase_add_test(c, a_newer_plan_clears_the_cache_and_an_older_one_does_not);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
