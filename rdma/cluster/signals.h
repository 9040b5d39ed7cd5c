/* signals.h - a command that starts others ends them before it ends: it hears of its interrupts. */
#ifndef AVIARY_RDMA_CLUSTER_SIGNALS_H
#define AVIARY_RDMA_CLUSTER_SIGNALS_H

#include <signal.h>
#include <stddef.h>

/* The handler is called instead of dying; calls that wait are interrupted. */
static inline void signals_watch(void (*handler)(int number))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGHUP, &action, NULL);
}

#endif
