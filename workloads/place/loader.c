/* loader.c - distributes the commands of a workload to the clients (loader.h). */
#include "workloads/place/loader.h"

#include <gsl/gsl_cdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/random.h"

/* A command read ahead for a client that has not requested it yet. */
struct ahead {
    struct ahead *next;
    uint64_t at_ns;
    struct command command;
};

struct queue_of_client {
    struct ahead *head, *tail;
    uint64_t due_ns; /* Poisson: when its last command was due, or (drawn) its next one is */
    bool drawn;
    struct random random;
};

struct loader {
    struct command_source source;
    struct loader_setup setup;
    struct queue_of_client *clients;
    uint32_t ahead_count;
    uint64_t issued;
    uint64_t *kind_cost_ns; /* by kind, COST_MODEL: unknown yet */
    uint32_t kind_count;
    struct command *scratch; /* the last result of next() */
    bool ended;
    bool failed;
    struct error error;
};

static uint64_t cost_ns(struct loader *l, const struct trace_command *t)
{
    if (t->cost_ns != COST_MODEL) return t->cost_ns;
    while (t->kind >= l->kind_count) {
        l->kind_cost_ns =
            reallocate(l->kind_cost_ns, (l->kind_count + 1) * sizeof(*l->kind_cost_ns));
        l->kind_cost_ns[l->kind_count++] = COST_MODEL;
    }
    if (l->kind_cost_ns[t->kind] == COST_MODEL) {
        const struct catalogue *c = workload_catalogue(l->setup.workload);
        l->kind_cost_ns[t->kind] =
            l->setup.kind_cost_ns(l->setup.context, names_get(c->kinds, t->kind));
    }
    return l->kind_cost_ns[t->kind];
}

static void translate(struct loader *l, const struct trace_command *t, struct command *c)
{
    memset(c, 0, sizeof(*c));
    c->bytes = command_bytes(t->access_count);
    c->kind = t->kind;
    c->access_count = (uint16_t)t->access_count;
    c->request_bytes = t->request_bytes;
    c->reply_bytes = t->reply_bytes;
    c->cost_ns = cost_ns(l, t);
    for (uint32_t i = 0; i < t->access_count; i++) {
        uint32_t variable = t->accesses[i].variable;
        uint32_t group = l->setup.partitioned ? placement_of(l->setup.placement, variable) : 0;
        c->accesses[i] = (struct access){variable, (uint16_t)group, t->accesses[i].mode, 0};
    }
    c->dests = command_places(c);
}

/* 1: *t is the next command; 0: there are no more. */
static int read_next(struct loader *l, struct trace_command *t)
{
    if (l->ended) return 0;
    int got = l->issued + l->ahead_count < l->setup.commands_max
                  ? workload_next(l->setup.workload, t, &l->error)
                  : 0;
    if (got <= 0) l->ended = true;
    if (got < 0) l->failed = true;
    return got > 0;
}

static void set_aside(struct loader *l, const struct trace_command *t)
{
    uint32_t bytes = command_bytes(t->access_count);
    struct ahead *a = allocate(sizeof(*a) + bytes);
    a->next = NULL;
    a->at_ns = t->at_ns;
    translate(l, t, &a->command);
    struct queue_of_client *q = &l->clients[t->client % l->setup.clients];
    if (q->tail)
        q->tail->next = a;
    else
        q->head = a;
    q->tail = a;
    l->ahead_count++;
}

/* Poisson: when a client's next command is due. */
static uint64_t draw_due_ns(const struct loader *l, struct queue_of_client *q)
{
    if (q->drawn) return q->due_ns;
    double mean_ns = 1e9 * l->setup.clients / l->setup.rate_per_second;
    double uniform = (double)(random_next(&q->random) >> 11) * 0x1p-53;
    q->due_ns += (uint64_t)gsl_cdf_exponential_Pinv(uniform, mean_ns) + 1;
    q->drawn = true;
    return q->due_ns;
}

/* When a client is to issue a command that it gets now. */
static uint64_t due_ns(const struct loader *l, struct queue_of_client *q, uint64_t at_ns)
{
    if (l->setup.pace == LOADER_CLOSED) return 0;
    if (l->setup.pace == LOADER_TRACE) return at_ns == TIME_NONE ? 0 : at_ns;
    q->drawn = false;
    return q->due_ns;
}

/* No more commands for the client. Decided before a command is read, since a generator's state
 * includes every command that it returned. */
static bool too_late(const struct loader *l, struct queue_of_client *q, uint64_t now_ns)
{
    if (now_ns >= l->setup.until_ns) return true;
    return l->setup.pace == LOADER_POISSON && draw_due_ns(l, q) >= l->setup.until_ns;
}

/* The command in `scratch`, unless it is due too late: then this client is done. */
static const struct command *issue(struct loader *l, uint64_t *due)
{
    if (*due >= l->setup.until_ns) {
        *due = 0;
        return NULL;
    }
    l->issued++;
    return l->scratch;
}

static const struct command *next(struct command_source *source, uint32_t client, uint64_t now_ns,
                                  uint64_t *due)
{
    struct loader *l = (struct loader *)source;
    struct queue_of_client *q = &l->clients[client];
    *due = 0;
    if (too_late(l, q, now_ns)) return NULL;
    if (q->head) {
        struct ahead *a = q->head;
        q->head = a->next;
        if (!q->head) q->tail = NULL;
        memcpy(l->scratch, &a->command, a->command.bytes);
        *due = due_ns(l, q, a->at_ns);
        free(a);
        l->ahead_count--;
        return issue(l, due);
    }
    struct trace_command t;
    while (read_next(l, &t)) {
        if (t.client == CLIENT_ANY || t.client % l->setup.clients == client) {
            translate(l, &t, l->scratch);
            *due = due_ns(l, q, t.at_ns);
            return issue(l, due);
        }
        set_aside(l, &t);
        if (l->ahead_count < LOADER_AHEAD_MAX) continue;
        *due = now_ns + 1000000; /* the others must take their commands first */
        return NULL;
    }
    return NULL;
}

static const struct command_source_ops source_ops = {next};

struct loader *loader_create(const struct loader_setup *setup)
{
    struct loader *l = allocate_zeroed(1, sizeof(*l));
    l->source.ops = &source_ops;
    l->setup = *setup;
    l->clients = allocate_zeroed(setup->clients, sizeof(*l->clients));
    for (uint32_t i = 0; i < setup->clients; i++) {
        char name[16];
        snprintf(name, sizeof(name), "c%u", i);
        l->clients[i].random = random_named(setup->seed, name, "arrivals");
    }
    l->scratch = allocate(command_bytes(COMMAND_ACCESSES_MAX));
    return l;
}

void loader_destroy(struct loader *l)
{
    if (!l) return;
    for (uint32_t i = 0; i < l->setup.clients; i++)
        for (struct ahead *a = l->clients[i].head, *following; a; a = following) {
            following = a->next;
            free(a);
        }
    free(l->clients);
    free(l->kind_cost_ns);
    free(l->scratch);
    free(l);
}

struct command_source *loader_source(struct loader *l)
{
    return &l->source;
}

void loader_stop(struct loader *l)
{
    l->setup.until_ns = 0;
}

const struct error *loader_error(const struct loader *l)
{
    return l->failed ? &l->error : NULL;
}
