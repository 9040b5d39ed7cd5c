#!/bin/sh
# The command line: help, version, refusals; options in help, manual page and completion must agree.
# Prints TAP.
# shellcheck disable=SC2030,SC2031,SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$top_builddir/aviary
manual=$top_srcdir/man/aviary.1
completion_name=completion/aviary.bash
completion=$top_srcdir/$completion_name
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
out=$scratch/out
err=$scratch/err
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"

helps() { exits 0 --help && prints usage && prints 'exit status' && silent "$err"; }
versions() {
    exits 0 --version && prints "^aviary [0-9]" && prints GPL-3.0-or-later && prints CFLAGS=
}
lonely() { exits 2 && reports usage && silent "$out"; }
unknown_command() {
    exits 2 fly && reports "no command is called 'fly'; there is: run, compare" && silent "$out"
}

names_all() {
    for command in $commands; do reports "$command" || return 1; done
}

# fits LINES: the output has at most so many lines, of at most 80 columns each.
fits() {
    awk -v lines="$1" 'length($0) > 80 { print "line " NR " has " length($0) " columns"; bad = 1 }
        END { if (NR > lines) { print NR " lines, expected at most " lines; bad = 1 } exit bad }' \
        "$out"
}

# For the following, a command is one word or, as for trace, several.
command_helps() {
    exits 0 "$@" --help && prints "aviary $*" && silent "$err" && fits 24 || return 1
    for topic in $(help_topics "$@"); do
        lines=24
        [ "$topic" = options ] && lines=100
        exits 0 "$@" --help "$topic" && silent "$err" && fits "$lines" || return 1
    done
}

command_refuses() { exits 2 "$@" --no-such-option && reports no-such-option && silent "$out"; }

# long_options COMMAND...: those that its help lists.
long_options() {
    { "$aviary" "$@" --help options && echo '  -h, --help'; } |
        sed -n 's/^  [- ][a-z ][, ] \(--[a-z][a-z-]*\).*/\1/p' | sort -u
}

manual_has() {
    missing=0
    # shellcheck disable=SC2013
    for option in $(long_options "$@"); do
        sed 's/\\-/-/g; s/\\&//g' "$manual" | grep -qwe "${option#--}" && continue
        echo "$option of $* is not in the manual"
        missing=1
    done
    return "$missing"
}

# help_topics COMMAND...: those that its help names, on the lines after "TOPIC".
help_topics() {
    "$aviary" "$@" --help | sed -n '/TOPIC is one of/,/^[A-Z]*$/s/^  \([a-z]\)/\1/p'
}

topics_explained() {
    [ "$(help_topics run | wc -w)" -gt 20 ] || { echo "too few topics"; return 1; }
    for topic in $(help_topics compare); do
        exits 0 compare "--help=$topic" && prints '^  ' && silent "$err" || return 1
    done
    exits 2 run --help no-such-topic && reports workloads && silent "$out"
}

# Every option is in the help itself or in a topic, with its default.
sections_are_complete() {
    for command in run compare emulate; do
        for topic in $(help_topics "$command"); do
            [ "$topic" = options ] || "$aviary" "$command" --help "$topic"
        done > "$scratch/topics"
        for option in $(long_options "$command"); do
            grep -qe " $option" "$scratch/topics" || [ "$option" = --help ] ||
                { echo "$option of $command is in no topic"; return 1; }
        done
    done
    exits 0 run --help load && prints '--outstanding N .*\[1\]' &&
        exits 0 run --help dynastar && prints '--hints TIME .*' && prints '\[250ms\]'
}

# The help leads to every strategy, scheme and key.
topics_lead_to_names() {
    exits 0 run --help schemes && prints dynastar && exits 0 run --help placements &&
        prints file:PATH && prints fennel && exits 0 run --help planning && prints metis-relabel &&
        exits 0 run --help workloads && prints chirper && exits 0 run --help chirper &&
        prints zipf= && exits 0 run --help models && prints rdma-xl170 && prints link.latency=
}

# names_of TOPIC: those that --help TOPIC lists, without their arguments.
names_of() { "$aviary" run --help "$1" | sed -n 's/^  \([a-z][a-z0-9-]*\).*/\1/p'; }

