/*
 * The frame of every test program: runs a suite of the check library and prints TAP on standard
 * output, which `make check` counts test by test.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <check.h>

/*
 * Runs the suite (and frees it) without forking, so that sanitizers and debuggers see everything.
 * Returns the program's exit status: 0 as soon as the TAP was printed; failures are in the TAP.
 * The environment's CK_FORK=yes and CK_RUN_CASE=NAME of the check library work as usual.
 */
int test_main(Suite *suite);

/*
 * Path of a file in the source tree, such as test_source_path("tests/data/tiny.trace"); also where
 * the test runs in a build directory elsewhere. The caller frees it. Never NULL.
 */
char *test_source_path(const char *relative);

/*
 * Path of a file of the optional data collection, or NULL where that file is not there; the caller
 * frees it. It is looked for under $AVIARY_DATA, else in shared/data beside the source tree.
 */
char *test_data_path(const char *relative);

/*
 * A fresh, empty directory for the test's files; the caller frees the name. What is in it is
 * removed, together with the directory, when the program ends.
 */
char *test_scratch_directory(void);

#endif
