/* test_units.c - times, sizes, rates and shares are read exactly and printed for people. */
#include <stdio.h>
#include <string.h>

#include "base/random.h"
#include "base/units.h"
#include "tests/lib/harness.h"

START_TEST(units_are_read_exactly)
{
    uint64_t value;
    double real;
    struct error e;
    ck_assert(units_time("1.5ms", &value, &e) == 0 && value == 1500000);
    ck_assert(units_time("0", &value, &e) == 0 && value == 0);
    ck_assert(units_time("0.000000001s", &value, &e) == 0 && value == 1);
    ck_assert(units_time("2h", &value, &e) == 0 && value == UINT64_C(7200000000000));
    ck_assert_int_eq(units_time("5", &value, &e), -1);
    ck_assert_int_eq(units_time("-1s", &value, &e), -1);
    ck_assert_int_eq(units_time("1 s", &value, &e), -1);
    ck_assert_int_eq(units_time("s", &value, &e), -1);
    ck_assert_int_eq(units_time("", &value, &e), -1);
    ck_assert_int_eq(units_time(".", &value, &e), -1);
    ck_assert(units_size("64KiB", &value, &e) == 0 && value == 65536);
    ck_assert(units_size("1.5kB", &value, &e) == 0 && value == 1500);
    ck_assert_int_eq(units_size("0.3B", &value, &e), -1);
    ck_assert(units_count("10k", &value, &e) == 0 && value == 10000);
    ck_assert(units_count("18446744073709551614", &value, &e) == 0 && value == UINT64_MAX - 1);
    ck_assert(units_rate("10k/s", &real, &e) == 0 && real == 10000);
    ck_assert(units_rate("1.5M/s", &real, &e) == 0 && real == 1500000);
    ck_assert_int_eq(units_rate("10", &real, &e), -1);
    ck_assert(units_bandwidth("100Mbps", &real, &e) == 0 && real == 1e8);
    ck_assert(units_share("5%", &real, &e) == 0 && real == 0.05);
    ck_assert(units_share("0.05", &real, &e) == 0 && real == 0.05);
    ck_assert(units_share("1", &real, &e) == 0 && real == 1);
    ck_assert_int_eq(units_share("101%", &real, &e), -1);
    ck_assert(units_number("0.95", &real, &e) == 0 && real == 0.95);
}
END_TEST

/* Each reader, with a number that is one more than it takes, or has too many digits. */
static const struct {
    int (*read)(const char *text, uint64_t *value, struct error *e);
    const char *text, *message;
} too_much[] = {
    {units_time, "99999999999h", "expected at most 18446744073709551614ns, found '99999999999h'"},
    {units_time, "18446744073709551615ns", "expected at most 18446744073709551614ns, "},
    {units_size, "18446744073709551615B", "expected at most 18446744073709551614B, "},
    {units_size, "99999999999999999999999GiB", "expected at most 18446744073709551614"},
    {units_count, "18446744073709551615", "expected at most 18446744073709551614, "},
    {units_count, "18446744073709551616", "expected at most 18446744073709551614 "},
    {units_count, "18446744073709552k", "expected at most 18446744073709551614, "},
    {units_count, "0.0000000000000000000k", "and 18 decimals, found "},
    {units_integer, "18446744073709551616", "expected at most 18446744073709551615, "},
    {units_integer, "99999999999999999999999", "expected at most 18446744073709551615, "},
};

START_TEST(numbers_out_of_range_are_refused_with_the_range)
{
    struct error e;
    uint64_t value = 7;
    ck_assert_int_eq(too_much[_i].read(too_much[_i].text, &value, &e), -1);
    ck_assert_msg(strstr(e.text, too_much[_i].message) != NULL, "%s", e.text);
    ck_assert_uint_eq(value, 7);
}
END_TEST

START_TEST(real_numbers_of_too_many_digits_are_refused)
{
    static const char *const texts[] = {"99999999999999999999", "0.0000000000000000001"};
    int (*const readers[])(const char *text, double *value, struct error *e) = {
        units_rate, units_bandwidth, units_share, units_number};
    static const char *const units[] = {"/s", "bps", "%", ""};
    char text[64];
    struct error e;
    double real;
    for (int i = 0; i < 4; i++)
        for (int j = 0; j < 2; j++) {
            snprintf(text, sizeof(text), "%s%s", texts[j], units[i]);
            ck_assert_int_eq(readers[i](text, &real, &e), -1);
            ck_assert_msg(strstr(e.text, "18 decimals") != NULL, "%s: %s", text, e.text);
        }
}
END_TEST

START_TEST(integers_take_digits_only_and_all_of_64_bits)
{
    uint64_t value;
    struct error e;
    ck_assert(units_integer("0", &value, &e) == 0 && value == 0);
    ck_assert(units_integer("18446744073709551615", &value, &e) == 0 && value == UINT64_MAX);
    static const char *const wrong[] = {"", "-1", "+1", " 1", "1k", "0x10", "1.0"};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        ck_assert_int_eq(units_integer(wrong[i], &value, &e), -1);
}
END_TEST

START_TEST(values_are_printed_rounded_and_written_exactly)
{
    char b[32];
    ck_assert_str_eq(units_print_time(850, b), "850 ns");
    ck_assert_str_eq(units_print_time(1250000, b), "1.25 ms");
    ck_assert_str_eq(units_print_time(999999, b), "1.00 ms");
    ck_assert_str_eq(units_print_time(UINT64_C(90000000000), b), "1.50 min");
    ck_assert_str_eq(units_print_size(65536, b), "64.0 KiB");
    ck_assert_str_eq(units_print_size(100, b), "100 B");
    ck_assert_str_eq(units_print_count(31800, b), "31.8 k");
    ck_assert_str_eq(units_print_count(999999, b), "1.00 M");
    ck_assert_str_eq(units_print_count(7, b), "7");
    ck_assert_str_eq(units_print_count(2.5, b), "2.50");
    ck_assert_str_eq(units_write_time(1500000, b), "1500us");
    ck_assert_str_eq(units_write_time(0, b), "0ns");
    ck_assert_str_eq(units_write_size(65536, b), "64KiB");
    uint64_t state = 5;
    for (int i = 0; i < 1000; i++) {
        struct error e;
        uint64_t value = hash_mix(state += 7) >> (i % 60 + 1), back;
        ck_assert(units_time(units_write_time(value, b), &back, &e) == 0 && back == value);
        ck_assert(units_size(units_write_size(value, b), &back, &e) == 0 && back == value);
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("units");
    TCase *c = tcase_create("units");
    tcase_add_test(c, units_are_read_exactly);
    tcase_add_loop_test(c, numbers_out_of_range_are_refused_with_the_range, 0,
                        sizeof(too_much) / sizeof(too_much[0]));
    tcase_add_test(c, real_numbers_of_too_many_digits_are_refused);
    tcase_add_test(c, integers_take_digits_only_and_all_of_64_bits);
    tcase_add_test(c, values_are_printed_rounded_and_written_exactly);
    suite_add_tcase(s, c);
    return test_main(s);
}