# Names in tables are in the manual, too; bugs are described in the help itself.
names_explained() {
    for topic in schemes placements planning multicasts transports bugs workloads models; do
        [ "$(names_of "$topic" | wc -l)" -gt 0 ] || { echo "$topic: no names"; return 1; }
        [ "$topic" = bugs ] || names_of "$topic" > "$scratch/names"
        while read -r name; do
            sed 's/\\-/-/g' "$manual" | grep -qE "^\.[A-Z][a-z] (.* )?$name( |,|=|\$)" ||
                { echo "$name of $topic is not in the manual"; return 1; }
        done < "$scratch/names"
    done
}

completes_words() {
    completed run --planning "" > "$out" && prints '^scotch-remap$' &&
        completed run -s "" > "$out" && prints '^dynastar$' &&
        completed run -p "" > "$out" && prints '^fennel$' && prints '^hash$' &&
        completed run --help "" > "$out" && prints '^workloads$' &&
        completed run --plant "" > "$out" && prints '^none$' && prints '^no-signals$' &&
        completed run -w "" > "$out" && prints '^tpcc$' && prints '^csv:$' &&
        completed run --transfer "" > "$out" && prints '^lazy$' &&
        completed emulate --waiting "" > "$out" && prints '^spin$' &&
        completed trace import --help "" > "$out" && prints '^csv$'
}

# completes LINE WORD: the only completion of that line is the word.
completes() {
    # shellcheck disable=SC2086
    completed $1 > "$out"
    [ "$(sort -u "$out")" = "$2" ] || { echo "$1: expected $2"; cat "$out"; return 1; }
}

# What readline replaces begins after the last colon or equals sign.
completes_keys() {
    completes 'run -w chirper:us' users= && completes 'run -w chirper:users=9,zi' 9,zipf= &&
        completes 'run --workload=tpcc:wa' warehouses= && completes 'trace info kv:yc' ycsb= &&
        completes 'run -m cluster-2014:link.b' link.bandwidth= &&
        completes 'run -m softroce:disk.sync=0,cpu.ti' 0,cpu.timer=
}

completes_lists() {
    completes 'compare -s smr,dyn' smr,dynastar &&
        completes 'compare --transport sim,lo' sim,loop &&
        completes 'partition --strategy metis,fe' metis,fennel
}

# Where an option or an operand is a file.
completes_files() (
    program=$(cd "$top_builddir" && pwd) && completion=$(cd "$top_srcdir" && pwd)/$completion_name
    mkdir -p "$scratch/files" && cd "$scratch/files" && touch some-file && top_builddir=$program &&
        for line in 'check' 'run --db' 'run -w' 'run -m' 'run --faults' 'emulate --cluster' \
            'partition' 'partition --present' 'trace info' 'trace import csv' 'calibrate --out'; do
            completes "$line some-" some-file || return 1
        done &&
        completes 'run --db=some-' some-file && completes 'run -p file:some-' some-file &&
        completes 'run --seed some-' ''
)

