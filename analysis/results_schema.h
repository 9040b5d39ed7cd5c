/* results_schema.h - the tables and views of the results store, as SQL; aviary-results(5) is their
 * manual. A change of a name or a meaning here is a new RESULTS_USER_VERSION; a new view is not. */
#ifndef AVIARY_ANALYSIS_RESULTS_SCHEMA_H
#define AVIARY_ANALYSIS_RESULTS_SCHEMA_H

enum { RESULTS_APPLICATION_ID = 0x41767279 }; /* "Avry" in the file's header */

extern const char results_schema[];  /* the tables, of a new file */
extern const char results_upgrade[]; /* what those of RESULTS_VERSION_OLDEST lack */
extern const char results_views[];   /* those that are not there yet */

#endif
