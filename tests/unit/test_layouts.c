/* test_layouts.c - every kind of messages has a layout that a reader can be shown. */
#include <string.h>

#include "proto/node/layouts.h"
#include "tests/lib/harness.h"

/* With each multicast: it names some of the kinds. */
static void each_layout(void (*check)(const char *name, struct message_layout l))
{
    for (uint32_t i = 0; multicast_at(i); i++)
        for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
            const char *name = multicast_kind_name(multicast_at(i), kind);
            if (name) check(name, message_layout(multicast_at(i), (enum message_kind)kind));
        }
}

static void assert_fields(const char *name, struct message_layout l)
{
    ck_assert_msg(l.count > 0 || strcmp(name, "probe") == 0, "%s", name);
}

START_TEST(every_kind_but_probe_has_fields)
{
    each_layout(assert_fields);
}
END_TEST

START_TEST(a_multicast_s_kinds_have_names_and_numbers_of_their_own)
{
    for (uint32_t i = 0; multicast_at(i); i++)
        for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
            const struct multicast_message *own = multicast_message(multicast_at(i), kind);
            if (!own) continue;
            ck_assert_ptr_null(multicast_kind_name(NULL, kind));
            for (uint32_t other = 0; other < MESSAGE_KIND_COUNT; other++) {
                const char *name = multicast_kind_name(multicast_at(i), other);
                ck_assert(other == kind || !name || strcmp(name, own->name) != 0);
            }
        }
}
END_TEST

static void assert_distinct(const char *name, struct message_layout l)
{
    for (uint32_t i = 0; i < l.count; i++)
        for (uint32_t j = 0; j < i; j++) {
            ck_assert_str_ne(l.fields[i].name, l.fields[j].name);
            ck_assert_msg(l.fields[i].offset != l.fields[j].offset, "%s", name);
        }
}

START_TEST(fields_of_a_kind_have_different_names_and_places)
{
    each_layout(assert_distinct);
}
END_TEST

static void assert_form(const char *name, struct message_layout l)
{
    for (uint32_t i = 0; i < l.count; i++) {
        const struct message_field *f = &l.fields[i];
        ck_assert_msg(f->offset >= sizeof(struct message), "%s", name);
        if (f->form == FIELD_COMMAND)
            ck_assert_uint_eq(f->bytes, sizeof(struct command_id));
        else if (f->form == FIELD_NUMBER)
            ck_assert(f->bytes == 2 || f->bytes == 4 || f->bytes == 8);
        else
            ck_assert_uint_eq(f->bytes, 8);
    }
}

/* Behind the header, and as long as what it stands for. */
START_TEST(a_field_is_behind_the_header_and_as_long_as_its_form)
{
    each_layout(assert_form);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layouts");
    TCase *c = tcase_create("layouts");
    tcase_add_test(c, every_kind_but_probe_has_fields);
    tcase_add_test(c, a_multicast_s_kinds_have_names_and_numbers_of_their_own);
    tcase_add_test(c, fields_of_a_kind_have_different_names_and_places);
    tcase_add_test(c, a_field_is_behind_the_header_and_as_long_as_its_form);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
