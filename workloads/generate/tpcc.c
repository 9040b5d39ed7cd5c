/* tpcc.c - TPC-C (revision 5.11) as an endless workload: which transaction touches which rows.
 *
 *   new-order     warehouse and customer read, district read and written; order, new-order row and
 *                 lines put in; stock rows read and written, 1 % of lines from another warehouse.
 *                 1 % are rolled back: an item is unknown, all but its stock row is read, and in
 *                 the end nothing is written
 *   payment       warehouse, district, customer read and written, history put in; 15 % of the
 *                 customers are of another warehouse
 *   order-status  a customer, its last order and that order's lines read
 *   delivery      of each of ten districts the oldest order that is pending: its new-order row, its
 *                 row, its lines and its customer read and written
 *   stock-level   a district, the lines of its last 20 orders and the stock rows of their items
 * read
 *
 * A customer is named by its last name in 60 % of payments and order-status: then all of that name
 * are read, and it is the middle one.
 *
 * Rows that a transaction finds by reading others (a customer's last order, the oldest pending one,
 * recently ordered items) must be known before it is ordered. The generator determines them by a
 * serial execution of its own, as in a recorded trace. A run that executes in another order
 * accesses the same rows; tpcc_application.c makes the commands commute. A district whose ring has
 * no place for another order (tpcc.h) gets a delivery instead. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/keys.h"
#include "base/memory.h"
#include "workloads/generate/social.h"
#include "workloads/generate/tpcc_draw.h"
#include "workloads/trace/source.h"

static const char *const kind_names[TPCC_KINDS] = {"new-order", "payment", "order-status",
                                                   "delivery", "stock-level"};

enum {
    READ = ACCESS_READ,
    INSERT = ACCESS_WRITE, /* blind */
    UPDATE = ACCESS_READ | ACCESS_WRITE,
    RECENT = 20, /* orders that stock-level reads */
    /* Sizes of requests and replies: the fields of a terminal's input and output (2.4 to 2.8). */
    HEAD_BYTES = 16,
    ASKED_LINE_BYTES = 12,
    REPLY_HEAD_BYTES = 80,
    REPLY_LINE_BYTES = 48,
    PAYMENT_BYTES = 40,
    PAYMENT_REPLY_BYTES = 560, /* both addresses, the customer's data */
};

struct config {
    uint64_t warehouses, customers, items, orders, commands, seed;
    double weight[TPCC_KINDS];
    double remote_lines, remote_payments, by_name, rollbacks;
};

#define MEMBER(name) offsetof(struct config, name)
static const struct key config_keys[] = {
    {"warehouses", KEY_COUNT, "8", MEMBER(warehouses)},
    {"customers", KEY_COUNT, "300", MEMBER(customers)},
    {"items", KEY_COUNT, "10000", MEMBER(items)},
    {"orders", KEY_COUNT, "0", MEMBER(orders)},
    {"new-order", KEY_NUMBER, "45", MEMBER(weight[TPCC_NEW_ORDER])},
    {"payment", KEY_NUMBER, "43", MEMBER(weight[TPCC_PAYMENT])},
    {"order-status", KEY_NUMBER, "4", MEMBER(weight[TPCC_ORDER_STATUS])},
    {"delivery", KEY_NUMBER, "4", MEMBER(weight[TPCC_DELIVERY])},
    {"stock-level", KEY_NUMBER, "4", MEMBER(weight[TPCC_STOCK_LEVEL])},
    {"remote-lines", KEY_SHARE, "1%", MEMBER(remote_lines)},
    {"remote-payments", KEY_SHARE, "15%", MEMBER(remote_payments)},
    {"by-name", KEY_SHARE, "60%", MEMBER(by_name)},
    {"rollbacks", KEY_SHARE, "1%", MEMBER(rollbacks)},
    {"commands", KEY_COUNT, NULL, MEMBER(commands)},
    {"seed", KEY_COUNT, NULL, MEMBER(seed)},
};
#undef MEMBER
enum { CONFIG_KEYS = sizeof(config_keys) / sizeof(config_keys[0]) };
static const struct key_table table = {"tpcc", config_keys, CONFIG_KEYS};

