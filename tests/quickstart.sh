#!/bin/bash
# ./quickstart on machines that lack packages, run with tools that only log their calls: no root, no
# network, nothing is installed. Prints TAP.
# shellcheck disable=SC2016,SC2317
: "${top_srcdir:=.}"
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
home="$scratch/with a space/aviary"
bin=$scratch/bin
calls=$scratch/calls
output=$scratch/output

# tool NAME SCRIPT: a tool that logs its call, then runs the script.
tool() {
    rm -f "$bin/$1"
    printf '#!/bin/bash\necho "%s $*" >> "%s"\n%s\n' "$1" "$calls" "$2" > "$bin/$1"
    chmod +x "$bin/$1"
}

# A fresh clone on a Debian machine where everything is installed and the user is root.
fresh_machine() {
    rm -rf "$home" "$bin" "$calls"
    mkdir -p "$home" "$bin"
    : > "$calls"
    cp "$top_srcdir/quickstart" "$home/"
    for name in bash env sed grep tail mkdir dirname cat nproc chmod; do
        ln -s "$(command -v "$name")" "$bin/$name"
    done
    tool id 'echo 0'
    tool dpkg-query 'echo installed'
    tool apt-get ''
    tool make 'printf "#!/bin/sh\necho the table\n" > build/aviary; chmod +x build/aviary'
    # Like Automake's, it refuses to be called by a path with a space.
    printf '#!/bin/sh\ncase $0 in *\\ *) exit 1;; esac
        echo configure >> %s\necho "abs_top_srcdir = %s" > Makefile\n' \
        "$calls" "$home" > "$scratch/configure"
    printf '#!/bin/sh\necho bootstrap >> %s\ncat %s > configure\nchmod +x configure\n' \
        "$calls" "$scratch/configure" > "$home/bootstrap"
    chmod +x "$home/bootstrap"
}

# METIS is missing until apt-get install has been called.
without_metis() {
    tool dpkg-query "case \$* in *libmetis-dev*) grep -q 'apt-get install' '$calls' || exit 1;; esac
        echo installed"
}

quickstart() { PATH=$bin "$home/quickstart" "$@" > "$output" 2>&1; }
called() { grep -q "^$1" "$calls"; }
prints() { grep -q -e "$1" "$output"; }

evidence() { sed 's/^/output: /' "$output"; sed 's/^/call: /' "$calls"; }

echo 1..12

everything_there() {
    fresh_machine
    quickstart && prints 'the table' && prints 'SELECT' && called bootstrap && called configure &&
        ! called apt-get
}
check "with all packages present quickstart installs nothing and prints the table" everything_there

second_time() { : > "$calls"; quickstart && prints 'the table' && called make && ! called conf; }
check "a second quickstart does not configure again" second_time

moved() {
    sed -i 's|= .*|= /elsewhere|' "$home/build/Makefile"
    : > "$calls"
    quickstart && called configure && called 'make .*clean'
}
check "a build directory of other sources is configured anew and cleaned" moved

tests_instead() { quickstart check && called 'make .*check' && ! prints 'the table'; }
check "quickstart check runs the tests" tests_instead

without_qemu() {
    fresh_machine
    tool dpkg-query 'case $* in *qemu*) exit 1;; esac
        echo installed'
    quickstart check && called 'make .*check' && prints 'apt-get install qemu-system-x86$' &&
        ! called apt-get
}
check "without QEMU the tests are run, and the package for the RDMA tests is named" without_qemu

package_missing() {
    fresh_machine
    without_metis
    quickstart && prints 'missing.*libmetis-dev' && called 'apt-get install .* libmetis-dev$' &&
        prints 'the table'
}
check "a missing package is named and installed, and only that" package_missing

by_sudo() {
    fresh_machine
    without_metis
    tool id 'echo 1000'
    tool sudo '"$@"'
    quickstart && called 'sudo env DEBIAN_FRONTEND=noninteractive apt-get' && prints 'the table'
}
check "a user other than root installs through sudo" by_sudo

no_sudo() {
    fresh_machine
    without_metis
    tool id 'echo 1000'
    ! quickstart && prints 'apt-get install libmetis-dev' && ! called apt-get
}
check "without sudo the command for root is printed" no_sudo

no_network() {
    fresh_machine
    without_metis
    tool apt-get 'exit 100'
    ! quickstart && called 'apt-get update' && prints 'by hand' && prints libmetis-dev &&
        ! called make
}
check "when apt-get fails lists are fetched once, then the missing names printed" no_network

not_debian() {
    fresh_machine
    rm "$bin/dpkg-query" "$bin/apt-get"
    quickstart && prints 'not Debian' && prints libgsl-dev && prints 'the table'
}
check "on systems other than Debian the packages are named and the build is run" not_debian

build_fails() {
    fresh_machine
    tool make 'echo no such thing; exit 2'
    ! quickstart && prints 'no such thing' && prints quickstart.log
}
check "a failing build prints the end of its output and the place of the rest" build_fails

nonsense() {
    fresh_machine
    quickstart fly
    [ $? = 2 ] && prints usage && ! called make
}
check "an unknown argument gives the usage, status 2" nonsense
exit 0
