/* ownership.h - changes of the owners of variables as the replicas of p0, p1 and p2 report them:
 * moves, loans, creations and deletions, and the results of the checker of owners. x starts in p0,
 * y in p1, z does not exist. A timestamp is that of the multicast that decided the step; reports
 * come one millisecond apart. */
#ifndef AVIARY_TESTS_CHECK_OWNERSHIP_H
#define AVIARY_TESTS_CHECK_OWNERSHIP_H

#include "analysis/check/owners.h"

enum { X, Y, Z, VARIABLES };

extern const bool all_operational[GROUPS_MAX];

/* The checker under test. */
extern struct owners owners;

/* The fixture around each test. */
void ownership_begin(void);
void ownership_end(void);

/* A replica of the group reports that it has sent the variable to, or lent it to, the group `to`;
 * or that it has received it, or got it back, from the group `from`. takes() returns whether the
 * variable has just come to another group. */
void gives(uint32_t group, uint32_t variable, uint32_t to, uint64_t timestamp);
bool takes(uint32_t group, uint32_t variable, uint32_t from, uint64_t timestamp);
void lends(uint32_t group, uint32_t variable, uint32_t to, uint64_t timestamp);
void has_back(uint32_t group, uint32_t variable, uint32_t from, uint64_t timestamp);
void creates(uint32_t group, uint32_t variable, uint64_t timestamp);
void deletes(uint32_t group, uint32_t variable, uint64_t timestamp);

/* The run has ended with all groups operational and no work pending. */
void check_in_the_end(void);

/* Only this property fails, with that reason. */
void assert_only(enum owners_property property, const char *reason);
void assert_none_failed(void);

#endif
