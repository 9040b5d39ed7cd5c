/* test_placement.c - initial placements of variables: each strategy, and the graph that some of
 * them use. */
#include "proto/command.h"
#include "tests/lib/harness.h"
#include "tests/lib/streams.h"
#include "workloads/place/access_graph.h"
#include "workloads/place/placement.h"

static char *directory;

static struct placement_request request(const char *spec, uint32_t partitions)
{
    return (struct placement_request){.spec = spec,
                                      .partitions = partitions,
                                      .seed = 1,
                                      .commands_max = UINT64_MAX,
                                      .imbalance = 0.2};
}

static struct placement compute(struct workload *w, const char *spec, uint32_t partitions)
{
    struct placement_request r = request(spec, partitions);
    struct placement p;
    struct error e = {""};
    ck_assert_msg(placement_compute(&r, w, &p, &e) == 0, "%s", e.text);
    return p;
}

static struct workload *open_text(const char *text)
{
    const char *path = path_in(directory, "t.trace");
    write_text(path, text);
    return must_open(path, 1);
}

static uint32_t variable(const struct workload *w, const char *name)
{
    return names_find(workload_catalogue(w)->variables, name, (uint32_t)strlen(name));
}

static uint32_t place_of(const struct placement *p, const struct workload *w, const char *name)
{
    return placement_of(p, variable(w, name));
}

/* Share of the next commands that touch several partitions. */
static double multi_share(const struct placement *p, struct workload *w, uint64_t commands)
{
    struct trace_command c;
    struct error e;
    uint64_t multi = 0;
    for (uint64_t i = 0; i < commands; i++) {
        ck_assert_int_eq(workload_next(w, &c, &e), 1);
        for (uint32_t a = 1; a < c.access_count; a++)
            if (placement_of(p, c.accesses[a].variable) !=
                placement_of(p, c.accesses[0].variable)) {
                multi++;
                break;
            }
    }
    return (double)multi / (double)commands;
}

/* --- strategies ---------------------------------------------------------------------------------
 */

START_TEST(hash_and_random_placements_spread_variables_evenly)
{
    const char *spec = _i == 0 ? "hash" : "random";
    struct workload *w = must_open("chirper", 1);
    struct placement p = compute(w, spec, 8);
    uint32_t count[8] = {0};
    ck_assert_uint_eq(p.variable_count, 10000);
    for (uint32_t v = 0; v < 10000; v++) count[placement_of(&p, v)]++;
    for (int i = 0; i < 8; i++) ck_assert(count[i] > 1100 && count[i] < 1400);
    struct placement again = compute(w, spec, 8);
    for (uint32_t v = 0; v < 10000; v++) ck_assert_uint_eq(again.partition[v], p.partition[v]);
    /* A variable that appears after the placement has a partition too. */
    ck_assert_uint_lt(placement_of(&p, 123456), 8);
    placement_finish(&p);
    placement_finish(&again);
    workload_close(w);
}
END_TEST

START_TEST(a_range_placement_makes_equal_blocks_in_the_order_of_names)
{
    struct workload *w =
        open_text("k r=u10\nk r=u9\nk r=u2\nk r=u1\nk r=a\nk r=u11\nk r=z\nk r=u3\n");
    static const char *const sorted[] = {"a", "u1", "u2", "u3", "u9", "u10", "u11", "z"};
    struct placement p = compute(w, "range", 4);
    for (uint32_t i = 0; i < 8; i++) ck_assert_uint_eq(place_of(&p, w, sorted[i]), i / 2);
    placement_finish(&p);
    workload_close(w);
}
END_TEST

START_TEST(a_range_placement_keeps_communities_together)
{
    struct workload *w = must_open("chirper", 1);
    for (uint32_t k = 1; k <= 64; k *= 2) {
        struct placement p = compute(w, "range", k);
        ck_assert(multi_share(&p, w, 20000) == 0);
        must_rewind(w);
        placement_finish(&p);
    }
    workload_close(w);
}
END_TEST

static int count_kinds(void)
{
    struct placement_kind kind;
    int count = 0;
    while (placement_at((uint32_t)count, &kind)) count++;
    return count;
}

START_TEST(variables_are_placed_with_their_granules)
{
    struct placement_kind kind;
    ck_assert(placement_at((uint32_t)_i, &kind));
    if (kind.argument) return; /* the file has its own */
    struct workload *w = open_text("@variable a1,a2,a3 granule=a\n@variable b1 granule=b\n"
                                   "k w=a1,a2 r=b1\nk w=a3 r=c,d,e,f,g\nk w=a,b\n");
    struct placement p = compute(w, kind.name, 3);
    for (const char *const *name = (const char *const[]){"a1", "a2", "a3", NULL}; *name; name++)
        ck_assert_uint_eq(place_of(&p, w, *name), place_of(&p, w, "a"));
    ck_assert_uint_eq(place_of(&p, w, "b1"), place_of(&p, w, "b"));
    placement_finish(&p);
    workload_close(w);
}
END_TEST

