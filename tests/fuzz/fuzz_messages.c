/* fuzz_messages.c - messages of every kind, changed, in clusters that run: refused or believed, but
 * without an assertion, an access out of bounds (under a sanitizer) or an endless loop.
 *
 * Between the simulator and each of its nodes stands another node: before a message of the kind
 * under test it hands over changed copies of it, as the simulator hands over a forged message. So
 * every kind is changed in the states in which it occurs. AVIARY_CHANGES=N, a hundred by default,
 * makes more of them. */
#include <string.h>

#include "proto/node/validation.h"
#include "tests/lib/fuzz.h"
#include "tests/lib/sources.h"
#include "tests/lib/world.h"

#define MS UINT64_C(1000000)

enum {
    PARTITIONS = 3,
    CLIENTS = 4,
    COMMANDS = 30,       /* of each client */
    LARGE_BYTES = 16384, /* of a request: it is inquired after before it is sent again */
    COPIES_MAX = 8,
    CHANGES_EACH = 10, /* times fuzz_changes() */
    RUNS_EACH = 12,    /* at most; once more for each hundred of fuzz_changes() */
    NODES_MAX = 64,
    FIELDS_BYTES = 128, /* of the message, where most fields are */
    EVENTS_MAX = 100000,
};

/* Leaders change, links lose messages: else some kinds would not occur. */
static const char faults[] = "at 2ms loss 3% * * for 40ms\n"
                             "at 5ms crash p0.r0\n"
                             "at 12ms cut *.r0 *.r1 for 20ms\n";

struct fuzzed {
    const struct node_ops *ops;
    void *state;
    struct transport *t;
};

static struct world world;
static struct fuzzed nodes[NODES_MAX];
static uint32_t node_count;
static struct random draw;
static uint32_t kind;
static long changed, believed;

/* ---- changes -------------------------------------------------------------------------------- */

