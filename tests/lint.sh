#!/bin/sh
# make lint: static analysis of all C files by what is installed. Usage: lint.sh BUILD-DIRECTORY
: "${1:?build directory}"
status=0
files="aviary.c $(find base proto workloads analysis sim rdma tests -name '*.c' | sort)"
checks="-*,clang-analyzer-*,bugprone-*,-bugprone-easily-swappable-parameters"
checks="$checks,-clang-analyzer-security.insecureAPI.*,-clang-analyzer-valist.Uninitialized"
checks="$checks,-clang-analyzer-optin.portability.UnixAPI,-bugprone-reserved-identifier"
checks="$checks,-bugprone-sizeof-expression,-clang-analyzer-optin.performance.Padding"
checks="$checks,-bugprone-implicit-widening-of-multiplication-result"
flags="-std=c17 -I. -I$1 -isystem /usr/include/scotch -D_POSIX_C_SOURCE=200809L -DHAVE_CONFIG_H"

# shellcheck disable=SC2086
if command -v cppcheck > /dev/null; then
    cppcheck --quiet --error-exitcode=1 --std=c11 --inline-suppr -I. -D_POSIX_C_SOURCE=200809L \
        --enable=warning,performance,portability --suppress=missingIncludeSystem $files || status=1
else
    echo "lint: cppcheck is not installed (apt-get install cppcheck)"
fi
# shellcheck disable=SC2086
if command -v clang-tidy > /dev/null; then
    clang-tidy --quiet --warnings-as-errors='*' \
        --checks="$checks" \
        $files -- $flags || status=1
else
    echo "lint: clang-tidy is not installed (apt-get install clang-tidy)"
fi
if command -v shellcheck > /dev/null; then
    shellcheck bootstrap quickstart .ci/run tests/*.sh tests/*/*.sh tests/softroce/run \
        tests/softroce/bin/* || status=1
else
    echo "lint: shellcheck is not installed (apt-get install shellcheck)"
fi
exit $status
