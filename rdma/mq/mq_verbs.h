/* mq_verbs.h - the verbs objects of a message queue, for one-sided operations beside it. */
#ifndef AVIARY_RDMA_MQ_MQ_VERBS_H
#define AVIARY_RDMA_MQ_MQ_VERBS_H

#include <infiniband/verbs.h>

#include "rdma/mq/mq.h"

/* The protection domain of the queue's device; the caller undoes registrations in it before
 * mq_close(). */
struct ibv_pd *mq_pd(const struct mq *q);
/* The link's queue pair, up or lost, for asking how it is connected (ibv_query_qp). */
struct ibv_qp *mq_link_qp(const struct mq_link *l);
/* Adds a file descriptor whose readability ends mq_wait() (a completion channel, say). */
void mq_watch(struct mq *q, int fd);
/* Did the last mq_wait() find one readable? If it ended for another reason, the next one does. */
bool mq_watched(const struct mq *q);
/* Adds a place to look at in mq_wait(), as often as at the queue's own completions: true ends it.
 * `sleeping`: if there is nothing, what comes later must make a watched descriptor readable, since
 * mq_wait() is about to sleep. */
void mq_look(struct mq *q, bool (*look)(void *context, bool sleeping), void *context);

#endif
