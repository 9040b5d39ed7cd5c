#!/bin/sh
# The protocol core is pure: its objects call only a few memory functions, keep no global state, and
# no folder includes one of an outer layer. Prints TAP.
: "${top_srcdir:=.}" "${top_builddir:=.}" "${NM:=nm}" "${AWK:=awk}" "${CC:=cc}"
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

# Functions that the core may call: plain memory, also by base/memory.h, sorting, ASSERT; then those
# that compilers insert (stack protector, 128-bit arithmetic, position-independent code, sanitizers,
# coverage).
allowed='^(memcpy|memmove|memset|memcmp|free|qsort)$
^(strlen|strcmp|strncmp|strspn|strcspn)$
^(allocate|allocate_zeroed|reallocate|array_grow|array_grow32)$
^(assert_failed|__stack_chk_fail|_GLOBAL_OFFSET_TABLE_|__(u?div|u?mod)ti3|__popcountdi2)$
^__(asan|ubsan|tsan|sanitizer|sancov|gcov|llvm)_'

# impurities ARCHIVE: one line for each symbol that the archive must not need or hold.
impurities() {
    # Field layout of nm -f sysv: archive:object:name|value|class|type|size|line|section
    # shellcheck disable=SC2016
    "$NM" -A -f sysv "$1" | tr -d ' ' | "$AWK" -F'|' -v allowed="$allowed" '
        BEGIN { patterns = split(allowed, pattern, "\n") }
        function permitted(object, name,    i) {
            if (object == "partitioner_metis.o" && name ~ /^METIS_/) return 1
            if (object == "partitioner_scotch.o" && name ~ /^SCOTCH_/) return 1
            for (i = 1; i <= patterns; i++) if (name ~ pattern[i]) return 1
            return 0
        }
        NF >= 7 {
            n = split($1, place, ":")
            object = place[n - 1]
            name = place[n]
            if ($3 == "U" || $3 == "w") need[object SUBSEP name] = 1
            else if ($3 ~ /[A-Z]/) have[name] = 1
            if ($4 == "OBJECT" && $7 ~ /^\.(data|bss|tdata|tbss)/ && $7 !~ /^\.data\.rel\.ro/ &&
                name !~ /^(__|\.L)/)
                print object " keeps the global variable " name
        }
        END {
            for (key in need) {
                split(key, part, SUBSEP)
                if (!(part[2] in have) && !permitted(part[1], part[2]))
                    print part[1] " needs " part[2]
            }
        }' | sort
}

# foreign_includes FOLDER ALLOWED-PATTERN: include lines of the folder that do not match the
# pattern.
foreign_includes() {
    find "$top_srcdir/$1" -name '*.[ch]' 2>/dev/null | sort | while read -r file; do
        grep -nH '^[[:space:]]*#[[:space:]]*include' "$file"
    done | grep -Ev "$2"
}

tests=0
# report NAME FILE: ok when the file with the findings is empty.
report() {
    tests=$((tests + 1))
    if [ -s "$2" ]; then
        sed 's/^/# /' "$2"
        echo "not ok $tests - $1"
    else
        echo "ok $tests - $1"
    fi
}

# planted NAME SOURCE: a core holding this source must be found impure.
planted() {
    printf '%s\n' "$2" > "$scratch/planted.c"
    $CC -c -o "$scratch/planted.o" "$scratch/planted.c" || exit 99
    cp "$top_builddir/proto/libproto.a" "$scratch/planted.a"
    ar r "$scratch/planted.a" "$scratch/planted.o"
    impurities "$scratch/planted.a" | grep -q '^planted.o' ||
        echo "not detected" > "$scratch/missed"
    report "$1" "$scratch/missed"
    rm -f "$scratch/missed"
}

echo 1..10
"$NM" "$top_builddir/proto/libproto.a" 2>/dev/null | grep -q ' T ' ||
    echo "no function in proto/libproto.a" > "$scratch/empty"
[ -e "$scratch/empty" ] || : > "$scratch/empty"
report "the archive of the core defines functions" "$scratch/empty"

impurities "$top_builddir/proto/libproto.a" > "$scratch/objects"
report "the core calls no foreign function and keeps no global state" "$scratch/objects"

planted "a call of printf planted in the core is detected" \
    '#include <stdio.h>
    void planted(void); void planted(void) { printf("%d", 1); }'
planted "a static counter planted in the core is detected" \
    'int planted(void); int planted(void) { static int counter; return ++counter; }'

headers='<(limits|stdalign|stdbool|stddef|stdint|stdlib|string)\.h>'
base='"base/(assert|memory|random|search)\.h"'
metis='partitioner_metis\.c:[0-9]+:#include <metis\.h>'
scotch='partitioner_scotch\.c:[0-9]+:#include <(stdio|scotch)\.h>'
foreign_includes proto "\"proto/|$base|$headers|$metis|$scotch" > "$scratch/proto"
report "proto/ includes only itself and a few headers" "$scratch/proto"
foreign_includes base '"base/|"config\.h"|<' > "$scratch/base"
report "base/ includes only itself" "$scratch/base"
foreign_includes workloads '"(workloads|proto|base)/|<' > "$scratch/workloads"
report "workloads/ includes only itself, proto/ and base/" "$scratch/workloads"
foreign_includes analysis '"(analysis|workloads|proto|base)/|"config\.h"|<' > "$scratch/analysis"
report "analysis/ includes only itself, workloads/, proto/ and base/" "$scratch/analysis"
foreign_includes sim '"(sim|analysis|workloads|proto|base)/|"config\.h"|<' > "$scratch/sim"
report "sim/ never includes rdma/" "$scratch/sim"
foreign_includes rdma '"(rdma|analysis|workloads|proto|base)/|"config\.h"|<' > "$scratch/rdma"
report "rdma/ never includes sim/" "$scratch/rdma"
exit 0
