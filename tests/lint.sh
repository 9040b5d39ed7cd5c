#!/bin/sh
# make lint: static analysis of all C files and scripts by the installed tools, on all processors.
# Usage: lint.sh BUILD-DIRECTORY [C-FILE...]
build=${1:?build directory}
shift
# shellcheck disable=SC2046
[ $# -gt 0 ] || set -- aviary.c $(find base proto workloads analysis sim rdma tests -name '*.c')
jobs=$(nproc)
status=0

# have TOOL
have() {
    command -v "$1" > /dev/null && return
    echo "lint: $1 is not installed (apt-get install $1)"
    return 1
}

if have cppcheck; then
    cppcheck -j "$jobs" --quiet --error-exitcode=1 --std=c11 --inline-suppr -I. \
        -D_POSIX_C_SOURCE=200809L --enable=warning,performance,portability \
        --suppress=missingIncludeSystem "$@" || status=1
fi
# Findings are printed by file, and only for files with an error. See .clang-tidy.
if have clang-tidy; then
    # shellcheck disable=SC2016
    printf '%s\n' "$@" | xargs -P "$jobs" -I '{}' sh -c '
        found=$(clang-tidy --quiet "$0" -- "$@" 2>&1) || { printf "%s\n" "$found"; exit 1; }' \
        '{}' -std=c17 -I. "-I$build" -isystem /usr/include/scotch -D_POSIX_C_SOURCE=200809L \
        -DHAVE_CONFIG_H '-DSOURCE_DIRECTORY=""' || status=1
fi
if have shellcheck; then
    shellcheck bootstrap quickstart .ci/run tests/*.sh tests/*/*.sh tests/softroce/run \
        tests/softroce/bin/* || status=1
fi
exit $status
