#!/bin/sh
# aviary emulate and aviary node from the command line: rows in the database, refusals, and an
# interrupt that leaves no row and no file. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
builddir=$(cd "$top_builddir" && pwd)
aviary=$builddir/aviary
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
cd "$scratch" || exit 99
TMPDIR=$scratch/journals
export TMPDIR
mkdir "$TMPDIR"

nothing_left() { [ -z "$(ls "$TMPDIR")" ] || { ls -R "$TMPDIR"; return 1; }; }

by_hand() {
    printf 'post r=ann rw=bob\npost r=cem rw=dee\nfollow rw=bob,cem\n' > friends.trace
    exits 0 emulate -s ssmr -k 2 -w friends.trace --clients 1 --history --db a.db &&
        prints ' ok$' && nothing_left
}

bug() {
    exits 1 emulate -s ssmr -k 2 -w chirper:users=50 --commands 3000 --plant lost-write &&
        prints strict-serializability
}

simulated() {
    exits 0 run -s ssmr -k 2 -w friends.trace --clients 1 --db a.db || return 1
    command -v sqlite3 > /dev/null || return 0
    [ "$(sqlite3 a.db "SELECT group_concat(mode || ' ' || verdict) FROM run ORDER BY id")" = \
        "emulation ok,simulation ok" ]
}

checked_again() { exits 0 check a.db && prints ' ok'; }

transport() { exits 2 emulate --transport pigeons && reports 'there is:.* verbs'; }
model() { exits 2 emulate -m cluster-2014 && reports 'unknown option'; }
run_has_none() { exits 2 run --transport loop && reports 'unknown option'; }

devices() {
    [ -z "$(ls /sys/class/infiniband 2> /dev/null)" ] || return 0
    exits 2 emulate --transport verbs && reports 'RDMA device\|built without verbs'
}

# interrupt SIGNAL: sent to a run in progress, which leaves no row, no process and no file.
interrupt() {
    "$aviary" emulate -s smr --duration 60s --db b.db > out 2> err < /dev/null &
    running=$!
    until_true clients_work
    kill "-$1" "$running"
    wait "$running"
    status=$?
    [ "$status" = 130 ] || { echo "status $status"; cat err; return 1; }
    reports interrupted && nothing_left && [ ! -e b.db ]
}

# Long before the end of its duration.
load_ended() {
    "$aviary" emulate -s ssmr -k 2 --duration 600s --clients 2 --db c.db > out 2> err < /dev/null &
    running=$!
    until_true clients_work
    kill -USR1 "$running"
    wait "$running"
    status=$?
    [ "$status" = 0 ] || { echo "status $status"; cat err; return 1; }
    prints ' ok$' && nothing_left
}

node_alone() {
    [ "$1" = yes ] || return 0
    printf 'coordinator 127.0.0.1:1\np0.r0 127.0.0.1:2\n' > cluster
    exits 2 node --cluster cluster --name p0.r0 --patience 10ms && reports 'no answer from' &&
        exits 2 node --cluster cluster --name p0.r9 && reports 'no line for .p0.r9' &&
        exits 2 node --cluster cluster --name coordinator && reports 'aviary emulate' &&
        exits 2 node --cluster nowhere --name p0.r0 && reports nowhere
}

# Each row is that of its transport, those of threads come last, and none of them overlap.
compared() {
    exits 0 compare --transport loop,sim -s smr,ssmr -k 1 --clients 4 --commands 400 -j 4 \
        --seeds 1 --db d.db && prints '^scheme *over ' && prints '^ssmr  *loop ' || return 1
    command -v sqlite3 > /dev/null || return 0
    [ "$(sqlite3 d.db "SELECT group_concat(mode, ' ') FROM (SELECT mode FROM run ORDER BY id)")" = \
        "simulation simulation emulation emulation" ] || return 1
    [ "$(sqlite3 d.db "SELECT count(*) FROM option o JOIN run r ON r.id = o.run_id WHERE
        (name = 'model' AND mode = 'emulation') OR (name = 'ring' AND mode = 'simulation')")" = 0 ]
}

# The command that repeats a failed run is that of its transport.
compared_again() {
    exits 1 compare --transport loop -s ssmr -k 2 -w chirper:users=50 --commands 3000 \
        --plant lost-write --seeds 1 --db e.db &&
        prints '^again: aviary emulate -s ssmr -k 2 '
}

