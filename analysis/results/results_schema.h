/* results_schema.h - the tables and views of the results store, as SQL; aviary-results(5) is their
 * manual. A change of a name or a meaning here is a new RESULTS_USER_VERSION; a view that is new or
 * corrected is not. */
#ifndef AVIARY_ANALYSIS_RESULTS_RESULTS_SCHEMA_H
#define AVIARY_ANALYSIS_RESULTS_RESULTS_SCHEMA_H

enum { RESULTS_APPLICATION_ID = 0x41767279 }; /* "Avry" in the file's header */

/* Statements that bring a file from each version to the next: the first makes an empty file one of
 * RESULTS_VERSION_OLDEST, the last one of RESULTS_USER_VERSION. New files take them all, so that
 * their tables equal those of upgraded files. A new version is one more step; a step is never
 * changed, and a column it adds is NULL where nothing was recorded. */
extern const char *const results_steps[];

struct results_view {
    const char *name;
    const char *definition; /* CREATE VIEW name AS definition */
};
extern const struct results_view results_views[]; /* the last has no name */

#endif