/* An order in the generator's database. */
struct placed {
    uint16_t customer;
    uint8_t lines;
};

/* A district in the generator's database. */
struct district {
    uint32_t next;        /* number of the next order */
    uint32_t pending;     /* of the oldest one that is not delivered; `next`: there is none */
    uint32_t history;     /* place of the next row */
    struct placed *order; /* by place */
    uint32_t *last_order; /* by customer: number, 0: none */
    uint32_t recent[RECENT][TPCC_LINES_MAX]; /* items, by number % RECENT */
};

struct tpcc {
    struct workload workload;
    struct config config;
    struct tpcc_application application;
    struct tpcc_shape shape;
    struct tpcc_draw draw;
    uint64_t weight[TPCC_KINDS], weight_sum;
    struct district *districts; /* of all warehouses */
    uint64_t issued;
    struct {
        struct random kind, place, customer, remote, item, rollback;
    } stream;
    struct accesses accesses;
};

/* ---- the generator's own database ----------------------------------------------------------- */

static uint32_t district_count(const struct tpcc *t)
{
    return t->shape.warehouses * TPCC_DISTRICTS;
}

static struct district *district_of(const struct tpcc *t, uint32_t warehouse, uint32_t district)
{
    return &t->districts[warehouse * TPCC_DISTRICTS + district];
}

static uint32_t place_of(const struct tpcc *t, uint32_t order)
{
    return (order - 1) % t->shape.orders;
}

static void populate(struct tpcc *t, uint32_t number)
{
    struct district *d = &t->districts[number];
    uint32_t orders = tpcc_initial_orders(&t->shape);
    memset(d->order, 0, t->shape.orders * sizeof(*d->order));
    memset(d->last_order, 0, t->shape.customers * sizeof(*d->last_order));
    for (uint32_t id = 1; id <= orders; id++) {
        struct tpcc_order o = tpcc_initial_order(&t->shape, number, id);
        d->order[id - 1] = (struct placed){(uint16_t)o.customer, (uint8_t)o.lines};
        d->last_order[o.customer] = id;
        for (uint32_t line = 0; line < o.lines; line++)
            d->recent[id % RECENT][line] = tpcc_initial_item(&t->shape, number, id, line);
    }
    d->next = orders + 1;
    d->pending = tpcc_initial_delivered(&t->shape) + 1;
    d->history = t->shape.customers % t->shape.orders;
}

/* Resets to the state before the first command. */
static void start(struct tpcc *t)
{
    uint64_t seed = t->config.seed;
    t->issued = 0;
    t->stream.kind = random_named(seed, "tpcc", "kind");
    t->stream.place = random_named(seed, "tpcc", "place");
    t->stream.customer = random_named(seed, "tpcc", "customer");
    t->stream.remote = random_named(seed, "tpcc", "remote");
    t->stream.item = random_named(seed, "tpcc", "item");
    t->stream.rollback = random_named(seed, "tpcc", "rollback");
    for (uint32_t i = 0; i < district_count(t); i++) populate(t, i);
}

/* ---- accesses ------------------------------------------------------------------------------- */

static void add(struct tpcc *t, enum tpcc_table of, uint32_t warehouse, uint32_t district,
                uint32_t number, uint8_t mode)
{
    struct tpcc_row row = {
        .table = of, .warehouse = warehouse, .district = district, .number = number};
    accesses_add(&t->accesses, tpcc_variable(&t->shape, row), mode);
}

static void add_line(struct tpcc *t, uint32_t warehouse, uint32_t district, uint32_t place,
                     uint32_t line, uint8_t mode)
{
    struct tpcc_row row = {.table = TPCC_LINE,
                           .warehouse = warehouse,
                           .district = district,
                           .number = place,
                           .line = line};
    accesses_add(&t->accesses, tpcc_variable(&t->shape, row), mode);
}

