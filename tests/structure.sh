#!/bin/sh
# The folders: includes between them form no cycle, so that each can be read after those that it
# uses; folders and files have a limited size. Prints TAP.
: "${top_srcdir:=.}" "${AWK:=awk}"
cd "$top_srcdir" || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
folders='base proto workloads analysis sim rdma tests'

# report NUMBER NAME: standard input holds the findings.
report() {
    cat > "$scratch/findings"
    if [ -s "$scratch/findings" ]; then
        sed 's/^/# /' "$scratch/findings"
        echo "not ok $1 - $2"
    else
        echo "ok $1 - $2"
    fi
}

# includes FILE...: a line `FOLDER INCLUDED-FOLDER` for each include of another folder.
includes() {
    # shellcheck disable=SC2016
    "$AWK" '/^#include "/ {
        from = FILENAME; sub("/[^/]*$", "", from)
        to = $2; gsub("\"", "", to)
        if (sub("/[^/]*$", "", to) && from != to) print from, to
    }' "$@" | sort -u
}

# cycles: of the lines `FROM TO` on standard input, those that lie on a cycle.
cycles() {
    tsort 2>&1 > /dev/null | sed -n 's/^tsort: \([a-z/]*\)$/\1/p'
}

echo 1..4
# shellcheck disable=SC2016,SC2046,SC2086
{
    includes $(find $folders -name '*.[ch]') | cycles | report 1 "includes of folders form no cycle"
    {
        printf 'proto sim\nsim base\nbase proto\n' | cycles | grep -q proto ||
            echo "not detected"
    } | report 2 "a planted cycle of folders is detected"
    find $folders -name '*.[ch]' -exec wc -l {} + |
        "$AWK" '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines" }' |
        report 3 "files have at most 600 lines"
    find $folders -name '*.c' | sed 's|/[^/]*$||' | sort | uniq -c |
        "$AWK" '$1 > 25 { print $2 ": " $1 " sources" }' |
        report 4 "folders have at most 25 sources"
}
exit 0
