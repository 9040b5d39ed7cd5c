/* deployment.c - members to addresses (deployment.h). */
#include "config.h"

#include "rdma/cluster/deployment.h"

#ifdef HAVE_VERBS
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "rdma/cluster/emulation_options.h"
#include "rdma/wire/devices.h"

/* Below the kernel's ephemeral ports; several runs at a time take different ones. */
enum { PORT_FIRST = 10000, PORT_STEP = 20, PORT_RUNS = 1000 };

static int from_cluster(struct deployment *d, const char *path, struct launched *launched,
                        uint32_t members, struct error *error)
{
    if (cluster_file_read(&d->cluster, path, error) < 0) return -1;
    d->coordinator = cluster_file_find(&d->cluster, CLUSTER_COORDINATOR);
    for (uint32_t i = 0; i < members; i++) {
        const struct cluster_process *p = cluster_file_find(&d->cluster, launched[i].where.name);
        if (!p)
            return error_set(error, "%s: expected a line for %s, which this run needs", path,
                             launched[i].where.name);
        launched[i].where = *p;
    }
    return 0;
}

/* The addresses given, or all there are. */
static uint32_t local_addresses(const char *given, struct device_address *addresses,
                                struct error *error)
{
    if (!given) return devices_find(addresses, DEVICES_MAX, error);
    char text[DEVICES_MAX * CLUSTER_ADDRESS_BYTES], *rest = text, *word;
    uint32_t count = 0;
    if ((size_t)snprintf(text, sizeof(text), "%s", given) >= sizeof(text)) {
        error_set(error, "--addresses: too long");
        return 0;
    }
    while ((word = strtok_r(rest, ",", &rest)) && count < DEVICES_MAX)
        if (devices_resolve(word, &addresses[count++], error) < 0) return 0;
    if (count == 0) error_set(error, "--addresses: expected at least one");
    return count;
}

static int on_this_machine(const char *given, uint32_t replicas, struct launched *launched,
                           uint32_t members, struct error *error)
{
    struct device_address addresses[DEVICES_MAX];
    uint32_t count = local_addresses(given, addresses, error);
    if (count == 0) return -1;
    uint32_t first = PORT_FIRST + (uint32_t)getpid() % PORT_RUNS * PORT_STEP;
    for (uint32_t i = 0; i < members; i++) {
        struct cluster_process *where = &launched[i].where;
        uint32_t at = i == members - 1 ? count - 1 : i % replicas % count;
        snprintf(where->address, sizeof(where->address), "%s", addresses[at].address);
        where->port = (uint16_t)(first + i);
    }
    return 0;
}

int deployment_settle(struct deployment *d, const struct experiment *e, uint32_t replicas,
                      struct launched *launched, uint32_t members, struct error *error)
{
    const struct emulation_options *o = emulation_options(e);
    d->transport = transport_name(e->transport);
    if (o->cluster) {
        d->launch = &launch_remote;
        return from_cluster(d, o->cluster, launched, members, error);
    }
    if (e->transport == EXPERIMENT_VERBS) {
        d->launch = &launch_processes;
        return on_this_machine(o->addresses, replicas, launched, members, error);
    }
    d->launch = &launch_threads;
    return 0;
}

#else

int deployment_settle(struct deployment *d, const struct experiment *e, uint32_t replicas,
                      struct launched *launched, uint32_t members, struct error *error)
{
    (void)replicas, (void)launched, (void)members;
    if (e->transport == EXPERIMENT_VERBS)
        return error_set(error, "this Aviary was built without verbs (libibverbs-dev and "
                                "librdmacm-dev were missing): --transport loop is what there is");
    d->transport = transport_name(e->transport);
    d->launch = &launch_threads;
    return 0;
}

#endif

void deployment_finish(struct deployment *d)
{
    cluster_file_finish(&d->cluster);
}
