/* cmd_calibrate.c - `aviary calibrate`: measures this machine, writes a model file. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "rdma/calibrate/calibration.h"
#include "base/units.h"

int cmd_calibrate(int argc, char **argv);

enum { STATUS_OK = 0, STATUS_USAGE = 2 };

static const char usage[] =
    "usage: aviary calibrate [OPTION]...\n"
    "Measures what a transport and the protocols cost on this machine, and writes a model file;\n"
    "aviary run -m FILE then predicts what aviary emulate measures. Keep the machine idle.\n\n"
    "  --transport NAME    loop (threads, shared memory) or verbs (RDMA) [loop]\n"
    "  --addresses A,B     verbs: addresses of RDMA devices, for members in turn\n"
    "  --duration TIME     of each of about 45 measurements [500ms]\n"
    "  -o, --out FILE      the model file, named .model; standard output without\n"
    "  -h, --help          this help\n\n"
    "exit status: 0 ok, 2 usage or input error, or a measurement failed\n";

/* More of the processors for others than that spoils what is measured. */
#define BUSY 0.05

struct calibrate {
    struct calibration calibration;
    uint64_t duration_ns;
    const char *out;
    struct progress progress;
};

static int fail(const struct error *e)
{
    fprintf(stderr, "aviary calibrate: %s\n", e->text);
    return STATUS_USAGE;
}

static int set_transport(struct fabric_kind *kind, const char *text, struct error *e)
{
    if (strcmp(text, "loop") == 0)
        kind->transport = EXPERIMENT_LOOP;
    else if (strcmp(text, "verbs") == 0)
        kind->transport = EXPERIMENT_VERBS;
    else
        return error_set(e, "--transport: expected loop or verbs, found '%s'", text);
    return 0;
}

/* The text is cut up. */
static int set_addresses(struct fabric_kind *kind, char *text, struct error *e)
{
    kind->address_count = 0;
    for (char *word; (word = strtok_r(text, ",", &text));) {
        if (kind->address_count == FABRIC_ADDRESSES_MAX)
            return error_set(e, "--addresses: expected at most %d", FABRIC_ADDRESSES_MAX);
        kind->addresses[kind->address_count++] = word;
    }
    return 0;
}

static int set_duration(struct calibrate *c, const char *text, struct error *e)
{
    struct error why;
    if (units_time(text, &c->duration_ns, &why) < 0)
        return error_set(e, "--duration: %.200s", why.text);
    if (c->duration_ns < 10000000) return error_set(e, "--duration: expected at least 10ms");
    return 0;
}

/* 0; 1: help was printed; -1: the error. */
static int parse(struct calibrate *c, int argc, char **argv, struct error *e)
{
    static const struct option options[] = {{"transport", required_argument, NULL, 't'},
                                            {"addresses", required_argument, NULL, 'a'},
                                            {"duration", required_argument, NULL, 'd'},
                                            {"out", required_argument, NULL, 'o'},
                                            {"help", no_argument, NULL, 'h'},
                                            {0}};
    struct fabric_kind *kind = &c->calibration.kind;
    int status = 0;
    c->duration_ns = 500000000;
    opterr = 0;
    optind = 1;
    for (int value;
         status == 0 && (value = getopt_long(argc, argv, ":o:h", options, NULL)) != -1;) {
        if (value == 't') status = set_transport(kind, optarg, e);
        if (value == 'a') status = set_addresses(kind, optarg, e);
        if (value == 'd') status = set_duration(c, optarg, e);
        if (value == 'o') c->out = optarg;
        if (value == 'h') return fputs(usage, stdout) < 0 ? -1 : 1;
        if (value == ':') return error_set(e, "%s needs an argument", argv[optind - 1]);
        if (value == '?')
            return error_set(e, "unknown option %s; aviary calibrate --help lists all",
                             argv[optind - 1]);
    }
    if (status < 0) return status;
    if (optind < argc) return error_set(e, "unexpected argument '%s'", argv[optind]);
    bool verbs = kind->transport == EXPERIMENT_VERBS;
    if (verbs && kind->address_count == 0)
        return error_set(e, "--addresses: expected those of RDMA devices, for --transport verbs");
    if (!verbs && kind->address_count)
        return error_set(e, "--addresses: only for --transport verbs");
    return 0;
}

static void show(void *context, uint32_t step, uint32_t steps, const char *what)
{
    struct calibrate *c = context;
    c->progress.unit = what;
    progress_update(&c->progress, (double)step / steps, step);
}

static int store(const struct calibrate *c, struct error *e)
{
    FILE *out = c->out ? fopen(c->out, "w") : stdout;
    if (!out) return error_errno(e, "%s", c->out);
    calibration_write(&c->calibration, out);
    bool failed = ferror(out) != 0;
    failed |= fflush(out) != 0;
    if (c->out) failed |= fclose(out) != 0;
    if (failed) return error_set(e, "%s: cannot be written", c->out ? c->out : "standard output");
    return 0;
}

int cmd_calibrate(int argc, char **argv)
{
    static struct calibrate c;
    struct error e;
    int parsed = parse(&c, argc, argv, &e);
    if (parsed > 0) return STATUS_OK;
    if (parsed < 0) return fail(&e);
    progress_init(&c.progress, "calibrate", "measurements");
    int status = calibration_measure(&c.calibration, c.duration_ns, show, &c, &e);
    progress_finish(&c.progress);
    if (status < 0 || store(&c, &e) < 0) return fail(&e);
    double busy = c.calibration.others + c.calibration.stolen;
    if (busy > BUSY)
        fprintf(stderr,
                "aviary calibrate: the machine was busy with other things (%.0f %% of its time); "
                "do not trust this model\n",
                100 * busy);
    return STATUS_OK;
}
