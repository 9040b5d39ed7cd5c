/* refused.h - models that are refused, and what the errors must say. */
#ifndef AVIARY_TESTS_SIM_REFUSED_H
#define AVIARY_TESTS_SIM_REFUSED_H

#include <string.h>

#include "sim/model.h"
#include "tests/lib/harness.h"

struct refused_model {
    const char *text;     /* of a model called `mine` */
    const char *place;    /* the error begins with it: `mine:2: cpu.cores` */
    const char *expected; /* and has this in it */
};

static inline void expect_refused(const struct refused_model *bad, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct error e;
        ck_assert_ptr_null(model_parse(bad[i].text, "mine", &e));
        ck_assert_msg(strncmp(e.text, bad[i].place, strlen(bad[i].place)) == 0, "%zu: %s", i,
                      e.text);
        ck_assert_msg(strstr(e.text, bad[i].expected) != NULL, "%zu: %s", i, e.text);
    }
}

#endif
