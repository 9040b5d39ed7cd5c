/* options_help.c - the help of a command, made of its tables (options.h). */
#include <stdio.h>
#include <string.h>

#include "base/lookup.h"
#include "base/options.h"

enum { LEFT_BYTES = 64 };

static const struct option help_option = {.name = "help", .letter = 'h', .help = "this help"};

static const char *section_of(const struct options_table *t, uint32_t i)
{
    while (i > 0 && !t->options[i].section) i--;
    return t->options[i].section ? t->options[i].section : "";
}

/* `-k, --partitions N`; how long it is. */
static int write_left(const struct option *o, char left[static LEFT_BYTES])
{
    char letter[8] = "    ";
    if (o->letter) snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    return snprintf(left, LEFT_BYTES, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                    o->argument ? o->argument : "");
}

static int left_width(const struct options *o)
{
    char left[LEFT_BYTES];
    int width = 0;
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++) {
            int length = write_left(&o->tables[t].options[i], left);
            if (length > width) width = length;
        }
    return width;
}

static void print_option(const struct option *o, int width)
{
    char left[LEFT_BYTES];
    write_left(o, left);
    printf("  %-*s  ", width, left);
    for (const char *at = o->help; *at; at++) {
        putchar(*at);
        if (*at == '\n') printf("%*s", width + 4, "");
    }
    for (uint32_t i = 0; o->words && o->words[i]; i++)
        printf("%s %s", i > 0 ? "," : ":", o->words[i]);
    if (o->standard && o->argument) printf(" [%s]", o->standard);
    putchar('\n');
}

/* All options of one section, in whichever tables they stand. */
static void print_section(const struct options *o, const char *section, int width)
{
    printf("%s\n", section);
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++)
            if (strcmp(section_of(&o->tables[t], i), section) == 0)
                print_option(&o->tables[t].options[i], width);
}

/* Does it stand at an option before that one? */
static bool is_printed(const struct options *o, const char *section, uint32_t table, uint32_t at)
{
    for (uint32_t t = 0; t <= table; t++)
        for (uint32_t i = 0; i < (t < table ? o->tables[t].count : at); i++)
            if (strcmp(section_of(&o->tables[t], i), section) == 0) return true;
    return false;
}

static void print_options(const struct options *o)
{
    int width = left_width(o);
    if (o->table_count == 0) putchar('\n');
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++) {
            const char *section = section_of(&o->tables[t], i);
            if (!is_printed(o, section, t, i)) print_section(o, section, width);
        }
    if (!o->topics) print_option(&help_option, width);
}

static void print_topics(const struct options *o)
{
    printf("\nNames, by --help TOPIC:");
    for (const struct options_topic *t = o->topics; t->name; t++) printf(" %s", t->name);
    putchar('\n');
}

/* What an option takes, if that is one of a few words. */
static bool print_words(const struct options *o, const char *name)
{
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++) {
            const struct option *option = &o->tables[t].options[i];
            if (!option->words || strcmp(option->name, name) != 0) continue;
            printf("What --%s takes:\n", name);
            for (uint32_t w = 0; option->words[w]; w++) printf("  %s\n", option->words[w]);
            return true;
        }
    return false;
}

static int print_topic(const struct options *o, const char *name, struct error *e)
{
    if (print_words(o, name)) return 1;
    const struct options_topic *t = o->topics;
    while (t->name && strcmp(t->name, name) != 0) t++;
    if (t->name) {
        printf("%s\n", t->title);
        t->list();
        return 1;
    }
    lookup_refuse("topic", name, e);
    for (t = o->topics; t->name; t++) lookup_list(t->name, e);
    return -1;
}

int options_help(const struct options *o, const char *topic, struct error *e)
{
    if (topic) return print_topic(o, topic, e);
    printf("usage: aviary %s %s\n%s", o->command, o->usage ? o->usage : "[OPTION]...",
           o->about ? o->about : "");
    print_options(o);
    if (o->topics) print_topics(o);
    if (o->ending) fputs(o->ending, stdout);
    if (o->list) o->list();
    return 1;
}
