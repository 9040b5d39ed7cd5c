#!/bin/sh
# Studies, as a user sees them: `aviary compare` resumes, survives the end of any of its processes,
# reports what failed, and prints intervals only where there are some. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$(cd "$top_builddir" && pwd)/aviary
srcdir=$(cd "$top_srcdir" && pwd)
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$srcdir/tests/tap.sh"
cd "$scratch" || exit 99
small='-w chirper:users=50 --clients 4 --commands 400'
# That does not end by itself for a long time.
long='-w chirper:users=50 --clients 4 --duration 1h --max-wall 10min'

runs() { sqlite3 "$1" 'SELECT count(*) FROM run'; }

# The second time everything is found; with more schemes, only these are run. Both tables are the
# same.
resumes() {
    # shellcheck disable=SC2086
    exits 0 compare -s ssmr -k 1,2 --seeds 3 $small --db a.db && [ "$(runs a.db)" = 6 ] || return 1
    grep -v stored out > first
    # shellcheck disable=SC2086
    exits 0 compare -s ssmr -k 1,2 --seeds 3 $small --db a.db -j 2 && [ "$(runs a.db)" = 6 ] &&
        prints '^all runs were stored before$' && grep -v stored out | cat -s | diff - first &&
        exits 0 compare -s smr,ssmr -k 1,2 --seeds 3 $small --db a.db && [ "$(runs a.db)" = 9 ] &&
        prints '^6 of 9 runs were stored before$' &&
        [ "$(sqlite3 a.db 'SELECT count(*) FROM study')" = 2 ]
}

# A study does not use what a changed file gave.
notices_changed_files() {
    yes 'post rw=a,b' | head -n 3000 > c.trace
    exits 0 compare -k 2 -w c.trace --seeds 3 --db c.db && [ "$(runs c.db)" = 3 ] || return 1
    yes 'post rw=a,c' | head -n 3000 > c.trace
    exits 0 compare -k 2 -w c.trace --seeds 3 --db c.db && [ "$(runs c.db)" = 6 ] &&
        prints '^3 runs of each: blocks of the trace'
}

# One placement cannot be read: its cells fail, once explained, and the others are measured.
failed_cells_are_reported() {
    # shellcheck disable=SC2086
    exits 2 compare -k 1,2 -p hash -p file:nowhere --seeds 2 $small --db b.db &&
        reports '^aviary compare: a run failed: nowhere: ' &&
        reports '^  again: aviary run -s ssmr -k 1 .*--placement=file:nowhere ' &&
        reports '^  and 3 others for the same reason$' &&
        [ "$(runs b.db)" = 4 ] && prints '^ssmr hash ' && prints '^ssmr file:nowhere  *1  *4  *-'
}

# The single child of a process.
child_of() { pgrep -P "$1" > child && [ "$(wc -l < child)" = 1 ]; }

# kill -9 of a run costs that run.
killed_runs_are_reported() {
    # shellcheck disable=SC2086
    "$aviary" compare -s ssmr -k 1 --seeds 1 $long --db k.db > out 2> err &
    study=$!
    until_true child_of "$study" && kill -9 "$(cat child)" || return 1
    wait "$study"
    [ $? = 2 ] && reports 'its process ended early (signal 9)' &&
        reports '^  again: aviary run -s ssmr -k 1 '
}

has_run() { [ -s "$1" ] && [ "$(runs "$1" 2> /dev/null)" = "$2" ]; }

# Ctrl-C prints what is done, ends the runs under way, and the same command goes on.
is_interrupted() {
    # A shell's background processes ignore SIGINT, unless they are started so.
    # shellcheck disable=SC2086
    env --default-signal=INT "$aviary" compare -k 1 --seeds 2 -w chirper:users=50 --clients 4 \
        --commands 400 --rate 100k/s,0.001/s --max-wall 10min --db i.db > out 2> err &
    study=$!
    until_true has_run i.db 1 && kill -INT "$study" || return 1
    wait "$study"
    [ $? = 130 ] && prints '^interrupted; the same command runs what is missing$' &&
        prints '^ssmr .* 100k/s ' && ! pgrep -P "$study"
}

# A list of cells, and a time; nothing is stored.
dry_runs_store_nothing() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,ssmr -k 1,2 --seeds 3 $small --db d.db --dry-run && [ ! -e d.db ] &&
        prints '^aviary run -s ssmr -k 2 .* # seed=1 to seed=3$' && prints '^9 runs, about '
}

# Fewer than three values have no interval, and none is invented.
few_runs_have_no_interval() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,ssmr -k 1 --seeds 2 $small --db f.db &&
        prints '^2 runs of each: seeds; fewer than 3 give no interval$' && ! grep '[0-9] ±' out &&
        exits 0 compare -s smr,ssmr -k 1 --seeds 3 $small --db f.db &&
        prints '^3 runs of each: seeds; ±: 95 % interval' && grep '^ssmr .* ±' out
}

# The same runs with another option: what has changed, by how much, and that it is no chance; runs
# that differ in nothing differ in nothing.
compares_with_another_file() {
    # shellcheck disable=SC2086
    exits 0 compare -k 1,2 --seeds 3 $small --db g.db &&
        exits 0 compare -k 1,2 --seeds 3 $small --db h.db --against g.db &&
        prints '^ssmr  *2  *4 .* +0.0 ±0.0 ~$' && prints '^nothing has been changed$' &&
        exits 0 compare -k 1,2 --seeds 3 $small -m rdma-xl170 --db j.db --against g.db &&
        prints '^ssmr  *2  *4 .* -$' &&
        exits 0 compare -k 1,2 --seeds 3 $small --multicast basecast --signals write --db j.db \
            --against g.db && prints '^changed: signals message -> write$' &&
        exits 2 compare -k 1 $small --db g.db --against nowhere && reports 'nowhere: cannot open'
}

tables_fit_a_screen() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,ssmr,dssmr,dynastar -k 1,2 --seeds 3 $small --db a.db -j 2 &&
        awk '!/^results in/ && length($0) > 80 { print "too wide: " $0; bad = 1 }
            END { exit bad }' out
}

echo "1..9"
if ! command -v sqlite3 > /dev/null || ! command -v pgrep > /dev/null; then
    for i in 1 2 3 4 5 6 7 8 9; do echo "ok $i # SKIP sqlite3 or pgrep is not installed"; done
    exit 0
fi
check "a study runs only what is missing" resumes
check "a file that has changed is another cell" notices_changed_files
check "a cell that fails is reported with its reason and command" failed_cells_are_reported
check "a run that is killed takes no other with it" killed_runs_are_reported
check "Ctrl-C prints what is done" is_interrupted
check "a dry run lists cells and time, and stores nothing" dry_runs_store_nothing
check "fewer than three runs have no interval" few_runs_have_no_interval
check "changes since another file are shown, and whether they are significant" \
    compares_with_another_file
check "the tables fit 80 columns" tables_fit_a_screen
exit 0
