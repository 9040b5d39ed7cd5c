/* test_layouts.c - every kind of messages has a layout that a reader can be shown. */
#include <string.h>

#include "proto/node/layouts.h"
#include "tests/lib/harness.h"

START_TEST(every_kind_but_probe_has_fields)
{
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++)
        ck_assert_msg(message_layout((enum message_kind)kind).count > 0 || kind == MESSAGE_PROBE,
                      "%s", message_kind_name(kind));
}
END_TEST

START_TEST(fields_of_a_kind_have_different_names_and_places)
{
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message_layout l = message_layout((enum message_kind)kind);
        for (uint32_t i = 0; i < l.count; i++)
            for (uint32_t j = 0; j < i; j++) {
                ck_assert_str_ne(l.fields[i].name, l.fields[j].name);
                ck_assert_uint_ne(l.fields[i].offset, l.fields[j].offset);
            }
    }
}
END_TEST

/* Behind the header, and as long as what it stands for. */
START_TEST(a_field_is_behind_the_header_and_as_long_as_its_form)
{
    for (uint32_t kind = 0; kind < MESSAGE_KIND_COUNT; kind++) {
        struct message_layout l = message_layout((enum message_kind)kind);
        for (uint32_t i = 0; i < l.count; i++) {
            const struct message_field *f = &l.fields[i];
            ck_assert_uint_ge(f->offset, sizeof(struct message));
            if (f->form == FIELD_COMMAND)
                ck_assert_uint_eq(f->bytes, sizeof(struct command_id));
            else if (f->form == FIELD_NUMBER)
                ck_assert(f->bytes == 2 || f->bytes == 4 || f->bytes == 8);
            else
                ck_assert_uint_eq(f->bytes, 8);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("layouts");
    TCase *c = tcase_create("layouts");
    tcase_add_test(c, every_kind_but_probe_has_fields);
    tcase_add_test(c, fields_of_a_kind_have_different_names_and_places);
    tcase_add_test(c, a_field_is_behind_the_header_and_as_long_as_its_form);
    suite_add_tcase(suite, c);
    return test_main(suite);
}
