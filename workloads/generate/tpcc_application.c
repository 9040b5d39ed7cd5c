/* tpcc_application.c - executes the transactions of TPC-C on the variables of a command (tpcc.h).
 *
 * Inputs that the accesses do not contain are drawn from the command's id, the same at every
 * replica: amounts, quantities, carriers. Accesses are in order of variables, hence of warehouses,
 * districts, tables and lines. Commands that clients may issue in either order commute: sums and
 * counts do, and an order's number is its place in the ring, which its client's generator assigned.
 *
 *   new-order     nothing is written: it is one that is rolled back. Else D_NEXT_O_ID + 1; order,
 *                 new-order and lines are put in; the i-th line is of the i-th stock row. A line
 *                 that is read is one of the order dropped, and struck out
 *   payment       W_YTD, D_YTD, C_BALANCE and C_PAYMENT_CNT; a row of history is put in
 *   delivery      of each new-order row that is written: it is deleted, its order gets a carrier,
 *                 the lines a date, the district's customer their sum
 *   order-status, stock-level   read */

#include "base/assert.h"
#include "base/random.h"
#include "proto/observer.h"
#include "workloads/generate/tpcc.h"

enum { QUANTITIES = 10, CARRIERS = 10, PAYMENT_LEAST = 100, PAYMENT_RANGE = 499901 };

/* An execution. */
struct run {
    const struct tpcc_shape *shape;
    const struct command *c;
    struct variable_state *states;
    uint64_t salt; /* of random draws */
};

static uint64_t drawn(const struct run *r, uint64_t what)
{
    return hash_add(r->salt, what);
}

static struct tpcc_row row_at(const struct run *r, uint32_t i)
{
    return tpcc_row(r->shape, r->c->accesses[i].variable);
}

static uint64_t value_at(const struct run *r, uint32_t i)
{
    return tpcc_value(r->shape, r->c->accesses[i].variable, r->states[i]);
}

static void write_at(struct run *r, uint32_t i, uint64_t value)
{
    application_write(&r->states[i], value);
}

static bool writes(const struct run *r, uint32_t i)
{
    return r->c->accesses[i].mode & ACCESS_WRITE;
}

static bool reads(const struct run *r, uint32_t i)
{
    return r->c->accesses[i].mode & ACCESS_READ;
}

/* ---- new-order ------------------------------------------------------------------------------ */

struct ordered {
    uint32_t warehouse, customer;
    uint32_t next; /* D_NEXT_O_ID, before */
    uint32_t place, id;
    uint32_t lines, stocks; /* how many, and then how many have been processed */
    uint32_t first_stock;   /* access */
    bool delivered;         /* already */
};

/* The number of the order at the place, from the district's count. Orders may execute out of order,
 * seldom by much: the number lies between a third of a ring ahead of the count and two thirds
 * behind it. */
static uint32_t number_of(uint32_t place, uint32_t next, uint32_t orders)
{
    uint32_t ahead = (place + orders - (next - 1) % orders) % orders;
    return ahead > orders / 3 && next + ahead > orders ? next + ahead - orders : next + ahead;
}

static struct ordered look_at_order(const struct run *r)
{
    struct ordered o = {0};
    for (uint32_t i = 0; i < r->c->access_count; i++) {
        struct tpcc_row row = row_at(r, i);
        if (row.table == TPCC_DISTRICT) o.next = tpcc_district_next(value_at(r, i));
        if (row.table == TPCC_DISTRICT) o.warehouse = row.warehouse;
        if (row.table == TPCC_CUSTOMER) o.customer = row.number;
        if (row.table == TPCC_ORDER) o.place = row.number;
        if (row.table == TPCC_PENDING)
            o.delivered = tpcc_pending_unpack(value_at(r, i)).balance < 0;
        if (row.table == TPCC_LINE && !reads(r, i)) o.lines++;
        if (row.table == TPCC_STOCK && o.stocks++ == 0) o.first_stock = i;
    }
    o.id = number_of(o.place, o.next, r->shape->orders);
    return o;
}

