#!/bin/sh
# make coverage: executed lines per file of the rooms, after the tests of a build that was
# configured with --enable-coverage. Run in the build directory.
ls proto/*.gcda > /dev/null 2>&1 || {
    echo "coverage: nothing was counted; configure with --enable-coverage" >&2
    exit 1
}
for room in proto workloads analysis sim rdma; do
    [ -d "$room" ] || continue
    for data in "$room"/*.gcda; do
        [ -e "$data" ] || continue
        gcov -n -o "$room" "$data" 2> /dev/null |
            awk -v file="$room/$(basename "$data" .gcda).c" '
                /^File/ { wanted = index($0, file) > 0 }
                /^Lines executed/ && wanted {
                    split($0, part, /[:% ]+/)
                    printf "%6.1f %% of %5d lines  %s\n", part[3], part[5], file
                    wanted = 0
                }'
    done
done | sort -k 6
