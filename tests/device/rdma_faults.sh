#!/bin/sh
# Real faults: clusters of processes over SoftRoCE under load, on a network that loses and delays
# packets, with a link that is cut and healed, with replicas that are killed by SIGKILL. For each
# scheme the run passes all checks, every command is answered once, and the throughput
# recovers after each fault; the next fault, or the end, follows the recovery. AVIARY_FAULT_SCHEMES
# names the schemes, or is `all`, as for `make check-faults`; one by default. Prints TAP.
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
    echo "1..0 # SKIP this network cannot be broken intentionally (AVIARY_RDMA_WHERE=vm would)"
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

# Faults occur in time although the members keep all processors busy; start() lowers their priority.
renice -n -20 -p $$ > /dev/null

query() { sqlite3 "$db" "$1"; }

# flow SECONDS: the bytes that the clients log per second in the next SECONDS, in proportion to
# their answers.
flow() {
    from=$(bytes_logged "$TMPDIR"/*/clients.journal)
    sleep "$1"
    echo $((($(bytes_logged "$TMPDIR"/*/clients.journal) - from) / $1))
}

# now WHAT: prints the time of an event for the log of figures.
now() { echo "# $(($(date +%s) - began_s)) s: $1"; }

# start SCHEME: a cluster on two partitions in the background, once it is under load. Classic SMR
# has one group: it is larger, so that it survives two crashes.
start() {
    rm -f "$db"
    case $1 in
    smr) replicas=5 follower=p0.r4 ;;
    *) replicas=3 follower=p1.r2 ;;
    esac
    nice -n 20 "$aviary" emulate -s "$1" -k 2 --replicas $replicas --transport verbs \
        -w chirper:users=500 --clients 16 --duration 600s --db "$db" > "$scratch/out" 2>&1 &
    running=$!
    until_true clients_work
    began_s=$(date +%s)
    flow_before=$(flow 4)
}

# Waits until five seconds satisfy recovered() with a margin, or until a timeout.
await_flow() {
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12; do
        [ "$(flow 5)" -lt $((flow_before * 2 / 5)) ] || break
    done
    now "$1"
}

end_load() { kill -USR1 "$running"; }

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

# recovered TIME: a fifth of the rate before, at least, in the five seconds before that time of the
# run. Over less, DS-SMR's rate alone varies by as much: it depends on which variables happen to be
# moved.
recovered() {
    query "SELECT t_s, completed FROM interval"
    [ "$(query "SELECT (SELECT sum(completed) / 5.0 FROM interval
            WHERE t_s >= ($1) - 5 AND t_s <= ($1))
        >= 0.2 * (SELECT sum(completed) / 2.0 FROM interval WHERE t_s >= 0.5 AND t_s < 2.5)")" = 1 ]
}
the_end='SELECT max(t_s) FROM interval'
crash_of() { echo "SELECT t_s FROM fault WHERE what LIKE 'crash $1: killed by signal 9%'"; }

crash_recorded() {
    [ -n "$(query "$(crash_of "$1")")" ] || { query 'SELECT * FROM fault'; return 1; }
}

# judge LABEL: the run has ended, correctly.
judge() {
    check "$1: the run ends" wait "$running"
    check "$1: the run is correct" correct
    check "$1: every command is answered once" answered_once
    check "$1: the throughput recovers" recovered "$the_end"
}

# Sleeps are the lengths of faults and of the pause between them.
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

schemes=${AVIARY_FAULT_SCHEMES:-dynastar}
[ "$schemes" != all ] ||
    schemes=$("$aviary" run --help schemes | sed -n 's/^  \([a-z][a-z0-9-]*\) .*/\1/p')
# shellcheck disable=SC2086
set -- $schemes
echo "1..$(($# * 13))"
for scheme in "$@"; do
    start "$scheme"
    bad_network
    await_flow "answers flow again"
    end_load
    judge "$scheme, 5 % loss with delay, then a cut link"

    start "$scheme"
    check "$scheme: a leader is killed" killed p0.r0
    await_flow "answers flow again"
    check "$scheme: a follower is killed" killed "$follower"
    await_flow "answers flow again"
    end_load
    judge "$scheme, a leader killed, then a follower"
    check "$scheme: the crash of the leader is recorded" crash_recorded p0.r0
    check "$scheme: the crash of the follower is recorded" crash_recorded "$follower"
    check "$scheme: the throughput recovers between the two crashes" \
        recovered "$(crash_of "$follower")"
done
