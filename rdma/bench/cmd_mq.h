/* cmd_mq.h - the sub-commands of `aviary mq`. */
#ifndef AVIARY_RDMA_BENCH_CMD_MQ_H
#define AVIARY_RDMA_BENCH_CMD_MQ_H

/* Gets its own name as argv[0] and returns the exit status of the program. */
int cmd_mq_bench(int argc, char **argv);

#endif
