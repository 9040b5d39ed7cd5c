/* draw.c - see draw.h. */
#include "analysis/swarm/draw.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/assert.h"
#include "proto/partition/partitioner.h"
#include "proto/schemes/plants.h"
#include "workloads/place/placement.h"

enum { TEXT_BYTES = 256 };

/* What is decided so far of the run that is being drawn. */
struct drawing {
    const struct experiment *given;
    uint64_t seed;
    struct random random; /* the stream of the present option */
    const struct multicast_ops *multicast;
    const struct scheme *scheme;
    bool open; /* clients do not wait for replies */
    struct cell_run *run;
};

/* How an option is drawn. */
struct rule {
    const char *option;
    bool (*concerns)(const struct drawing *d); /* NULL: every run */
    /* Writes a value. -1 with the error: there is none. */
    int (*draw)(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                struct error *e);
    uint64_t least, most;     /* of numbers, */
    const char *unit;         /* and what follows; NULL: nothing */
    const char *const *words; /* to draw from: one that stands there twice is as likely again */
    uint64_t one_in;          /* that share of the runs has it, the others the default; 0: all */
};

static const struct option *option_named(const struct drawing *d, const char *name,
                                         const char **text)
{
    const struct option *o;
    bool found = experiment_find(d->given, name, &o, text);
    ASSERT(found);
    return o;
}

static bool is_given(const struct drawing *d, const char *name)
{
    const char *text;
    const struct option *o = option_named(d, name, &text);
    return options_given(o, text);
}

/* ---- which runs an option concerns ---------------------------------------------------------- */

static bool has_log(const struct drawing *d)
{
    return d->multicast->apply != NULL;
}

static bool exchanges(const struct drawing *d)
{
    return d->scheme->partitioned && !d->scheme->oracle;
}

static bool is_dynamic(const struct drawing *d)
{
    return d->scheme->oracle != NULL;
}

static bool plans(const struct drawing *d)
{
    return d->scheme->plans;
}

static bool may_be_open(const struct drawing *d)
{
    return !is_given(d, "outstanding");
}

static bool is_closed(const struct drawing *d)
{
    return !d->open;
}

static bool has_no_duration(const struct drawing *d)
{
    return !is_given(d, "duration");
}

/* ---- values --------------------------------------------------------------------------------- */

/* From least to most: an octave, then a number in it. */
static uint64_t scaled(struct random *random, uint64_t least, uint64_t most)
{
    uint32_t octaves = 1;
    while (least << octaves <= most) octaves++;
    uint64_t value = least << random_below(random, octaves);
    value += random_below(random, value);
    return value < most ? value : most;
}

static const char *one_of(struct random *random, const char *const *words)
{
    uint32_t count = 0;
    while (words[count]) count++;
    return words[random_below(random, count)];
}

