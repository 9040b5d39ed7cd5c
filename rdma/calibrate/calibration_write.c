/* calibration_write.c - writes the measurements as a model file with the origin of each line. */
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>

#include "rdma/calibrate/calibration.h"
#include "rdma/cluster/timing.h"
#include "rdma/mq/mq.h"

enum { COMMENT_COLUMN = 40, BATCH = 64 };

/* The longest spin of a waiting member before it sleeps; over verbs MQ_SPIN_NS_MAX. */
#define SPIN_LOOP_NS 50000 /* as loop.c */
#define MOVE_NS 500000     /* Linux: assumed cost of migrating a thread to another core */
#define SLICE_NS 1500000   /* a time slice of Linux */

/* A line with a comment; `text` is `key = value`. */
__attribute__((format(printf, 3, 4))) static void put(FILE *out, const char *comment,
                                                      const char *text, ...)
{
    char line[256];
    va_list arguments;
    va_start(arguments, text);
    vsnprintf(line, sizeof line, text, arguments);
    va_end(arguments);
    fprintf(out, "%-*s # %s\n", COMMENT_COLUMN, line, comment);
}

static void put_time(FILE *out, const char *key, double ns, const char *comment)
{
    put(out, comment, "%s = %.0fns", key, ns > 0 ? round(ns) : 0);
}

/* Quantiles less what is charged elsewhere, times `share`, at least 1 ns and rising. */
static void put_quantiles(FILE *out, const char *key, const uint64_t *ns, double less_ns,
                          double share, const char *comment)
{
    char text[256];
    size_t used = 0;
    double last = 0;
    for (uint32_t i = 0; i < CALIBRATION_QUANTILES; i++) {
        double value = ((double)ns[i] - less_ns) * share;
        if (value < last + 1) value = last + 1;
        last = round(value);
        used += (size_t)snprintf(text + used, sizeof text - used, " %g:%.0fns",
                                 calibration_quantiles[i], last);
    }
    snprintf(text + used, sizeof text - used, " 1:%.0fns", last + 1);
    put(out, comment, "%s = empirical%s", key, text);
}

static void put_head(const struct calibration *c, FILE *out)
{
    char date[32];
    time_t now = time(NULL);
    struct tm tm;
    strftime(date, sizeof date, "%Y-%m-%d", localtime_r(&now, &tm));
    struct utsname machine;
    if (uname(&machine) < 0) memset(&machine, 0, sizeof machine);
    fprintf(out, "# Members of an emulated cluster on %s, over %s, measured by aviary calibrate\n",
            machine.nodename, transport_at(c->kind.transport)->name);
    fprintf(out, "#\n# %s, %s %s %s, %u cores.", date, machine.sysname, machine.release,
            machine.machine, c->cores);
    for (uint32_t i = 0; i < c->kind.address_count; i++)
        fprintf(out, "%s%s", i ? ", " : " Devices: ", c->kind.addresses[i]);
    fprintf(
        out,
        "\n# fitted: least squares over what is left of the processor time of members of small\n"
        "# clusters without waiting, sending, bytes; replicas: %u rows, half of them within %.1f "
        "%%; clients:"
        "\n# %u rows, half of them within %.1f %%. assumed: known from the program or Linux."
        "\n# Transport alone: sending %.0f ns, receiving %.0f ns, more per KiB %.0f ns.\n"
        "# Meanwhile others took %.0f %% of the processors' time, and %.0f %% was stolen.\n\n",
        c->replica.rows, 100 * c->replica.error_median, c->client.rows,
        100 * c->client.error_median, c->probe_send_ns, c->probe_receive_ns, c->probe_per_kib_ns,
        100 * c->others, 100 * c->stolen);
}

static void put_role(const struct calibration_role *r, const char *role, FILE *out)
{
    char key[64];
    const struct {
        const char *name;
        double ns;
        const char *from;
    } costs[] = {{"receive", r->receive_ns, "fitted: receiving and handling"},
                 {"send", r->send_ns, "a flood"},
                 {"per_kib", r->per_kib_ns, "floods of several sizes"},
                 {"resume", r->resume_ns, "fitted"}};
    for (size_t i = 0; i < sizeof costs / sizeof *costs; i++) {
        snprintf(key, sizeof key, "%s.%s", role, costs[i].name);
        put_time(out, key, costs[i].ns, costs[i].from);
    }
}

/* Hops between two members: over shared memory those that were on different cores, which the fast
 * ones are; elsewhere the median. */
static double apart_ns(const struct calibration *c)
{
    uint32_t quantile = c->kind.transport == EXPERIMENT_LOOP ? 1 : CALIBRATION_QUANTILES / 2;
    return (double)c->hop_ns[quantile];
}