START_TEST(a_placement_file_is_applied_or_refused)
{
    struct workload *w = open_text("k r=a\nk r=b\nk r=c\n@variable d granule=a\nk r=d\n");
    char spec[600];
    snprintf(spec, sizeof(spec), "file:%s", path_in(directory, "places"));
    write_text(spec + 5, "# where\n a 2\nb\t0 # first\n\nnot-there 1\n");
    struct placement p = compute(w, spec, 3);
    ck_assert_uint_eq(place_of(&p, w, "a"), 2);
    ck_assert_uint_eq(place_of(&p, w, "b"), 0);
    ck_assert_uint_eq(place_of(&p, w, "d"), 2);
    ck_assert_uint_lt(place_of(&p, w, "c"), 3);
    placement_finish(&p);
    static const char *const wrong[][2] = {
        {"a 1\nb 3\n", ":2: expected `NAME PARTITION` with a partition from 0 to 2, found '3'"},
        {"a\n", ":1: expected `NAME PARTITION` with a partition from 0 to 2, found ''"},
        {"d 1\n", ":1: expected a granule, but 'd' lies in the granule 'a'"},
        {"x 1\n", ": expected variables of the workload, found none"}};
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct placement_request r = request(spec, 3);
        struct error e = {""};
        write_text(spec + 5, wrong[i][0]);
        ck_assert_int_eq(placement_compute(&r, w, &p, &e), -1);
        ck_assert_str_eq(e.text + strlen(spec + 5), wrong[i][1]);
    }
    workload_close(w);
}
END_TEST

START_TEST(an_unknown_strategy_is_refused_with_the_list_of_strategies)
{
    struct error strategies;
    struct placement_kind kind;
    error_set(&strategies, "no placement is called 'metiss'; there is:");
    for (uint32_t i = 0; placement_at(i, &kind); i++)
        error_add(&strategies, kind.argument ? "%s %s:%s" : "%s %s", i > 0 ? "," : "", kind.name,
                  kind.argument);
    const struct {
        const char *spec, *message;
        uint32_t partitions;
    } wrong[] = {{"metiss", strategies.text, 2},
                 {"file", "placement 'file': expected file:PATH", 2},
                 {"hash:7", "placement 'hash:7': expected hash", 2},
                 {"hash", "expected 1 to 128 partitions, found 129", 129},
                 {"hash", "expected 1 to 128 partitions, found 0", 0}};
    struct workload *w = must_open("chirper:users=100,communities=1", 1);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct placement_request r = request(wrong[i].spec, wrong[i].partitions);
        struct placement p;
        struct error e = {""};
        ck_assert_int_eq(placement_compute(&r, w, &p, &e), -1);
        ck_assert_str_eq(e.text, wrong[i].message);
    }
    workload_close(w);
}
END_TEST

/* --- partitioners
 * --------------------------------------------------------------------------------------
 */

/* Cliques of six variables each, joined to a ring by one weak command between neighbours. */
static struct workload *open_ring(uint32_t cliques)
{
    const char *path = path_in(directory, "ring.trace");
    FILE *file = fopen(path, "w");
    for (int round = 0; round < 10; round++)
        for (uint32_t c = 0; c < cliques; c++)
            for (uint32_t i = 0; i < 6; i++)
                for (uint32_t j = 0; j < i; j++) fprintf(file, "k rw=c%u.%u,c%u.%u\n", c, i, c, j);
    for (uint32_t c = 0; c < cliques; c++)
        fprintf(file, "k rw=c%u.0,c%u.1\n", c, (c + 1) % cliques);
    fclose(file);
    return must_open(path, 1);
}

START_TEST(metis_cuts_no_clique_of_a_ring_of_cliques)
{
    enum { CLIQUES = 16 };
    struct workload *w = open_ring(CLIQUES);
    for (uint32_t k = 1; k <= CLIQUES; k *= 2) {
        struct placement p = compute(w, "metis", k);
        uint32_t cliques_in[CLIQUES] = {0};
        for (uint32_t c = 0; c < CLIQUES; c++) {
            char name[32];
            snprintf(name, sizeof(name), "c%u.0", c);
            uint32_t first = place_of(&p, w, name);
            cliques_in[first]++;
            for (int i = 1; i < 6; i++) {
                snprintf(name, sizeof(name), "c%u.%d", c, i);
                ck_assert_uint_eq(place_of(&p, w, name), first);
            }
        }
        for (uint32_t i = 0; i < k; i++) ck_assert_uint_eq(cliques_in[i], CLIQUES / k);
        placement_finish(&p);
    }
    workload_close(w);
}
END_TEST

