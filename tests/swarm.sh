#!/bin/bash
# aviary swarm: bugs that are planted are found, and repeated by the lines printed; without one
# nothing fails; what is printed does not depend on how many run at a time; runs that die and Ctrl-C
# lose nothing. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$(realpath "$top_builddir/aviary") || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
out=$scratch/out
err=$scratch/err
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
cd "$scratch" || exit 99

# swarms STATUS OPTION...: its output is kept.
swarms() {
    local expected=$1 status
    shift
    "$aviary" swarm "$@" > "$out" 2> "$err" < /dev/null
    status=$?
    [ "$status" = "$expected" ] && [ ! -s "$err" ] && return 0
    echo "aviary swarm $*: status $status, expected $expected"
    cat "$out" "$err"
    return 1
}

# query SQL: of the failures kept.
query() { command -v sqlite3 > /dev/null && sqlite3 kept.db "$1"; }

holds() {
    swarms 0 --seeds 20 -j 2 --db none.db && prints '^20 seeds from 1, 0 failed$' &&
        prints '^ends  *20  20  *0  *0$' && [ ! -e none.db ]
}

# Within ten seeds, and with the same reason again.
finds_and_repeats() {
    local reason
    swarms 1 --seeds 10 --plant no-signals --db kept.db &&
        prints '^execution-atomicity failed with seed ' &&
        prints '^10 seeds from 1, [1-9][0-9]* failed; those are kept in kept\.db$' || return 1
    reason=$(sed -n 's/^  the first: //p' "$out")
    # shellcheck disable=SC2016
    sed -n 's/^  again: aviary/"$aviary"/p' "$out" > again
    [ "$(wc -l < again)" = 1 ] || return 1
    # shellcheck source=/dev/null
    (. ./again) > "$out"
    [ $? = 1 ] && grep -F "$reason" "$out"
}

# The run that was repeated is the first of those kept, event by event.
keeps() {
    first=$(query 'SELECT fingerprint FROM run ORDER BY seed LIMIT 1')
    [ "$(query 'SELECT DISTINCT verdict FROM run')" = fail ] && prints "^fingerprint $first, "
}

is_the_same_for_any_number_at_a_time() {
    swarms 1 --seeds 12 --first 5 -s ssmr,dssmr --plant lost-write --db one.db -j 1 &&
        sed 's/one\.db/X/' "$out" > one &&
        swarms 1 --seeds 12 --first 5 -s ssmr,dssmr --plant lost-write --db two.db -j 2 &&
        sed 's/two\.db/X/' "$out" | diff one - && prints '^ssmr ' && prints '^dssmr ' &&
        ! prints '^smr ' > /dev/null
}

ends_in_time() {
    swarms 0 --for 300ms --first 100 -j 2 && prints '^[1-9][0-9]* seeds from 100, 0 failed$'
}

refuses() {
    "$aviary" swarm "$@" > "$out" 2> err
    [ $? = 2 ] && [ ! -s "$out" ] && cat err
}

refuses_what_fits_no_run() {
    refuses --seed 3 | grep -e '--first' && refuses -s smr --plant wrong-nok | grep wrong-nok &&
        refuses -w no-such-file --seeds 3 | grep 'seed 1: .*no-such-file' &&
        refuses --messages m | grep 'unknown option'
}

# start OPTION...: in the background, with runs that do not end; $swarm is its process, of which the
# shell does not ignore SIGINT.
start() {
    set -m
    "$aviary" swarm -w chirper:users=100 --duration 1h --commands 1G --max-events 10G "$@" \
        > "$out" 2> "$err" < /dev/null &
    swarm=$!
    set +m
}

has_runs() { [ "$(pgrep -c -P "$swarm")" = "$1" ]; }
# In the midst of their work.
are_busy() {
    for run in $(pgrep -P "$swarm"); do
        [ "$(awk '{ print $14 }' "/proc/$run/stat")" -gt 20 ] || return 1
    done
}

reports_the_dead() {
    # shellcheck disable=SC3045
    ulimit -c 0
    start --seeds 1 --first 7 --db kept.db
    until_true has_runs 1 && until_true are_busy && kill -ABRT "$(pgrep -P "$swarm")"
    wait "$swarm"
    [ $? = 1 ] && prints '^ends  *1  *0  *1  *0$' && [ ! -s "$err" ] &&
        prints '^  the first: its process ended early (signal 6): aborted .* of virtual time' &&
        prints '^  again: aviary run .* --seed=7 ' || return 1
    query "SELECT 1 FROM run JOIN property ON run_id = id WHERE name = 'ends' AND result = 'fail'
        AND seed = 7 AND reason LIKE '%signal 6%'" | grep 1
}

# ended PROCESS: it is no child any longer, so that its end has been seen.
ended() { ! kill -0 "$1"; }

# Of two runs one has failed, and the third has been started.
ends_by_ctrl_c() {
    start --seeds 3 -j 2 --db kept.db
    until_true has_runs 2 && until_true are_busy || return 1
    dead=$(pgrep -P "$swarm" -o)
    kill -ABRT "$dead" && until_true ended "$dead" && until_true has_runs 2 && kill -INT "$swarm"
    wait "$swarm"
    [ $? = 1 ] && prints '^interrupted: 1 seeds from 1, 1 failed' || return 1
    start --seeds 3
    until_true has_runs 1 && kill -INT "$swarm"
    wait "$swarm"
    [ $? = 130 ] && prints '^interrupted: 0 seeds from 1, 0 failed$'
}

echo 1..8
check "nothing fails without a planted bug, and nothing is stored" holds
check "a planted bug is found, and its run repeated by the line printed" finds_and_repeats
if command -v sqlite3 > /dev/null; then
    check "failures are kept, and the same event by event" keeps
else
    number=$((number + 1))
    echo "ok $number - failures are kept # SKIP sqlite3 is not installed"
fi
check "what is printed does not depend on -j" is_the_same_for_any_number_at_a_time
check "a swarm ends in time" ends_in_time
check "what fits no run is refused" refuses_what_fits_no_run
check "a run that dies is a failure, with its last words" reports_the_dead
check "Ctrl-C prints what is done" ends_by_ctrl_c
exit 0