/* Another warehouse than that one; it, if there is no other. */
static uint32_t draw_other(struct tpcc *t, uint32_t warehouse)
{
    if (t->shape.warehouses == 1) return warehouse;
    uint32_t drawn = (uint32_t)random_below(&t->stream.remote, t->shape.warehouses - 1);
    return drawn + (drawn >= warehouse);
}

/* The customer, by number or by name, accessed as `mode` says. */
static uint32_t add_customer(struct tpcc *t, uint32_t warehouse, uint32_t district, uint8_t mode)
{
    struct random *random = &t->stream.customer;
    const struct tpcc_draw *d = &t->draw;
    if (!random_share(random, t->config.by_name)) {
        uint32_t customer = tpcc_nurand(&d->customer, random);
        add(t, TPCC_CUSTOMER, warehouse, district, customer, mode);
        return customer;
    }
    uint32_t name = tpcc_nurand(&d->name, random);
    uint32_t first = d->name_first[name], count = d->name_first[name + 1] - first;
    uint32_t middle = first + (count - 1) / 2; /* of n the n/2-th, rounded up */
    for (uint32_t i = first; i < first + count; i++)
        add(t, TPCC_CUSTOMER, warehouse, district, d->by_name[i], i == middle ? mode : READ);
    return d->by_name[middle];
}

/* ---- transactions --------------------------------------------------------------------------- */

struct sizes {
    uint32_t request_bytes, reply_bytes;
};

/* The order is stored in its place; the former one there is deleted. */
static void put_order(struct tpcc *t, uint32_t w, uint32_t number, uint32_t customer,
                      uint32_t lines)
{
    struct district *d = district_of(t, w, number);
    uint32_t place = place_of(t, d->next);
    struct placed *order = &d->order[place];
    add(t, TPCC_DISTRICT, w, number, 0, UPDATE);
    add(t, TPCC_ORDER, w, number, place, INSERT);
    add(t, TPCC_PENDING, w, number, place, UPDATE);
    for (uint32_t line = 0; line < lines || line < order->lines; line++)
        add_line(t, w, number, place, line, line < lines ? INSERT : UPDATE);
    if (d->next > t->shape.orders && d->last_order[order->customer] == d->next - t->shape.orders)
        d->last_order[order->customer] = 0;
    *order = (struct placed){(uint16_t)customer, (uint8_t)lines};
    d->last_order[customer] = d->next++;
}

static struct sizes new_order(struct tpcc *t, uint32_t w, uint32_t number)
{
    struct district *d = district_of(t, w, number);
    struct random *random = &t->stream.item;
    bool rolled_back = random_share(&t->stream.rollback, t->config.rollbacks);
    uint32_t customer = tpcc_nurand(&t->draw.customer, &t->stream.customer);
    uint32_t lines =
        TPCC_LINES_MIN + (uint32_t)random_below(random, TPCC_LINES_MAX - TPCC_LINES_MIN + 1);
    add(t, TPCC_WAREHOUSE, w, 0, 0, READ);
    add(t, TPCC_CUSTOMER, w, number, customer, READ);
    for (uint32_t line = 0; line < lines; line++) {
        uint32_t item = tpcc_nurand(&t->draw.item, random);
        bool remote = random_share(&t->stream.remote, t->config.remote_lines);
        uint32_t from = remote ? draw_other(t, w) : w;
        if (rolled_back && line == lines - 1) break; /* there is no such item */
        add(t, TPCC_STOCK, from, 0, item, rolled_back ? READ : UPDATE);
        if (!rolled_back) d->recent[d->next % RECENT][line] = item;
    }
    if (rolled_back)
        add(t, TPCC_DISTRICT, w, number, 0, READ);
    else
        put_order(t, w, number, customer, lines);
    return (struct sizes){HEAD_BYTES + lines * ASKED_LINE_BYTES,
                          REPLY_HEAD_BYTES + lines * REPLY_LINE_BYTES};
}

