/* process.h - a member as a process of its own, over verbs: started, watched, ended. */
#ifndef AVIARY_RDMA_CLUSTER_PROCESS_H
#define AVIARY_RDMA_CLUSTER_PROCESS_H

#include <sys/types.h>

#include "rdma/cluster/member.h"
#include "rdma/wire/verbs.h"

enum { PROCESS_HOW_BYTES = 64 };

struct process_setup {
    struct scenario *scenario;
    const struct verbs_setup *verbs; /* `self` is the member */
    struct block *block;             /* of block_create */
    const char *journal;
    const char *name; /* as shown by ps */
};

/* Forks the member, which inherits the scenario. It ends with its parent, which alone handles
 * interrupts from the terminal. -1 with the error. */
pid_t process_start(const struct process_setup *setup, struct error *e);
/* Has it ended? True once; *how describes an abnormal end, "" otherwise. */
bool process_ended(pid_t pid, char how[PROCESS_HOW_BYTES]);

#endif
