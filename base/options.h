/* options.h - reads the command line of a command by tables, which are its help as well.
 *
 *   static const struct option options[] = {
 *       {"seed", 0, "N", "1", "decides every random choice", option_seed,
 *        .place = offsetof(struct job, seed)},
 *   };
 *   struct options_table table = {options, 1, &job};
 *   const struct options line = {.command = "partition", .tables = &table, .table_count = 1};
 *   int got = options_read(&line, argc, argv, NULL, &e);
 *
 * A command may have several tables, each with a target of its own: what belongs to another folder
 * is declared there. Long options may be cut short as far as they are unique, `--` ends them. All
 * texts are read after the last word was seen, table by table and in their order. Errors are a
 * value that is missing or empty, what the reader refuses, and an option that is given twice unless
 * it takes a list: then the lists are joined.
 *
 * A command that compares (`axes`) takes several values of an option where others take one. Each is
 * read by itself, and the target keeps the first.
 *
 * A help fits a screen. It shows every option, or, if the command has topics, those that are
 * essential: the others are in sections, each of which is a topic. `--help options` shows all. */
#ifndef AVIARY_BASE_OPTIONS_H
#define AVIARY_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { OPTIONS_MAX = 64 }; /* of one table */
enum { EXIT_INPUT = 2 };   /* wrong usage or wrong input */

struct option;

/* Of an option of which a command that compares takes several values: a list, or the option is
 * repeated since values have commas. */
enum option_axis { OPTION_NO_AXIS, OPTION_LIST, OPTION_REPEATED };

/* Reads `text` into the member at `place`. 0, or -1 with what was expected. */
typedef int option_reader(const struct option *o, const char *text, void *place, struct error *e);

struct option {
    const char *name; /* without the dashes */
    char letter;      /* 0: none */
    const char
        *argument; /* what it takes, such as TIME; NULL: it is a switch, whose text is `on` */
    const char *standard; /* the default, as one would write it; NULL: the member stays as it is */
    const char *help;     /* wrapped where it is printed */
    option_reader *read;
    size_t place;             /* of the member in the target */
    uint64_t least, most;     /* of numbers and times; most 0: no limit */
    const char *const *words; /* of choices, ended by NULL */
    /* The topic of the help that this option and those after it belong to; NULL: that of the option
     * before it. */
    const char *section;
    const char *alone; /* its text if nothing or another option follows; NULL: an error */
    bool list;         /* takes words with commas, in any command */
    enum option_axis axis;
    bool essential; /* stands in the help itself, as do options without a section */
};

struct options_table {
    const struct option *options;
    uint32_t count; /* at most OPTIONS_MAX */
    void *target;
    /* Set by options_read: the text of each option, given or by default (`standard` itself); NULL:
     * neither. It lives as long as the program. */
    const char *text[OPTIONS_MAX];
};

/* `--help TOPIC`: a section of the options, or the names that an option takes. */
struct options_topic {
    const char *name, *title;
    /* Prints the names on standard output, indented by two. NULL: it is a section. */
    void (*list)(const char *topic);
};

struct options {
    const char *command;  /* such as `trace generate` */
    const char *usage;    /* what follows it in the first line of the help; NULL: [OPTION]... */
    const char *about;    /* lines below that, or NULL */
    const char *operands; /* what else is expected, such as `FORMAT INPUT`; NULL: nothing */
    uint32_t operand_count;
    bool operands_optional;             /* all or none of them */
    const char *ending;                 /* lines at the end of the help, or NULL */
    const struct options_topic *topics; /* ended by one without a name, or NULL */
    struct options_table *tables;
    uint32_t table_count;
    bool axes; /* the command takes several values of options that are an axis */
    /* Called when all words were taken, before texts are read: it may set texts of the tables that
     * are still NULL, as if they had been given. 0, or -1 with the error. NULL: not called. */
    int (*complete)(void *context, struct error *e);
    void *context;
};

/* 0; 1: the help that was asked for is printed; -1 with the error. operands: room for them. */
int options_read(const struct options *o, int argc, char **argv, const char **operands,
                 struct error *e);

/* Prints the help, or what belongs to one topic; 1, or -1: no topic is called so. A topic is also
 * `options`, and an option that takes one of a few words. */
int options_help(const struct options *o, const char *topic, struct error *e);

/* Prints `aviary COMMAND: ...` on standard error; returns EXIT_INPUT. */
int options_fail(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Calls add() for each word of a list with commas; a word that is empty is refused. */
int options_each(const char *text, void *context,
                 int (*add)(void *context, const char *word, struct error *e), struct error *e);

/* Was this text of an option given, rather than its default? */
static inline bool options_given(const struct option *o, const char *text)
{
    return text && text != o->standard;
}

/* The values in the text of an option that is an axis; the i-th, which lives as long as the
 * program. */
uint32_t options_values(const struct option *o, const char *text);
const char *options_value(const struct option *o, const char *text, uint32_t i);

/* ---- readers, and the type of the member ---------------------------------------------------- */

option_reader option_text;    /* const char *, the text itself */
option_reader option_switch;  /* bool */
option_reader option_seed;    /* uint64_t, without a unit, up to the last */
option_reader option_count;   /* uint64_t, least to most */
option_reader option_count32; /* uint32_t, least to most */
option_reader option_time;    /* uint64_t, ns, least to most */
option_reader option_share;   /* double, 0 to 1 */
option_reader option_choice;  /* uint32_t or an enum: the number of the word */
option_reader option_either;  /* bool: false is the first of two words */

/* A count in that range, for readers of lists. */
int option_in_range(const char *text, uint64_t least, uint64_t most, uint64_t *value,
                    struct error *e);

#endif
