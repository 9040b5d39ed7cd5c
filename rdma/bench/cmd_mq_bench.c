/* cmd_mq_bench.c - `aviary mq bench`: options, the plan of measurements, and the tables.
 *
 * Competing programs are measured in turns (mq, ib, mq, ib ...), so that noise affects all alike;
 * the tables show the medians over the repeats. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "rdma/bench/cmd_mq.h"
#include "rdma/bench/mq_bench.h"
#include "rdma/bench/mq_bench_table.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/units.h"

enum { LIST_MAX = 16, REPEATS_MAX = 1000, SENDERS_MAX = 1024 };
enum { BYTES_MAX = 1 << 26, WINDOW_MAX = 1 << 20 };

static const char help[] =
    "usage: aviary mq bench [OPTION]...\n"
    "Measures the message queue between two RDMA devices of this machine, and beside it, on the\n"
    "same devices and in turns with it, ib_write_* and ib_send_* (Debian: perftest), rstream\n"
    "(rdmacm-utils) and ucx_perftest (ucx-utils), where they are installed.\n\n"
    "      --from ADDRESS      of the senders (default: the first of an RDMA device)\n"
    "      --to ADDRESS        of the receiver (default: of a second device, else the same)\n"
    "      --only KIND         latency (half of a round trip) or rate (default: both)\n"
    "      --sizes LIST        of messages (default 64,1KiB,4KiB)\n"
    "      --waiting LIST      adaptive, spin, event (default: all)\n"
    "      --senders LIST      processes that send to one receiver (default 1)\n"
    "      --windows LIST      rate: messages sent and not yet answered (default 1,16,256)\n"
    "      --batch N           rate: messages to a doorbell (default: all the window has room "
    "for)\n"
    "      --duration T        of each measurement (default 500ms)\n"
    "      --count N           messages of each sender, instead of a duration\n"
    "      --repeats N         of everything; medians are shown (default 3)\n"
    "      --programs LIST     to compare with, or none (default: those installed)\n"
    "  -h, --help\n\n"
    "exit status: 0 measured, with any result; 2 usage error, no device, or a queue that "
    "failed\n\n"
    "  aviary mq bench --sizes 64 --windows 256 --waiting adaptive --senders 1,4,16\n";

static const struct option list[] = {
    {"from", required_argument, NULL, 'f'},     {"to", required_argument, NULL, 't'},
    {"only", required_argument, NULL, 'o'},     {"sizes", required_argument, NULL, 's'},
    {"waiting", required_argument, NULL, 'w'},  {"senders", required_argument, NULL, 'n'},
    {"windows", required_argument, NULL, 'W'},  {"batch", required_argument, NULL, 'b'},
    {"duration", required_argument, NULL, 'd'}, {"count", required_argument, NULL, 'c'},
    {"repeats", required_argument, NULL, 'r'},  {"programs", required_argument, NULL, 'p'},
    {"help", no_argument, NULL, 'h'},           {NULL, 0, NULL, 0}};
static const struct options options = {"mq bench", ":h", list};

struct numbers {
    uint32_t at[LIST_MAX];
    uint32_t count;
};

struct job {
    const char *from_text, *to_text;
    struct device_address from, to;
    bool kinds[2];
    struct numbers sizes, waitings, senders, windows;
    uint64_t batch, duration_ns, count, repeats;
    const char *programs; /* names with commas, or NULL */
    struct bench_row *rows;
    uint32_t row_count, row_room;
};

/* --- options ------------------------------------------------------------------------------------
 */

typedef int read_number(const char *word, uint64_t *number, struct error *e);

static int read_bytes(const char *word, uint64_t *number, struct error *e)
{
    return units_count(word, number, e) == 0 ? 0 : units_size(word, number, e);
}

static int read_waiting(const char *word, uint64_t *number, struct error *e)
{
    for (uint32_t i = 0; i < BENCH_WAITINGS; i++)
        if (strcmp(word, bench_waiting_name(i)) == 0) {
            *number = i;
            return 0;
        }
    return error_set(e, "expected adaptive, spin or event, found '%.40s'", word);
}

