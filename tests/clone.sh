#!/bin/bash
# A copy of the sources in a directory with a space in its name: quickstart builds there from the
# first step on and prints its table; the build can be tested and installed. Prints TAP.
# shellcheck disable=SC2317
: "${top_srcdir:=.}"
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
home="$scratch/with a space/aviary"
bin=$scratch/bin
# Options and jobs of the make that runs this test are not for the makes below.
unset MAKEFLAGS MFLAGS MAKELEVEL

# The files of a clone if everything were committed.
sources() { git -C "$top_srcdir" ls-files -z --cached --others --exclude-standard; }

sources 2> /dev/null | grep -qz . || {
    echo "1..0 # SKIP these sources are no clone"
    exit 0
}
mkdir -p "$home" "$bin"
sources | tar -C "$top_srcdir" --null -T - -c | tar -C "$home" -x || exit 99
# Nothing is installed here, whatever is missing.
printf '#!/bin/sh\necho installed\n' > "$bin/dpkg-query"
chmod +x "$bin/dpkg-query"

in_clone() { cd "$home" && PATH=$bin:$PATH "$@" < /dev/null; }

# -O1 takes half the time of -O3, and the figures are the same.
quickstarts() {
    CFLAGS=-O1 in_clone ./quickstart > "$scratch/output" 2>&1 &&
        [ "$(grep -cE '^(smr|ssmr|dssmr|dynastar) ' "$scratch/output")" = 32 ] && return
    cat "$scratch/output"
    return 1
}

# A script that reads the sources, one that reads objects, a program that reads files of tests/; no
# other test program is built.
tested() {
    in_clone make -s -C build check-TESTS check_PROGRAMS=tests/fuzz/fuzz_trace \
        TESTS='tests/tidy.sh tests/purity.sh tests/fuzz/fuzz_trace'
}

installed() {
    in_clone make -s -C build install DESTDIR="$scratch/another place" &&
        "$scratch/another place/usr/local/bin/aviary" --version
}

echo 1..3
check "quickstart builds and compares in a directory with a space in its name" quickstarts
check "tests run there" tested
check "from there it is installed to another place with a space" installed
exit 0
