#!/bin/bash
# What ./quickstart does on machines that lack things, played through with tools that only note
# down how they were called: no root, no network, nothing is installed. Prints TAP.
# shellcheck disable=SC2016,SC2317
: "${top_srcdir:=.}"
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
home="$scratch/with a space/aviary"
bin=$scratch/bin
calls=$scratch/calls
said=$scratch/said

# tool NAME SCRIPT: a tool that notes its call, then does as the script says.
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
    # As Automake's does, it refuses to be called by a path with a space.
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

quickstart() { PATH=$bin "$home/quickstart" "$@" > "$said" 2>&1; }
called() { grep -q "^$1" "$calls"; }
says() { grep -q -e "$1" "$said"; }

evidence() { sed 's/^/said: /' "$said"; sed 's/^/call: /' "$calls"; }

echo 1..12

everything_there() {
    fresh_machine
    quickstart && says 'the table' && says 'SELECT' && called bootstrap && called configure &&
        ! called apt-get
}
check "with all packages there nothing is installed, and the table is shown" everything_there

second_time() { : > "$calls"; quickstart && says 'the table' && called make && ! called conf; }
check "the second time nothing is configured again" second_time

moved() {
    sed -i 's|= .*|= /elsewhere|' "$home/build/Makefile"
    : > "$calls"
    quickstart && called configure && called 'make .*clean'
}
check "a build directory of sources elsewhere is configured anew and cleaned" moved

tests_instead() { quickstart check && called 'make .*check' && ! says 'the table'; }
check "quickstart check runs the tests" tests_instead

without_qemu() {
    fresh_machine
    tool dpkg-query 'case $* in *qemu*) exit 1;; esac
        echo installed'
    quickstart check && called 'make .*check' && says 'apt-get install qemu-system-x86$' &&
        ! called apt-get
}
check "without QEMU the tests are run, and it says what the RDMA tests want" without_qemu

package_missing() {
    fresh_machine
    without_metis
    quickstart && says 'missing.*libmetis-dev' && called 'apt-get install .* libmetis-dev$' &&
        says 'the table'
}
check "a missing package is named and installed, and only that" package_missing

by_sudo() {
    fresh_machine
    without_metis
    tool id 'echo 1000'
    tool sudo '"$@"'
    quickstart && called 'sudo env DEBIAN_FRONTEND=noninteractive apt-get' && says 'the table'
}
check "who is not root installs through sudo" by_sudo

no_sudo() {
    fresh_machine
    without_metis
    tool id 'echo 1000'
    ! quickstart && says 'apt-get install libmetis-dev' && ! called apt-get
}
check "without sudo it says what root should run" no_sudo

no_network() {
    fresh_machine
    without_metis
    tool apt-get 'exit 100'
    ! quickstart && called 'apt-get update' && says 'by hand' && says libmetis-dev && ! called make
}
check "when apt-get fails it fetches lists once, then gives up with the names" no_network

not_debian() {
    fresh_machine
    rm "$bin/dpkg-query" "$bin/apt-get"
    quickstart && says 'not Debian' && says libgsl-dev && says 'the table'
}
check "elsewhere than on Debian it names what is needed and builds" not_debian

build_fails() {
    fresh_machine
    tool make 'echo no such thing; exit 2'
    ! quickstart && says 'no such thing' && says quickstart.log
}
check "a failing build shows the end of its output and where the rest is" build_fails

nonsense() {
    fresh_machine
    quickstart fly
    [ $? = 2 ] && says usage && ! called make
}
check "an unknown argument gives the usage, status 2" nonsense
exit 0