static int read_range(const char *word, read_number *read, uint64_t least, uint64_t most,
                      uint64_t *number, struct error *e)
{
    if (read(word, number, e) < 0) return -1;
    if (*number >= least && *number <= most) return 0;
    return error_set(e, "expected %llu to %llu, found '%.40s'", (unsigned long long)least,
                     (unsigned long long)most, word);
}

static int read_list(const char *text, read_number *read, uint32_t least, uint32_t most,
                     struct numbers *numbers, struct error *e)
{
    char *words = allocate_text(text), *rest = words;
    int got = 0;
    for (numbers->count = 0; rest && got == 0;) {
        char *word = rest, *comma = strchr(rest, ',');
        uint64_t number = 0;
        if (comma) *comma = '\0';
        rest = comma ? comma + 1 : NULL;
        if (numbers->count == LIST_MAX)
            got = error_set(e, "expected at most %d of a list", LIST_MAX);
        else if ((got = read_range(word, read, least, most, &number, e)) == 0)
            numbers->at[numbers->count++] = (uint32_t)number;
    }
    free(words);
    return got;
}

static int read_kind(struct job *job, const char *text, struct error *e)
{
    job->kinds[BENCH_LATENCY] = strcmp(text, "latency") == 0;
    job->kinds[BENCH_RATE] = strcmp(text, "rate") == 0;
    if (job->kinds[BENCH_LATENCY] || job->kinds[BENCH_RATE]) return 0;
    return error_set(e, "expected latency or rate, found '%.40s'", text);
}

/* Is the word in the list? */
static bool listed(const char *text, const char *word)
{
    size_t bytes = strlen(word);
    for (const char *at = text; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (strncmp(at, word, bytes) == 0 && (at[bytes] == ',' || at[bytes] == '\0')) return true;
    }
    return false;
}

static bool is_program(const char *word)
{
    const struct bench_other *o;
    for (uint32_t i = 0; (o = bench_other_at(i)) != NULL; i++)
        if (strcmp(bench_other_program(o), word) == 0) return true;
    return false;
}

static int refuse_program(const char *word, struct error *e)
{
    char names[256] = "none";
    const struct bench_other *o;
    for (uint32_t i = 0; (o = bench_other_at(i)) != NULL; i++) {
        size_t used = strlen(names);
        if (!listed(names, bench_other_program(o)))
            snprintf(names + used, sizeof(names) - used, ",%s", bench_other_program(o));
    }
    return error_set(e, "expected some of %s, found '%.40s'", names, word);
}

/* Every word of --programs names one. */
static int check_programs(const char *text, struct error *e)
{
    if (strcmp(text, "none") == 0) return 0;
    char *words = allocate_text(text), *rest = NULL;
    int got = 0;
    for (char *word = strtok_r(words, ",", &rest); word && got == 0;
         word = strtok_r(NULL, ",", &rest))
        if (!is_program(word)) got = refuse_program(word, e);
    free(words);
    return got;
}

static int set_option(struct job *job, int option, const char *text, struct error *e)
{
    switch (option) {
    case 'f':
        job->from_text = text;
        return 0;
    case 't':
        job->to_text = text;
        return 0;
    case 'o':
        return read_kind(job, text, e);
    case 's':
        return read_list(text, read_bytes, 1, BYTES_MAX, &job->sizes, e);
    case 'w':
        return read_list(text, read_waiting, 0, BENCH_WAITINGS, &job->waitings, e);
    case 'n':
        return read_list(text, units_count, 1, SENDERS_MAX, &job->senders, e);
    case 'W':
        return read_list(text, units_count, 1, WINDOW_MAX, &job->windows, e);
    case 'b':
        return read_range(text, units_count, 1, WINDOW_MAX, &job->batch, e);
    case 'd':
        return read_range(text, units_time, 1, UINT64_C(3600000000000), &job->duration_ns, e);
    case 'c':
        return read_range(text, units_count, 1, UINT32_MAX, &job->count, e);
    case 'r':
        return read_range(text, units_count, 1, REPEATS_MAX, &job->repeats, e);
    default:
        job->programs = text;
        return check_programs(text, e);
    }
}

