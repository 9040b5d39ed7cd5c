/* options_help.c - the help of a command, made of its tables (options.h). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lookup.h"
#include "base/options.h"
#include "base/wrap.h"

enum { LEFT_BYTES = 64 };

static const char all_topic[] = "options";

static const struct option help_option = {.name = "help", .letter = 'h', .help = "this help"};
static const struct option topic_option = {.name = "help",
                                           .letter = 'h',
                                           .argument = "[TOPIC]",
                                           .help = "this help, or more about a topic"};

static const char *section_of(const struct options_table *t, uint32_t i)
{
    while (i > 0 && !t->options[i].section) i--;
    return t->options[i].section ? t->options[i].section : "";
}

/* Does the option stand in that section? NULL: in the help itself. */
static bool stands_in(const struct options *o, const char *section, const struct options_table *t,
                      uint32_t i)
{
    if (section) return strcmp(section_of(t, i), section) == 0;
    return !o->topics || t->options[i].essential || !*section_of(t, i);
}

/* `-k, --partitions N`; how long it is. */
static int write_left(const struct option *o, char left[static LEFT_BYTES])
{
    char letter[8] = "    ";
    if (o->letter) snprintf(letter, sizeof(letter), "-%c, ", o->letter);
    return snprintf(left, LEFT_BYTES, "%s--%s%s%s", letter, o->name, o->argument ? " " : "",
                    o->argument ? o->argument : "");
}

static const struct option *help_of(const struct options *o)
{
    return o->topics ? &topic_option : &help_option;
}

/* Of the options of a section, and of --help. */
static int left_width(const struct options *o, const char *section)
{
    char left[LEFT_BYTES];
    int width = write_left(help_of(o), left);
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++) {
            if (!stands_in(o, section, &o->tables[t], i)) continue;
            int length = write_left(&o->tables[t].options[i], left);
            if (length > width) width = length;
        }
    return width;
}

static void print_option(const struct option *o, int width)
{
    char left[LEFT_BYTES], *text = NULL;
    size_t bytes;
    FILE *out = open_memstream(&text, &bytes);
    if (!out) abort();
    fputs(o->help, out);
    for (uint32_t i = 0; o->words && o->words[i]; i++)
        fprintf(out, "%s %s", i > 0 ? "," : ":", o->words[i]);
    if (o->standard && o->argument) fprintf(out, " [%s]", o->standard);
    if (fclose(out) != 0) abort();
    write_left(o, left);
    printf("  %-*s  ", width, left);
    wrap_print(stdout, text, (uint32_t)width + 4, (uint32_t)width + 4);
    free(text);
}

/* The options of a section, in the order of the tables. */
static void print_section(const struct options *o, const char *section)
{
    int width = left_width(o, section);
    for (uint32_t t = 0; t < o->table_count; t++)
        for (uint32_t i = 0; i < o->tables[t].count; i++)
            if (stands_in(o, section, &o->tables[t], i))
                print_option(&o->tables[t].options[i], width);
    if (!section || !*section) print_option(help_of(o), width);
}

static void print_topics(const struct options *o)
{
    char *names = NULL;
    size_t bytes;
    FILE *out = open_memstream(&names, &bytes);
    if (!out) abort();
    fprintf(out, "  %s", all_topic);
    for (const struct options_topic *t = o->topics; t->name; t++) fprintf(out, " %s", t->name);
    if (fclose(out) != 0) abort();
    printf("\naviary %s --help TOPIC tells the rest, where TOPIC is one of\n", o->command);
    wrap_print(stdout, names, 0, 2);
    free(names);
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

static void print_topic(const struct options *o, const struct options_topic *t)
{
    printf("%s\n", t->title);
    if (t->list)
        t->list(t->name);
    else
        print_section(o, t->name);
}

/* Those of the help that are in no section, then each section. */
static void print_all(const struct options *o)
{
    print_section(o, "");
    for (const struct options_topic *t = o->topics; t->name; t++)
        if (!t->list) print_topic(o, t);
}

static int print_about(const struct options *o, const char *name, struct error *e)
{
    if (strcmp(name, all_topic) == 0) {
        print_all(o);
        return 1;
    }
    if (print_words(o, name)) return 1;
    const struct options_topic *t = o->topics;
    while (t->name && strcmp(t->name, name) != 0) t++;
    if (t->name) {
        print_topic(o, t);
        return 1;
    }
    lookup_refuse("topic", name, e);
    lookup_list(all_topic, e);
    for (t = o->topics; t->name; t++) lookup_list(t->name, e);
    return -1;
}

int options_help(const struct options *o, const char *topic, struct error *e)
{
    if (topic) return print_about(o, topic, e);
    printf("usage: aviary %s %s\n%s\n", o->command, o->usage ? o->usage : "[OPTION]...",
           o->about ? o->about : "");
    print_section(o, NULL);
    if (o->topics) print_topics(o);
    if (o->ending) fputs(o->ending, stdout);
    return 1;
}