static uint32_t quantity_of(const struct run *r, uint32_t line)
{
    return 1 + (uint32_t)(drawn(r, line) % QUANTITIES);
}

/* Stock rows are in order of warehouses, so those of a lower one precede the district. */
static uint32_t item_of(const struct run *r, const struct ordered *o, uint32_t line)
{
    if (o->stocks == 0) return 0; /* a line comes with its item's row: not TPC-C's command */
    uint32_t left = line % o->stocks;
    for (uint32_t i = o->first_stock; i < r->c->access_count; i++)
        if (row_at(r, i).table == TPCC_STOCK && left-- == 0) return row_at(r, i).number;
    return 0;
}

static uint64_t new_line(const struct run *r, const struct ordered *o, uint32_t line)
{
    uint32_t quantity = quantity_of(r, line);
    uint32_t amount = quantity * tpcc_item_price(item_of(r, o, line));
    return tpcc_line_pack((struct tpcc_line){o->id, quantity, amount, o->delivered});
}

/* Takes the quantities of the rank-th stock row's lines from it. */
static uint64_t take_from_stock(const struct run *r, const struct ordered *o, uint32_t i,
                                uint32_t rank)
{
    struct tpcc_stock s = tpcc_stock_unpack(value_at(r, i));
    for (uint32_t line = rank; line < o->lines; line += o->stocks) {
        uint32_t quantity = quantity_of(r, line);
        s.quantity =
            s.quantity >= quantity + 10 ? s.quantity - quantity : s.quantity + 91 - quantity;
        s.ytd += quantity;
        s.orders++;
        s.remotes += row_at(r, i).warehouse != o->warehouse;
    }
    return tpcc_stock_pack(s);
}

/* The former row there must be the order of one ring before. */
static uint64_t pending_with(const struct run *r, uint64_t value, uint32_t id)
{
    struct tpcc_pending p = tpcc_pending_unpack(value);
    uint32_t before = id > r->shape->orders ? id - r->shape->orders : 0;
    p.ambiguous = p.ambiguous || p.id != before;
    p.id = id;
    p.balance++;
    return tpcc_pending_pack(p);
}

static void new_order(struct run *r)
{
    struct ordered o = look_at_order(r);
    uint32_t stocks = 0, carrier = o.delivered ? 1 + (uint32_t)(drawn(r, 100) % CARRIERS) : 0;
    for (uint32_t i = 0; i < r->c->access_count; i++) {
        struct tpcc_row row = row_at(r, i);
        if (!writes(r, i)) continue;
        if (row.table == TPCC_DISTRICT)
            write_at(r, i, tpcc_district(o.next + 1, tpcc_district_ytd(value_at(r, i))));
        else if (row.table == TPCC_ORDER)
            write_at(r, i,
                     tpcc_order_pack((struct tpcc_order){o.id, o.customer, o.lines, carrier}));
        else if (row.table == TPCC_PENDING)
            write_at(r, i, pending_with(r, value_at(r, i), o.id));
        else if (row.table == TPCC_LINE)
            write_at(r, i, reads(r, i) ? 0 : new_line(r, &o, row.line));
        else if (row.table == TPCC_STOCK)
            write_at(r, i, take_from_stock(r, &o, i, stocks++));
    }
}

/* ---- payment -------------------------------------------------------------------------------- */

static uint64_t paid(uint64_t value, uint64_t amount)
{
    struct tpcc_customer c = tpcc_customer_unpack(value);
    c.balance -= (int64_t)amount;
    c.payments++;
    return tpcc_customer_pack(c);
}