static void put_links(const struct calibration *c, FILE *out)
{
    double ends_ns = c->probe_send_ns + c->probe_receive_ns;
    if (c->kind.transport == EXPERIMENT_LOOP) {
        double ns = apart_ns(c) - ends_ns;
        put(out, "hops between two, less sending, receiving", "link.latency = constant %.0fns",
            ns > 1 ? ns : 1);
    } else {
        put_quantiles(out, "link.latency", c->hop_ns, ends_ns, 1,
                      "hops between two, less sending, receiving");
    }
    put(out, "assumed: a queue of the member's own", "link.loopback = constant 1ns");
    if (c->kind.transport == EXPERIMENT_LOOP)
        put(out, "memory: its time is in per_kib", "link.bandwidth = 0");
    else
        put(out, "a flood of 64 KiB messages", "link.bandwidth = %.1fMbps",
            c->bytes_per_second * 8 / 1e6);
    put_quantiles(out, "rdma.write", c->write_ns, 0, 0.5, "half of a round trip, 8 bytes");
    put_quantiles(out, "rdma.read", c->read_ns, 0, 1, "round trips, 8 bytes");
    put_quantiles(out, "rdma.atomic", c->swap_ns, 0, 1, "round trips");
}

static void put_host(const struct calibration *c, FILE *out)
{
    put(out, "processors online", "host.cores = %u", c->cores);
    put(out, "assumed: one member has all clients", "host.clients = together");
    put(out, "assumed: a host's batch from each peer", "host.batch = %d", BATCH);
    put_time(out, "host.switch", c->switch_ns, "members of a cluster that spin: per switch");
    put_time(out, "host.rouse", c->rouse_ns, "the sender's work to wake a member, less others");
    double idle_ns = (double)c->waking_hop_ns - apart_ns(c) - c->rouse_ns - c->sleep_ns / 2;
    put_time(out, "host.idle", idle_ns,
             "hops to a member that sleeps on another core, less others");
    put(out, "assumed: Linux", "host.move = %dns", MOVE_NS);
    put(out, "assumed: Linux", "host.slice = %dns", SLICE_NS);
    put_time(out, "cpu.wake", c->sleep_ns, "processor time to fall asleep and wake up");
    put(out, "assumed: the longest that a member spins", "cpu.spin = %dns",
        c->kind.transport == EXPERIMENT_LOOP ? SPIN_LOOP_NS : MQ_SPIN_NS_MAX);
    put_time(out, "host.look", c->timer_ns, "one timer after the other: an idle round");
    put(out, "in execute, which each has a timer", "cpu.timer = 0ns");
}

static void put_storage(const struct calibration *c, FILE *out)
{
    double bits_per_second = c->storage.bytes_per_second * 8;
    if (!c->durable) return;
    fputc('\n', out);
    put_time(out, "disk.append", c->storage.append_ns, "records of 128 bytes");
    put_quantiles(out, "disk.sync", c->sync_ns, 0, 1, "one such record after the other");
    if (bits_per_second > 0)
        put(out, "the largest records: how much longer they take", "disk.bandwidth = %.1fMbps",
            bits_per_second / 1e6);
    else
        put(out, "the largest records take no longer", "disk.bandwidth = 0");
}

static void put_execution(const struct calibration *c, FILE *out)
{
    char key[64];
    put_time(out, "execute.default", c->replica.execute_ns, "fitted");
    for (uint32_t i = 0; i < CALIBRATION_KINDS; i++) {
        snprintf(key, sizeof key, "execute.%s", calibration_kinds[i]);
        put_time(out, key, c->kind_ns[i], "a cluster of one replica, less the rest");
    }
    put_time(out, "execute.consult", 0, "assumed: in receive and send");
    put_time(out, "execute.move", 0, "assumed: in receive and send");
}

void calibration_write(const struct calibration *c, FILE *out)
{
    put_head(c, out);
    put_links(c, out);
    fputc('\n', out);
    put_host(c, out);
    put_role(&c->replica, "cpu", out);
    put_role(&c->client, "client", out);
    fputc('\n', out);
    put_execution(c, out);
    put_storage(c, out);
    struct timing t = emulation_timing(c->kind.transport);
    fputc('\n', out);
    put_time(out, "heartbeat", (double)t.heartbeat_ns, "as aviary emulate has it");
    put_time(out, "timeout.leader", (double)t.leader_timeout_ns, "as aviary emulate has it");
    put_time(out, "timeout.retry", (double)t.retry_ns, "as aviary emulate has it");
}
