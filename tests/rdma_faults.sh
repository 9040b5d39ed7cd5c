#!/bin/sh
# Faults for real: clusters of processes over SoftRoCE under load, on a network that loses and
# delays packets, with a link that is cut and healed, with replicas that are killed by SIGKILL. For
# each scheme the checkers find the run correct, every command is answered once, and the throughput
# comes back. AVIARY_FAULT_SCHEMES names the schemes; by default it is one, `make check-faults` has
# all of them. Prints TAP.
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$(cd "$top_builddir" && pwd)/aviary
command -v sqlite3 > /dev/null || {
    echo "1..0 # SKIP sqlite3 is not installed"
    exit 0
}
grep -q 'define HAVE_VERBS' "$top_builddir/config.h" || {
    echo "1..0 # SKIP built without verbs"
    exit 0
}
[ "${1-}" = inside ] ||
    exec "$top_srcdir/tests/softroce/run" -T -n 4 -t 900 -- sh "$0" inside
[ "${AVIARY_RDMA_FAULTS-}" = 1 ] || {
    echo "1..0 # SKIP this network cannot be broken on purpose (AVIARY_RDMA_WHERE=vm would)"
    exit 0
}

scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
db=$scratch/aviary.db
TMPDIR=$scratch/journals
export TMPDIR
mkdir "$TMPDIR"
evidence() { cat "$scratch/out"; }

# Faults come in time although the members keep all processors busy; start() puts them back.
renice -n -20 -p $$ > /dev/null

query() { sqlite3 "$db" "$1"; }

# start SCHEME SECONDS: a cluster on two partitions in the background, once it is under load.
start() {
    rm -f "$db"
    nice -n 20 "$aviary" emulate -s "$1" -k 2 --transport verbs -w chirper:users=500 --clients 16 \
        --duration "$2s" --db "$db" > "$scratch/out" 2>&1 &
    running=$!
    until_true clients_work
    began_s=$(date +%s)
    sleep 4 # that is the rate before
}

killed() { pkill -9 -x "$1"; }

correct() {
    [ "$(query 'SELECT verdict FROM run')" = ok ] && return
    query "SELECT name, result, reason FROM property WHERE result <> 'ok'"
    return 1
}

answered_once() {
    [ "$(query "SELECT count(*) FROM property WHERE result = 'ok'
        AND name IN ('all-answered', 'answered-once')")" = 2 ] &&
        [ "$(query 'SELECT commands > 20 FROM run')" = 1 ]
}

# A fifth of the rate before, at least, in the last five seconds. Over less, DS-SMR's rate alone
# varies by as much: it depends on which variables happen to be moved.
came_back() {
    query "SELECT t_s, completed FROM interval"
    [ "$(query "SELECT (SELECT sum(completed) / 5.0 FROM interval
            WHERE t_s >= (SELECT max(t_s) FROM interval) - 5)
        >= 0.2 * (SELECT sum(completed) / 2.0 FROM interval WHERE t_s >= 0.5 AND t_s < 2.5)")" = 1 ]
}

noted() { query "SELECT what FROM fault" | grep "$1"; }

# judge STORY: the run has ended well.
judge() {
    check "$1: the run ends" wait "$running"
    check "$1: it is found correct" correct
    check "$1: every command is answered once" answered_once
    check "$1: the throughput comes back" came_back
}

# now WHAT: what a figure is read beside.
now() { echo "# $(($(date +%s) - began_s)) s: $1"; }

bad_network() {
    for device in 1 2 3 4; do rdma-fault netem "$device" delay 2ms 1ms loss 5%; done
    now "delay and loss"
    sleep 3
    rdma-fault calm
    now "calm"
    sleep 1
    rdma-fault cut 1 2
    rdma-fault cut 2 1
    now "cut"
    sleep 2
    rdma-fault heal 1 2
    rdma-fault heal 2 1
    now "healed"
}

# shellcheck disable=SC2086
set -- ${AVIARY_FAULT_SCHEMES:-dynastar}
echo "1..$(($# * 15))"
for scheme in "$@"; do
    start "$scheme" 60
    bad_network
    judge "$scheme, 5 % loss with delay, then a cut link"

    start "$scheme" 18
    check "$scheme: a follower is killed" killed 'p0\.r2'
    judge "$scheme, a follower killed"

    start "$scheme" 24
    check "$scheme: a leader is killed" killed 'p0\.r0'
    judge "$scheme, a leader killed"
    check "$scheme: whose death is noted" noted '^crash p0.r0: killed by signal 9'
done
