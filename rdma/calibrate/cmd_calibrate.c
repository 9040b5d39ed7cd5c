/* cmd_calibrate.c - `aviary calibrate`: measures this machine, writes a model file. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/options.h"
#include "base/output.h"
#include "base/progress.h"
#include "rdma/calibrate/calibration.h"

int cmd_calibrate(int argc, char **argv);

enum { STATUS_OK = 0 };

static const char about[] =
    "Measures the costs of a transport and the protocols on this machine, writes a\n"
    "model file; by `aviary run -m FILE` runs then predict what `aviary emulate`\n"
    "measures. Keep the machine idle.\n";
static const char ending[] =
    "\nexit status: 0 ok, 2 usage or input error, or a measurement failed\n";

/* A larger share of the processors for others distorts the measurements. */
#define BUSY 0.05

struct calibrate {
    struct calibration calibration;
    uint64_t duration_ns;
    const char *out;
    struct progress progress;
};

static int fail(const struct error *e)
{
    return options_fail("calibrate", "%s", e->text);
}

/* ---- options -------------------------------------------------------------------------------- */

static int add_address(void *context, const char *word, struct error *e)
{
    struct calibrate *c = context;
    struct fabric_kind *kind = &c->calibration.kind;
    if (kind->address_count == FABRIC_ADDRESSES_MAX)
        return error_set(e, "expected at most %d addresses", FABRIC_ADDRESSES_MAX);
    kind->addresses[kind->address_count++] = allocate_text(word);
    return 0;
}

static int read_addresses(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return options_each(text, place, add_address, e);
}

static const char *const transports[] = {"loop", "verbs", NULL};

#define AT(member) .place = offsetof(struct calibrate, member)
static const struct option list[] = {
    {"transport", 0, "NAME", "loop", "what is measured, threads over shared memory or RDMA",
     option_choice, AT(calibration.kind.transport), .words = transports},
    {"addresses", 0, "A,B", NULL, "verbs: addresses of RDMA devices, which members use in turn",
     read_addresses, .list = true},
    {"durable", 0, "DIR", NULL, "also measure the device of this directory", option_text,
     AT(calibration.durable)},
    {"duration", 0, "TIME", "500ms", "length of each of about 45 measurements", option_time,
     AT(duration_ns), .least = 10000000},
    {"out", 'o', "FILE", "-", "the model file, named *.model; - is standard output", option_text,
     AT(out)},
};

/* 0; 1: help was printed; -1: the error. */
static int parse(struct calibrate *c, int argc, char **argv, struct error *e)
{
    const struct fabric_kind *kind = &c->calibration.kind;
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), c, {0}};
    const struct options options = {.command = "calibrate",
                                    .about = about,
                                    .ending = ending,
                                    .tables = &table,
                                    .table_count = 1};
    int got = options_read(&options, argc, argv, NULL, e);
    if (got != 0) return got;
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

/* The whole model, or nothing. */
static int store(const struct calibrate *c, struct error *e)
{
    char *text = NULL;
    size_t bytes;
    FILE *memory = open_memstream(&text, &bytes);
    if (!memory) return error_errno(e, "no memory for the model");
    calibration_write(&c->calibration, memory);
    if (fclose(memory) != 0) abort();
    struct output *out = output_create(c->out, e);
    int status = out ? output_write(out, text, bytes, e) : -1;
    if (status == 0) status = output_commit(out, e);
    output_destroy(out);
    free(text);
    return status;
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
