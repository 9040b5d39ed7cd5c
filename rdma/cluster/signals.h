/* signals.h - signal handling of a command that must end its child processes before itself. */
#ifndef AVIARY_RDMA_CLUSTER_SIGNALS_H
#define AVIARY_RDMA_CLUSTER_SIGNALS_H

#include <signal.h>
#include <stddef.h>

/* The handler replaces termination; blocking calls are interrupted. */
static inline void signals_watch(void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

#endif
