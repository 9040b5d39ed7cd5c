/* tpcc.h - the database of TPC-C (revision 5.11) as variables: their numbering and contents.
 *
 * Each row is a variable, of the size that the specification gives (4.2.2). Tables that grow are
 * rings: a district has room for so many orders, and for each of them a place for its row, for its
 * new-order row, for 15 order lines, and for a row of history. Its n-th order is in place (n - 1) %
 * orders; the order there before, delivered long ago, is dropped with its lines. So the variables
 * are dense and all exist from the start, whether they hold a row or not; rows are inserted and
 * deleted by writing. (As in DynaStar's TPC-C, where the oracle maps districts and not rows. Were
 * each insertion a create, the oracle would have to order 88 % of all commands.) ITEM is read-only
 * and replicated everywhere: it is no variable, but a function of the item's number.
 *
 * A row's columns, as far as transactions compute with them, are packed into the variable's 64 bits
 * of value; a variable that was never written (version 0) holds the initial population, a function
 * of its number. */
#ifndef AVIARY_WORKLOADS_GENERATE_TPCC_H
#define AVIARY_WORKLOADS_GENERATE_TPCC_H

#include "proto/application.h"

enum tpcc_kind {
    TPCC_NEW_ORDER,
    TPCC_PAYMENT,
    TPCC_ORDER_STATUS,
    TPCC_DELIVERY,
    TPCC_STOCK_LEVEL,
    TPCC_KINDS,
};

enum {
    TPCC_DISTRICTS = 10, /* of a warehouse */
    TPCC_LINES_MIN = 5,
    TPCC_LINES_MAX = 15, /* of an order */
    TPCC_WAREHOUSES_MAX = 1024,
    TPCC_CUSTOMERS_MAX = 60000, /* their numbers fit 16 bits */
    TPCC_ORDERS_MAX = 1000000,  /* an order's number fits 24 bits, for 16 rounds of the ring */
    TPCC_ITEMS_MAX = 10000000,
    TPCC_UNDELIVERED_PERCENT = 30, /* of the initial orders */
};

enum tpcc_table {
    TPCC_WAREHOUSE,
    TPCC_DISTRICT,
    TPCC_CUSTOMER,
    TPCC_HISTORY,
    TPCC_ORDER,
    TPCC_PENDING, /* NEW-ORDER, renamed to differ from the transaction */
    TPCC_LINE,
    TPCC_STOCK,
    TPCC_TABLES,
};

/* The size of a database. */
struct tpcc_shape {
    uint32_t warehouses;
    uint32_t customers; /* of a district */
    uint32_t orders;    /* places of a district */
    uint32_t items;
};

/* A variable's table and key. All numbers are from 0. */
struct tpcc_row {
    enum tpcc_table table;
    uint32_t warehouse;
    uint32_t district; /* of a stock row: the district whose granule it belongs to */
    uint32_t number;   /* customer, place in the ring, item */
    uint32_t line;
};

uint32_t tpcc_bytes(enum tpcc_table table);
uint64_t tpcc_variables(const struct tpcc_shape *s);
uint32_t tpcc_variable(const struct tpcc_shape *s, struct tpcc_row row);
struct tpcc_row tpcc_row(const struct tpcc_shape *s, uint32_t variable);
/* The warehouse row is a granule; everything else belongs to its district's, stock to district item
 * % 10 (as in DynaStar's TPC-C). */
uint32_t tpcc_granule(const struct tpcc_shape *s, uint32_t variable);

/* ---- columns ------------------------------------------------------------------------------- */

/* Money is in cents. Warehouse and history rows hold one amount: W_YTD, H_AMOUNT. */

#define TPCC_YTD_BITS 40 /* district: D_NEXT_O_ID above D_YTD */
#define TPCC_YTD_MASK ((UINT64_C(1) << TPCC_YTD_BITS) - 1)

static inline uint64_t tpcc_district(uint64_t next_order, uint64_t ytd)
{
    return next_order << TPCC_YTD_BITS | (ytd & TPCC_YTD_MASK);
}

static inline uint32_t tpcc_district_next(uint64_t district)
{
    return (uint32_t)(district >> TPCC_YTD_BITS);
}

static inline uint64_t tpcc_district_ytd(uint64_t district)
{
    return district & TPCC_YTD_MASK;
}

/* customer: C_BALANCE (signed), C_PAYMENT_CNT, C_DELIVERY_CNT */
struct tpcc_customer {
    int64_t balance;               /* 40 bits */
    uint32_t payments, deliveries; /* 12 bits each */
};

static inline uint64_t tpcc_customer_pack(struct tpcc_customer c)
{
    return (uint64_t)c.balance << 24 | (uint64_t)(c.payments & 0xfff) << 12 |
           (c.deliveries & 0xfff);
}

