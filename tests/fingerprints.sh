#!/bin/sh
# The runs of fingerprints.txt have the fingerprints listed there: moving or renaming code changes
# none. Prints TAP. AVIARY_UPDATE=1 writes the file anew, for a commit that changes nothing else and
# gives those lines and the reason.
: "${top_srcdir:=.}" "${top_builddir:=.}"
list=$top_srcdir/tests/fingerprints.txt
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

# fingerprint "OPTIONS [; FAULT]...": the fingerprint and events of a run with these options.
fingerprint() {
    printf '%s\n' "$1" | tr ';' '\n' | sed 1d > "$scratch/faults"
    options=${1%%;*}
    [ -s "$scratch/faults" ] && options="$options --faults $scratch/faults"
    # shellcheck disable=SC2086 # one word an option
    "$top_builddir/aviary" run $options --db "$scratch/db" > "$scratch/out" 2> "$scratch/errors"
    rm -f "$scratch/db"
    found=$(sed -n 's/^fingerprint \([0-9a-f]*\),.*/\1/p' "$scratch/out")
    [ -n "$found" ] || sed 's/^/# /' "$scratch/errors"
}

if [ -n "$AVIARY_UPDATE" ]; then
    sed -n '/^#/p' "$list" > "$scratch/new"
    sed '/^#/d; s/^[^ ]* *//' "$list" > "$scratch/runs"
    while read -r run; do
        fingerprint "$run"
        echo "${found:-none} $run" >> "$scratch/new"
    done < "$scratch/runs"
    cat "$scratch/new" > "$list"
    exit
fi

echo "1..$(sed '/^#/d' "$list" | wc -l)"
tests=0
sed '/^#/d' "$list" > "$scratch/runs"
while read -r expected run; do
    tests=$((tests + 1))
    fingerprint "$run"
    if [ "$found" = "$expected" ]; then
        echo "ok $tests - $run"
    else
        echo "# fingerprint '$found', expected '$expected'"
        echo "not ok $tests - $run"
    fi
done < "$scratch/runs"
exit 0
