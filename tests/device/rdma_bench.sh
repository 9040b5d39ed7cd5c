#!/bin/sh
# `aviary mq bench` on real devices: every requested measurement has its row, and no process is
# left. Speed is not checked. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$top_builddir/aviary
grep -q 'define HAVE_VERBS 1' "$top_builddir/config.h" || {
    echo "1..0 # SKIP built without verbs"
    exit 0
}
[ "${1-}" = inside ] ||
    exec "$top_srcdir/tests/softroce/run" -T -n 2 -t 280 -- sh "$0" inside

scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
out=$scratch/out
err=$scratch/err
mark=BENCH_TEST=$$ # in the environment of what is started here
# shellcheck disable=SC2086
set -- $AVIARY_RDMA_ADDRESSES
from=$1
to=$2

evidence() { cat "$out" "$err"; }

# measures OPTION...: with few messages, successfully and without messages on standard error.
measures() {
    env "$mark" "$aviary" mq bench --from "$from" --to "$to" --repeats 1 "$@" > "$out" 2> "$err"
    status=$?
    [ "$status" = 0 ] || { echo "status $status"; return 1; }
    [ ! -s "$err" ]
}

# rows PATTERN COUNT: that number of lines of the tables begin with the pattern.
rows() {
    there=$(grep -cE "^ *$1" "$out")
    [ "$there" = "$2" ] || { echo "$there rows of $1, expected $2"; return 1; }
}

# A latency and a rate of each size, number of senders and way of waiting.
all_combinations() {
    measures --count 40 --sizes 8,2KiB --senders 1,3 --windows 4 --programs none || return 1
    for size in 8 '2 048'; do
        for waiting in adaptive spin event; do
            for senders in 1 3; do
                rows "$size +mq +$waiting +$senders +[0-9]" 2 || return 1
            done
        done
    done
    rows '[0-9 ]+ +mq' 24
}

short_and_long() {
    measures --count 20 --sizes 1,600KiB --windows 32 --waiting adaptive --programs none &&
        rows '1 +mq' 2 && rows '614 400 +mq' 2
}

# Each program has its row, or a line with the reason for its absence.
beside_others() {
    measures --count 100 --sizes 64 --windows 16 --waiting adaptive || return 1
    for program in ib_write_lat ib_write_bw ib_send_lat ib_send_bw rstream ucx_perftest; do
        grep -q "$program" "$out" || { echo "nothing about $program"; return 1; }
    done
    rows '64 +mq' 2
}

# left: the number of processes left by the measurements of this test.
left() { grep -lz "^$mark\$" /proc/[0-9]*/environ 2> /dev/null | wc -l; }
nothing_left() { [ "$(left)" = 0 ] || { echo "processes are left"; return 1; }; }

all_there() { [ "$(left)" = 4 ]; }

# killed_by SIGNAL: the parent is killed while the measurement runs with all its processes.
killed_by() {
    env --default-signal "$mark" "$aviary" mq bench --from "$from" --to "$to" \
        --duration 10min --senders 2 --programs none > "$out" 2> "$err" &
    parent=$!
    until_true all_there || return 1
    kill -s "$1" "$parent"
    wait "$parent"
    [ $? -gt 128 ] || { echo "it was not killed"; return 1; }
    until_true nothing_left
}

echo 1..6
check "every size, window, way of waiting and number of senders has its row" all_combinations
check "the shortest message and one longer than the default ring have their rows" short_and_long
check "each other program has its row or a line with the reason for its absence" beside_others
check "no process is left after the measurements" nothing_left
check "an interrupted measurement leaves no process" killed_by INT
check "a killed measurement leaves no process" killed_by KILL
exit 0
