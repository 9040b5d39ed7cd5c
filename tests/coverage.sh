#!/bin/sh
# make coverage: executed lines per file of the folders, after the tests of a build that was
# configured with --enable-coverage. Run in the build directory.
ls proto/*/*.gcda > /dev/null 2>&1 || {
    echo "coverage: no lines were counted; configure with --enable-coverage" >&2
    exit 1
}
find base proto workloads analysis sim rdma -name '*.gcda' | while read -r data; do
    gcov -n -o "$(dirname "$data")" "$data" 2> /dev/null |
        awk -v file="${data%.gcda}.c" '
            /^File/ { wanted = index($0, file) > 0 }
            /^Lines executed/ && wanted {
                split($0, part, /[:% ]+/)
                printf "%6.1f %% of %5d lines  %s\n", part[3], part[5], file
                wanted = 0
            }'
done | sort -k 6
