/* options.c - reads options, lists the known ones if one is unknown (options.h). */
#include "base/options.h"

#include <stdio.h>

int options_vfail(const char *command, const char *format, va_list arguments)
{
    fprintf(stderr, "aviary %s: ", command);
    vfprintf(stderr, format, arguments);
    fputs("\n", stderr);
    return EXIT_INPUT;
}

int options_fail(const char *command, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    options_vfail(command, format, arguments);
    va_end(arguments);
    return EXIT_INPUT;
}

int options_next(const struct options *options, int argc, char **argv, bool first)
{
    if (first) optind = 0; /* start anew, as getopt_long documents */
    opterr = 0;
    int option = getopt_long(argc, argv, options->letters, options->list, NULL);
    if (option == ':') {
        options_fail(options->command, "option '%s' expects a value", argv[optind - 1]);
        return '?';
    }
    if (option != '?') return option;
    const char *word = argv[optind - 1];
    fprintf(stderr, "aviary %s: ", options->command);
    if (optopt != 0 && word[1] == '-')
        fprintf(stderr, "option '%s' takes no value; there is:", word);
    else if (optopt != 0)
        fprintf(stderr, "unknown option '-%c'; there is:", optopt);
    else
        fprintf(stderr, "unknown option '%s'; there is:", word);
    for (const struct option *o = options->list; o->name; o++)
        fprintf(stderr, "%s --%s", o > options->list ? "," : "", o->name);
    fputs("\n", stderr);
    return '?';
}
