/* inputs.h - a checksum of the files that options name, so that a study takes no result of a file
 * that has changed since. */
#ifndef AVIARY_ANALYSIS_STUDY_INPUTS_H
#define AVIARY_ANALYSIS_STUDY_INPUTS_H

#include <stdint.h>

/* Continues the checksum `before` (0: none) over every file named in the option's text: the text
 * itself, or what is between the signs that divide a specification, such as kv:file=F,keys=4. A
 * name is read as a file if there is one. */
uint32_t inputs_checksum(uint32_t before, const char *text);

#endif
