/* units.c - reads and prints times, sizes, rates and shares (units.h).
 *
 * Times and sizes are read in integers, exactly; nothing here asks the locale. */
#include "base/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

struct unit {
    const char *name;
    uint64_t factor;
};

enum { DECIMALS_MAX = 18 };

/* What is written before the unit: mantissa / 10^decimals. */
struct number {
    uint64_t mantissa;
    uint32_t decimals;
    bool too_long; /* it has more digits than that can hold */
};

/* The spelling of a quantity: its units, the largest last, ended by a nameless one. */
struct spelling {
    const char *what; /* for the error: "a time", with an example */
    const char *list; /* the units, for the error */
    const struct unit *units;
};

static const struct unit time_units[] = {{"ns", 1},
                                         {"us", 1000},
                                         {"ms", 1000000},
                                         {"s", 1000000000},
                                         {"min", UINT64_C(60000000000)},
                                         {"h", UINT64_C(3600000000000)},
                                         {NULL, 0}};
static const struct unit size_units[] = {{"B", 1},           {"kB", 1000},     {"MB", 1000000},
                                         {"GB", 1000000000}, {"KiB", 1 << 10}, {"MiB", 1 << 20},
                                         {"GiB", 1 << 30},   {NULL, 0}};
static const struct unit rate_units[] = {
    {"/s", 1}, {"k/s", 1000}, {"M/s", 1000000}, {"G/s", 1000000000}, {NULL, 0}};
static const struct unit bandwidth_units[] = {{"bps", 1},
                                              {"kbps", 1000},
                                              {"Mbps", 1000000},
                                              {"Gbps", 1000000000},
                                              {"Tbps", UINT64_C(1000000000000)},
                                              {NULL, 0}};
static const struct unit share_units[] = {{"", 100}, {"%", 1}, {NULL, 0}};
static const struct unit count_units[] = {
    {"", 1}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}, {NULL, 0}};
static const struct unit plain_units[] = {{"", 1}, {NULL, 0}};

static const struct spelling time_spelling = {"a time such as 50s or 1.5ms", "ns us ms s min h",
                                              time_units};
static const struct spelling size_spelling = {"a size such as 64B or 4KiB",
                                              "B kB MB GB KiB MiB GiB", size_units};
static const struct spelling rate_spelling = {"a rate such as 500/s or 10k/s", "/s k/s M/s G/s",
                                              rate_units};
static const struct spelling bandwidth_spelling = {"a bandwidth such as 100Mbps",
                                                   "bps kbps Mbps Gbps Tbps", bandwidth_units};
static const struct spelling share_spelling = {"a share such as 5% or 0.05", "% or none",
                                               share_units};
static const struct spelling count_spelling = {"a whole number such as 1000 or 10k",
                                               "k M G or none", count_units};
static const struct spelling plain_spelling = {"a number such as 3 or 0.5", "none", plain_units};

static int refuse(const struct spelling *s, const char *text, struct error *e)
{
    return error_set(e, "expected %s (units: %s), found '%.40s'", s->what, s->list, text);
}

static const char *scan_number(const char *text, struct number *n)
{
    const char *at = text;
    bool point = false, digits = false;
    *n = (struct number){0, 0, false};
    for (;; at++) {
        if (*at == '.' && !point) {
            point = true;
            continue;
        }
        if (*at < '0' || *at > '9') break;
        uint64_t digit = (uint64_t)(*at - '0');
        digits = true;
        n->decimals += point;
        n->too_long |= n->mantissa > (UINT64_MAX - digit) / 10 || n->decimals > DECIMALS_MAX;
        if (!n->too_long) n->mantissa = n->mantissa * 10 + digit;
    }
    return digits ? at : NULL;
}

static int scan(const struct spelling *s, const char *text, struct number *n, uint64_t *factor,
                struct error *e)
{
    const char *unit = scan_number(text, n);
    if (!unit) return refuse(s, text, e);
    if (n->mantissa == 0 && !n->too_long && *unit == '\0') {
        *factor = 1;
        return 0;
    }
    const struct unit *u = s->units;
    while (u->name && strcmp(unit, u->name) != 0) u++;
    if (!u->name) return refuse(s, text, e);
    if (n->too_long)
        return error_set(e, "expected at most %llu and %d decimals, found '%.40s'",
                         (unsigned long long)UINT64_MAX - 1, DECIMALS_MAX, text);
    *factor = u->factor;
    return 0;
}

