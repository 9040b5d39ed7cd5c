/* units.h - how times, sizes, rates and shares are written: `50s`, `5us`, `64KiB`, `10k/s`, `5%`.
 *
 * The same spelling everywhere: options, traces, models, fault scripts. A number without a unit is
 * refused where the unit matters (except 0), and so is one that is out of range. Each function
 * returns 0, or -1 with what was expected. */
#ifndef AVIARY_BASE_UNITS_H
#define AVIARY_BASE_UNITS_H

#include <stdint.h>

#include "base/error.h"

int units_time(const char *text, uint64_t *ns, struct error *e);       /* ns us ms s min h */
int units_size(const char *text, uint64_t *bytes, struct error *e);    /* B kB MB GB KiB MiB GiB */
int units_rate(const char *text, double *per_second, struct error *e); /* 10/s 10k/s 1.5M/s */
int units_bandwidth(const char *text, double *bits_per_second, struct error *e); /* 1Gbps 100Mbps */
int units_share(const char *text, double *share, struct error *e);   /* 5% or 0.05, in [0, 1] */
int units_count(const char *text, uint64_t *count, struct error *e); /* 1000 10k 2M */
int units_number(const char *text, double *number, struct error *e); /* 3 0.5, not negative */
/* Digits only, up to 2^64 - 1; the whole numbers above end one before that. */
int units_integer(const char *text, uint64_t *integer, struct error *e);

/* Writes a time or a size so that it is read back exactly (`1500us`, `64KiB`); returns buffer. */
char *units_write_time(uint64_t ns, char buffer[static 32]);
char *units_write_size(uint64_t bytes, char buffer[static 32]);

/* Writes ns / bytes / a count rounded, for reading (`1.25 ms`, `64.0 KiB`, `31.8 k`); returns
 * buffer. */
char *units_print_time(uint64_t ns, char buffer[static 32]);
char *units_print_size(uint64_t bytes, char buffer[static 32]);
char *units_print_count(double count, char buffer[static 32]);

#endif
