#!/bin/bash
# The virtual machine of the RDMA tests (softroce/run) passes output, status, files and variables
# through. Prints TAP.
# shellcheck disable=SC2016,SC2034,SC2317
: "${top_srcdir:=.}"
run=$top_srcdir/tests/softroce/run
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
out=$scratch/out
err=$scratch/err
unset AVIARY_RDMA_ADDRESSES
export AVIARY_RDMA_WHERE=vm
patience_s=600 # other virtual machines may have to end first

# exits STATUS ARGUMENT...: the harness, called with these, ends with this status.
exits() {
    local expected=$1 status
    "$run" "${@:2}" > "$out" 2> "$err" < /dev/null
    status=$?
    [ "$status" = "$expected" ] || echo "run ${*:2}: status $status, expected $expected"
    [ "$status" = "$expected" ]
}

holds() { [ "$(cat "$1")" = "$2" ] || { echo "expected: $2"; return 1; }; }

evidence() { sed 's/^/out: /' "$out"; sed 's/^/err: /' "$err"; }

"$run" -- true 2> "$err"
if [ $? = 77 ]; then
    echo "1..0 # SKIP $(sed 's/^softroce: //' "$err")"
    exit 0
fi
echo 1..8

streams_apart() {
    exits 7 -- sh -c 'echo out; echo err >&2; exit 7' && holds "$out" out && holds "$err" err
}
check "status, standard output and standard error are passed through separately" streams_apart

devices_there() {
    exits 0 -n 3 -- sh -c 'echo $AVIARY_RDMA_ADDRESSES $AVIARY_RDMA_FAULTS
        ls /sys/class/infiniband | xargs' &&
        holds "$out" "10.77.0.1 10.77.0.2 10.77.0.3 1
rxe1 rxe2 rxe3"
}
check "the requested number of devices exists, with addresses in the environment" devices_there

environment_passed() {
    export COLOUR=dark\ blue AVIARY_SHADE='a "b" $c' SECRET=1
    exits 0 -e COLOUR -- sh -c 'echo "$COLOUR, $AVIARY_SHADE, ${SECRET-}, $PWD"' &&
        holds "$out" "$COLOUR, $AVIARY_SHADE, , $PWD"
}
check "the working directory and chosen variables are passed, arguments are kept" environment_passed

writes_kept() {
    exits 0 -w "$scratch" -- sh -c "echo here > '$scratch/kept'; echo > '$0.new'" &&
        holds "$scratch/kept" here && [ ! -e "$0.new" ]
}
check "only files written to the directory of -w are kept" writes_kept

breaks_off() { exits 124 -t 3 -- sleep 1000; }
check "a command that takes too long is ended with status 124" breaks_off

no_qemu() { ! grep -qsz "[p]ath=$scratch,security" /proc/[0-9]*/cmdline; }

# Killed by a signal that it cannot handle.
leaves_nothing() {
    local pid
    "$run" -w "$scratch" -- sh -c "echo > '$scratch/up'; sleep 1000" &
    pid=$!
    until_true test -e "$scratch/up" && ! no_qemu || return
    kill -KILL "$pid"
    wait "$pid"
    until_true no_qemu
}
check "killing a run ends its virtual machine" leaves_nothing

# The virtual machine has devices, so inside it no other one is needed.
on_the_host() {
    exits 3 -n 1 -- env -u AVIARY_RDMA_ADDRESSES -u AVIARY_RDMA_FAULTS AVIARY_RDMA_WHERE=auto \
        "$(readlink -f "$run")" -n 2 -- \
        sh -c 'echo $AVIARY_RDMA_ADDRESSES $AVIARY_RDMA_FAULTS; exit 3' &&
        holds "$out" "10.77.0.1 10.77.0.1 0"
}
check "a machine with an RDMA device runs the command itself" on_the_host

without_tools() {
    local bash=$BASH
    mkdir "$scratch/bin"
    for name in bash readlink dirname uname cat date id nproc env; do
        ln -s "$(command -v "$name")" "$scratch/bin/$name"
    done
    PATH=$scratch/bin "$bash" "$run" -- true > "$out" 2> "$err"
    [ $? = 77 ] && grep -q 'qemu-system-x86_64.*apt-get install qemu-system-x86' "$err" || return
    PATH=$scratch/bin "$bash" "$run" -T -- true > "$out" 2> "$err" &&
        grep -q '^1..0 # SKIP .*apt-get install' "$out"
}
check "without QEMU the packages are named, with status 77; a test is skipped" without_tools
exit 0
