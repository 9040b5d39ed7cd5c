/* model.h - the hardware's costs: a text file of `key = value` lines, read once, integers after.
 *
 * Models are found by name (those shipped are part of the program), or by path. A list of
 * overriding settings may follow a colon: `cluster-2014:link.bandwidth=10Gbps,cpu.cores=2`.
 * aviary-model(5) defines the keys. */
#ifndef AVIARY_SIM_MODEL_H
#define AVIARY_SIM_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "proto/timing.h"
#include "proto/topology.h"
#include "sim/distribution.h"

enum {
    MODEL_NAME_MAX = 64,
    MODEL_SITES_MAX = 64, /* racks or regions */
    MODEL_RULES_MAX = 64, /* lines of a key for NODES */
    MODEL_CORES_MAX = 16,
    MODEL_HOST_CORES_MAX = 1024,
    MODEL_KINDS_MAX = 64, /* execute.<kind> lines */
    MODEL_PATH_MAX = 1024,
};

/* Processor costs of one role. */
struct model_cpu {
    uint32_t cores;      /* unpack messages in parallel; handlers run one at a time */
    uint64_t receive_ns; /* per message */
    uint64_t send_ns;    /* per message and destination */
    uint64_t per_kib_ns; /* more per 1024 bytes on the wire, receiving and sending */
    uint64_t timer_ns;   /* per timer that fires */
    uint64_t resume_ns;  /* on a shared host: extra cost after idling */
    uint64_t wake_ns;    /* extra cost of waking a sleeping node */
    uint64_t spin_ns;    /* an idle node sleeps after this */
};

/* A machine that all nodes share. */
struct model_host {
    uint32_t cores;            /* 0: there is none, every node has processors of its own */
    uint32_t clients_together; /* all clients are one thread */
    uint32_t batch;            /* events in a round, at whose end messages leave; 0: none */
    uint64_t look_ns;          /* an idle thread keeps its core for this long */
    uint64_t switch_ns;        /* from one thread to the next; 0: threads that spin take no core */
    uint64_t rouse_ns;         /* the sender's cost of waking up a thread */
    uint64_t idle_ns;          /* extra cost for the first thread on a core that idled */
    uint64_t move_ns;          /* a core takes threads of another one after idling this long */
    uint64_t slice_ns;         /* a busy thread keeps its core for this long */
};

/* One-sided operations. */
struct model_rdma {
    struct distribution write;  /* one way: from the call until the bytes are in memory */
    struct distribution read;   /* round trip; memory is read halfway */
    struct distribution atomic; /* the same of compare_and_swap */
    uint64_t issue_ns;          /* initiator's processor, per operation */
    uint64_t complete_ns;       /* initiator's processor, per completion */
    uint64_t overhead_bytes;    /* on the wire, per operation */
    uint64_t timeout_ns;        /* retransmission gives up: COMPLETION_UNREACHABLE */
};

/* The device of a node with storage (disk.h). */
struct model_disk {
    uint64_t append_ns;       /* processor time of appending a record */
    struct distribution sync; /* besides the bytes' time */
    uint64_t bits_per_second; /* 0: unlimited */
};

struct model_execute {
    char kind[MODEL_NAME_MAX];
    uint64_t ns;
};

/* A value for the nodes whose names match. */
struct model_rule {
    char nodes[MODEL_NAME_MAX]; /* `*` matches any text */
    uint64_t value;
};

/* Read only after model_open. */
struct model {
    char name[MODEL_NAME_MAX];
    /* link */
    struct distribution link;     /* one way, between nodes of one site */
    struct distribution loopback; /* of a node's message to itself, which bypasses the NIC */
    uint64_t bits_per_second;     /* of a NIC without a rule, each direction; 0: unlimited */
    uint32_t bandwidth_count;
    struct model_rule bandwidth[MODEL_RULES_MAX]; /* bits_per_second of NICs */
    uint64_t overhead_bytes;                      /* on the wire, per message */
    uint64_t connection_timeout_ns; /* a link cut or a peer dead so long is reported by on_peer */
    /* topology: 1 site, or a latency between every two; between[i][i] is within a site */
    uint32_t sites;
    char site_name[MODEL_SITES_MAX][MODEL_NAME_MAX];
    struct distribution between[MODEL_SITES_MAX][MODEL_SITES_MAX]; /* [from][to] */
    uint32_t place_count;
    struct model_rule place[MODEL_RULES_MAX]; /* sites of nodes */
    uint64_t uplink_bits_per_second;  /* of a site without a line of its own; 0: unlimited */
    uint64_t uplink[MODEL_SITES_MAX]; /* of each site, each direction */
    bool uplink_own[MODEL_SITES_MAX]; /* it has a line of its own */
    uint64_t uplink_queue_bytes;      /* messages are lost that find it full; 0: it has no bound */
    uint64_t trunk_bits_per_second;   /* the same of the trunks between every two sites */
    uint64_t trunk[MODEL_SITES_MAX][MODEL_SITES_MAX]; /* [from][to] */
    bool trunk_own[MODEL_SITES_MAX][MODEL_SITES_MAX];
    uint64_t trunk_queue_bytes;
    struct model_cpu replica, client;
    struct model_host host;
    struct model_rdma rdma;
    struct model_disk disk;
    struct timing timing;
    uint64_t execute_default_ns;
    uint32_t execute_count;
    struct model_execute execute[MODEL_KINDS_MAX];
};

/* NULL and the error: an unknown name says which exist, a bad line says file:line and what was
 * expected. */
struct model *model_open(const char *spec, struct error *e);
/* The same of a text in memory; `source` stands in errors for the file. */
struct model *model_parse(const char *text, const char *source, struct error *e);
void model_close(struct model *m);

/* Processor time of one execution of a command of that kind; execute.default if it has no line. */
uint64_t model_execute_ns(const struct model *m, const char *kind);

/* The site of a node of that name: by the last rule that matches; without one, the number modulo
 * the number of sites. Its number is that of its replica in its group, or of the client. */
uint32_t model_site(const struct model *m, const char *node, uint32_t number);
uint32_t model_number(const struct topology *t, uint32_t node);
/* Bits per second of its NIC, 0: unlimited. */
uint64_t model_bandwidth(const struct model *m, const char *node);

/* The longest that a small message takes in a cluster of that shape, from the call to the handler,
 * when at most one message of `bytes` is being packed or unpacked before it and its connection
 * carries one batch of a log: sending, the slowest link there is, receiving, waking up. An
 * unbounded latency counts by its 1 - 2^-20 quantile. On a shared host each other thread of the
 * same core has its slice first; shared uplinks and trunks carry a small message of every node
 * first. */
uint64_t model_latency_ns(const struct model *m, const struct topology *t, uint64_t bytes);
/* How much longer that batch takes when the NIC has a message of `bytes` for every client, and the
 * uplinks and trunks have what the leaders of all groups send so. */
uint64_t model_burst_ns(const struct model *m, const struct topology *t, uint64_t bytes);

/* The models that are part of the program: name and first comment line of each. */
void model_list(void (*line)(void *context, const char *text), void *context);
/* The keys by number, and with capitals what stands for a part of them; NULL past the end. */
const char *model_key(uint32_t i);

#endif
