#!/bin/sh
# Load, as a user sees it: `aviary compare --saturate` finds the peak of each cell and a collapse
# beyond it, or the highest load within a bound; curves of clients are fitted; a trace that names
# its clients limits them. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$(cd "$top_builddir" && pwd)/aviary
srcdir=$(cd "$top_srcdir" && pwd)
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$srcdir/tests/tap.sh"
cd "$scratch" || exit 99
# So few users that DS-SMR's moves obstruct each other as soon as there are some ten clients.
crowded='-w chirper:users=30 --duration 100ms'

query() { sqlite3 "$1" "$2"; }
runs() { query "$1" 'SELECT count(*) FROM run'; }
# The rows of the last table.
rows() { grep -e '^[a-z]*smr ' out; }

# In the column `collapse` of dssmr, and of no other; its runs, and those at the peak, are of all
# seeds, the others of one.
finds_a_collapse() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,dssmr -k 4 $crowded --seeds 3 --saturate --db a.db &&
        prints '^scheme .* collapse$' && prints '^dssmr  *4 .* at [1-9][0-9]*$' &&
        prints '^smr  *1 .* -$' && prints '^collapse: ' || return 1
    clients=$(awk '$1 == "dssmr" { print $NF }' out)
    query a.db "SELECT count(*) FROM run WHERE cell LIKE '% dssmr %--clients=$clients %'" > count
    [ "$(cat count)" = 3 ] || return 1
    [ "$(query a.db 'SELECT DISTINCT count(*) FROM run GROUP BY cell' | sort | xargs)" = '1 3' ]
}

# The rate of the open loop is 75 % of the mean peak, in three digits, by as many clients.
measures_latency_in_an_open_loop() {
    [ "$(query a.db "SELECT count(*) FROM run WHERE cell LIKE '% smr %--rate=%'")" = 3 ] || return 1
    query a.db "SELECT avg(throughput_per_s) FROM run WHERE cell LIKE '% smr %' AND NOT
        cell LIKE '%--rate=%' GROUP BY cell HAVING count(*) = 3" > peak
    query a.db "SELECT DISTINCT cell FROM run WHERE cell LIKE '% smr %--rate=%'" |
        sed 's/.*--rate=\([0-9]*\).*/\1/' | paste peak - |
        awk '{ exit !($2 > 0.745 * $1 && $2 < 0.755 * $1) }'
}

# What is stored is not run again; what is lost is; and nothing depends on how many run at a time.
resumes() {
    # shellcheck disable=SC2086
    again() { exits 0 compare -s smr,dssmr -k 4 $crowded --seeds 3 --saturate --db "$@"; }
    all=$(runs a.db)
    rows > first
    again a.db && rows | diff first - && [ "$(runs a.db)" = "$all" ] &&
        prints '^all runs were stored before$' || return 1
    query a.db 'PRAGMA foreign_keys = on; DELETE FROM run WHERE id % 3 = 0'
    again a.db && rows | diff first - && [ "$(runs a.db)" = "$all" ] || return 1
    again b.db -j 3 && rows | diff first - && [ "$(runs b.db)" = "$all" ]
}

# With more clients commands take longer than the bound, and with one, if the bound is too short.
keeps_within_a_bound() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,dssmr -k 4 $crowded --seeds 1 --saturate mean=1ms --db c.db &&
        prints '^the highest load with a mean of at most 1.00 ms' && ! grep collapse out || return 1
    rows | awk '{ if ($(NF - 1) > 1) bad = 1 } END { exit bad || NR != 2 }' || return 1
    # shellcheck disable=SC2086
    exits 0 compare -s smr -k 1 $crowded --seeds 1 --saturate=p50=1us --db c.db &&
        prints '^smr, k=1: one client alone takes longer$' &&
        [ "$(rows | awk '{ print $3 }')" = - ] &&
        prints '^scheme .* mean ms  p50$'
}

# Twenty commands for each client at least.
ends_where_runs_are_too_short() {
    exits 0 compare -s smr -k 1 -w chirper:users=30 --commands 100 --seeds 1 --saturate --db d.db &&
        prints '^smr, k=1: throughput still grows at 5 clients, where the search ends$'
}

refuses_a_load() {
    exits 2 compare --saturate --clients 64/k && reports '--clients 64/k cannot be given with it' &&
        exits 2 compare --saturate p99=5ms --rate 1k/s && reports '--rate 1k/s cannot be given' &&
        exits 2 compare --saturate p98=5ms && reports 'such as p99=5ms' &&
        exits 2 compare --saturate p99=0s && reports 'a time above 0'
}

# The search of one placement, which cannot be read, ends at once; the other goes on.
survives_failures() {
    # shellcheck disable=SC2086
    exits 2 compare -k 2 -p hash -p file:nowhere $crowded --seeds 1 --saturate --db h.db &&
        reports '^aviary compare: a run failed: nowhere: ' &&
        prints '^ssmr file:nowhere  *2  *-' && prints '^ssmr hash  *2 .*[0-9]$' &&
        prints '^ssmr file:nowhere, k=2: the search ended early, since a run failed$'
}

