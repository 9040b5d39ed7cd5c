/* mq_bench_others.c - other programs that measure the same devices: perftest, rsockets, UCX.
 *
 * Each is a table row: its two command lines, and how its last line of figures reads. */
#include <math.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "base/assert.h"
#include "rdma/bench/mq_bench.h"

enum { LINE_BYTES = 512, FIELDS_MAX = 16, SECONDS_MAX = 60, TRIES_MAX = 100 };

struct bench_other {
    const char *program, *name; /* the name distinguishes ways to call it */
    const char *waiting;        /* its way of waiting, as the queue's */
    enum bench_kind kind;
    bool one_device; /* of two, indistinguishable */
    /* The command line of the receiving side, or of the sending one. */
    void (*write_line)(char *line, const struct bench_point *p, uint16_t port, bool receiver);
    uint32_t fields; /* numbers and words in the line of results */
    void (*read_line)(const char *const *field, const struct bench_point *p, double *figure);
};

/* --- perftest: -d device, -i port, -x index of the GID; a TCP connection to agree --------------
 */

static void write_perftest(char *line, const struct bench_point *p, uint16_t port, bool receiver,
                           const char *program)
{
    const struct device_address *end = receiver ? p->to : p->from;
    char gid[32] = "";
    if (end->gid_index >= 0) snprintf(gid, sizeof(gid), "-x %d", end->gid_index);
    snprintf(line, LINE_BYTES, "%s -F -d %s -i %u %s -s %u -n %llu -p %u %s", program, end->device,
             end->port, gid, p->bytes, (unsigned long long)p->count, port,
             receiver ? "" : p->to->address);
}