static void payment(struct run *r)
{
    uint64_t amount = PAYMENT_LEAST + drawn(r, 0) % PAYMENT_RANGE;
    for (uint32_t i = 0; i < r->c->access_count; i++) {
        if (!writes(r, i)) continue; /* others of that name */
        uint64_t value = reads(r, i) ? value_at(r, i) : 0;
        switch (row_at(r, i).table) {
        case TPCC_WAREHOUSE:
            write_at(r, i, value + amount);
            break;
        case TPCC_DISTRICT:
            write_at(r, i,
                     tpcc_district(tpcc_district_next(value), tpcc_district_ytd(value) + amount));
            break;
        case TPCC_CUSTOMER:
            write_at(r, i, paid(value, amount));
            break;
        default:
            write_at(r, i, amount); /* of history */
        }
    }
}

/* ---- delivery ------------------------------------------------------------------------------- */

/* The orders to be delivered, by district. */
struct delivered {
    bool there[TPCC_DISTRICTS];
    uint64_t sum[TPCC_DISTRICTS];
};

static struct delivered look_at_delivery(const struct run *r)
{
    struct delivered d = {0};
    for (uint32_t i = 0; i < r->c->access_count; i++) {
        struct tpcc_row row = row_at(r, i);
        uint64_t value = value_at(r, i);
        if (row.table == TPCC_PENDING && writes(r, i))
            d.there[row.district] = tpcc_pending_unpack(value).balance > 0;
        if (row.table == TPCC_LINE) d.sum[row.district] += tpcc_line_unpack(value).amount;
    }
    return d;
}

static uint64_t delivered_value(const struct run *r, uint32_t i, enum tpcc_table table,
                                uint64_t sum)
{
    uint64_t value = value_at(r, i);
    if (table == TPCC_ORDER) {
        struct tpcc_order o = tpcc_order_unpack(value);
        o.carrier = 1 + (uint32_t)(drawn(r, 0) % CARRIERS);
        return tpcc_order_pack(o);
    }
    if (table == TPCC_LINE) {
        struct tpcc_line l = tpcc_line_unpack(value);
        l.delivered = true;
        return l.id ? tpcc_line_pack(l) : value;
    }
    struct tpcc_customer c = tpcc_customer_unpack(value);
    c.balance += (int64_t)sum;
    c.deliveries++;
    return tpcc_customer_pack(c);
}

static void delivery(struct run *r)
{
    struct delivered d = look_at_delivery(r);
    for (uint32_t i = 0; i < r->c->access_count; i++) {
        struct tpcc_row row = row_at(r, i);
        uint64_t value = value_at(r, i);
        if (!writes(r, i)) continue;
        if (row.table == TPCC_PENDING) {
            struct tpcc_pending p = tpcc_pending_unpack(value);
            p.balance--;
            value = tpcc_pending_pack(p);
        } else if (d.there[row.district]) {
            value = delivered_value(r, i, row.table, d.sum[row.district]);
        }
        write_at(r, i, value);
    }
}

/* ---- the application ------------------------------------------------------------------------ */

static uint64_t execute(const struct application *a, const struct command *c,
                        struct variable_state *states)
{
    uint64_t digest = application_digest(c, states);
    struct run r = {.shape = &((const struct tpcc_application *)a)->shape,
                    .c = c,
                    .states = states,
                    .salt = hash_add(hash_mix(c->id.client + 1), c->id.seq)};
    switch (c->kind) {
    case TPCC_NEW_ORDER:
        new_order(&r);
        break;
    case TPCC_PAYMENT:
        payment(&r);
        break;
    case TPCC_DELIVERY:
        delivery(&r);
        break;
    default: /* they read */
        break;
    }
    return digest;
}

static const struct application_ops tpcc_ops = {
    .name = "tpcc", .execute = execute, .rules = "tpcc-consistency", .kept = tpcc_kept};

void tpcc_application_init(struct tpcc_application *a, const struct tpcc_shape *shape)
{
    *a = (struct tpcc_application){{&tpcc_ops}, *shape};
}