static int put(char text[static TEXT_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static int put(char text[static TEXT_BYTES], const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text, TEXT_BYTES, format, arguments);
    va_end(arguments);
    ASSERT(length > 0);
    ASSERT(length < TEXT_BYTES);
    return 0;
}

static int a_number(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                    struct error *e)
{
    (void)e;
    return put(text, "%" PRIu64 "%s", scaled(&d->random, r->least, r->most),
               r->unit ? r->unit : "");
}

/* Half of the runs have none. */
static int a_number_or_off(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                           struct error *e)
{
    if (random_chance(&d->random, 1, 2)) return put(text, "off");
    return a_number(d, r, text, e);
}

/* One of the rule's words, or else of those that the option takes. */
static int a_word(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                  struct error *e)
{
    const char *given;
    (void)e;
    const struct option *o = option_named(d, r->option, &given);
    ASSERT(r->words || o->words);
    return put(text, "%s", one_of(&d->random, r->words ? r->words : o->words));
}

static int a_size(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                  struct error *e)
{
    uint32_t most = d->multicast->replicas_max, size;
    a_word(d, r, text, e);
    if (most && sscanf(text, "%" SCNu32, &size) == 1 && size > most) put(text, "%" PRIu32, most);
    return 0;
}

static int a_multicast(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                       struct error *e)
{
    uint32_t count = 0;
    (void)r, (void)e;
    while (multicast_at(count)) count++;
    return put(text, "%s", multicast_at((uint32_t)random_below(&d->random, count))->name);
}

static int a_planning(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                      struct error *e)
{
    uint32_t count = 0;
    (void)r, (void)e;
    while (partitioner_at(count)) count++;
    return put(text, "%s", partitioner_at((uint32_t)random_below(&d->random, count))->name);
}

const char *swarm_draw_placement(struct random *random)
{
    struct placement_kind p;
    uint32_t count = 0, i = 0;
    for (; placement_at(i, &p); i++) count += !p.argument && !partitioner_find(p.name);
    uint32_t at = (uint32_t)random_below(random, count);
    for (i = 0; placement_at(i, &p); i++)
        if (!p.argument && !partitioner_find(p.name) && at-- == 0) break;
    return p.name;
}

static int a_placement(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                       struct error *e)
{
    (void)r, (void)e;
    return put(text, "%s", swarm_draw_placement(&d->random));
}

/* Of generators. Each draw is a statement: the order of arguments would be the compiler's. */
static int a_workload(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                      struct error *e)
{
    (void)e;
    const char *kind = one_of(&d->random, r->words);
    if (strcmp(kind, "tpcc") == 0)
        return put(text, "tpcc:warehouses=%" PRIu64 ",customers=20,items=50,orders=20",
                   1 + random_below(&d->random, 4));
    if (strcmp(kind, "chirper") == 0)
        return put(text, "chirper:users=%" PRIu64, scaled(&d->random, 32, 1023));
    uint64_t variables = scaled(&d->random, 256, 4095), inserts = 30 * random_below(&d->random, 3);
    uint64_t multi = random_below(&d->random, 50), bytes = scaled(&d->random, 16, 16383);
    return put(text,
               "kv:variables=%" PRIu64 ",inserts=%" PRIu64 ",insert=%" PRIu64 ",multi=%" PRIu64
               "%%,size=%" PRIu64 "B",
               variables, inserts, inserts / 10, multi, bytes);
}

/* ---- schemes -------------------------------------------------------------------------------- */

static bool is_among_given(const struct drawing *d, const struct scheme *s)
{
    const char *text;
    const struct option *o = option_named(d, "scheme", &text);
    if (!options_given(o, text)) return true;
    for (uint32_t i = 0; i < options_values(o, text); i++)
        if (strcmp(options_value(o, text, i), s->name) == 0) return true;
    return false;
}

static bool may_run(const struct drawing *d, const struct scheme *s)
{
    const struct plant *plant = d->given->plant;
    return is_among_given(d, s) && (!plant || plant_concerns(plant, s, d->multicast));
}

static int a_scheme(struct drawing *d, const struct rule *r, char text[static TEXT_BYTES],
                    struct error *e)
{
    uint32_t count = 0, i = 0;
    (void)r;
    for (; scheme_at(i); i++) count += may_run(d, scheme_at(i));
    if (count == 0)
        return error_set(e, "--plant: %s is no bug of the schemes given", d->given->plant->name);
    uint32_t at = (uint32_t)random_below(&d->random, count);
    for (i = 0; !may_run(d, scheme_at(i)) || at-- > 0;) i++;
    return put(text, "%s", scheme_at(i)->name);
}

/* ---- the table ------------------------------------------------------------------------------ */

#define WORDS(...)                 \
    .words = (const char *const[]) \
    {                              \
        __VA_ARGS__, NULL          \
    }

/* In this order, since later ones depend on earlier ones. One more is a line. */
static const struct rule rules[] = {
    {"multicast", .draw = a_multicast},
    {"scheme", .draw = a_scheme},
    {"partitions", .draw = a_number, .least = 1, .most = 8},
    {"replicas", .draw = a_size, WORDS("1", "3", "3", "3", "5", "7")},
    {"placement", .draw = a_placement},
    {"model", .draw = a_word, WORDS("cluster-2014", "ec2-2019", "rdma-r320", "rdma-xl170")},
    {"window", has_log, .draw = a_number, .least = 1, .most = 15},
    {"durable", has_log, .draw = a_word, WORDS("on"), .one_in = 3},
    {"workload", .draw = a_workload, WORDS("tpcc", "kv", "kv", "chirper")},
    {"clients", .draw = a_number, .least = 1, .most = 31},
    {"commands", has_no_duration, .draw = a_number, .least = 32, .most = 511},
    /* Up to several times the capacity of the cluster. */
    {"rate", may_be_open, .draw = a_number, .least = 1000, .most = 255000, .unit = "/s",
     .one_in = 3},
    {"outstanding", is_closed, .draw = a_number, .least = 1, .most = 15},
    {"value-cache", exchanges, .draw = a_word},
    {"signals", exchanges, .draw = a_word},
    {"location-cache", is_dynamic, .draw = a_word},
    {"target", is_dynamic, .draw = a_word},
    {"retries", is_dynamic, .draw = a_number, .least = 1, .most = 7},
    {"return", plans, .draw = a_word},
    {"planning", plans, .draw = a_planning},
    {"hints", plans, .draw = a_number, .least = 1, .most = 63, .unit = "ms"},
    {"plan-every", plans, .draw = a_number_or_off, .least = 1, .most = 255, .unit = "ms"},
    {"plan-changes", plans, .draw = a_number_or_off, .least = 32, .most = 1023},
    {"plan-guard", plans, .draw = a_word},
    {"transfer", plans, .draw = a_word},
    {"faults", .draw = a_word, WORDS("swarm")},
    /* So that a run that would not end is undecided after a minute or so. */
    {"max-events", .draw = a_word, WORDS("20M")},
};
enum { RULES = sizeof(rules) / sizeof(rules[0]) };

/* ---- a run ---------------------------------------------------------------------------------- */

static void add(struct drawing *d, const struct option *o, const char *text)
{
    if (o->argument)
        cell_run_add(d->run, o->name, text);
    else
        cell_run_add_switch(d->run, o->name);
}

static const char *one_value(struct drawing *d, const struct option *o, const char *text)
{
    if (!o->axis) return text;
    return options_value(o, text, (uint32_t)random_below(&d->random, options_values(o, text)));
}

/* What later options depend on. */
static void note(struct drawing *d, const char *name, const char *text)
{
    if (strcmp(name, "multicast") == 0) d->multicast = multicast_find(text);
    if (strcmp(name, "scheme") == 0) d->scheme = scheme_find(text);
    if (strcmp(name, "rate") == 0) d->open = true;
}

static int decide(struct drawing *d, const struct rule *r, struct error *e)
{
    const char *given;
    char drawn[TEXT_BYTES];
    const struct option *o = option_named(d, r->option, &given);
    d->random = random_named(d->seed, "swarm", r->option);
    /* Of the schemes given some may not have the bug that is planted. */
    bool fixed = options_given(o, given) && r->draw != a_scheme;
    if (!fixed) {
        if (r->concerns && !r->concerns(d)) return 0;
        if (r->one_in && !random_chance(&d->random, 1, r->one_in)) return 0;
        if (r->draw(d, r, drawn, e) < 0) return -1;
    }
    const char *text = fixed ? one_value(d, o, given) : drawn;
    add(d, o, text);
    note(d, r->option, text);
    return 0;
}

static bool has_rule(const char *name)
{
    for (uint32_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].option, name) == 0) return true;
    return false;
}

static void add_others(struct drawing *d)
{
    const char *name, *text;
    for (uint32_t i = 0; experiment_option(d->given, i, &name, &text); i++) {
        const struct option *o = option_named(d, name, &text);
        if (options_given(o, text) && !has_rule(name)) add(d, o, text);
    }
    const struct option *wait = option_named(d, "wait", &text); /* no option of the run itself */
    if (options_given(wait, text)) add(d, wait, text);
}

int swarm_draw(const struct experiment *given, uint64_t seed, struct cell_run *run, struct error *e)
{
    struct drawing d = {.given = given, .seed = seed, .run = run};
    char number[24];
    int status = 0;
    cell_run_begin(run, *given->clusters);
    for (uint32_t i = 0; i < RULES && status == 0; i++) status = decide(&d, &rules[i], e);
    if (status < 0) {
        cell_run_finish(run);
        return -1;
    }
    add_others(&d);
    snprintf(number, sizeof(number), "%" PRIu64, seed);
    cell_run_add(run, "seed", number);
    return cell_run_read(run, given->clusters, e);
}