static struct sizes payment(struct tpcc *t, uint32_t w, uint32_t number)
{
    struct district *d = district_of(t, w, number);
    bool remote = random_share(&t->stream.remote, t->config.remote_payments);
    uint32_t theirs = remote ? draw_other(t, w) : w;
    uint32_t their_number =
        theirs == w ? number : (uint32_t)random_below(&t->stream.remote, TPCC_DISTRICTS);
    add(t, TPCC_WAREHOUSE, w, 0, 0, UPDATE);
    add(t, TPCC_DISTRICT, w, number, 0, UPDATE);
    add_customer(t, theirs, their_number, UPDATE);
    add(t, TPCC_HISTORY, w, number, d->history, INSERT);
    d->history = (d->history + 1) % t->shape.orders;
    return (struct sizes){PAYMENT_BYTES, PAYMENT_REPLY_BYTES};
}

static struct sizes order_status(struct tpcc *t, uint32_t w, uint32_t number)
{
    struct district *d = district_of(t, w, number);
    uint32_t order = d->last_order[add_customer(t, w, number, READ)], lines = 0;
    if (order) {
        lines = d->order[place_of(t, order)].lines;
        add(t, TPCC_ORDER, w, number, place_of(t, order), READ);
    }
    for (uint32_t line = 0; line < lines; line++)
        add_line(t, w, number, place_of(t, order), line, READ);
    return (struct sizes){HEAD_BYTES, REPLY_HEAD_BYTES + lines * REPLY_LINE_BYTES};
}

static void deliver(struct tpcc *t, uint32_t w, uint32_t number)
{
    struct district *d = district_of(t, w, number);
    uint32_t place = place_of(t, d->pending);
    if (d->pending == d->next) { /* not found */
        add(t, TPCC_PENDING, w, number, place, READ);
        return;
    }
    struct placed order = d->order[place];
    add(t, TPCC_CUSTOMER, w, number, order.customer, UPDATE);
    add(t, TPCC_ORDER, w, number, place, UPDATE);
    add(t, TPCC_PENDING, w, number, place, UPDATE);
    for (uint32_t line = 0; line < order.lines; line++) add_line(t, w, number, place, line, UPDATE);
    d->pending++;
}

static struct sizes delivery(struct tpcc *t, uint32_t w)
{
    for (uint32_t number = 0; number < TPCC_DISTRICTS; number++) deliver(t, w, number);
    return (struct sizes){HEAD_BYTES, HEAD_BYTES};
}

static struct sizes stock_level(struct tpcc *t, uint32_t w, uint32_t number)
{
    struct district *d = district_of(t, w, number);
    uint32_t oldest = d->next > RECENT ? d->next - RECENT : 1;
    if (d->next - oldest > t->shape.orders) oldest = d->next - t->shape.orders;
    add(t, TPCC_DISTRICT, w, number, 0, READ);
    for (uint32_t order = oldest; order < d->next; order++)
        for (uint32_t line = 0; line < d->order[place_of(t, order)].lines; line++) {
            add_line(t, w, number, place_of(t, order), line, READ);
            add(t, TPCC_STOCK, w, 0, d->recent[order % RECENT][line], READ);
        }
    return (struct sizes){HEAD_BYTES, HEAD_BYTES};
}

/* ---- the workload --------------------------------------------------------------------------- */

static enum tpcc_kind draw_kind(struct tpcc *t, const struct district *d)
{
    uint64_t drawn = random_below(&t->stream.kind, t->weight_sum);
    uint32_t kind = TPCC_NEW_ORDER;
    while (drawn >= t->weight[kind]) drawn -= t->weight[kind++];
    bool full = d->next - d->pending >= t->shape.orders;
    return kind == TPCC_NEW_ORDER && full ? TPCC_DELIVERY : (enum tpcc_kind)kind;
}

static struct sizes transact(struct tpcc *t, enum tpcc_kind kind, uint32_t w, uint32_t number)
{
    switch (kind) {
    case TPCC_NEW_ORDER:
        return new_order(t, w, number);
    case TPCC_PAYMENT:
        return payment(t, w, number);
    case TPCC_ORDER_STATUS:
        return order_status(t, w, number);
    case TPCC_DELIVERY:
        return delivery(t, w);
    default:
        return stock_level(t, w, number);
    }
}