static void flip_bits(uint8_t *bytes, uint64_t count)
{
    for (uint64_t flips = 1 + random_below(&draw, 8); flips > 0; flips--) {
        uint64_t bit = random_below(&draw, 8 * count);
        bytes[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
}

/* A field, perhaps, gets a number at the end of a range, or near its own. */
static void replace_word(uint8_t *bytes, uint64_t count)
{
    static const uint64_t numbers[] = {0, 1, UINT64_MAX, INT64_MAX, INT32_MAX, UINT32_MAX, 1 << 20};
    uint64_t width = UINT64_C(2) << random_below(&draw, 3), word = 0;
    uint64_t at = width * random_below(&draw, count / width);
    memcpy(&word, bytes + at, width);
    uint64_t choice = random_below(&draw, 2 * sizeof(numbers) / sizeof(numbers[0]));
    if (choice < sizeof(numbers) / sizeof(numbers[0]))
        word = numbers[choice];
    else
        word += random_below(&draw, 9) - 4;
    memcpy(bytes + at, &word, width);
}

static void change(struct message *m)
{
    uint64_t bytes = m->bytes;
    if (bytes > FIELDS_BYTES && random_chance(&draw, 1, 2)) bytes = FIELDS_BYTES;
    if (random_chance(&draw, 1, 2))
        flip_bits((uint8_t *)m, bytes);
    else
        replace_word((uint8_t *)m, bytes);
}

static void hand_over_changed(struct fuzzed *n, const struct message *m)
{
    struct message *copy = n->t->ops->message_new(n->t, m->bytes);
    memcpy(copy, m, m->bytes);
    change(copy);
    changed++;
    if (copy->from == m->from && message_valid(copy, m->bytes, &world.cluster.limits)) {
        believed++;
        n->ops->on_message(n->state, copy);
    }
    n->t->ops->message_release(n->t, copy);
}

/* ---- the nodes between ---------------------------------------------------------------------- */

static void init(void *node, struct transport *t)
{
    struct fuzzed *n = node;
    n->t = t;
    n->ops->init(n->state, t);
}

static void on_message(void *node, struct message *m)
{
    struct fuzzed *n = node;
    if (m->kind == kind)
        for (uint64_t copies = random_below(&draw, COPIES_MAX); copies > 0; copies--)
            hand_over_changed(n, m);
    n->ops->on_message(n->state, m);
}

static void on_timer(void *node, uint32_t timer)
{
    struct fuzzed *n = node;
    n->ops->on_timer(n->state, timer);
}

static void on_completion(void *node, uint64_t cookie, enum completion how)
{
    struct fuzzed *n = node;
    n->ops->on_completion(n->state, cookie, how);
}

static void on_peer(void *node, uint32_t peer, bool up)
{
    struct fuzzed *n = node;
    n->ops->on_peer(n->state, peer, up);
}

uint32_t __real_sim_add_node(struct sim *s, const struct sim_node_config *config);
uint32_t __wrap_sim_add_node(struct sim *s, const struct sim_node_config *config);

/* The linker puts it in the place of sim_add_node(). */
uint32_t __wrap_sim_add_node(struct sim *s, const struct sim_node_config *config)
{
    static const struct node_ops ops = {init,    on_message, on_timer, on_completion,
                                        on_peer, NULL,       NULL};
    ck_assert_uint_lt(node_count, NODES_MAX);
    struct fuzzed *n = &nodes[node_count++];
    *n = (struct fuzzed){.ops = config->ops, .state = config->state};
    struct sim_node_config between = *config;
    between.ops = &ops;
    between.state = n;
    return __real_sim_add_node(s, &between);
}

/* ---- runs ----------------------------------------------------------------------------------- */

/* Of the scheme whose turn it is, with every option that adds messages. */
static void run(uint64_t seed)
{
    uint32_t schemes = 0;
    while (scheme_at(schemes)) schemes++;
    const struct scheme *scheme = scheme_at((uint32_t)(seed % schemes));
    uint32_t groups = scheme->partitioned ? PARTITIONS : 1;
    struct scheme_options options = world_options(scheme->name);
    options.lazy = seed / schemes % 2;
    options.value_cache = (enum value_cache)(seed / schemes % (VALUE_CACHE_SPECULATIVE + 1));
    if (scheme->plans) options.hint_ns = 2 * MS;
    if (scheme->plans) options.plan_every_ns = 5 * MS;
    struct random_source source;
    random_source_init(&source, &(struct random_source_setup){.seed = seed,
                                                              .groups = groups,
                                                              .variables = 8 * groups,
                                                              .each = COMMANDS,
                                                              .multi_pct = 40,
                                                              .clients = CLIENTS,
                                                              .unborn = scheme->oracle ? groups : 0,
                                                              .make_pct = scheme->oracle ? 10 : 0,
                                                              .request_bytes = LARGE_BYTES});
    node_count = 0;
    world_begin(&world, &(struct world_setup){.scheme = scheme->name,
                                              .model = world_lan_model,
                                              .groups = groups,
                                              .replicas = 3,
                                              .clients = CLIENTS,
                                              .variables = 8 * groups,
                                              .unborn = scheme->oracle ? groups : 0,
                                              .options = &options,
                                              .outstanding = 2,
                                              .source = &source.source,
                                              .faults = faults,
                                              .events_max = EVENTS_MAX,
                                              .seed = seed});
    world_run(&world, 400 * MS);
    world_check(&world); /* whatever it finds */
    world_end(&world);
    random_source_finish(&source);
}

/* PROBEs, kind 0, are the transport's. */
START_TEST(changed_messages_of_each_kind_do_no_harm)
{
    kind = (uint32_t)_i;
    draw = random_named(1, message_kind_name(kind), "changes");
    changed = believed = 0;
    long runs = RUNS_EACH + RUNS_EACH * fuzz_changes() / 100;
    for (long i = 0; i < runs && changed < CHANGES_EACH * fuzz_changes(); i++) run((uint64_t)i);
    ck_assert_msg(changed > 0, "%s: there is none", message_kind_name(kind));
    ck_assert_int_gt(believed, 0);
    ck_assert_int_lt(believed, changed);
}
END_TEST

/* Numbers that this multicast has no message for occur in no run. */
static bool occurs(int number)
{
    if (message_layer((uint32_t)number) != LAYER_MORE_MULTICAST) return true;
    return multicast_message(multicast_find("basecast"), (uint32_t)number) != NULL;
}

int main(void)
{
    Suite *s = suite_create("fuzz messages");
    TCase *c = tcase_create("kinds");
    tcase_set_timeout(c, 60);
    for (int i = MESSAGE_PROBE + 1; i < MESSAGE_KIND_COUNT; i++)
        if (occurs(i)) tcase_add_loop_test(c, changed_messages_of_each_kind_do_no_harm, i, i + 1);
    suite_add_tcase(s, c);
    return test_main(s);
}
