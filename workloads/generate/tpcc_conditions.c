/* tpcc_conditions.c - consistency conditions 1 to 4 of TPC-C (3.3.2.1 to 3.3.2.4) over a state.
 *
 *   1  W_YTD is the sum of the D_YTD of the warehouse's districts
 *   2  D_NEXT_O_ID - 1 is the largest O_ID and, if there is any, the largest NO_O_ID
 *   3  a district has as many new-order rows as there are numbers from its smallest NO_O_ID to its
 *      largest
 *   4  a district has as many order lines as its orders' O_OL_CNT add up to */
#include <stdio.h>

#include "workloads/generate/tpcc.h"

/* Sums over a district's rows. */
struct census {
    uint32_t next;                 /* D_NEXT_O_ID */
    uint32_t largest;              /* O_ID */
    uint32_t first, last, pending; /* NO_O_ID; how many */
    bool ambiguous;
    uint64_t promised, lines; /* by O_OL_CNT; how many there are */
};

static uint64_t value_of(const struct tpcc_shape *s, const struct variable_state *states,
                         struct tpcc_row row)
{
    uint32_t variable = tpcc_variable(s, row);
    return tpcc_value(s, variable, states[variable]);
}

static void count_place(const struct tpcc_shape *s, const struct variable_state *states,
                        struct tpcc_row row, struct census *c)
{
    row.table = TPCC_ORDER;
    struct tpcc_order o = tpcc_order_unpack(value_of(s, states, row));
    if (o.id > c->largest) c->largest = o.id;
    c->promised += o.lines;
    row.table = TPCC_PENDING;
    struct tpcc_pending p = tpcc_pending_unpack(value_of(s, states, row));
    c->ambiguous = c->ambiguous || p.ambiguous;
    if (p.balance > 0) {
        if (c->pending == 0 || p.id < c->first) c->first = p.id;
        if (p.id > c->last) c->last = p.id;
        c->pending += (uint32_t)p.balance;
    }
    row.table = TPCC_LINE;
    for (row.line = 0; row.line < TPCC_LINES_MAX; row.line++)
        c->lines += tpcc_line_unpack(value_of(s, states, row)).id != 0;
}

static struct census take_census(const struct tpcc_shape *s, const struct variable_state *states,
                                 struct tpcc_row district)
{
    struct census c = {.next = tpcc_district_next(value_of(s, states, district))};
    for (uint32_t i = 0; i < s->orders; i++) {
        district.number = i;
        count_place(s, states, district, &c);
    }
    return c;
}

/* "": all is well. */
static void judge(const struct census *c, char *what, size_t room)
{
    *what = '\0';
    if (c->next - 1 != c->largest)
        snprintf(what, room, "D_NEXT_O_ID is %u and the last order %u (condition 2)", c->next,
                 c->largest);
    else if (c->pending > 0 && c->last != c->largest)
        snprintf(what, room, "the last order is %u and the last new-order row %u (condition 2)",
                 c->largest, c->last);
    else if (c->pending > 0 && c->last - c->first + 1 != c->pending)
        snprintf(what, room, "new-order rows from %u to %u are %u (condition 3)", c->first, c->last,
                 c->pending);
    else if (c->promised != c->lines)
        snprintf(what, room, "O_OL_CNT adds up to %llu and order lines to %llu (condition 4)",
                 (unsigned long long)c->promised, (unsigned long long)c->lines);
}

/* The violation in a warehouse, or "". Ambiguous districts are left out. */
static void judge_warehouse(const struct tpcc_shape *s, const struct variable_state *states,
                            uint32_t w, bool *ambiguous, char *reason)
{
    struct tpcc_row row = {.table = TPCC_WAREHOUSE, .warehouse = w};
    uint64_t ytd = value_of(s, states, row), sum = 0;
    char what[APPLICATION_REASON_BYTES - 64];
    row.table = TPCC_DISTRICT;
    for (row.district = 0; row.district < TPCC_DISTRICTS; row.district++) {
        struct census c = take_census(s, states, row);
        sum += tpcc_district_ytd(value_of(s, states, row));
        *ambiguous = *ambiguous || c.ambiguous;
        judge(&c, what, sizeof(what));
        if (c.ambiguous || !*what) continue;
        snprintf(reason, APPLICATION_REASON_BYTES, "in district %u of warehouse %u %s",
                 row.district, w, what);
        return;
    }
    if (sum != ytd)
        snprintf(reason, APPLICATION_REASON_BYTES,
                 "W_YTD of warehouse %u is %llu cents and its D_YTD add up to %llu (condition 1)",
                 w, (unsigned long long)ytd, (unsigned long long)sum);
}

enum rules_kept tpcc_kept(const struct application *a, const struct variable_state *states,
                          char reason[static APPLICATION_REASON_BYTES])
{
    const struct tpcc_shape *s = &((const struct tpcc_application *)a)->shape;
    bool ambiguous = false;
    *reason = '\0';
    for (uint32_t w = 0; w < s->warehouses; w++) {
        judge_warehouse(s, states, w, &ambiguous, reason);
        if (*reason) return RULES_BROKEN;
    }
    if (!ambiguous) return RULES_KEPT;
    snprintf(reason, APPLICATION_REASON_BYTES,
             "an order came later than most of a ring of others: use more orders=");
    return RULES_UNDECIDED;
}
