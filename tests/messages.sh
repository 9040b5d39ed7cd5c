#!/bin/bash
# The files in tests/messages are runs, as lines of a trace of messages (aviary run --messages) that
# a reader can follow. Each begins with what it shows, and how it is run:
#
#   # about     what happens
#   # run       options of aviary run, as a shell reads them
#   # command   a line of its trace file
#   # fault     a line of its fault script, if there is one
#
# AVIARY_UPDATE=1 writes the traces anew. Prints TAP.
: "${top_srcdir:=.}" "${top_builddir:=.}"
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

# given NAME: the lines of that kind in $file.
given() {
    sed -n "s/^# $1  *//p" "$file"
}

# trace: runs what $file says; its messages are in $scratch/messages.
trace() {
    local options=()
    rm -f "$scratch"/*
    given command > "$scratch/commands"
    given fault > "$scratch/faults"
    eval "options=($(given run))"
    [ -s "$scratch/faults" ] && options+=(--faults "$scratch/faults")
    "$top_builddir/aviary" run -w "$scratch/commands" --db "$scratch/db" \
        --messages "$scratch/messages" "${options[@]}" > "$scratch/out" 2>&1
}

files=("$top_srcdir"/tests/messages/*.txt)
if [ -n "$AVIARY_UPDATE" ]; then
    for file in "${files[@]}"; do
        trace || cat "$scratch/out"
        { sed -n '/^#/p' "$file" && cat "$scratch/messages"; } > "$scratch/new" &&
            cat "$scratch/new" > "$file"
    done
    exit
fi

echo "1..${#files[@]}"
tests=0
for file in "${files[@]}"; do
    tests=$((tests + 1))
    if ! trace; then
        sed 's/^/# /' "$scratch/out"
        echo "not ok $tests - $(given about)"
    elif sed '/^#/d' "$file" | diff - "$scratch/messages" > "$scratch/difference"; then
        echo "ok $tests - $(given about)"
    else
        sed 's/^/# /' "$scratch/difference"
        echo "not ok $tests - $(given about)"
    fi
done
exit 0
