#!/bin/sh
# Checks a claim of ARCHITECTURE.md by executing doc/a-scheme.md and doc/a-multicast.md in a copy of
# the sources: each file that they show is created, each line that they mark with + is added, each
# command is run, and each extension must have taken one file, one line and one line of a
# Makefile.inc. Prints TAP.
# shellcheck disable=SC2016,SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}" "${CC:=cc}" "${AWK:=awk}" "${NM:=nm}"
command -v automake > /dev/null || {
    echo "1..0 # SKIP automake, which a new source file takes, is not installed"
    exit 0
}
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
tutorial=$top_srcdir/doc/a-scheme.md
other_tutorial=$top_srcdir/doc/a-multicast.md
old_aviary=$(cd "$top_builddir" && pwd)/aviary
plain=$scratch/plain
tree=$scratch/tree
blocks=$scratch/blocks
swarm_seeds=200

# copy_sources: without build products, in this directory or in others below it.
copy_sources() {
    mkdir "$plain" "$tree" "$blocks"
    (cd "$top_srcdir" && {
        find . -mindepth 2 -name config.status | sed 's|/config.status$||'
        printf '%s\n' ./.git ./config.status ./config.h ./Makefile './*.tar.*' '*.o' '*.a' '*.db'
    } > "$scratch/built" && tar cf - -X "$scratch/built" .) | tar xf - -C "$plain"
    chmod -R u+w "$plain" && cp -Rp "$plain/." "$tree"
}

# cut_tutorials: each fenced block that names a file, or a command, into a file; list: their kinds.
cut_tutorials() {
    "$AWK" -v at="$blocks/" '
        /^```./ { print ++count, substr($1, 4), $2 > (at "list"); out = at count; next }
        /^```/ { out = ""; next }
        out { print > out }' "$tutorial" "$other_tutorial"
}

# add_line FILE BLOCK: adds the line that the block marks with + at the place of its other lines.
add_line() {
    "$AWK" '
        NR == FNR {
            if (/^\+/) { added = substr($0, 2); after = count } else want[++count] = substr($0, 2)
            next
        }
        { line[++lines] = $0 }
        END {
            for (i = 1; i + count - 1 <= lines; i++) {
                for (j = 1; j <= count && line[i + j - 1] == want[j]; j++);
                if (j > count) { found++; place = i + after }
            }
            for (i = 1; i <= lines; i++) {
                if (i == place) print added
                print line[i]
            }
            exit found != 1
        }' "$2" "$1" > "$scratch/changed" ||
        { echo "expected one place in $1 for:"; cat "$2"; return 1; }
    cat "$scratch/changed" > "$1"
}

# apply NUMBER KIND FILE: applies the block.
apply() {
    if [ "$2" = diff ]; then
        add_line "$tree/$3" "$blocks/$1"
    else
        [ ! -e "$tree/$3" ] && cp "$blocks/$1" "$tree/$3"
    fi
}

# took EXTENSIONS: these took one file, line and line of Makefile.inc each, and no more.
took() {
    diff -r "$plain" "$tree" > "$scratch/diff"
    "$AWK" -v want="$1" '
        /^diff / { file = $NF }
        /^Only in/ { files++ }
        /^</ { removed++ }
        /^>/ { if (file ~ /\/Makefile\.inc$/) in_makefiles++; else lines++ }
        END {
            printf "%d files, %d lines, %d in Makefile.inc, %d removed; expected %d each, 0\n",
                files, lines, in_makefiles, removed, want
            exit files != want || lines != want || in_makefiles != want || removed
        }' "$scratch/diff" || { cat "$scratch/diff"; return 1; }
}

# extends FILE EXTENSIONS: the blocks from the one that creates the file on, up to the next such.
extends() {
    "$AWK" -v file="$1" '$2 == "c" { on = $3 == file } on && $2 != "sh"' "$blocks/list" \
        > "$scratch/extension"
    while read -r block; do
        # shellcheck disable=SC2086
        apply $block || return 1
    done < "$scratch/extension"
    took "$2"
}

# more_is_detected EXTENSIONS: a line more, and a line less.
more_is_detected() {
    cp "$tree/ARCHITECTURE.md" "$scratch/kept"
    echo >> "$tree/ARCHITECTURE.md"
    took "$1" && return 1
    sed 1d "$scratch/kept" > "$tree/ARCHITECTURE.md"
    took "$1" && return 1
    cp "$scratch/kept" "$tree/ARCHITECTURE.md"
    took "$1"
}

# does NUMBER STATUS: the commands of the block end with that status, and no test has failed: test
# programs with TAP end with 0 in any case. Inherited descriptors are closed: if 4 is open, the job
# server of make takes 3 and 5, and config.status, which that make runs, opens its log as 5.
does() {
    (cd "$tree" && exec sh -e "$blocks/$1" 3>&- 4>&- 5>&- 6>&-) > "$scratch/output" 2>&1
    status=$?
    cat "$scratch/output"
    [ "$status" = "$2" ] || {
        echo "status $status, expected $2"
        grep -A 20 am--depfiles "$tree/build/config.log" # what config.status says only there
        return 1
    }
    ! grep '^not ok' "$scratch/output"
}

names_of() { "$1" run --help "$2" | sed -n 's/^  \([a-z][a-z0-9-]*\).*/\1/p'; }

# gained TOPIC COUNT: the help has that number of names more than that of the program without.
gained() {
    names_of "$old_aviary" "$1" > "$scratch/old"
    names_of "$tree/build/aviary" "$1" | grep -vxFf "$scratch/old"
    [ "$(names_of "$tree/build/aviary" "$1" | grep -cvxFf "$scratch/old")" = "$2" ]
}

# rules_hold SCRIPT: of the tests that look at sources or objects.
rules_hold() {
    (cd "$tree" && top_srcdir=. top_builddir=build sh "tests/$1") > "$scratch/rules"
    ! grep -v '^ok' "$scratch/rules" | grep -v '^1\.\.'
}

# Not the options of the make that runs this test.
unset MAKEFLAGS MFLAGS MAKELEVEL
MAKEFLAGS=-j2
CFLAGS=-O1
export MAKEFLAGS CFLAGS CC AWK NM

copy_sources && cut_tutorials || exit 99
files=$("$AWK" '$2 == "c" { print $3 }' "$blocks/list")
commands=$("$AWK" '$2 == "sh" { print $1 }' "$blocks/list")
# shellcheck disable=SC2086
echo "1..$(($(printf '%s\n' $files $commands | wc -l) + 9))"
extensions=0
for file in $files; do
    extensions=$((extensions + 1))
    check "$file takes one line, and one of a Makefile.inc" extends "$file" $extensions
done
check "a line more or less would be noticed" more_is_detected $extensions
for block in $commands; do
    status=$("$AWK" -v n="$block" '$1 == n { print $3 + 0 }' "$blocks/list")
    check "status $status: $(head -n 1 "$blocks/$block")" does "$block" "$status"
done
check "a placement is listed by itself, and one as a strategy" gained placements 2
check "a strategy is listed" gained planning 1
check "a scheme is listed" gained schemes 1
check "a multicast is listed" gained multicasts 1
check "their planted bugs are listed" gained bugs 2
check "the swarm of the tutorial has $swarm_seeds seeds" \
    grep -q "AVIARY_SEEDS=$swarm_seeds " "$tutorial"
check "the house rules hold" rules_hold tidy.sh
check "the core is pure" rules_hold purity.sh
exit 0