static inline struct tpcc_customer tpcc_customer_unpack(uint64_t value)
{
    return (struct tpcc_customer){(int64_t)value >> 24, value >> 12 & 0xfff, value & 0xfff};
}

/* order: O_ID (0: no row), O_C_ID, O_OL_CNT, O_CARRIER_ID (0: not delivered) */
struct tpcc_order {
    uint32_t id, customer, lines, carrier;
};

static inline uint64_t tpcc_order_pack(struct tpcc_order o)
{
    return (uint64_t)o.id << 32 | (uint64_t)o.customer << 16 | o.lines << 8 | o.carrier;
}

static inline struct tpcc_order tpcc_order_unpack(uint64_t value)
{
    return (struct tpcc_order){(uint32_t)(value >> 32), value >> 16 & 0xffff, value >> 8 & 0xff,
                               value & 0xff};
}

/* new-order: NO_O_ID of the last order of this place, and the excess of insertions over deletions.
 * The row exists if that is above 0. Below 0: a delivery executed before its order, as two clients
 * can cause; the order is then not inserted at all. Ambiguous: an order executed later than about a
 * ring of others, so that its number is ambiguous. */
struct tpcc_pending {
    uint32_t id;
    int32_t balance; /* 16 bits */
    bool ambiguous;
};

static inline uint64_t tpcc_pending_pack(struct tpcc_pending p)
{
    return (uint64_t)p.ambiguous << 48 | (uint64_t)(uint16_t)p.balance << 32 | p.id;
}

static inline struct tpcc_pending tpcc_pending_unpack(uint64_t value)
{
    return (struct tpcc_pending){(uint32_t)value, (int16_t)(uint16_t)(value >> 32),
                                 value >> 48 & 1};
}

/* order line: OL_O_ID (0: no row), OL_QUANTITY, OL_AMOUNT, whether OL_DELIVERY_D is set */
struct tpcc_line {
    uint32_t id, quantity, amount;
    bool delivered;
};

static inline uint64_t tpcc_line_pack(struct tpcc_line l)
{
    return (uint64_t)l.id << 40 | (uint64_t)l.quantity << 32 | (uint64_t)l.amount << 1 |
           l.delivered;
}

static inline struct tpcc_line tpcc_line_unpack(uint64_t value)
{
    return (struct tpcc_line){(uint32_t)(value >> 40), value >> 32 & 0xff, (uint32_t)value >> 1,
                              value & 1};
}

/* stock: S_YTD, S_ORDER_CNT, S_REMOTE_CNT, S_QUANTITY */
struct tpcc_stock {
    uint32_t ytd, orders, remotes, quantity; /* 24, 16, 16, 8 bits; they wrap */
};

static inline uint64_t tpcc_stock_pack(struct tpcc_stock s)
{
    return (uint64_t)s.ytd << 40 | (uint64_t)(s.orders & 0xffff) << 24 |
           (uint64_t)(s.remotes & 0xffff) << 8 | (s.quantity & 0xff);
}

static inline struct tpcc_stock tpcc_stock_unpack(uint64_t value)
{
    return (struct tpcc_stock){(uint32_t)(value >> 40), value >> 24 & 0xffff, value >> 8 & 0xffff,
                               value & 0xff};
}

/* ---- the initial population ----------------------------------------------------------------- */

/* The initial orders of each district: one per customer, if there are places for them. */
uint32_t tpcc_initial_orders(const struct tpcc_shape *s);
/* How many of these, from the first, are delivered. */
uint32_t tpcc_initial_delivered(const struct tpcc_shape *s);
/* The customer of order `id` (from 1), and its number of lines; `district` counts over all
 * warehouses. */
struct tpcc_order tpcc_initial_order(const struct tpcc_shape *s, uint32_t district, uint32_t id);
/* The item of its line. */
uint32_t tpcc_initial_item(const struct tpcc_shape *s, uint32_t district, uint32_t id,
                           uint32_t line);
uint64_t tpcc_initial(const struct tpcc_shape *s, uint32_t variable);

/* I_PRICE */
uint32_t tpcc_item_price(uint32_t item);

/* ---- the application ------------------------------------------------------------------------ */

struct tpcc_application {
    struct application base;
    struct tpcc_shape shape;
};

/* Executes commands whose kinds are enum tpcc_kind. The rules of its state are consistency
 * conditions 1 to 4 of the specification (3.3.2.1 to 3.3.2.4). */
void tpcc_application_init(struct tpcc_application *a, const struct tpcc_shape *shape);

/* The value of a variable in that state. */
static inline uint64_t tpcc_value(const struct tpcc_shape *s, uint32_t variable,
                                  struct variable_state state)
{
    return state.version == 0 ? tpcc_initial(s, variable) : state.value;
}

/* As application_ops.kept. */
enum rules_kept tpcc_kept(const struct application *a, const struct variable_state *states,
                          char reason[static APPLICATION_REASON_BYTES]);

#endif
