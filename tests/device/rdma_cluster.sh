#!/bin/sh
# Clusters of processes that are started one by one (aviary node) over SoftRoCE: missing nodes are
# named, the results of a run are collected in one database, also those of a killed node, and an
# interrupt ends all processes. Prints TAP.
# shellcheck disable=SC2086,SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$(cd "$top_builddir" && pwd)/aviary
command -v sqlite3 > /dev/null || {
    echo "1..0 # SKIP sqlite3 is not installed"
    exit 0
}
grep -q 'define HAVE_VERBS 1' "$top_builddir/config.h" || {
    echo "1..0 # SKIP built without verbs"
    exit 0
}
[ "${1-}" = inside ] ||
    exec "$top_srcdir/tests/softroce/run" -T -n 3 -t 280 -- sh "$0" inside

scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
cd "$scratch" || exit 99
TMPDIR=$scratch/journals
export TMPDIR
mkdir "$TMPDIR"
evidence() { cat out ./*.node; }

# Two partitions of three replicas, replica i at device i, on the available devices.
# shellcheck disable=SC2086
write_cluster() {
    set -- ${AVIARY_RDMA_ADDRESSES:?}
    echo "coordinator $1:7400"
    echo "clients $1:7500"
    for group in p0 p1; do
        port=$((port + 10))
        echo "$group.r0 $1:$((7400 + port))"
        echo "$group.r1 ${2:-$1}:$((7401 + port))"
        echo "$group.r2 ${3:-$1}:$((7402 + port))"
    done
}
port=0
write_cluster > cluster
all_nodes="p0.r0 p0.r1 p0.r2 p1.r0 p1.r1 p1.r2 clients"

# nodes NAME...: their processes, in the background. They spin while they wait, so the process that
# watches them needs a better priority.
nodes() {
    for node in "$@"; do
        nice -n 19 "$aviary" node --cluster cluster --name "$node" > "$node.node" 2>&1 &
        eval "pid_$(echo "$node" | tr . _)=$!"
    done
}

# journal_of NAME: the journal of its member.
journal_of() { eval "echo /tmp/aviary-\$pid_$(echo "$1" | tr . _).journal"; }
at_work() { under_way "$(journal_of "$1")"; }

# ended NAME STATUS: a node's process has ended with that status.
ended() {
    eval "wait \$pid_$(echo "$1" | tr . _)"
    status=$?
    [ "$status" = "$2" ] || { echo "$1: status $status, expected $2"; return 1; }
}

# begin OPTION...: an emulation in the background.
begin() {
    nice -n 19 "$aviary" emulate -s ssmr -k 2 -w chirper:users=200 "$@" > out 2>&1 &
    running=$!
}

emulate() {
    begin --cluster cluster "$@"
    wait "$running"
}

runs() {
    nodes $all_nodes
    emulate --clients 8 --commands 300 --history --db a.db || return 1
    for node in $all_nodes; do ended "$node" 0 || return 1; done
    [ "$(sqlite3 a.db "SELECT mode || ' ' || verdict || ' ' || commands FROM run")" = \
        "emulation ok 300" ] &&
        [ "$(sqlite3 a.db "SELECT value FROM option WHERE name = 'transport'")" = verbs ]
}

names_missing() {
    nodes p0.r0 p0.r2 p1.r0 p1.r1 p1.r2 clients
    emulate --commands 100 --patience 4s --db b.db
    status=$?
    [ "$status" = 2 ] && [ ! -e b.db ] && grep 'p0.r1 did not connect' out || return 1
    for node in p0.r0 p0.r2 p1.r0 p1.r1 p1.r2 clients; do ended "$node" 2 || return 1; done
}

# A node whose device is not that of the file is refused, and the coordinator prints the reason.
wrong_device() {
    sed 's/^p0.r1.*/& rxe99/' cluster > wrong && mv cluster right && mv wrong cluster
    nodes $all_nodes
    emulate --commands 100 --patience 20s --db b.db
    status=$?
    mv right cluster
    for node in $all_nodes; do ended "$node" 2 || return 1; done
    [ "$status" = 2 ] && grep 'p0.r1.*not of rxe99' out
}

unneeded() {
    echo "p7.r0 10.77.0.1:9999" >> cluster
    nodes $all_nodes p7.r0
    emulate --clients 4 --commands 50 --db a.db || return 1
    for node in $all_nodes; do ended "$node" 0 || return 1; done
    ended p7.r0 2 && grep 'needs no p7.r0' p7.r0.node
}

continues() { [ "$(bytes_logged "$(journal_of clients)")" -gt $((before + 5000)) ]; }

# Kills the member, not its supervisor: its observations until then are collected.
survives_a_crash() {
    nodes $all_nodes
    begin --cluster cluster --clients 8 --duration 600s --db c.db
    until_true at_work p1.r2 && pkill -9 -x 'p1\.r2' && ended p1.r2 2 || return 1
    before=$(bytes_logged "$(journal_of clients)")
    until_true continues && kill -USR1 "$running" && wait "$running" || return 1
    ended p0.r0 0 || return 1
    [ "$(sqlite3 c.db 'SELECT verdict FROM run')" = ok ] &&
        sqlite3 c.db 'SELECT what FROM fault' | grep 'crash p1.r2: killed by signal 9'
}

# Leaders crash: every command is answered within 30 s.
is_back() {
    nice -n 19 "$aviary" emulate -s dynastar -k 2 --transport verbs -w chirper:users=200 \
        --clients 8 --rate 200/s --duration 6s --crash p0.r0@2s,oracle.r0@4s --history --db e.db \
        > out 2>&1 || return 1
    sqlite3 e.db 'SELECT what, t_s FROM fault'
    [ "$(sqlite3 e.db "SELECT verdict, (SELECT count(*) FROM fault),
        (SELECT max(returned_ns - issued_ns) < 30e9 FROM command) FROM run")" = 'ok|2|1' ]
}

no_member() { ! pgrep -l -x 'clients|p[01]\.r[0-2]'; }

# interrupted AT-WORK OPTION...: an interrupt of this emulation leaves no process, row or file.
interrupted() {
    at_work=$1
    shift
    begin --duration 600s --db d.db "$@"
    until_true $at_work || return 1
    kill -INT "$running"
    wait "$running"
    status=$?
    [ "$status" = 130 ] && [ ! -e d.db ] || return 1
    until_true no_member && [ -z "$(ls "$TMPDIR")" ]
}

interrupted_nodes() {
    nodes $all_nodes
    interrupted "at_work clients" --cluster cluster || return 1
    for node in $all_nodes; do ended "$node" 2 || return 1; done
    [ -z "$(ls /tmp/aviary-*.journal 2> /dev/null)" ]
}

echo 1..8
check "nodes started by hand complete a run" runs
check "a node that does not join is named, and all others end" names_missing
check "a device without the address is refused and named" wrong_device
check "a process that a run does not need is refused with the reason" unneeded
check "a run continues after a node is killed, and its journal is collected" survives_a_crash
check "every command is answered within 30 s of the crashes of two leaders" is_back
check "an interrupt ends all processes of this machine" interrupted clients_work --transport verbs
check "an interrupt ends all nodes of a cluster" interrupted_nodes
exit 0
