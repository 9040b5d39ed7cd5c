#!/bin/sh
# The message queue measured on RDMA devices, by `make bench` through softroce/run: between two
# devices, on one (required by UCX), and with more pollers than processors.
: "${top_builddir:=.}"
aviary=$top_builddir/aviary
# shellcheck disable=SC2086
set -- $AVIARY_RDMA_ADDRESSES
"$aviary" mq bench --from "$1" --to "$2" || exit
[ "$1" = "$2" ] || "$aviary" mq bench --from "$1" --to "$1" --sizes 64 --windows 256 || exit
"$aviary" mq bench --from "$1" --to "$2" --sizes 64 --windows 16 --senders 4,8 --programs none
