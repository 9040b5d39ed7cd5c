/* tpcc_rows.c - the variable of each row of TPC-C, and its initial value (tpcc.h).
 *
 * Variables are in order of warehouses: its row, its districts with their rows, its stock. The
 * population follows 4.3.3 of the specification, from hashes instead of a random stream. Where it
 * asks for a random permutation of customers, an affine one serves. */

#include "base/assert.h"
#include "base/random.h"
#include "workloads/generate/tpcc.h"

enum {
    INITIAL_BALANCE = -1000, /* cents */
    INITIAL_PAYMENT = 1000,
    DISTRICT_YTD = 3000000, /* the warehouse's is that of its districts */
    STOCK_LEAST = 10,
    STOCK_RANGE = 91,
    PRICE_LEAST = 100, /* cents */
    PRICE_RANGE = 9901,
    CARRIERS = 10,
};

static const uint32_t table_bytes[TPCC_TABLES] = {
    [TPCC_WAREHOUSE] = 89, [TPCC_DISTRICT] = 95, [TPCC_CUSTOMER] = 655, [TPCC_HISTORY] = 46,
    [TPCC_ORDER] = 24,     [TPCC_PENDING] = 8,   [TPCC_LINE] = 54,      [TPCC_STOCK] = 306,
};

uint32_t tpcc_bytes(enum tpcc_table table)
{
    return table_bytes[table];
}

/* ---- places --------------------------------------------------------------------------------- */

static uint64_t district_rows(const struct tpcc_shape *s)
{
    return 1 + s->customers + (uint64_t)s->orders * (3 + TPCC_LINES_MAX);
}

static uint64_t warehouse_rows(const struct tpcc_shape *s)
{
    return 1 + TPCC_DISTRICTS * district_rows(s) + s->items;
}

uint64_t tpcc_variables(const struct tpcc_shape *s)
{
    return s->warehouses * warehouse_rows(s);
}

/* Of a table, in its district. */
static uint32_t table_first(const struct tpcc_shape *s, enum tpcc_table table)
{
    switch (table) {
    case TPCC_CUSTOMER:
        return 1;
    case TPCC_HISTORY:
        return 1 + s->customers;
    case TPCC_ORDER:
        return 1 + s->customers + s->orders;
    case TPCC_PENDING:
        return 1 + s->customers + 2 * s->orders;
    case TPCC_LINE:
        return 1 + s->customers + 3 * s->orders;
    default:
        return 0;
    }
}

uint32_t tpcc_variable(const struct tpcc_shape *s, struct tpcc_row row)
{
    uint32_t first = row.warehouse * (uint32_t)warehouse_rows(s);
    uint32_t rows = (uint32_t)district_rows(s);
    if (row.table == TPCC_WAREHOUSE) return first;
    if (row.table == TPCC_STOCK) return first + 1 + TPCC_DISTRICTS * rows + row.number;
    uint32_t number = row.table == TPCC_LINE ? row.number * TPCC_LINES_MAX + row.line : row.number;
    return first + 1 + row.district * rows + table_first(s, row.table) + number;
}

static struct tpcc_row in_district(const struct tpcc_shape *s, struct tpcc_row row, uint32_t at)
{
    row.table = TPCC_LINE;
    while (at < table_first(s, row.table)) row.table--;
    row.number = at - table_first(s, row.table);
    if (row.table != TPCC_LINE) return row;
    row.line = row.number % TPCC_LINES_MAX;
    row.number /= TPCC_LINES_MAX;
    return row;
}

struct tpcc_row tpcc_row(const struct tpcc_shape *s, uint32_t variable)
{
    uint32_t rows = (uint32_t)district_rows(s), all = (uint32_t)warehouse_rows(s);
    struct tpcc_row row = {.table = TPCC_WAREHOUSE, .warehouse = variable / all};
    uint32_t at = variable % all;
    if (at-- == 0) return row;
    row.district = at / rows;
    if (row.district < TPCC_DISTRICTS) return in_district(s, row, at % rows);
    row.table = TPCC_STOCK;
    row.number = at - TPCC_DISTRICTS * rows;
    row.district = row.number % TPCC_DISTRICTS;
    return row;
}

uint32_t tpcc_granule(const struct tpcc_shape *s, uint32_t variable)
{
    struct tpcc_row row = tpcc_row(s, variable);
    if (row.table == TPCC_WAREHOUSE) return variable;
    return tpcc_variable(s, (struct tpcc_row){.table = TPCC_DISTRICT,
                                              .warehouse = row.warehouse,
                                              .district = row.district});
}