# completed WORD...: the completions of the last word.
completed() {
    PATH=$top_builddir:$PATH bash -c '. "$0"; COMP_LINE="aviary $*"; COMP_POINT=${#COMP_LINE}
        _aviary; [ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"' "$completion" "$@"
}

completes_options() {
    completed "$@" -- | sort -u > "$out"
    long_options "$@" | diff - "$out"
}

completes_commands() {
    completed "" > "$out"
    for command in $commands; do prints "^$command\$" || return 1; done
}

# commands_of HELP-COMMAND...: the names that its help lists under "commands:".
commands_of() { "$aviary" "$@" | sed -n '/^commands:/,/^$/s/^  \([a-z][a-z]*\) .*/\1/p'; }

# Every shipped model is named: in the refusal of another, the manual and the completion.
models_named() {
    exits 2 run -m no-such-model && silent "$out" || return 1
    models=$(sed -n 's/.*there is: \(.*\), or give.*/\1/p' "$err" | tr -d ,)
    [ "$(echo "$models" | wc -w)" -gt 4 ] || { echo "too few models: $models"; return 1; }
    for model in $models; do
        grep -qwe "$model" "$manual" || { echo "$model is not in $manual"; return 1; }
        sed 's/\\-/-/g' "$top_srcdir/man/aviary-model.5" | grep -qwe "$model" ||
            { echo "$model is not in aviary-model(5)"; return 1; }
    done
    completed run -m "" > "$out"
    for model in $models; do prints "^$model\$" || return 1; done
}

# warned COMMAND ARGUMENT...: a leader timeout of a fifth of a message's latency is used, with one
# warning on standard error.
warned() {
    exits 0 "$@" -w chirper:users=50 --commands 4 --clients 1 --db "$scratch/hasty.db" \
        -m cluster-2014:link.latency="constant 1ms" --leader-timeout 200us || return 1
    reports '^aviary: warning: --leader-timeout 200 us is less than 4' &&
        [ "$(wc -l < "$err")" = 1 ]
}

hasty() {
    warned run -k 2 && warned compare -s smr,ssmr -k 1,2 || return 1
    exits 2 run --leader-timeout 1ns && reports 'at least 5us' && silent "$out"
}

refuses_limits() {
    exits 2 run --max-events 0 && reports '^aviary run: --max-events: ' && silent "$out" &&
        exits 2 compare --max-wall 5 && reports '^aviary compare: --max-wall: ' && silent "$out"
}

refuses_outstanding_in_an_open_loop() {
    exits 2 run --rate 1k/s --outstanding 2 && reports '--outstanding: in an open loop' &&
        silent "$out"
}

refuses_message_filters() {
    exits 2 run --message-kinds hello && reports '--message-kinds: no kind of messages' &&
        exits 2 run --message-times 5ms && reports '--message-times: .* such as 100ms-200ms' &&
        exits 2 run --message-times 5ms-1ms && reports 'increasing' &&
        exits 2 run --messages m --message-nodes p9.r9 --db m.db &&
        reports "no node of this run matches 'p9.r9'" && [ ! -e m ] && [ ! -e m.db ] &&
        exits 2 run --message-kinds=-heartbeat && reports 'expected --messages FILE' &&
        exits 2 run --message-times 1ms-5ms && reports 'expected --messages FILE' &&
        exits 2 run -s smr --clients 1 --commands 1 --messages /dev/full --db m.db &&
        reports /dev/full && [ ! -e m.db ] && silent "$out"
}

# valued_options COMMAND...: a line `--OPTION ARGUMENT` for each option that takes a value, as its
# help has them.
valued_options() {
    "$aviary" "$@" --help options |
        sed -n 's/^  [- ][a-z ][, ] \(--[a-z][a-z-]*\) \([A-Z][^ ]*\)  .*/\1 \2/p'
}

# each_option FUNCTION COMMAND...: calls `FUNCTION OPTION ARGUMENT COMMAND...` for each of those.
each_option() {
    called=$1
    shift
    valued_options "$@" > "$scratch/options"
    while read -r option argument <&3; do
        "$called" "$option" "$argument" "$@" || return 1
    done 3< "$scratch/options"
}

# An option without a value, as an unset variable leaves it.
empty_refused() {
    option=$1
    shift 2
    exits 2 "$@" "$option=" && silent "$out" &&
        reports "^aviary $*: $option: expected .*, found nothing" &&
        exits 2 "$@" "$option" '' && reports "^aviary $*: $option: expected .*, found nothing"
}

# An option that is given twice, unless it takes a list: then another error is reported.
twice_refused() {
    option=$1 argument=$2
    shift 2
    lists=$*
    [ "$lists" != swarm ] || lists=compare # the same
    case $lists:$option$argument in
    *LIST | *KEYS | *,* | compare:--scheme* | compare:--partitions* | compare:--transport* | \
        compare:--replicas* | compare:--clients* | compare:--rate* | compare:--seed[A-Z]* | \
        compare:--workload* | compare:--placement* | compare:--model* | compare:--faults*)
        refusal="unknown option '--no-such"
        ;;
    *) refusal="$option: it is given twice" ;;
    esac
    exits 2 "$@" "$option" 1 "$option=1" --no-such-option && silent "$out" &&
        reports "^aviary $*: $refusal"
}

# operands COMMAND...: what it needs beside its options before it reads those.
operands() {
    case $* in
    'trace import') echo interactions /nonexistent -o /nonexistent ;;
    'trace '* | partition | check) echo /nonexistent ;;
    esac
}

# A number beyond 64 bits is out of the range of every option that takes one.
endless_refused() {
    option=$1 value=99999999999999999999999999
    case $2 in
    N) ;;
    TIME) value=${value}s ;;
    SIZE) value=${value}MiB ;;
    SHARE) value=$value% ;;
    R) value=$value/s ;;
    *) return 0 ;;
    esac
    shift 2
    # shellcheck disable=SC2046
    exits 2 "$@" $(operands "$@") "$option" "$value" && silent "$out" &&
        reports "expected .*[0-9].*, found '$value'"
}

