/* claims.h - the published claims that tests compare simulated figures with, each with its band. */
#ifndef AVIARY_TESTS_LIB_CLAIMS_H
#define AVIARY_TESTS_LIB_CLAIMS_H

/* Compares a simulated figure with the band of a claim, given by its name in the table of claims.c;
 * the bounds belong to the band. A claim that the table lists as missed is printed with its band
 * instead, and fails if its figure lies in the band. */
void claim_check(const char *name, double figure);

#endif
