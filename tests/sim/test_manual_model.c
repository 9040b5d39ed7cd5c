/* test_manual_model.c - the examples of aviary-model(5) are models, and do what the page says. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/harness.h"
#include "tests/sim/scene.h"

enum { EXAMPLE_MAX = 2048 };
enum { TWO_RACKS, MATRIX, THREE_REGIONS, EXAMPLES };

/* The texts between .nf and .fi in the section of examples. */
static char example[EXAMPLES][EXAMPLE_MAX];

/* What troff makes of a line of an example. */
static void append(char *text, const char *line)
{
    size_t length = strlen(text);
    if (strncmp(line, "\\&", 2) == 0) line += 2;
    for (; *line; line++) {
        ck_assert_uint_lt(length + 1, EXAMPLE_MAX);
        if (line[0] == '\\' && line[1] == '-') line++;
        text[length++] = *line;
    }
    text[length] = 0;
}

static void read_examples(void)
{
    char *path = test_source_path("man/aviary-model.5"), line[256];
    FILE *page = fopen(path, "r");
    ck_assert_msg(page != NULL, "%s", path);
    bool section = false, within = false;
    uint32_t count = 0;
    memset(example, 0, sizeof example);
    while (fgets(line, sizeof line, page)) {
        if (strncmp(line, ".SH ", 4) == 0) section = strcmp(line, ".SH EXAMPLE\n") == 0;
        if (!section) continue;
        if (within && strcmp(line, ".fi\n") == 0) count++;
        if (line[0] == '.') within = strcmp(line, ".nf\n") == 0;
        ck_assert_uint_le(count, EXAMPLES);
        if (within && line[0] != '.') append(example[count], line);
    }
    ck_assert_uint_eq(count, EXAMPLES);
    fclose(page);
    free(path);
}

START_TEST(the_racks_of_the_manual_are_a_model)
{
    struct error e;
    read_examples();
    struct model *m = model_parse(example[TWO_RACKS], "manual", &e);
    ck_assert_msg(m != NULL, "%s", e.text);
    ck_assert_uint_eq(m->sites, 3);
    model_close(m);
}
END_TEST

/* The text, with the path of the matrix for its name. */
static void write_matrix(char model[static 2 * EXAMPLE_MAX])
{
    static const char name[] = "regions.txt";
    char *folder = test_scratch_directory(), path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    fputs(example[MATRIX], file);
    fclose(file);
    char *text = example[THREE_REGIONS], *at = strstr(text, name);
    ck_assert_ptr_nonnull(at);
    snprintf(model, 2 * EXAMPLE_MAX, "%.*s%s%s", (int)(at - text), text, path, at + strlen(name));
    free(folder);
}

static const char *const names[] = {"p0.r0", "p0.r1", "p0.r2", "p1.r1", "c0"};

static void client_and_leader(struct actor *a)
{
    if (a->t->self == 4) send_to(a, 0, 2, 1000);
    if (a->t->self == 0) send_to(a, 3, 3, 1000);
}

/* 1000 bytes: 8 us at the client's card and at uplinks, 800 ns at other cards. The client's three
 * copies leave after 8, 16 and 24 us. The leader's message is through its card at 800 ns, and
 * through the uplink at 8 us; the client's follow it. The trunk to Tokyo takes 160 us, from when
 * the first bit is there, and what is behind it is faster. */
START_TEST(the_three_regions_of_the_manual_have_these_times)
{
    static const struct behaviour behaviour = {.init = client_and_leader, .names = names};
    char model[2 * EXAMPLE_MAX];
    read_examples();
    write_matrix(model);
    struct scene *s = scene_run(&behaviour, 5, model, NULL);
    expect(&s->actor[0], 0, 'm', 4, 8000 + 250000);
    expect(&s->actor[1], 0, 'm', 4, 16000 + 44000000);
    expect(&s->actor[2], 0, 'm', 4, 24000 - 8000 + 160000 + 112000000);
    expect(&s->actor[3], 0, 'm', 0, 8000 + 44000000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("models of the manual");
    TCase *c = tcase_create("examples");
    tcase_add_checked_fixture(c, NULL, scenes_end);
    tcase_add_test(c, the_racks_of_the_manual_are_a_model);
    tcase_add_test(c, the_three_regions_of_the_manual_have_these_times);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