options_are_many() { [ "$(valued_options run | wc -l)" -gt 30 ]; }

# loss_reported REASON STATUS COMMAND...: of output that could not be written.
loss_reported() {
    reason=$1 status=$2
    shift 2
    [ "$status" = 2 ] || { echo "aviary $*: status $status, expected 2: $reason"; return 1; }
    reports "cannot write.*: $reason"
}

# loses_nothing COMMAND...: with a full disk, or a closed pipe, it does not report success.
loses_nothing() {
    "$aviary" "$@" > /dev/full 2> "$err" < /dev/null
    loss_reported 'No space left on device' $? "$@" || return 1
    # A pipe without a reader: it is opened for reading, then for writing, then closed.
    rm -f "$scratch/pipe"
    mkfifo "$scratch/pipe" || return 1
    # shellcheck disable=SC2094
    exec 4<> "$scratch/pipe" 5> "$scratch/pipe" 4<&-
    "$aviary" "$@" >&5 2> "$err" < /dev/null
    loss_reported 'Broken pipe' $? "$@"
}

results_are_not_lost() {
    db=$scratch/lost.db
    for command in 'run -k 2' 'compare -k 1,2' 'emulate -k 2'; do
        # shellcheck disable=SC2086
        loses_nothing $command -w chirper:users=50 --commands 20 --clients 2 --db "$db" || return 1
    done
    loses_nothing check "$db" && loses_nothing trace generate chirper -n 1000 -o - &&
        loses_nothing trace info chirper:users=50 -n 1000 && loses_nothing --version
}

refuses_empty_windows() {
    db=$scratch/empty.db
    exits 2 run --duration 0ms && reports '--duration: ' &&
        exits 2 run --warmup 2s --duration 1s && reports '--warmup leaves nothing' &&
        exits 2 run -w chirper:users=50 --commands 10 --warmup 1h --db "$db" &&
        reports 'before --warmup did' &&
        exits 2 run -w kv --commands 10 --rate trace --db "$db" && reports 'has a time' &&
        [ ! -e "$db" ]
}

# With names, numbers and specifications as long as they may become.
tables_fit() {
    db=$scratch/wide.db
    spec=chirper:users=100,communities=4,cut=0.1,clustering=0.5,timeline=85,post=10,follow=5
    exits 0 compare -s dssmr,dynastar -k 2,64 --transport sim,loop -w "$spec" -p random \
        --commands 500 --clients 40 --history --db "$db" && prints retries &&
        sed -i '/^results in /d' "$out" && fits 100 &&
        exits 0 check "$db" && prints 'chirper:.*\.\. ' && fits 100 &&
        exits 0 trace info chirper:users=100 -n 2k && prints 'hottest' && fits 100 || return 1
    awk 'BEGIN { print 2000, 1999; print 2
        for (i = 2; i < 2000; i++) print i - 1, i + 1
        print 1999 }' > "$scratch/path.graph"
    seq 2000 | sed 's/.*/0/' > "$scratch/path.parts"
    exits 0 partition "$scratch/path.graph" -k 2,512 --present "$scratch/path.parts" &&
        prints 'metis-relabel .* %' && fits 100
}

# A placement of a trace, as a file that a run reads.
partitions_a_trace() {
    printf 'post rw=%s\n' a,b c,d a,b c,d > "$scratch/pairs.trace"
    exits 0 partition --trace "$scratch/pairs.trace" -k 2 --strategy metis -o "$scratch/places" &&
        [ "$(wc -l < "$scratch/places")" = 4 ] &&
        exits 0 run -s ssmr -k 2 -w "$scratch/pairs.trace" -p "file:$scratch/places" \
            --db "$scratch/places.db" && prints ' 0\.00 .* ok$' &&
        exits 2 partition -k 2 && reports 'expected GRAPH or --trace' &&
        exits 2 partition --trace "$scratch/pairs.trace" --present x -k 2 &&
        reports '^aviary partition: --present'
}

