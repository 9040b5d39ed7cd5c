/* test_cluster_file.c - cluster files are read strictly, and bad lines are refused with their
 * place. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rdma/cluster/cluster_file.h"
#include "tests/lib/harness.h"

/* Reads a file of this text; its path is stored in *path, and the caller frees it. */
static int read_text(const char *text, struct cluster_file *c, char **path, struct error *e)
{
    char *directory = test_scratch_directory();
    size_t room = strlen(directory) + 16;
    *path = malloc(room);
    ck_assert(*path != NULL);
    snprintf(*path, room, "%s/cluster", directory);
    free(directory);
    FILE *file = fopen(*path, "w");
    ck_assert(file != NULL && fputs(text, file) >= 0);
    fclose(file);
    return cluster_file_read(c, *path, e);
}

START_TEST(names_addresses_and_devices_are_read)
{
    struct cluster_file c;
    struct error e;
    char *path;
    int read = read_text("# three machines\n"
                         "coordinator 192.168.1.10:7400\n"
                         "\n"
                         "\tp0.r0  192.168.1.11:7401  mlx5_0   # its second port\n"
                         "clients [fe80::1]:65535\n",
                         &c, &path, &e);
    ck_assert_msg(read == 0, "%s", e.text);
    ck_assert_uint_eq(c.count, 3);
    const struct cluster_process *p = cluster_file_find(&c, "p0.r0");
    ck_assert(p != NULL);
    ck_assert_str_eq(p->address, "192.168.1.11");
    ck_assert_uint_eq(p->port, 7401);
    ck_assert_str_eq(p->device, "mlx5_0");
    p = cluster_file_find(&c, "clients");
    ck_assert(p != NULL);
    ck_assert_str_eq(p->address, "fe80::1");
    ck_assert_uint_eq(p->port, 65535);
    ck_assert_str_eq(p->device, "");
    ck_assert(cluster_file_find(&c, "p0.r1") == NULL);
    cluster_file_finish(&c);
    free(path);
}
END_TEST

static const struct {
    const char *text, *why;
} bad[] = {
    {"p0.r0 10.0.0.1:1\n", "cluster: expected a line `coordinator ADDRESS:PORT`"},
    {"coordinator\n", "cluster:1: expected NAME ADDRESS:PORT [DEVICE], found only `coordinator`"},
    {"coordinator 10.0.0.1\n", "cluster:1: expected ADDRESS:PORT"},
    {"coordinator myhost:1\n", "cluster:1: expected ADDRESS:PORT"},
    {"coordinator fe80::1:7400\n", "cluster:1: expected ADDRESS:PORT"},
    {"coordinator 10.0.0.1:0\n", "cluster:1: expected a port from 1 to 65535, found `0`"},
    {"coordinator 10.0.0.1:70000\n", "cluster:1: expected a port from 1 to 65535, found `70000`"},
    {"coordinator 10.0.0.1:7x\n", "cluster:1: expected a port"},
    {"coordinator 10.0.0.1:7 a b\n", "cluster:1: expected NAME ADDRESS:PORT [DEVICE], found more"},
    {"coordinator 10.0.0.1:7\n# again\ncoordinator 10.0.0.2:7\n",
     "cluster:3: `coordinator` has a line already"},
    {"coordinator 10.0.0.1:7\na 10.0.0.1:8\nb 10.0.0.1:8\n",
     "cluster:3: `a` has this address and port already"},
    {"coordinator 10.0.0.1:7\na-name-that-is-much-too-long 10.0.0.1:8\n",
     "cluster:2: expected a name of at most 23 letters"},
};

START_TEST(a_bad_line_is_refused_with_its_place)
{
    struct cluster_file c;
    struct error e;
    char *path;
    ck_assert_int_lt(read_text(bad[_i].text, &c, &path, &e), 0);
    ck_assert_msg(strstr(e.text, bad[_i].why) != NULL, "%s", e.text);
    free(path);
}
END_TEST

/* The coordinator's port is TCP's, the others' are RDMA's. */
START_TEST(the_coordinator_may_share_a_port_number)
{
    struct cluster_file c;
    struct error e;
    char *path;
    ck_assert_int_eq(read_text("coordinator 10.0.0.1:7\na 10.0.0.1:7\n", &c, &path, &e), 0);
    cluster_file_finish(&c);
    free(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cluster file");
    TCase *tc = tcase_create("reading");
    tcase_add_test(tc, names_addresses_and_devices_are_read);
    tcase_add_loop_test(tc, a_bad_line_is_refused_with_its_place, 0, sizeof(bad) / sizeof(bad[0]));
    tcase_add_test(tc, the_coordinator_may_share_a_port_number);
    suite_add_tcase(suite, tc);
    return test_main(suite);
}