/* The user's choice, or else the first address, and the first on another device. */
static int choose_ends(struct job *job, struct error *e)
{
    struct device_address all[DEVICES_MAX];
    uint32_t count = devices_find(all, DEVICES_MAX, e), other = 0;
    if (count == 0) return -1;
    job->from = all[0];
    if (job->from_text && devices_resolve(job->from_text, &job->from, e) < 0) return -1;
    while (other < count && strcmp(all[other].device, job->from.device) == 0) other++;
    job->to = other < count ? all[other] : job->from;
    return job->to_text ? devices_resolve(job->to_text, &job->to, e) : 0;
}

/* --- the plan: rows of one kind and size stand together ----------------------------------------
 */

static struct bench_row *add_row(struct job *job, enum bench_kind kind, uint32_t bytes)
{
    job->rows = array_grow32(job->rows, &job->row_room, job->row_count + 1, sizeof(*job->rows));
    struct bench_row *row = &job->rows[job->row_count++];
    *row = (struct bench_row){.point = {.kind = kind,
                                        .from = &job->from,
                                        .to = &job->to,
                                        .bytes = bytes,
                                        .senders = 1,
                                        .window = 1,
                                        .batch = (uint32_t)job->batch,
                                        .count = job->count,
                                        .duration_ns = job->count > 0 ? 0 : job->duration_ns},
                              .sample = allocate_zeroed(job->repeats, sizeof(*row->sample))};
    return row;
}

static void add_queue_rows(struct job *job, enum bench_kind kind, uint32_t bytes, uint32_t senders)
{
    for (uint32_t w = 0; w < (kind == BENCH_RATE ? job->windows.count : 1); w++)
        for (uint32_t i = 0; i < job->waitings.count; i++) {
            struct bench_row *row = add_row(job, kind, bytes);
            row->point.senders = senders;
            row->point.waiting = (enum mq_waiting)job->waitings.at[i];
            if (kind == BENCH_RATE) row->point.window = job->windows.at[w];
        }
}

static void add_other_rows(struct job *job, enum bench_kind kind, uint32_t bytes)
{
    const struct bench_other *o;
    for (uint32_t i = 0; (o = bench_other_at(i)) != NULL; i++) {
        if (bench_other_kind(o) != kind || !bench_other_found(o)) continue;
        if (job->programs && !listed(job->programs, bench_other_program(o))) continue;
        struct bench_row *row = add_row(job, kind, bytes);
        row->other = o;
        if (bench_other_fits(o, &row->point)) continue;
        free(row->sample);
        job->row_count--;
    }
}

static void plan(struct job *job)
{
    for (enum bench_kind kind = BENCH_LATENCY; kind <= BENCH_RATE; kind++)
        for (uint32_t s = 0; s < job->sizes.count && job->kinds[kind]; s++) {
            for (uint32_t n = 0; n < job->senders.count; n++)
                add_queue_rows(job, kind, job->sizes.at[s], job->senders.at[n]);
            add_other_rows(job, kind, job->sizes.at[s]);
        }
}

/* Prints a line for each program that is not compared with, and why. */
static void tell_missing(const struct job *job)
{
    const struct bench_point point = {.from = &job->from, .to = &job->to};
    const struct bench_other *o;
    const char *told = "";
    for (uint32_t i = 0; (o = bench_other_at(i)) != NULL; i++) {
        const char *name = bench_other_program(o);
        if (!job->kinds[bench_other_kind(o)] || strcmp(told, name) == 0) continue;
        if (job->programs && !listed(job->programs, name)) continue;
        told = name; /* those of one program stand together */
        if (!bench_other_found(o))
            printf("%s: not installed, not compared\n", name);
        else if (!bench_other_fits(o, &point))
            printf("%s: not compared, it knows one device only (try --to %s)\n", name,
                   job->from.address);
    }
}

