#!/bin/sh
# House rules a machine can check: lengths, blanks, and no words that admit unfinished work.
# Prints TAP.
: "${top_srcdir:=.}" "${AWK:=awk}"
cd "$top_srcdir" || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

folders=$(for fragment in [a-z]*/Makefile.inc; do echo "${fragment%/*}"; done)
# shellcheck disable=SC2086
c_files=$(echo aviary.c; find $folders -name '*.[ch]' | sort)
texts=$(find ./*.md README* doc configure.ac Makefile.am m4 man completion .ci [a-z]*/Makefile.inc \
    tests/*.sh tests/*/*.sh tests/softroce/run tests/softroce/bin bootstrap quickstart \
    -maxdepth 1 -type f 2> /dev/null)

# The words are put together here so that this file does not hold them.
words="TO""DO|FIX""ME|X""XX|HA""CK|st""ub|st""ubs|place""holder|unimpl""emented|not impl""emented"

# Things are not persons, so these words and former names do not occur; users of the social network
# (workloads/generate) are.
persons="wh""o|wh""om|wh""oever|no""body|some""body|any""body|every""body|some""one|any""one"
persons="$persons|every""one|so-man""ieth|do""or|in va""in"

# report NUMBER NAME: standard input holds the findings.
report() {
    cat > "$scratch/findings"
    if [ -s "$scratch/findings" ]; then
        sed 's/^/# /' "$scratch/findings"
        echo "not ok $1 - $2"
    else
        echo "ok $1 - $2"
    fi
}

# Assertions for each 100 lines of a folder; fewer than three are a finding.
assertions() {
    # shellcheck disable=SC2016
    find "$1" -name '*.[ch]' -exec cat {} + | "$AWK" -v folder="$1" '
        /^ +.*ASSERT\(/ { count++ }
        END { if (100 * count < 3 * NR) print folder ": " count " assertions in " NR " lines" }'
}

echo 1..12
# shellcheck disable=SC2016,SC2086,SC2046
{
    # Columns, not bytes: bytes 128 to 191 only continue a character.
    "$AWK" '{ line = $0; gsub(/[\200-\277]/, "", line) }
        length(line) > 100 { print FILENAME ":" FNR ": " length(line) " columns" }' \
        $c_files $texts | report 1 "lines have at most 100 columns"
    wc -l $c_files | "$AWK" '$2 != "total" && $1 > 600 { print $2 ": " $1 " lines" }' |
        report 2 "files have at most 600 lines"
    "$AWK" 'FNR == 1 { start = 0 }
        /^\{/ { start = FNR }
        /^\}/ && start {
            if (FNR - start - 1 > 70)
                print FILENAME ":" start ": function of " FNR - start - 1 " lines"
            start = 0
        }' $c_files | report 3 "functions have at most 70 lines"
    grep -nH "$(printf '\t')" $c_files | report 4 "no tabs in C files"
    grep -nHE '[[:blank:]]+$' $c_files $texts | report 5 "no blanks at the ends of lines"
    grep -nHwiE "$words" $c_files $texts | report 6 "no words that admit unfinished work"
    for file in $c_files; do
        [ "$(head -c 2 "$file")" = '/*' ] || echo "$file: starts without a comment on its purpose"
    done | report 7 "each C file begins with a comment on its purpose"
    for file in $c_files; do
        [ "$file" = aviary.c ] && continue
        name=${file#*/}
        grep -qE "%D%/${name%.c}( |\.c|\$)" "${file%%/*}/Makefile.inc" ||
            echo "$file is not named in ${file%%/*}/Makefile.inc"
    done | report 8 "each C file is named in the Makefile.inc of its folder"
    for folder in proto sim; do assertions "$folder"; done |
        report 9 "proto/ and sim/ have three assertions for each 100 lines"
    grep -nHE '(^|[^_[:alnum:]])assert *\(|<assert\.h>|NDEBUG' \
        $(echo "$c_files" | grep -v '^tests/') |
        report 10 "the product asserts by ASSERT, which no build leaves out"
    grep -nHwiE "$persons" aviary.c man/* completion/* .ci/run tests/Makefile.inc \
        $(find base proto sim workloads analysis rdma -type f ! -path 'workloads/generate/*') \
        $(find tests -name '*.[ch]' -o -name '*.sh' -o -path 'tests/softroce/run' \
            -o -path 'tests/softroce/bin/*') |
        grep -v 'wh''o follows wh''om' | report 11 "things are not persons"
    {
        grep -nHE '(^|[^_[:alnum:]])(strn?cat|strcpy|strerror) *\(' $c_files
        grep -nHE '(^|[^_[:alnum:]])v?sprintf *\(' $(echo "$c_files" | grep -v '^tests/')
    } | report 12 "no strcat, strcpy, sprintf, which know no bound, nor strerror, not for threads"
}
exit 0
