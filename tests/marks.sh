#!/bin/sh
# Each rare path of the protocols (proto/mark.h) is taken by some seed of the swarm. Arguments: the
# files in which the swarm's programs have counted them. Prints TAP.
: "${AWK:=awk}"
[ $# -gt 0 ] || { echo "usage: marks.sh FILE..." >&2; exit 99; }
# shellcheck disable=SC2016 # awk's own variables
cat "$@" | "$AWK" '
    !($2 in reached) { name[++names] = $2 }
    { reached[$2] += $1 }
    END {
        print "1.." (names > 0 ? names : 1)
        if (names == 0) print "not ok 1 - there are marks"
        for (i = 1; i <= names; i++)
            printf "%s %d - %s is reached (%d times)\n", reached[name[i]] ? "ok" : "not ok", i,
                name[i], reached[name[i]]
    }'
exit 0
