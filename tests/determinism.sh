#!/bin/sh
# The same seed gives the same fingerprint with every compiler. Prints TAP.
# Usage: determinism.sh [PROGRAM]...   (default: the program just built, against itself)
: "${top_builddir:=.}"
[ $# -gt 0 ] || set -- "$top_builddir/aviary"
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

# scenario NUMBER: options of one run; faults and several schemes, each a different path.
scenario() {
    case $1 in
    1) echo "-s smr -k 2 -w chirper:users=2000 --commands 2000 --seed 1" ;;
    2) echo "-s ssmr -k 4 -w chirper:users=2000 --commands 2000 --seed 2" ;;
    3) echo "-s ssmr -k 4 -w chirper:users=2000 -p metis --commands 2000 --seed 3" ;;
    4) echo "-s ssmr -k 3 -w chirper:users=2000 --commands 1000 --seed 4 --faults swarm" ;;
    5) echo "-s ssmr -k 2 -w chirper:users=2000 -m rdma-xl170 --commands 2000 --seed 5" ;;
    6) echo "-s ssmr -k 8 -w chirper:users=2000 -p scotch-remap --commands 2000 --seed 6" ;;
    7) echo "-s ssmr -k 8 -w chirper:users=2000 -p fennel --commands 2000 --seed 7" ;;
    8) echo "-s ssmr -k 3 -w tpcc:warehouses=3,customers=20,items=50,orders=20 --commands 500" \
        "--value-cache speculative --seed 8" ;;
    9) echo "-s dssmr -k 3 -w chirper:users=500 --commands 2000 --seed 9 --faults swarm" ;;
    10) echo "-s dynastar -k 3 -w chirper:users=500 -p random --commands 2000 --hints 20ms" \
        "--plan-every 50ms --plan-guard off --seed 10 --faults swarm" ;;
    11) echo "-s dynastar -k 4 -w chirper:users=500 -p random -m rdma-xl170 --commands 4000" \
        "--hints 2ms --plan-every 5ms --transfer lazy --planning scotch-remap --seed 11" ;;
    12) echo "-s dynastar -k 2 -w kv:variables=200,keys=2,multi=30% --commands 1000 --return no" \
        "--seed 12 --faults swarm" ;;
    esac
}
scenarios=12

# fingerprint PROGRAM NUMBER: runs the scenario in a database of its own and prints its fingerprint.
fingerprint() {
    database=$scratch/run.db
    rm -f "$database"
    # shellcheck disable=SC2046
    "$1" run $(scenario "$2") --db "$database" > "$scratch/out" 2>&1 < /dev/null ||
        { sed 's/^/# /' "$scratch/out" >&2; return 1; }
    sqlite3 "$database" 'SELECT printf("%s after %d events", fingerprint, events) FROM run'
}

command -v sqlite3 > /dev/null || { echo "1..0 # SKIP sqlite3 is not installed"; exit 0; }
echo "1..$((scenarios * ($# + 1)))"
tests=0
number=0
while [ $number -lt $scenarios ]; do
    number=$((number + 1))
    expected=$(fingerprint "$1" $number)
    # The first program once more, in another environment, then all others.
    for program in "$1" "$@"; do
        tests=$((tests + 1))
        found=$(LC_ALL=C.UTF-8 PADDING="$expected" fingerprint "$program" $number)
        if [ -n "$expected" ] && [ "$found" = "$expected" ]; then
            echo "ok $tests - $program: $(scenario $number)"
        else
            echo "# fingerprint '$found', expected '$expected' as by $1"
            echo "not ok $tests - $program: $(scenario $number)"
        fi
    done
done
exit 0
