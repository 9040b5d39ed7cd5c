/* tpcc.c - see tpcc.h. */
#include "tests/workloads/tpcc.h"

#include <math.h>

#include "tests/lib/harness.h"

void must_next(struct workload *w, struct trace_command *c)
{
    struct error e = {""};
    ck_assert_msg(workload_next(w, c, &e) == 1, "%s", e.text);
}

const struct tpcc_shape *tpcc_shape_of(const struct workload *w)
{
    return &((const struct tpcc_application *)workload_application(w))->shape;
}

void assert_share(const char *what, uint64_t hits, uint64_t of, double asked)
{
    double share = (double)hits / (double)of;
    double most = 5 * sqrt(asked * (1 - asked) / (double)of);
    ck_assert_msg(fabs(share - asked) < most, "%s: %g, expected %g +- %g", what, share, asked,
                  most);
}

/* An order is of 5 to 15 lines, uniformly distributed, and each line remote once in a hundred
 * times; the last line of one that is rolled back has no stock row. */
double distributed_orders(void)
{
    double local = 0;
    for (int lines = TPCC_LINES_MIN; lines <= TPCC_LINES_MAX; lines++)
        local += (0.99 * pow(0.99, lines) + 0.01 * pow(0.99, lines - 1)) / 11;
    return 1 - local;
}
