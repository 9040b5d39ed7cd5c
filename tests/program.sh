#!/bin/sh
# The command line of the program: help, version, refusals; and help, manual page and completion
# must agree about options. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
aviary=$top_builddir/aviary
manual=$top_srcdir/man/aviary.1
completion=$top_srcdir/completion/aviary.bash
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
out=$scratch/out
err=$scratch/err

# exits STATUS ARGUMENT...: the program ends with this status; its output is kept.
exits() {
    expected=$1
    shift
    "$aviary" "$@" > "$out" 2> "$err" < /dev/null
    status=$?
    [ "$status" = "$expected" ] && return 0
    echo "aviary $*: status $status, expected $expected"
    cat "$err"
    return 1
}

prints() { grep -e "$1" "$out" || { echo "standard output lacks: $1"; cat "$out"; return 1; }; }
reports() { grep -e "$1" "$err" || { echo "standard error lacks: $1"; cat "$err"; return 1; }; }
silent() { [ ! -s "$1" ] || { echo "unexpected:"; cat "$1"; return 1; }; }

helps() { exits 0 --help && prints usage && prints 'exit status' && silent "$err"; }
versions() {
    exits 0 --version && prints '^aviary [0-9]' && prints GPL-3.0-or-later && prints CFLAGS=
}
without_command() { exits 2 && reports usage && silent "$out"; }
unknown_command() { exits 2 fly && reports "unknown command 'fly'" && silent "$out"; }

names_all() {
    for command in $commands; do reports "$command" || return 1; done
}

# For the following, a command is one word or, as for trace, several.
command_helps() {
    exits 0 "$@" --help && prints "aviary $*" && silent "$err" || return 1
    awk -v c="$*" 'length($0) > 100 { print c " --help: line " NR " is too wide"; bad = 1 }
        END { if (NR > 60) { print c " --help: " NR " lines fit no screen"; bad = 1 } exit bad }' \
        "$out"
}

command_refuses() { exits 2 "$@" --no-such-option && reports no-such-option && silent "$out"; }

# long_options COMMAND...: those that its help names.
long_options() { "$aviary" "$@" --help | grep -oE -e '--[a-z][a-z-]+' | sort -u; }

manual_describes() {
    missing=0
    # shellcheck disable=SC2013
    for option in $(long_options "$@"); do
        sed 's/\\-/-/g; s/\\&//g' "$manual" | grep -qwe "${option#--}" && continue
        echo "$option of $* is not in the manual"
        missing=1
    done
    return "$missing"
}

# help_topics: those that the help of `aviary run` names, on the line after "TOPIC".
help_topics() { "$aviary" run --help | sed -n '/TOPIC is one of/{n;p;}'; }

topics_explained() {
    [ "$(help_topics | wc -w)" -gt 3 ] || { echo "too few topics"; return 1; }
    for topic in $(help_topics); do
        exits 0 run --help "$topic" && silent "$err" || return 1
        exits 0 compare "--help=$topic" && prints '^  [a-z]' || return 1
    done
    exits 2 run --help no-such-topic && reports workloads && silent "$out"
}

# The help lists strategies, schemes and keys.
topics_list_names() {
    exits 0 run --help schemes && prints dynastar && exits 0 run --help placements &&
        prints file:PATH && prints fennel && exits 0 run --help planning && prints metis-relabel &&
        exits 0 run --help workloads && prints zipf=
}

completes_words() {
    completed run --planning "" > "$out" && prints '^scotch-remap$' &&
        completed run -s "" > "$out" && prints '^dynastar$' &&
        completed run -p "" > "$out" && prints '^fennel$' && prints '^hash$' &&
        completed run --help "" > "$out" && prints '^workloads$' &&
        completed run --transfer "" > "$out" && prints '^lazy$'
}

