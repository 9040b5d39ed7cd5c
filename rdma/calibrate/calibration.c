/* calibration.c - the measurements, one after the other (calibration.h). */
#include "rdma/calibrate/calibration.h"

#include <unistd.h>

#include "base/memory.h"
#include "rdma/calibrate/calibration_fit.h"
#include "rdma/calibrate/load.h"
#include "rdma/calibrate/probing.h"
#include "rdma/calibrate/trial.h"

enum {
    SMALL_BYTES = 64,
    SIZES = 4,
    TERMS = 3,          /* of the work of a member that are fitted */
    REPEATS = 3,        /* of which the median is taken */
    ROUNDS = 2,         /* through all clusters */
    MESSAGES_MIN = 100, /* of a member, for a significant cost */
};

#define PAUSE_NS UINT64_C(300000) /* long enough that all members sleep */

const double calibration_quantiles[CALIBRATION_QUANTILES] = {0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99};
const char *const calibration_kinds[CALIBRATION_KINDS] = {"timeline", "post"};

static const uint32_t sizes[SIZES] = {64, 1024, 8192, 65536};

struct measuring {
    struct calibration *c;
    uint64_t duration_ns;
    struct samples samples;
    calibration_progress *progress;
    void *context;
    uint32_t step;
    const char *what; /* is being measured */
    struct error *error;
};

/* ---- clusters to measure --------------------------------------------------------------------- */

#define WORKLOAD "-w", "chirper:users=2000,seed=7"
#define ONLY(keys) "-w", ("chirper:users=2000,seed=7," keys)

/* The first is for shared memory only: connecting its 13 members over SoftRoCE takes too long. The
 * last two make one kind of command only, without a neighbour to replicate to. */
static const char *const clusters[][16] = {
    {"-s", "ssmr", "-k", "4", "--clients", "128", WORKLOAD},
    {"-s", "ssmr", "-k", "1", "--replicas", "1", "--clients", "4", WORKLOAD},
    {"-s", "ssmr", "-k", "1", "--replicas", "1", "--clients", "64", WORKLOAD},
    {"-s", "ssmr", "-k", "1", "--clients", "1", WORKLOAD},
    {"-s", "ssmr", "-k", "1", "--clients", "16", WORKLOAD},
    {"-s", "ssmr", "-k", "1", "--clients", "128", WORKLOAD},
    {"-s", "ssmr", "-k", "2", "--clients", "4", WORKLOAD},
    {"-s", "ssmr", "-k", "2", "--clients", "64", WORKLOAD},
    {"-s", "dynastar", "-k", "2", "--clients", "4", WORKLOAD},
    {"-s", "dynastar", "-k", "2", "--clients", "64", WORKLOAD},
    {"-s", "ssmr", "-k", "1", "--replicas", "1", "--clients", "64",
     ONLY("timeline=100,post=0,follow=0,unfollow=0")},
    {"-s", "ssmr", "-k", "1", "--replicas", "1", "--clients", "64",
     ONLY("timeline=0,post=100,follow=0,unfollow=0")},
};
enum {
    CROWDED = 6, /* seven members, low load */
    CLUSTERS = sizeof clusters / sizeof *clusters,
    MIXED = CLUSTERS - CALIBRATION_KINDS,
    STEPS = 1 + 2 + REPEATS + SIZES * REPEATS + 3 + 1 + ROUNDS * CLUSTERS,
};

static void begin(struct measuring *m, const char *what)
{
    m->what = what;
    m->progress(m->context, m->step++, STEPS, what);
}

static void read_quantiles(const struct samples *s, uint64_t *ns)
{
    for (uint32_t i = 0; i < CALIBRATION_QUANTILES; i++)
        ns[i] = samples_quantile(s, calibration_quantiles[i]);
}

/* ---- the transport --------------------------------------------------------------------------- */

