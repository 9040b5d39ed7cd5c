/* lookup.h - finds a name among those that there are; another is refused with a list of them. */
#ifndef AVIARY_BASE_LOOKUP_H
#define AVIARY_BASE_LOOKUP_H

#include <stdint.h>

#include "base/error.h"

/* The names of a table by number, from 0; NULL past the end. */
typedef const char *lookup_name(uint32_t i);

/* *found: the number of the name. -1: "no WHAT is called 'NAME'; there is: A, B, C". */
int lookup(const char *what, lookup_name *name_at, const char *name, uint32_t *found,
           struct error *e);
/* The same of an array that ends with NULL. */
int lookup_word(const char *what, const char *const *words, const char *word, uint32_t *found,
                struct error *e);

/* For other kinds of tables: "no WHAT is called 'NAME'; there is", and a name more of the list that
 * follows. Both return -1. */
int lookup_refuse(const char *what, const char *name, struct error *e);
int lookup_list(const char *name, struct error *e);

#endif