# The command printed by a failed run fails in the same way, in a shell; also in a comparison.
failures_are_reproduced() {
    db=$scratch/it\'s.db
    exits 1 compare -s ssmr -k 2,4 --plant no-signals -w chirper:users=200 --commands 3k \
        --clients 64 --seed 5 --seeds 1 --db "$db" && prints '^run 1 is wrong:' &&
        prints '^again: aviary run -s ssmr -k 2 ' || return 1
    # shellcheck disable=SC2016
    sed -n 's/^again: aviary\(.* -k 4 \)/"$aviary"\1/p' "$out" > "$scratch/again"
    # shellcheck source=/dev/null
    (. "$scratch/again") > "$out" 2>&1
    [ $? = 1 ] && prints '^run 3 (ssmr, 4 partitions, seed 5):' &&
        prints '^again: aviary run -s ssmr -k 4 .*--seed=5 '
}

# in_the_midst PROCESS: returns once it has used half a second of a processor; false: it has ended.
in_the_midst() {
    ticks=0
    until [ "$ticks" -gt 50 ]; do
        ticks=$(awk '{ print $14 }' "/proc/$1/stat") || return 1
    done
}

# The run ends by itself at some time, in case the signal has no effect.
aborts_are_reported() {
    # shellcheck disable=SC3045
    ulimit -c 0
    "$aviary" run -k 1 -w chirper:users=100 --duration 1h --max-wall 1min \
        --db "$scratch/abort.db" > "$out" 2> "$err" &
    in_the_midst $! && kill -ABRT $! && ! wait $! && reports '^aborted .* s of virtual time' &&
        reports '^again: aviary run -s ssmr -k 1 --workload=chirper:users=100 --duration=1h '
}

# The pages of file formats have no date: the formats have a version instead.
manual_is_clean() {
    mandoc -Tlint -Wwarning "$top_srcdir"/man/*.[1-9] > "$out"
    ! grep -v 'missing date' "$out"
}

# with_parts: the commands, each followed by those of its own.
with_parts() {
    for command in $commands; do
        echo "$command"
        commands_of "$command" --help | sed "s/^/$command /"
    done
}

commands=$(commands_of --help)
with_parts > "$scratch/commands"
count=$(wc -l < "$scratch/commands")
echo "1..$((28 + 8 * count))"
check "--help explains on standard output" helps
check "--version tells version, licence and build" versions
check "without a command the usage goes to standard error, status 2" lonely
check "an unknown command is refused with status 2" unknown_command
check "the refusal lists the commands" names_all
check "there are commands" test "$count" -gt 4
while read -r command; do
    # shellcheck disable=SC2086
    set -- $command
    check "$command --help and its topics fit a screen" command_helps "$@"
    check "$command refuses an unknown option with status 2" command_refuses "$@"
    check "the manual has all options of $command" manual_has "$@"
    check "the completion offers the options of $command" completes_options "$@"
    check "an option of $command with an empty value is refused" each_option empty_refused "$@"
    check "an option of $command that is given twice is refused" each_option twice_refused "$@"
    check "a number of $command beyond 64 bits is refused" each_option endless_refused "$@"
    check "the help of $command that cannot be written is an error" loses_nothing "$@" --help
done < "$scratch/commands"
check "--help TOPIC lists the names" topics_explained
check "every option is in a topic" sections_are_complete
check "every scheme, placement, strategy, model and key is found from the help" topics_lead_to_names
check "the manual explains every name of a table" names_explained
check "the completion offers the commands" completes_commands
check "the completion offers the words that options take" completes_words
check "the completion offers keys of workloads and models" completes_keys
check "the completion completes the last element of a list" completes_lists
check "the completion offers files where one is expected" completes_files
check "manual and completion have every shipped model" models_named
check "the help shows the options that take values" options_are_many
check "results that cannot be written are an error" results_are_not_lost
check "tables fit 80 columns" tables_fit
check "runs that would measure nothing are refused" refuses_empty_windows
check "a placement of a trace is written, and read by a run" partitions_a_trace
check "a leader timeout that is too short gives a warning" hasty
check "invalid limits of a run are refused" refuses_limits
check "filters of messages that match nothing, or without a trace, and a full disk, are refused" \
    refuses_message_filters
check "commands under way are refused in an open loop" refuses_outstanding_in_an_open_loop
check "the printed command reproduces a failure" failures_are_reproduced
check "an aborted run prints the command that reproduces it" aborts_are_reported
if command -v mandoc > /dev/null; then
    check "the manual pages are well-formed" manual_is_clean
else
    number=$((number + 1))
    echo "ok $number - the manual pages are well-formed # SKIP mandoc is not installed"
fi
exit 0