static int next(struct workload *workload, struct trace_command *out, struct error *e)
{
    struct tpcc *t = (struct tpcc *)workload;
    (void)e;
    if (!workload->endless && t->issued == t->config.commands) return 0;
    t->issued++;
    uint32_t w = (uint32_t)random_below(&t->stream.place, t->shape.warehouses);
    uint32_t number = (uint32_t)random_below(&t->stream.place, TPCC_DISTRICTS);
    enum tpcc_kind kind = draw_kind(t, district_of(t, w, number));
    t->accesses.count = 0;
    struct sizes sizes = transact(t, kind, w, number);
    accesses_settle(&t->accesses);
    *out = (struct trace_command){.client = CLIENT_ANY,
                                  .kind = (uint16_t)kind,
                                  .at_ns = TIME_NONE,
                                  .cost_ns = COST_MODEL,
                                  .request_bytes = sizes.request_bytes,
                                  .reply_bytes = sizes.reply_bytes,
                                  .access_count = t->accesses.count,
                                  .accesses = t->accesses.access};
    return 1;
}

static int rewind_tpcc(struct workload *w, struct error *e)
{
    (void)e;
    start((struct tpcc *)w);
    return 0;
}

static void close_tpcc(struct workload *w)
{
    struct tpcc *t = (struct tpcc *)w;
    for (uint32_t i = 0; t->districts && i < district_count(t); i++) {
        free(t->districts[i].order);
        free(t->districts[i].last_order);
    }
    free(t->districts);
    tpcc_draw_finish(&t->draw);
    free(t->accesses.access);
    source_finish(w);
    free(t);
}

static const struct workload_ops tpcc_ops = {next, rewind_tpcc, close_tpcc};

/* ---- opening -------------------------------------------------------------------------------- */

static int check_count(const char *name, uint64_t value, uint64_t least, uint64_t most,
                       struct error *e)
{
    if (value >= least && value <= most) return 0;
    return error_set(e, "tpcc: %s: expected %llu to %llu, found %llu", name,
                     (unsigned long long)least, (unsigned long long)most,
                     (unsigned long long)value);
}

static int check(struct tpcc *t, struct error *e)
{
    struct config *c = &t->config;
    if (check_count("warehouses", c->warehouses, 1, TPCC_WAREHOUSES_MAX, e) < 0 ||
        check_count("customers", c->customers, 1, TPCC_CUSTOMERS_MAX, e) < 0 ||
        check_count("items", c->items, 1, TPCC_ITEMS_MAX, e) < 0)
        return -1;
    if (c->orders == 0) c->orders = c->customers;
    if (check_count("orders", c->orders, 1, TPCC_ORDERS_MAX, e) < 0) return -1;
    for (int k = 0; k < TPCC_KINDS; k++) {
        if (c->weight[k] > 1e9)
            return error_set(e, "tpcc: %s: expected at most 1000000000", kind_names[k]);
        t->weight[k] = (uint64_t)(c->weight[k] * 1e6 + 0.5);
        t->weight_sum += t->weight[k];
    }
    if (t->weight_sum == 0) return error_set(e, "tpcc: expected a weight above 0, found none");
    t->shape = (struct tpcc_shape){(uint32_t)c->warehouses, (uint32_t)c->customers,
                                   (uint32_t)c->orders, (uint32_t)c->items};
    if (tpcc_variables(&t->shape) >= UINT32_MAX)
        return error_set(e, "tpcc: expected less than %u rows, found %llu", UINT32_MAX,
                         (unsigned long long)tpcc_variables(&t->shape));
    return 0;
}

/* A warehouse's rows begin alike, numbers of warehouses being equally long: so a placement by
 * ranges of names cuts between warehouses. */
