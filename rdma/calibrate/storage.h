/* storage.h - measures the log file that replicas of an emulation write (log_file.h), in a
 * directory on the device in question. */
#ifndef AVIARY_RDMA_CALIBRATE_STORAGE_H
#define AVIARY_RDMA_CALIBRATE_STORAGE_H

#include "rdma/calibrate/probing.h"

struct storage_costs {
    double append_ns;        /* processor time, for each record */
    double bytes_per_second; /* of large syncs; 0: they take no longer than small ones */
};

/* Appends and syncs records in a file of its own, which it removes. The samples are of syncs of a
 * small record, one after the other. 0, or -1 with the error. */
int storage_measure(const char *directory, uint64_t most_ns, struct samples *syncs,
                    struct storage_costs *costs, struct error *e);

#endif