# completed WORD...: what the completion offers after these words.
completed() {
    PATH=$top_builddir:$PATH bash -c '. "$0"; COMP_WORDS=(aviary "$@"); COMP_CWORD=$#
        _aviary; printf "%s\n" "${COMPREPLY[@]}"' "$completion" "$@"
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

# Every model that is shipped is named: by the refusal of another, the manual, the completion.
models_named() {
    exits 2 run -m no-such-model && silent "$out" || return 1
    models=$(sed -n 's/.*there are \(.*\), or give.*/\1/p' "$err")
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

# empty_refused COMMAND OPTION...: an option without a value, as an unset variable leaves it.
empty_refused() {
    command=$1
    shift
    for option; do
        exits 2 "$command" "$option" "" && reports '--[a-z-]*: expected .*, found nothing' &&
            silent "$out" || return 1
    done
}

empties_refused() {
    for option in workload placement model db faults duration; do
        exits 2 run "--$option=" && reports "--$option: expected" || return 1
    done
    for command in run compare; do
        empty_refused "$command" -s -k -w -p -m --db --faults --seed || return 1
    done
    empty_refused emulate -w -p --db --transport --cluster --crash
}

# The command that a failed run prints fails in the same way in a shell, also for a comparison.
failures_are_reproduced() {
    db=$scratch/it\'s.db
    exits 1 compare -s ssmr -k 2,4 --plant no-signals -w chirper:users=200 --commands 3k \
        --clients 64 --seed 5 --db "$db" && prints '^run 2 (ssmr, 4 partitions, seed 5):' &&
        prints '^run 1 again: aviary run -s ssmr -k 2 ' || return 1
    # shellcheck disable=SC2016
    sed -n 's/^run 2 again: aviary/"$aviary"/p' "$out" > "$scratch/again"
    # shellcheck source=/dev/null
    (. "$scratch/again") > "$out" 2>&1
    [ $? = 1 ] && prints '^run 3 (ssmr, 4 partitions, seed 5):' &&
        prints '^again: aviary run -s ssmr -k 4 .*--seed=5 '
}

# in_the_midst PROCESS: returns when it has had half a second of a processor; false: it has ended.
in_the_midst() {
    ticks=0
    until [ "$ticks" -gt 50 ]; do
        ticks=$(awk '{ print $14 }' "/proc/$1/stat") || return 1
    done
}

# The run ends by itself after a minute, if the signal has no effect.
aborts_are_reported() {
    # shellcheck disable=SC3045
    ulimit -c 0
    "$aviary" run -k 1 -w chirper:users=100 --duration 1h --max-wall 1min \
        --db "$scratch/abort.db" > "$out" 2> "$err" &
    in_the_midst $! && kill -ABRT $! && ! wait $! && reports '^aborted .* s of virtual time' &&
        reports '^again: aviary run -s ssmr -k 1 --workload=chirper:users=100 --duration=1h '
}

# The pages of file formats go without a date: what they describe has a version instead.
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
echo "1..$((17 + 4 * count))"
check "--help prints the usage on standard output" helps
check "--version prints version, licence and build" versions
check "without a command the usage goes to standard error, status 2" without_command
check "an unknown command is refused with status 2" unknown_command
check "the refusal of an unknown command lists all commands" names_all
check "the help lists more than four commands" test "$count" -gt 4
while read -r command; do
    # shellcheck disable=SC2086
    set -- $command
    check "$command --help fits on a screen" command_helps "$@"
    check "$command refuses an unknown option with status 2" command_refuses "$@"
    check "the manual describes all options of $command" manual_describes "$@"
    check "the completion offers the options of $command" completes_options "$@"
done < "$scratch/commands"
check "--help TOPIC explains every topic and refuses others" topics_explained
check "--help TOPIC lists schemes, placements, strategies and keys" topics_list_names
check "the completion offers the commands" completes_commands
check "the completion offers the words that options take" completes_words
check "manual and completion name every model that is shipped" models_named
check "an option with an empty value is refused with status 2" empties_refused
check "a leader timeout that is too short gives a warning" hasty
check "invalid limits of a run are refused" refuses_limits
check "the command that a failed run prints reproduces the failure" failures_are_reproduced
check "an aborted run prints the command that reproduces it" aborts_are_reported
if command -v mandoc > /dev/null; then
    check "the manual pages are well-formed" manual_is_clean
else
    number=$((number + 1))
    echo "ok $number - the manual pages are well-formed # SKIP mandoc is not installed"
fi
exit 0