static int name_row(const struct tpcc_shape *s, struct tpcc_row row, char *name, size_t room)
{
    static const char *const letters[TPCC_TABLES] = {
        [TPCC_CUSTOMER] = "c", [TPCC_HISTORY] = "h", [TPCC_ORDER] = "o",
        [TPCC_PENDING] = "n",  [TPCC_LINE] = "o",    [TPCC_STOCK] = "s"};
    int digits = snprintf(NULL, 0, "%u", s->warehouses - 1);
    char warehouse[16];
    snprintf(warehouse, sizeof(warehouse), "w%0*u", digits, row.warehouse);
    if (row.table == TPCC_WAREHOUSE) return snprintf(name, room, "%s.w", warehouse);
    if (row.table == TPCC_DISTRICT) return snprintf(name, room, "%s.d%u", warehouse, row.district);
    if (row.table == TPCC_STOCK) return snprintf(name, room, "%s.s%u", warehouse, row.number);
    if (row.table == TPCC_LINE)
        return snprintf(name, room, "%s.d%u.o%u.l%u", warehouse, row.district, row.number,
                        row.line);
    return snprintf(name, room, "%s.d%u.%s%u", warehouse, row.district, letters[row.table],
                    row.number);
}

static void name_all(struct tpcc *t)
{
    struct catalogue *c = &t->workload.catalogue;
    uint32_t count = (uint32_t)tpcc_variables(&t->shape);
    for (uint32_t v = 0; v < count; v++) {
        char name[64];
        struct tpcc_row row = tpcc_row(&t->shape, v);
        int length = name_row(&t->shape, row, name, sizeof(name));
        source_variable(&t->workload, name, (uint32_t)length);
        c->variable_bytes[v] = tpcc_bytes(row.table);
        c->granule[v] = tpcc_granule(&t->shape, v);
    }
}

static void make_districts(struct tpcc *t)
{
    t->districts = allocate_zeroed(district_count(t), sizeof(*t->districts));
    for (uint32_t i = 0; i < district_count(t); i++) {
        struct district *d = &t->districts[i];
        d->order = allocate_zeroed(t->shape.orders, sizeof(*d->order));
        d->last_order = allocate_zeroed(t->shape.customers, sizeof(*d->last_order));
    }
}

static bool is_given(uint64_t given, const char *name)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++)
        if (strcmp(config_keys[i].name, name) == 0) return given >> i & 1;
    return false;
}

static uint64_t count_keys(char *keys)
{
    struct error e;
    struct tpcc *t = allocate_zeroed(1, sizeof(*t));
    uint64_t given, variables = 0;
    if (keys_read(&table, keys, &t->config, &given, &e) == 0 && check(t, &e) == 0)
        variables = tpcc_variables(&t->shape);
    free(t);
    return variables;
}

static struct workload *open_keys(char *keys, uint64_t seed, struct error *e)
{
    struct tpcc *t = allocate_zeroed(1, sizeof(*t));
    uint64_t given;
    source_init(&t->workload, &tpcc_ops);
    if (keys_read(&table, keys, &t->config, &given, e) < 0 || check(t, e) < 0) {
        close_tpcc(&t->workload);
        return NULL;
    }
    if (!is_given(given, "seed")) t->config.seed = seed;
    t->workload.endless = !is_given(given, "commands");
    t->workload.complete = true;
    for (int k = 0; k < TPCC_KINDS; k++)
        source_kind(&t->workload, kind_names[k], (uint32_t)strlen(kind_names[k]));
    name_all(t);
    struct random random = random_named(t->config.seed, "tpcc", "constants");
    tpcc_draw_init(&t->draw, &t->shape, &random);
    make_districts(t);
    start(t);
    tpcc_application_init(&t->application, &t->shape);
    t->workload.application = &t->application.base;
    return &t->workload;
}

const struct generator tpcc_workload = {
    .name = "tpcc",
    .open = open_keys,
    .help = {"TPC-C; its consistency conditions are checked",
             "warehouses=8 customers=300  of a district; the standard has 3000",
             "items=10000  the standard has 100000",
             "orders=300  that a district has room for (default: as customers)",
             "new-order=45 payment=43 order-status=4 delivery=4 stock-level=4  weights",
             "remote-lines=1% remote-payments=15% by-name=60% rollbacks=1%",
             "commands=N (default: endless) seed=N (default: --seed)"},
    .executes = count_keys,
};