#define PERFTEST(name)                                                               \
    static void write_##name(char *line, const struct bench_point *p, uint16_t port, \
                             bool receiver)                                          \
    {                                                                                \
        write_perftest(line, p, port, receiver, #name);                              \
    }
PERFTEST(ib_write_lat)
PERFTEST(ib_write_bw)
PERFTEST(ib_send_lat)
PERFTEST(ib_send_bw)
#undef PERFTEST

/* bytes, iterations, least, most, typical, mean, deviation, 99 %, 99.9 % */
static void read_perftest_lat(const char *const *field, const struct bench_point *p, double *figure)
{
    (void)p;
    figure[FIGURE_MIN] = atof(field[2]);
    figure[FIGURE_MAX] = atof(field[3]);
    figure[FIGURE_P50] = atof(field[4]);
    figure[FIGURE_MEAN] = atof(field[5]);
    figure[FIGURE_P99] = atof(field[7]);
}

/* bytes, iterations, MiB/s peak, MiB/s mean, millions of messages a second */
static void read_perftest_bw(const char *const *field, const struct bench_point *p, double *figure)
{
    (void)p;
    figure[FIGURE_RATE] = atof(field[4]) * 1e6;
}

/* --- rsockets: rstream sends -C messages one way, then as many the other, -I times -------------
 */

static void write_rstream_ways(char *line, const struct bench_point *p, uint16_t port,
                               bool receiver, const char *way)
{
    unsigned long long burst = p->kind == BENCH_LATENCY ? 1 : 1 + p->count / 4;
    unsigned long long turns = p->kind == BENCH_LATENCY ? p->count : 2;
    char ends[160];
    if (receiver || strcmp(p->from->address, p->to->address) == 0)
        snprintf(ends, sizeof(ends), "%s %s", receiver ? "-b" : "-s", p->to->address);
    else /* it binds the port as well: not twice at one address */
        snprintf(ends, sizeof(ends), "-b %s -s %s", p->from->address, p->to->address);
    snprintf(line, LINE_BYTES, "rstream %s %s -p %u -S %u -I %llu -C %llu", way, ends, port,
             p->bytes, turns, burst);
}

static void write_rstream(char *line, const struct bench_point *p, uint16_t port, bool receiver)
{
    write_rstream_ways(line, p, port, receiver, "");
}

static void write_rstream_blocking(char *line, const struct bench_point *p, uint16_t port,
                                   bool receiver)
{
    write_rstream_ways(line, p, port, receiver, "-T b");
}

/* name, bytes, messages, turns, total, seconds, Gb/s, microseconds of a message */
static void read_rstream(const char *const *field, const struct bench_point *p, double *figure)
{
    double message_us = atof(field[7]);
    if (p->kind == BENCH_LATENCY)
        figure[FIGURE_MEAN] = message_us;
    else if (message_us >= 1) /* both have two decimals: what has more digits */
        figure[FIGURE_RATE] = 1e6 / message_us;
    else
        figure[FIGURE_RATE] = atof(field[6]) * 1e9 / 8 / p->bytes;
}

/* --- UCX: active messages of its lower layer over RC. The upper one connects by UD, which does not
 * work on SoftRoCE; and this one opens the sender's device on both sides. */

static void write_ucx(char *line, const struct bench_point *p, uint16_t port, bool receiver)
{
    enum { SHORT_BYTES_MAX = 128, COPIED_BYTES_MAX = 8192 }; /* a little below the limits */
    const char *layout = p->bytes <= SHORT_BYTES_MAX    ? "short"
                         : p->bytes <= COPIED_BYTES_MAX ? "bcopy"
                                                        : "zcopy";
    snprintf(line, LINE_BYTES,
             "ucx_perftest -f -t %s -x rc_verbs -d %s:%u -D %s -s %u -n %llu -w %llu -p %u %s",
             p->kind == BENCH_LATENCY ? "am_lat" : "am_bw", p->from->device, p->from->port, layout,
             p->bytes, (unsigned long long)p->count, 1 + (unsigned long long)p->count / 10, port,
             receiver ? "" : p->to->address);
}

/* iterations, typical, mean of the last second, of all; MB/s twice, messages a second twice */
static void read_ucx(const char *const *field, const struct bench_point *p, double *figure)
{
    if (p->kind == BENCH_LATENCY) {
        figure[FIGURE_P50] = atof(field[1]);
        figure[FIGURE_MEAN] = atof(field[3]);
    } else {
        figure[FIGURE_RATE] = atof(field[7]);
    }
}

static const struct bench_other others[] = {
    {"ib_write_lat", "ib_write_lat", "spin", BENCH_LATENCY, false, write_ib_write_lat, 9,
     read_perftest_lat},
    {"ib_write_bw", "ib_write_bw", "spin", BENCH_RATE, false, write_ib_write_bw, 5,
     read_perftest_bw},
    {"ib_send_lat", "ib_send_lat", "spin", BENCH_LATENCY, false, write_ib_send_lat, 9,
     read_perftest_lat},
    {"ib_send_bw", "ib_send_bw", "spin", BENCH_RATE, false, write_ib_send_bw, 5, read_perftest_bw},
    {"rstream", "rstream", "spin", BENCH_LATENCY, false, write_rstream, 8, read_rstream},
    {"rstream", "rstream", "spin", BENCH_RATE, false, write_rstream, 8, read_rstream},
    {"rstream", "rstream -T b", "adaptive", BENCH_LATENCY, false, write_rstream_blocking, 8,
     read_rstream},
    {"rstream", "rstream -T b", "adaptive", BENCH_RATE, false, write_rstream_blocking, 8,
     read_rstream},
    {"ucx_perftest", "ucx_perftest", "spin", BENCH_LATENCY, true, write_ucx, 8, read_ucx},
    {"ucx_perftest", "ucx_perftest", "spin", BENCH_RATE, true, write_ucx, 8, read_ucx},
};

const struct bench_other *bench_other_at(uint32_t index)
{
    return index < sizeof(others) / sizeof(others[0]) ? &others[index] : NULL;
}

const char *bench_other_program(const struct bench_other *o)
{
    return o->program;
}

const char *bench_other_name(const struct bench_other *o)
{
    return o->name;
}

const char *bench_other_waiting(const struct bench_other *o)
{
    return o->waiting;
}

enum bench_kind bench_other_kind(const struct bench_other *o)
{
    return o->kind;
}

bool bench_other_fits(const struct bench_other *o, const struct bench_point *p)
{
    return !o->one_device || strcmp(p->from->device, p->to->device) == 0;
}

bool bench_other_found(const struct bench_other *o)
{
    const char *path = getenv("PATH");
    char file[1024];
    while (path && *path) {
        int bytes = (int)strcspn(path, ":");
        snprintf(file, sizeof(file), "%.*s/%s", bytes, path, o->program);
        if (access(file, X_OK) == 0) return true;
        path += bytes + (path[bytes] == ':');
    }
    return false;
}

/* --- running one -------------------------------------------------------------------------------
 */

/* A TCP port that was free just now. */
static uint16_t free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t bytes = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, bytes) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &bytes) < 0)
        address.sin_port = htons(18515); /* perftest's own */
    if (fd >= 0) close(fd);
    return ntohs(address.sin_port);
}

