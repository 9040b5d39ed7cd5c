/* builtin.h - the models that are part of the program; builtin.c is made of models/ by embed.awk.
 */
#ifndef AVIARY_SIM_BUILTIN_H
#define AVIARY_SIM_BUILTIN_H

struct builtin_model {
    const char *name; /* NULL: the end */
    const char *text;
};

extern const struct builtin_model builtin_models[];

#endif