# Also of the runs of which nothing is reported but their throughput.
checks_every_run() {
    exits 1 compare -s ssmr -k 2 -w chirper:users=30 --duration 20ms --seeds 1 --saturate \
        --plant lost-write --db j.db && prints '^ssmr, k=2: run [0-9]* of the search is wrong'
}

has_runs() { [ -s "$1" ] && [ "$(runs "$1" 2> /dev/null)" -ge "$2" ]; }

# Ctrl-C prints what is known, and the same command goes on to what would have been found.
is_interrupted() {
    words='compare -s dssmr -k 4 --seeds 3 --saturate --db i.db'
    # A shell's background processes ignore SIGINT, unless they are started so.
    # shellcheck disable=SC2086
    env --default-signal=INT "$aviary" $words $crowded > out 2> err &
    study=$!
    until_true has_runs i.db 4 && kill -INT "$study" || return 1
    wait "$study"
    [ $? = 130 ] && prints '^dssmr, k=4: the search has not ended$' || return 1
    # shellcheck disable=SC2086
    exits 0 $words $crowded || return 1
    # The peak and its clients; `first` has a column more.
    rows | awk '{ print $3, $5, $NF }' > found
    awk '/^dssmr/ { print $3, $5, $NF }' first | diff - found
}

dry_runs_store_nothing() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,ssmr -k 1,2 $crowded --saturate --db e.db --dry-run && [ ! -e e.db ] &&
        [ "$(grep -c -e '--clients=1 ' out)" = 3 ] && prints '^from each of these on a search'
}

fits_curves() {
    # shellcheck disable=SC2086
    exits 0 compare -s smr,ssmr -k 2 $crowded --seeds 1 --clients 1,4,16,64 --db f.db &&
        prints '^scheme .* knee N .* R²$' && prints '^fit: X(N)' &&
        [ "$(sed -n '/knee N/,$p' out | grep -c '^s*smr .* 0\.9[0-9]*$')" = 2 ] || return 1
    # shellcheck disable=SC2086
    exits 0 compare -s smr -k 1 $crowded --seeds 1 --clients 1,4,16 --db f.db &&
        prints '^no fit: it takes 4 numbers of clients' &&
        exits 0 compare -s smr -k 1 $crowded --seeds 1 --rate 1k/s,9k/s --db f.db &&
        prints '^scheme .* knee /s'
}

# 24 clients in turns.
tells_that_a_trace_limits_clients() {
    awk 'BEGIN { for (i = 0; i < 2400; i++) print "inc rw=v" i % 50 " client=" i % 24 }' > n.trace
    limit='^the trace names 24 clients, .* of the 64 clients no more have any$'
    exits 0 run -s smr -w n.trace --clients 24 --db n.db && ! grep 'the trace names' out &&
        exits 0 run -s smr -w n.trace --clients 64 --db n.db && prints "$limit" &&
        exits 0 compare -s smr -w n.trace --clients 8,64 --seeds 1 --db n.db && prints "$limit" &&
        exits 0 compare -s smr -w n.trace --saturate --seeds 1 --db n.db &&
        prints '^smr, k=1: throughput still grows at 24 clients' || return 1
    sed 's/ client=0$//' n.trace > some.trace # these commands are for any client
    exits 0 run -s smr -w some.trace --clients 64 --db n.db && ! grep 'the trace names' out
}

tables_fit_a_screen() {
    # shellcheck disable=SC2086
    for options in '--saturate --seeds 3' '--saturate p99=20ms --seeds 3' '--clients 1,4,16,64'; do
        exits 0 compare -s smr,ssmr,dssmr,dynastar -k 4 $crowded $options --db g.db -j 2 || return 1
        # Of a character in UTF-8 only the first byte counts.
        LC_ALL=C tr -d '\200-\277' < out |
            LC_ALL=C awk '!/^results in/ && length($0) > 80 { print; bad = 1 } END { exit bad }' ||
            return 1
    done
}

echo "1..13"
if ! command -v sqlite3 > /dev/null; then
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13; do echo "ok $i # SKIP sqlite3 is not installed"; done
    exit 0
fi
check "a collapse beyond the peak is found" finds_a_collapse
check "latency is measured in an open loop at 75 % of the peak" measures_latency_in_an_open_loop
check "a search runs only what is missing, and always finds the same" resumes
check "the highest load within a bound on latency is found" keeps_within_a_bound
check "a search ends where clients would have too few commands" ends_where_runs_are_too_short
check "a load cannot be given to a search for it" refuses_a_load
check "a search whose run fails is reported, and takes no other with it" survives_failures
check "a check that fails in a search is reported" checks_every_run
check "Ctrl-C prints what is known, and the search goes on with the same command" is_interrupted
check "a dry run lists the beginnings of searches, and stores nothing" dry_runs_store_nothing
check "clients and rates are curves with a knee, and a fit if there are enough" fits_curves
check "a trace that names clients limits them, and the table says so" \
    tells_that_a_trace_limits_clients
check "the tables fit 80 columns" tables_fit_a_screen
exit 0
