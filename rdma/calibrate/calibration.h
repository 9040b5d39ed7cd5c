/* calibration.h - measures the costs of a transport and the protocol core on this machine, and
 * writes a model file (aviary-model(5)) with which a simulation predicts an emulation. */
#ifndef AVIARY_RDMA_CALIBRATE_CALIBRATION_H
#define AVIARY_RDMA_CALIBRATE_CALIBRATION_H

#include <stdio.h>

#include "rdma/calibrate/fabric.h"
#include "rdma/calibrate/storage.h"

enum { CALIBRATION_QUANTILES = 7, CALIBRATION_KINDS = 2, CALIBRATION_ROWS_MAX = 128 };

/* Processor time of the members of one role. */
struct calibration_role {
    double receive_ns, send_ns, per_kib_ns, resume_ns, execute_ns;
    uint32_t rows;       /* that were fitted */
    double error_median; /* relative, of the fit */
};

struct calibration {
    struct fabric_kind kind;
    uint32_t cores;
    uint64_t hop_ns[CALIBRATION_QUANTILES]; /* two awake members, send and receive included */
    double switch_ns;                       /* from one spinning thread to the next */
    uint64_t waking_hop_ns;                 /* median, to a sleeping member on an idle core */
    double rouse_ns, sleep_ns;
    double others, stolen; /* shares of all processors meanwhile; idle is best */
    double probe_receive_ns, probe_send_ns, probe_per_kib_ns; /* of the transport alone */
    double bytes_per_second;                                  /* largest messages */
    uint64_t write_ns[CALIBRATION_QUANTILES], read_ns[CALIBRATION_QUANTILES],
        swap_ns[CALIBRATION_QUANTILES]; /* round trips */
    const char *durable; /* a directory, whose device is measured, or NULL: none is */
    uint64_t sync_ns[CALIBRATION_QUANTILES];
    struct storage_costs storage;
    double timer_ns;
    struct calibration_role replica, client;
    double kind_ns[CALIBRATION_KINDS]; /* execution by calibration_kinds[] */
};

extern const double calibration_quantiles[CALIBRATION_QUANTILES];
/* Kinds of commands of different size, by name. */
extern const char *const calibration_kinds[CALIBRATION_KINDS];

/* Progress; `what` is measured next. */
typedef void calibration_progress(void *context, uint32_t step, uint32_t steps, const char *what);

/* Each single measurement takes duration_ns, about 45 of them. 0, or -1 with the error. */
int calibration_measure(struct calibration *c, uint64_t duration_ns, calibration_progress *progress,
                        void *context, struct error *e);

void calibration_write(const struct calibration *c, FILE *out);

#endif