/* ---- the population ------------------------------------------------------------------------- */

/* A hash of the arguments alone. */
static uint64_t drawn(enum tpcc_table table, uint64_t a, uint64_t b, uint64_t c)
{
    return hash_add(hash_add(hash_add(hash_mix((uint64_t)table + 1), a), b), c);
}

uint32_t tpcc_initial_orders(const struct tpcc_shape *s)
{
    return s->customers < s->orders ? s->customers : s->orders;
}

uint32_t tpcc_initial_delivered(const struct tpcc_shape *s)
{
    uint32_t orders = tpcc_initial_orders(s);
    return orders - orders * TPCC_UNDELIVERED_PERCENT / 100;
}

/* A step coprime to the number of customers, so that it visits all of them. */
static uint32_t customer_step(uint32_t customers)
{
    static const uint32_t primes[] = {7919, 7927, 7933, 7937};
    uint32_t i = 0;
    while (customers % primes[i] == 0) i++; /* the product of all exceeds the largest number */
    return primes[i];
}

struct tpcc_order tpcc_initial_order(const struct tpcc_shape *s, uint32_t district, uint32_t id)
{
    uint64_t start = drawn(TPCC_CUSTOMER, district, 0, 0) % s->customers;
    uint64_t hash = drawn(TPCC_ORDER, district, id, 0);
    return (struct tpcc_order){
        .id = id,
        .customer = (uint32_t)((start + (uint64_t)id * customer_step(s->customers)) % s->customers),
        .lines = TPCC_LINES_MIN + (uint32_t)(hash % (TPCC_LINES_MAX - TPCC_LINES_MIN + 1)),
        .carrier = id <= tpcc_initial_delivered(s) ? 1 + (uint32_t)(hash >> 32) % CARRIERS : 0,
    };
}

uint32_t tpcc_initial_item(const struct tpcc_shape *s, uint32_t district, uint32_t id,
                           uint32_t line)
{
    return (uint32_t)(drawn(TPCC_LINE, district, id, line) % s->items);
}

uint32_t tpcc_item_price(uint32_t item)
{
    return PRICE_LEAST + (uint32_t)(drawn(TPCC_STOCK, item, 1, 0) % PRICE_RANGE);
}

/* A delivered order's lines cost nothing, as the specification has it; the others anything. */
static uint64_t initial_line(const struct tpcc_shape *s, uint32_t district, struct tpcc_row row)
{
    uint32_t id = row.number + 1;
    struct tpcc_order o = tpcc_initial_order(s, district, id);
    if (id > tpcc_initial_orders(s) || row.line >= o.lines) return 0;
    bool delivered = o.carrier != 0;
    uint64_t amount = 1 + drawn(TPCC_LINE, district, id, ~(uint64_t)row.line) % 999999;
    return tpcc_line_pack((struct tpcc_line){id, 5, delivered ? 0 : (uint32_t)amount, delivered});
}

uint64_t tpcc_initial(const struct tpcc_shape *s, uint32_t variable)
{
    struct tpcc_row row = tpcc_row(s, variable);
    uint32_t district = row.warehouse * TPCC_DISTRICTS + row.district;
    uint32_t orders = tpcc_initial_orders(s);
    switch (row.table) {
    case TPCC_WAREHOUSE:
        return TPCC_DISTRICTS * (uint64_t)DISTRICT_YTD;
    case TPCC_DISTRICT:
        return tpcc_district(orders + 1, DISTRICT_YTD);
    case TPCC_CUSTOMER:
        return tpcc_customer_pack((struct tpcc_customer){INITIAL_BALANCE, 1, 0});
    case TPCC_HISTORY:
        return row.number < s->customers ? INITIAL_PAYMENT : 0;
    case TPCC_ORDER:
        if (row.number >= orders) return 0;
        return tpcc_order_pack(tpcc_initial_order(s, district, row.number + 1));
    case TPCC_PENDING:
        if (row.number >= orders) return 0;
        return tpcc_pending_pack((struct tpcc_pending){
            row.number + 1, row.number >= tpcc_initial_delivered(s) ? 1 : 0, false});
    case TPCC_LINE:
        return initial_line(s, district, row);
    case TPCC_STOCK:
        return tpcc_stock_pack((struct tpcc_stock){
            .quantity = STOCK_LEAST +
                        (uint32_t)(drawn(TPCC_STOCK, row.warehouse, row.number, 0) % STOCK_RANGE)});
    case TPCC_TABLES:
        break;
    }
    ASSERT(row.table != TPCC_TABLES);
    return 0;
}