/* --- running it ---------------------------------------------------------------------------------
 */

/* The other programs count: a first, short run tells how many messages the duration has room for.
 */
static int run_other(const struct job *job, struct bench_row *row)
{
    enum { MOST = 1000000 };
    double *figure = row->sample[row->samples];
    if (row->point.count == 0) {
        row->point.count = BENCH_COUNT_MIN;
        if (bench_other_measure(row->other, &row->point, figure, &row->error) < 0) return -1;
        double rate =
            row->point.kind == BENCH_RATE ? figure[FIGURE_RATE] : 1e6 / (2 * figure[FIGURE_MEAN]);
        double count = rate * (double)job->duration_ns / 1e9;
        row->point.count = count < BENCH_COUNT_MIN ? BENCH_COUNT_MIN
                           : count > MOST          ? MOST
                                                   : (uint64_t)count;
    }
    return bench_other_measure(row->other, &row->point, figure, &row->error);
}

/* A program that fails is left out from then on; the queue must not fail. */
static int run_row(const struct job *job, struct bench_row *row, struct error *e)
{
    if (row->other) {
        row->failed = row->failed || run_other(job, row) < 0;
        row->samples += !row->failed;
        return 0;
    }
    if (bench_queue_measure(&row->point, row->sample[row->samples], e) < 0) return -1;
    row->samples++;
    return 0;
}

static int run_all(struct job *job, struct error *e)
{
    struct progress progress;
    uint64_t done = 0, all = job->row_count * job->repeats;
    int got = 0;
    progress_init(&progress, "mq bench", "measurements");
    for (uint32_t begin = 0, end; begin < job->row_count && got == 0; begin = end) {
        for (end = begin; end < job->row_count; end++)
            if (!bench_rows_compare(&job->rows[begin], &job->rows[end])) break;
        for (uint64_t r = 0; r < job->repeats; r++)
            for (uint32_t i = begin; i < end && got == 0; i++) {
                progress_update(&progress, (double)done / (double)all, done);
                got = run_row(job, &job->rows[i], e);
                done++;
            }
    }
    progress_finish(&progress);
    return got;
}

static int work(struct job *job, struct error *e)
{
    if (choose_ends(job, e) < 0) return -1;
    plan(job);
    printf("from %s (%s) to %s (%s); medians of %llu repeats\n", job->from.address,
           job->from.device, job->to.address, job->to.device, (unsigned long long)job->repeats);
    tell_missing(job);
    fflush(stdout); /* before there are children */
    int got = run_all(job, e);
    if (got == 0) bench_rows_print(job->rows, job->row_count, stdout);
    for (uint32_t i = 0; i < job->row_count; i++) free(job->rows[i].sample);
    free(job->rows);
    return got;
}

int cmd_mq_bench(int argc, char **argv)
{
    struct job job = {.kinds = {true, true},
                      .sizes = {{64, 1024, 4096}, 3},
                      .waitings = {{MQ_ADAPTIVE, MQ_SPIN, MQ_EVENT}, 3},
                      .senders = {{1}, 1},
                      .windows = {{1, 16, 256}, 3},
                      .duration_ns = 500000000,
                      .repeats = 3};
    struct error e;
    int option;
    for (bool first = true; (option = options_next(&options, argc, argv, first)) != -1;
         first = false) {
        if (option == '?') return EXIT_INPUT;
        if (option == 'h') {
            fputs(help, stdout);
            return 0;
        }
        if (set_option(&job, option, optarg, &e) < 0)
            return options_fail(options.command, "%s", e.text);
    }
    if (optind != argc) return options_fail(options.command, "unexpected '%s'", argv[optind]);
    return work(&job, &e) < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