static uint64_t power_of_ten(uint32_t exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

static int read_whole(const struct spelling *s, const char *text, uint64_t *value, struct error *e)
{
    struct number n;
    uint64_t factor;
    if (scan(s, text, &n, &factor, e) < 0) return -1;
    unsigned __int128 product = (unsigned __int128)n.mantissa * factor;
    uint64_t divisor = power_of_ten(n.decimals);
    if (product % divisor != 0)
        return error_set(e, "expected %s, nothing finer than 1 %s, found '%.40s'", s->what,
                         s->units[0].name, text);
    if (product / divisor >= UINT64_MAX)
        return error_set(e, "expected at most %llu%s, found '%.40s'",
                         (unsigned long long)UINT64_MAX - 1, s->units[0].name, text);
    *value = (uint64_t)(product / divisor);
    return 0;
}

static int read_real(const struct spelling *s, const char *text, double *value, struct error *e)
{
    struct number n;
    uint64_t factor;
    if (scan(s, text, &n, &factor, e) < 0) return -1;
    *value = (double)n.mantissa * (double)factor / (double)power_of_ten(n.decimals);
    return 0;
}

int units_time(const char *text, uint64_t *ns, struct error *e)
{
    return read_whole(&time_spelling, text, ns, e);
}

int units_size(const char *text, uint64_t *bytes, struct error *e)
{
    return read_whole(&size_spelling, text, bytes, e);
}

int units_count(const char *text, uint64_t *count, struct error *e)
{
    return read_whole(&count_spelling, text, count, e);
}

int units_integer(const char *text, uint64_t *integer, struct error *e)
{
    uint64_t value = 0;
    if (!*text || text[strspn(text, "0123456789")])
        return error_set(e, "expected a whole number without a unit, found '%.40s'", text);
    for (const char *at = text; *at; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return error_set(e, "expected at most %llu, found '%.40s'",
                             (unsigned long long)UINT64_MAX, text);
        value = value * 10 + digit;
    }
    *integer = value;
    return 0;
}

int units_rate(const char *text, double *per_second, struct error *e)
{
    return read_real(&rate_spelling, text, per_second, e);
}

int units_bandwidth(const char *text, double *bits_per_second, struct error *e)
{
    return read_real(&bandwidth_spelling, text, bits_per_second, e);
}

int units_number(const char *text, double *number, struct error *e)
{
    return read_real(&plain_spelling, text, number, e);
}

int units_share(const char *text, double *share, struct error *e)
{
    double percent;
    if (read_real(&share_spelling, text, &percent, e) < 0) return -1;
    if (percent > 100) return refuse(&share_spelling, text, e);
    *share = percent / 100;
    return 0;
}

/* The largest unit that leaves a whole number. */
static void write_exact(const struct unit *units, uint64_t value, char buffer[static 32])
{
    const struct unit *best = units;
    for (const struct unit *u = units; u->name; u++)
        if (value % u->factor == 0 && u->factor > best->factor) best = u;
    if (value == 0) best = units;
    snprintf(buffer, 32, "%llu%s", (unsigned long long)(value / best->factor), best->name);
}

char *units_write_time(uint64_t ns, char buffer[static 32])
{
    write_exact(time_units, ns, buffer);
    return buffer;
}

char *units_write_size(uint64_t bytes, char buffer[static 32])
{
    write_exact(size_units, bytes, buffer);
    return buffer;
}

/* Three significant digits. */
static char *print(double value, const char *unit, char buffer[static 32])
{
    int decimals = value >= 99.95 ? 0 : value >= 9.995 ? 1 : 2;
    snprintf(buffer, 32, "%.*f%s%s", decimals, value, *unit ? " " : "", unit);
    return buffer;
}

static char *print_whole(uint64_t value, const char *unit, char buffer[static 32])
{
    snprintf(buffer, 32, "%llu%s%s", (unsigned long long)value, *unit ? " " : "", unit);
    return buffer;
}

char *units_print_time(uint64_t ns, char buffer[static 32])
{
    const struct unit *u = time_units;
    if (ns < 1000) return print_whole(ns, u->name, buffer);
    /* Rounding must not write 1000 us for 1 ms. */
    while (u[1].name && (double)ns >= (double)u[1].factor * 0.9995) u++;
    return print((double)ns / (double)u->factor, u->name, buffer);
}

char *units_print_size(uint64_t bytes, char buffer[static 32])
{
    static const char *const names[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    if (bytes < 1024) return print_whole(bytes, "B", buffer);
    double value = (double)bytes;
    size_t i = 0;
    while (value >= 1023.5 && i + 1 < sizeof(names) / sizeof(names[0])) {
        value /= 1024;
        i++;
    }
    return print(value, names[i], buffer);
}

char *units_print_count(double count, char buffer[static 32])
{
    static const char *const names[] = {"", "k", "M", "G", "T"};
    if (count < 999.5 && count == (double)(uint64_t)count)
        return print_whole((uint64_t)count, "", buffer);
    size_t i = 0;
    while (count >= 999.5 && i + 1 < sizeof(names) / sizeof(names[0])) {
        count /= 1000;
        i++;
    }
    return print(count, names[i], buffer);
}