START_TEST(partitioners_cut_fewer_commands_than_hash_on_the_social_network)
{
    struct workload *w = must_open("chirper:users=4000,communities=20,cut=2%", 1);
    const char *name = partitioner_at((uint32_t)_i)->name;
    struct placement hash = compute(w, "hash", 4), cut = compute(w, name, 4),
                     again = compute(w, name, 4);
    double by_hash = multi_share(&hash, w, 50000);
    must_rewind(w);
    double by_cut = multi_share(&cut, w, 50000);
    ck_assert_msg(by_cut < by_hash / 4, "%f %f", by_cut, by_hash);
    for (uint32_t v = 0; v < 4000; v++) ck_assert_uint_eq(cut.partition[v], again.partition[v]);
    placement_finish(&hash);
    placement_finish(&cut);
    placement_finish(&again);
    workload_close(w);
}
END_TEST

START_TEST(small_commands_become_cliques_and_large_ones_stars)
{
    struct workload *w = open_text("k rw=a,b,c\nk r=b w=c\n"
                                   "k r=d w=e,f,g,h,i,j,k,l,m\n");
    struct access_graph *g = access_graph_create();
    struct trace_command c;
    struct error e;
    while (workload_next(w, &c, &e) > 0) access_graph_add(g, workload_catalogue(w), &c);
    const struct graph_csr *csr = access_graph_csr(g, workload_catalogue(w));
    ck_assert_uint_eq(csr->vertices, 13);
    ck_assert_uint_eq(csr->offset[13], 2 * (3 + 9));
    static const uint32_t weight[13] = {2, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};
    for (uint32_t v = 0; v < 13; v++) ck_assert_uint_eq(csr->vertex_weight[v], weight[v]);
    uint32_t a = variable(w, "a"), d = variable(w, "d");
    ck_assert_uint_eq(csr->offset[a + 1] - csr->offset[a], 2);
    ck_assert_uint_eq(csr->offset[d + 1] - csr->offset[d], 9);
    uint32_t b = variable(w, "b"), from_b = csr->offset[b];
    ck_assert_uint_eq(csr->neighbour[from_b], a);
    ck_assert_uint_eq(csr->edge_weight[from_b], 1);
    ck_assert_uint_eq(csr->neighbour[from_b + 1], variable(w, "c"));
    ck_assert_uint_eq(csr->edge_weight[from_b + 1], 2);
    access_graph_destroy(g);
    workload_close(w);
}
END_TEST

/* The centre is the first that is only read, be it the last of the command; else the first. */
START_TEST(the_centre_of_a_star_is_the_first_variable_only_read)
{
    struct workload *w = open_text("k rw=a,b,c,d,e,f,g,h,i r=x,y\n"
                                   "k rw=q,l,m,n,o,p,s,t,u,v\n");
    struct access_graph *g = access_graph_create();
    struct trace_command c;
    struct error e;
    while (workload_next(w, &c, &e) > 0) access_graph_add(g, workload_catalogue(w), &c);
    const struct graph_csr *csr = access_graph_csr(g, workload_catalogue(w));
    ck_assert_uint_eq(csr->offset[csr->vertices], 2 * (10 + 9));
    static const char *const centre[] = {"x", "q"};
    static const uint32_t leaves[] = {10, 9};
    for (int i = 0; i < 2; i++) {
        uint32_t v = variable(w, centre[i]);
        ck_assert_uint_eq(csr->offset[v + 1] - csr->offset[v], leaves[i]);
    }
    access_graph_destroy(g);
    workload_close(w);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("placement");
    directory = test_scratch_directory();
    TCase *c = tcase_create("strategies");
    tcase_set_timeout(c, 60);
    tcase_add_loop_test(c, hash_and_random_placements_spread_variables_evenly, 0, 2);
    tcase_add_test(c, a_range_placement_makes_equal_blocks_in_the_order_of_names);
    tcase_add_test(c, a_range_placement_keeps_communities_together);
    tcase_add_loop_test(c, variables_are_placed_with_their_granules, 0, count_kinds());
    tcase_add_test(c, a_placement_file_is_applied_or_refused);
    tcase_add_test(c, an_unknown_strategy_is_refused_with_the_list_of_strategies);
    suite_add_tcase(s, c);
    c = tcase_create("partitioners");
    tcase_set_timeout(c, 60);
    tcase_add_test(c, metis_cuts_no_clique_of_a_ring_of_cliques);
    tcase_add_loop_test(c, partitioners_cut_fewer_commands_than_hash_on_the_social_network, 0, 4);
    tcase_add_test(c, small_commands_become_cliques_and_large_ones_stars);
    tcase_add_test(c, the_centre_of_a_star_is_the_first_variable_only_read);
    suite_add_tcase(s, c);
    int status = test_main(s);
    free(directory);
    return status;
}