static uint32_t split(char *line, const char **field)
{
    uint32_t count = 0;
    char *rest = NULL;
    for (char *word = strtok_r(line, " \t\n", &rest); word && count < FIELDS_MAX;
         word = strtok_r(NULL, " \t\n", &rest))
        field[count++] = word;
    return count;
}

/* The last line with the right number of fields, the second of which is a number. */
static int read_output(const struct bench_other *o, const struct bench_point *p, FILE *out,
                       double *figure, struct error *e)
{
    char line[LINE_BYTES], last[LINE_BYTES] = "it printed nothing";
    const char *field[FIELDS_MAX];
    bool found = false;
    ASSERT(o->fields >= 2 && o->fields < FIELDS_MAX);
    rewind(out);
    while (fgets(line, sizeof(line), out)) {
        char copy[LINE_BYTES];
        snprintf(copy, sizeof(copy), "%s", line);
        if (strspn(line, " \n-=") < strlen(line)) snprintf(last, sizeof(last), "%s", line);
        if (split(copy, field) != o->fields || strspn(field[1], "0123456789.") == 0) continue;
        o->read_line(field, p, figure);
        found = true;
    }
    last[strcspn(last, "\n")] = '\0';
    return found ? 0 : error_set(e, "%s: %.200s", o->program, last);
}

/* The client, again until the server listens: that cannot be seen from outside. */
static int run_client(const char *line, pid_t server, FILE *out)
{
    static const struct timespec pause = {.tv_nsec = 30000000};
    int status = EXIT_FAILURE;
    for (int i = 0; i < TRIES_MAX && status != 0; i++) {
        if (i > 0) nanosleep(&pause, NULL);
        if (i > 0 && child_ended(server)) break;
        rewind(out);
        if (ftruncate(fileno(out), 0) < 0) break;
        status = child_wait(child_start_program(line, out, SECONDS_MAX));
        if (status == 128 + SIGALRM) break;
    }
    return status;
}

int bench_other_measure(const struct bench_other *o, const struct bench_point *p,
                        double figure[BENCH_FIGURES], struct error *e)
{
    ASSERT(bench_other_fits(o, p));
    ASSERT(p->count > 0);
    char line[LINE_BYTES];
    uint16_t port = free_port();
    FILE *out = tmpfile();
    for (int i = 0; i < BENCH_FIGURES; i++) figure[i] = NAN;
    if (!out) return error_set(e, "%s: no temporary file", o->program);
    o->write_line(line, p, port, true);
    pid_t server = child_start_program(line, NULL, SECONDS_MAX);
    o->write_line(line, p, port, false);
    int status = run_client(line, server, out);
    child_kill(server);
    int got = read_output(o, p, out, figure, e);
    if (got == 0 && status != 0)
        got = error_set(e, "%s: it ended with status %d", o->program, status);
    fclose(out);
    return got;
}
