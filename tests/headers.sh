#!/bin/sh
# Every header compiles alone, so that no file depends on the order of its includes. Prints TAP.
: "${top_srcdir:=.}" "${CC:=cc}" "${TEST_CFLAGS:=-std=c17 -I$top_srcdir}"

cd "$top_srcdir" || exit 99
# shellcheck disable=SC2046 # no header has a blank in its name
set -- $(find base proto workloads analysis sim rdma tests -name "*.h" | sort)
echo "1..$#"
number=0
for header; do
    number=$((number + 1))
    # An include guard must make the second inclusion harmless.
    # shellcheck disable=SC2086
    if output=$(printf '#include "%s"\n#include "%s"\nint only_a_header;\n' "$header" "$header" |
        $CC -I. $TEST_CFLAGS -Werror -fsyntax-only -x c - 2>&1); then
        echo "ok $number - $header"
    else
        printf '%s\n' "$output" | sed 's/^/# /'
        echo "not ok $number - $header"
    fi
done
exit 0
