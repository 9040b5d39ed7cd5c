/* results_write.h - one transaction that adds to the results store; results*.c only. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_WRITE_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_WRITE_H

#include "analysis/results/results_file.h"

/* Calls write() in a transaction, with the tables of the present version: the file is created or
 * upgraded if need be. 0, or -1 with the error and the file as it was. */
int results_write(const char *path,
                  int (*write)(struct results_file *f, void *context, struct error *e),
                  void *context, struct error *e);

#endif
