/* cmd_mq_bench.c - `aviary mq bench`: options, the plan of measurements, and the tables.
 *
 * Competing programs are measured in turns (mq, ib, mq, ib ...), so that noise affects all alike;
 * the tables show the medians over the repeats. */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/lookup.h"
#include "base/memory.h"
#include "base/options.h"
#include "base/progress.h"
#include "base/units.h"
#include "rdma/bench/cmd_mq.h"
#include "rdma/bench/mq_bench.h"
#include "rdma/bench/mq_bench_table.h"

enum { LIST_MAX = 16, REPEATS_MAX = 1000, SENDERS_MAX = 1024 };
enum { BYTES_MAX = 1 << 26, WINDOW_MAX = 1 << 20 };

static const char about[] =
    "Measures the message queue between two RDMA devices of this machine, and in\n"
    "turns with it on the same devices ib_write_*, ib_send_* (Debian: perftest),\n"
    "rstream (rdmacm-utils) and ucx_perftest (ucx-utils), where they are installed.\n";
static const char ending[] =
    "\nexit status: 0 measured, with any result; 2 usage error, no device, failed\n"
    "\n  aviary mq bench --sizes 64 --windows 256 --waiting adaptive --senders 1,4,16\n";

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

static int read_bytes(const char *word, uint64_t *number, struct error *e)
{
    if (units_count(word, number, e) < 0 && units_size(word, number, e) < 0) return -1;
    if (*number >= 1 && *number <= BYTES_MAX) return 0;
    return error_set(e, "expected a size from 1B to %dMiB, found '%.40s'", BYTES_MAX >> 20, word);
}

static int read_waiting(const char *word, uint64_t *number, struct error *e)
{
    const char *names[BENCH_WAITINGS + 1] = {NULL};
    uint32_t found;
    for (uint32_t i = 0; i < BENCH_WAITINGS; i++) names[i] = bench_waiting_name(i);
    if (lookup_word("way of waiting", names, word, &found, e) < 0) return -1;
    *number = found;
    return 0;
}

/* A list being read: by `read`, or else of counts from 1 to `most`. */
struct numbers_reading {
    struct numbers *numbers;
    int (*read)(const char *word, uint64_t *number, struct error *e);
    uint64_t most;
};

static int add_number(void *context, const char *word, struct error *e)
{
    const struct numbers_reading *r = context;
    struct numbers *n = r->numbers;
    uint64_t number;
    if (n->count == LIST_MAX) return error_set(e, "expected at most %d of a list", LIST_MAX);
    int got = r->read ? r->read(word, &number, e) : option_in_range(word, 1, r->most, &number, e);
    if (got == 0) n->at[n->count++] = (uint32_t)number;
    return got;
}

static int read_numbers(const struct option *o, const char *text, void *place, struct error *e)
{
    return options_each(text, &(struct numbers_reading){place, NULL, o->most}, add_number, e);
}

static int read_sizes(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return options_each(text, &(struct numbers_reading){place, read_bytes, 0}, add_number, e);
}

static int read_waitings(const struct option *o, const char *text, void *place, struct error *e)
{
    (void)o;
    return options_each(text, &(struct numbers_reading){place, read_waiting, 0}, add_number, e);
}

static int read_kind(const struct option *o, const char *text, void *place, struct error *e)
{
    bool *kinds = place;
    uint32_t kind;
    if (option_choice(o, text, &kind, e) < 0) return -1;
    kinds[BENCH_LATENCY] = kind == BENCH_LATENCY;
    kinds[BENCH_RATE] = kind == BENCH_RATE;
    return 0;
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

/* The programs of the table, each once; NULL past the end. */
static const char *program_name(uint32_t i)
{
    const struct bench_other *o;
    const char *last = "";
    for (uint32_t at = 0; (o = bench_other_at(at)) != NULL; at++) {
        if (strcmp(bench_other_program(o), last) == 0) continue; /* they stand together */
        last = bench_other_program(o);
        if (i-- == 0) return last;
    }
    return NULL;
}

static int check_program(void *context, const char *word, struct error *e)
{
    uint32_t i;
    (void)context;
    return lookup("program", program_name, word, &i, e);
}

static int read_programs(const struct option *o, const char *text, void *place, struct error *e)
{
    *(const char **)place = text;
    (void)o;
    return strcmp(text, "none") == 0 ? 0 : options_each(text, NULL, check_program, e);
}

#define AT(member) .place = offsetof(struct job, member)
static const char *const kinds[] = {[BENCH_LATENCY] = "latency", [BENCH_RATE] = "rate", NULL};
static const struct option list[] = {
    {"from", 0, "ADDRESS", NULL, "the senders' device; default: the first with an address",
     option_text, AT(from_text)},
    {"to", 0, "ADDRESS", NULL, "the receiver's device; default: a second one if any", option_text,
     AT(to_text)},
    {"only", 0, "KIND", NULL, "one table only", read_kind, AT(kinds), .words = kinds},
    {"sizes", 0, "LIST", "64,1KiB,4KiB", "sizes of messages", read_sizes, AT(sizes), .list = true},
    {"waiting", 0, "LIST", "adaptive,spin,event", "how processes wait for messages", read_waitings,
     AT(waitings), .list = true},
    {"senders", 0, "LIST", "1", "numbers of processes that send to one receiver", read_numbers,
     AT(senders), .most = SENDERS_MAX, .list = true},
    {"windows", 0, "LIST", "1,16,256", "rate: messages sent, not answered", read_numbers,
     AT(windows), .most = WINDOW_MAX, .list = true},
    {"batch", 0, "N", NULL, "rate: messages for each doorbell; default: the window", option_count,
     AT(batch), .least = 1, .most = WINDOW_MAX},
    {"duration", 0, "TIME", "500ms", "length of each measurement", option_time, AT(duration_ns),
     .least = 1, .most = UINT64_C(3600000000000)},
    {"count", 0, "N", NULL, "messages of each sender, instead of a duration", option_count,
     AT(count), .least = 1, .most = UINT32_MAX},
    {"repeats", 0, "N", "3", "of everything; medians are shown", option_count, AT(repeats),
     .least = 1, .most = REPEATS_MAX},
    {"programs", 0, "LIST", NULL, "programs beside it, or none; default: those installed",
     read_programs, AT(programs), .list = true},
};

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
    struct job job = {.kinds = {true, true}};
    struct options_table table = {list, sizeof(list) / sizeof(list[0]), &job, {0}};
    const struct options options = {.command = "mq bench",
                                    .about = about,
                                    .ending = ending,
                                    .tables = &table,
                                    .table_count = 1};
    struct error e;
    int got = options_read(&options, argc, argv, NULL, &e);
    if (got == 0) got = work(&job, &e);
    return got < 0 ? options_fail(options.command, "%s", e.text) : 0;
}