calibrated() {
    exits 2 calibrate --durable /no/where -o c.model &&
        reports 'storage: /no/where/.*: No such file' && [ ! -e c.model ] &&
        exits 2 calibrate --duration 20ms -o /dev/full &&
        reports '/dev/full: cannot write: No space' && nothing_left
}

# What one member sends, another handles.
messages() {
    exits 0 emulate -s ssmr -k 2 -w friends.trace -p range --clients 1 --messages m --db f.db &&
        grep '^[0-9.]* c0 > p0.r0 START of c0.1 ' m.clients &&
        grep '^[0-9.]* p0.r0 < c0 START of c0.1 ' m.p0.r0 &&
        grep ' p0.r0 > p1.r0 HARD of c0.3 ' m.p0.r0 &&
        grep ' p1.r0 < p0.r0 HARD of c0.3 ' m.p1.r0
}

# Signals that are written are lines of both ends, too.
written_signals() {
    exits 0 emulate -s ssmr -k 2 -w chirper:mix=follow-noop,users=100 --clients 2 --commands 50 \
        --signals write --messages n --message-kinds write --db n.db &&
        grep ' p0.r0 > p1.r1 WRITE region 0 offset [0-9]* bytes 56$' n.p0.r0 &&
        grep ' p1.r1 < p0.r0 WRITE region 0$' n.p1.r1
}

messages_refused() {
    exits 2 emulate -s smr --clients 1 --commands 1 --messages nowhere/m --db g.db &&
        reports nowhere && [ ! -e g.db ]
}

# Each replica has a file, the clients have none.
durable() {
    mkdir logs && exits 0 emulate -s ssmr -k 2 -w friends.trace --clients 1 --durable logs \
        --db h.db && prints ' ok$' && nothing_left || return 1
    [ "$(cd logs && echo *)" = "p0.r0.log p0.r1.log p0.r2.log p1.r0.log p1.r1.log p1.r2.log" ] &&
        [ "$(head -c 8 logs/p1.r2.log)" = aviarylg ] && [ "$(wc -c < logs/p1.r2.log)" -gt 100 ]
}

durable_refused() {
    mkdir others && cp logs/p0.r1.log others
    exits 2 emulate -s smr --clients 1 --durable others --db i.db &&
        reports 'others/p0.r1.log has records' && [ "$(ls others)" = p0.r1.log ] &&
        exits 2 emulate -s smr --clients 1 --durable nowhere --db i.db && reports nowhere &&
        exits 2 emulate -s smr --clients 1 --durable friends.trace --db i.db &&
        reports 'friends.trace' && [ ! -e i.db ] && nothing_left
}

# As root of a name space of its own, where that is permitted.
full_disk() {
    unshare -rm true 2> /dev/null || return 0
    mkdir small
    # shellcheck disable=SC2016
    unshare -rm sh -c 'mount -t tmpfs -o size=64k none small && "$@"' - "$aviary" emulate -s smr \
        --clients 4 --duration 20s --durable small --db j.db 2> err > out
    [ $? = 2 ] && reports 'small/p0.r[0-2].log: No space' && [ ! -e j.db ] && nothing_left
}

verbs=no
grep -q 'define HAVE_VERBS 1' "$builddir/config.h" && verbs=yes
echo 1..20
check "a trace written by hand is emulated" by_hand
check "a simulation is added to the same database" simulated
check "the history of an emulation can be checked again" checked_again
check "a planted bug ends with status 1" bug
check "an unknown transport is refused" transport
check "emulate refuses the option for a model" model
check "run refuses the option for a transport" run_has_none
check "verbs without a device are refused" devices
check "a comparison runs over several transports, for real one run at a time" compared
check "a failed run of a comparison over threads is repeated by aviary emulate" compared_again
check "a calibrated model that cannot be written is an error" calibrated
check "each member writes the messages of its nodes" messages
check "and the signals that they write into the memory of others" written_signals
check "a file for messages that cannot be made is refused" messages_refused
check "with --durable each replica writes a file" durable
check "a directory that is missing, or has files of another run, is refused" durable_refused
check "a full disk ends a durable run with status 2 and the name of the file" full_disk
check "an interrupted emulation leaves no row and no file" interrupt INT
check "SIGUSR1 ends the load, and the run is checked and stored" load_ended
check "a node names a missing coordinator and a missing line of the file" node_alone "$verbs"
exit 0