static int measure_hops(struct measuring *m)
{
    struct calibration *c = m->c;
    begin(m, "latency");
    if (probing_hops(&c->kind, 2, SMALL_BYTES, 0, m->duration_ns, &m->samples, m->error) < 0)
        return -1;
    read_quantiles(&m->samples, c->hop_ns);
    begin(m, "waking up");
    if (probing_hops(&c->kind, 2, SMALL_BYTES, PAUSE_NS, m->duration_ns, &m->samples, m->error) < 0)
        return -1;
    c->waking_hop_ns = samples_quantile(&m->samples, 0.5);
    return 0;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double median(double *values)
{
    qsort(values, REPEATS, sizeof *values, compare);
    return values[REPEATS / 2];
}

static int measure_sleep(struct measuring *m)
{
    double rouses[REPEATS], sleeps[REPEATS];
    for (uint32_t i = 0; i < REPEATS; i++) {
        struct wakes wakes;
        begin(m, "sleeping and waking up");
        if (probing_wakes(&m->c->kind, m->duration_ns / 2, &wakes, m->error) < 0) return -1;
        rouses[i] = wakes.rouse_ns;
        sleeps[i] = wakes.sleep_ns;
    }
    m->c->rouse_ns = median(rouses);
    m->c->sleep_ns = median(sleeps);
    return 0;
}

static int measure_flood(struct measuring *m, uint32_t bytes, double *send_ns, double *receive_ns)
{
    double sends[REPEATS], receives[REPEATS], rates[REPEATS];
    for (uint32_t i = 0; i < REPEATS; i++) {
        struct flood flood;
        begin(m, "sending and receiving");
        if (probing_flood(&m->c->kind, bytes, m->duration_ns / REPEATS, &flood, m->error) < 0)
            return -1;
        sends[i] = (double)flood.send_work_ns / (double)flood.messages;
        receives[i] = (double)flood.receive_work_ns / (double)flood.messages;
        rates[i] = (double)flood.messages * bytes / flood.seconds;
    }
    *send_ns = median(sends);
    *receive_ns = median(receives);
    m->c->bytes_per_second = median(rates);
    return 0;
}

static int measure_floods(struct measuring *m)
{
    struct calibration *c = m->c;
    double kib[SIZES], send_ns[SIZES], receive_ns[SIZES];
    for (uint32_t i = 0; i < SIZES; i++) {
        kib[i] = sizes[i] / 1024.0;
        if (measure_flood(m, sizes[i], &send_ns[i], &receive_ns[i]) < 0) return -1;
    }
    double send_per_kib_ns, receive_per_kib_ns, base_ns;
    fit_line(SIZES, kib, send_ns, &base_ns, &send_per_kib_ns);
    fit_line(SIZES, kib, receive_ns, &base_ns, &receive_per_kib_ns);
    c->probe_send_ns = send_ns[0];
    c->probe_receive_ns = receive_ns[0];
    c->probe_per_kib_ns = (send_per_kib_ns + receive_per_kib_ns) / 2;
    return 0;
}

static int measure_one_sided(struct measuring *m)
{
    struct calibration *c = m->c;
    uint64_t *const out[] = {c->write_ns, c->read_ns, c->swap_ns};
    for (uint32_t i = 0; i < 3; i++) {
        begin(m, "one-sided operations");
        if (probing_one_sided(&c->kind, (enum probing_operation)i, m->duration_ns, &m->samples,
                              m->error) < 0)
            return -1;
        read_quantiles(&m->samples, out[i]);
    }
    begin(m, "timers");
    return probing_timers(&c->kind, m->duration_ns, &c->timer_ns, m->error);
}

static int measure_storage(struct measuring *m)
{
    struct calibration *c = m->c;
    begin(m, "storage");
    if (!c->durable) return 0;
    if (storage_measure(c->durable, m->duration_ns, &m->samples, &c->storage, m->error) < 0)
        return -1;
    read_quantiles(&m->samples, c->sync_ns);
    return 0;
}

/* ---- the protocol core ----------------------------------------------------------------------- */

/* One row for each member. */
struct rows {
    uint32_t count;
    double counts[CALIBRATION_ROWS_MAX * TERMS];
    double work[CALIBRATION_ROWS_MAX];
};

/* Work less the costs measured with the transport alone: the fewer terms remain to fit, the better
 * they are determined. */
static double own_work_ns(const struct calibration *c, const struct trial_member *m)
{
    double kib = (double)(m->bytes_in + m->bytes_out) / 1024;
    return (double)m->work_ns - (double)m->messages_out * c->probe_send_ns -
           kib * c->probe_per_kib_ns;
}

static void add_row(struct rows *r, const struct calibration *c, const struct trial_member *m)
{
    double work_ns = own_work_ns(c, m);
    if (r->count == CALIBRATION_ROWS_MAX || work_ns <= 0 || m->messages_in < MESSAGES_MIN) return;
    double *count = &r->counts[r->count * TERMS];
    count[0] = (double)m->messages_in;
    count[1] = (double)m->waits;
    count[2] = (double)m->executed;
    r->work[r->count++] = work_ns;
}

static int fit_role(const struct calibration *c, struct rows *r, struct calibration_role *role,
                    struct error *e)
{
    double cost[TERMS];
    if (r->count < TERMS) return error_set(e, "too little was received in the time given");
    role->rows = r->count;
    role->error_median = fit_costs(r->count, TERMS, r->counts, r->work, cost);
    role->receive_ns = cost[0];
    role->resume_ns = cost[1];
    role->execute_ns = cost[2];
    role->send_ns = c->probe_send_ns;
    role->per_kib_ns = c->probe_per_kib_ns;
    return 0;
}

/* The rest of a replica's work, less all other costs. */
static double execution_ns(const struct calibration *c, const struct trial_member *m)
{
    const struct calibration_role *role = &c->replica;
    if (m->executed == 0) return role->execute_ns;
    double rest = own_work_ns(c, m) - (double)m->messages_in * role->receive_ns -
                  (double)m->waits * role->resume_ns;
    return rest > 0 ? rest / (double)m->executed : 0;
}

/* The cost of switching between spinning members: where there are more of them than processors, and
 * they seldom sleep. */
struct turns {
    double cpu_ns, count;
};

static void add_turns(struct turns *t, const struct trial_member *m)
{
    t->cpu_ns += (double)m->spin_ns - (double)(m->waits * m->look_ns);
    t->count += (double)(m->switches + m->sleeps);
}

static int measure_clusters(struct measuring *m)
{
    struct calibration *c = m->c;
    struct rows *replicas = allocate_zeroed(2, sizeof *replicas), *clients = replicas + 1;
    static struct trial_member alone[CALIBRATION_KINDS];
    struct turns turns = {0};
    int status = 0;
    uint32_t first = c->kind.transport == EXPERIMENT_LOOP ? 0 : 1;
    for (uint32_t run = 0; run < ROUNDS * CLUSTERS && status == 0; run++) {
        struct trial_result r;
        uint32_t i = run % CLUSTERS;
        if (i < first) continue;
        begin(m, "clusters");
        status = trial_run(&c->kind, clusters[i], m->duration_ns, &r, m->error);
        for (uint32_t k = 0; status == 0 && k < r.members; k++) {
            if (i == CROWDED) add_turns(&turns, &r.member[k]);
            if (i >= MIXED && k == 0) alone[i - MIXED] = r.member[k];
            if (i < MIXED || k + 1 == r.members)
                add_row(k + 1 < r.members ? replicas : clients, c, &r.member[k]);
        }
    }
    if (status == 0) status = fit_role(c, replicas, &c->replica, m->error);
    if (status == 0) status = fit_role(c, clients, &c->client, m->error);
    for (uint32_t i = 0; i < CALIBRATION_KINDS; i++) c->kind_ns[i] = execution_ns(c, &alone[i]);
    c->switch_ns = turns.cpu_ns > 0 && turns.count > 0 ? turns.cpu_ns / turns.count : 1;
    free(replicas);
    return status;
}

int calibration_measure(struct calibration *c, uint64_t duration_ns, calibration_progress *progress,
                        void *context, struct error *e)
{
    struct measuring *m = allocate_zeroed(1, sizeof *m);
    m->c = c;
    m->duration_ns = duration_ns;
    m->progress = progress;
    m->context = context;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    c->cores = cores > 0 ? (uint32_t)cores : 1;
    struct error why;
    m->error = &why;
    struct load before = load_now();
    bool good = measure_storage(m) == 0 && measure_hops(m) == 0 && measure_sleep(m) == 0 &&
                measure_floods(m) == 0 && measure_one_sided(m) == 0 && measure_clusters(m) == 0;
    struct load after = load_now();
    c->others = load_of_others(&before, &after);
    c->stolen = load_stolen(&before, &after);
    if (!good) error_set(e, "%s: %.300s", m->what, why.text);
    free(m);
    return good ? 0 : -1;
}
