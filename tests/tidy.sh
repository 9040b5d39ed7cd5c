#!/bin/sh
# House rules a machine can check: lengths, blanks, and no words that admit unfinished work.
# Prints TAP.
: "${top_srcdir:=.}" "${AWK:=awk}"
cd "$top_srcdir" || exit 99
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT

rooms=$(for fragment in [a-z]*/Makefile.inc; do echo "${fragment%/*}"; done)
# shellcheck disable=SC2086
c_files=$(echo aviary.c; find $rooms -name '*.[ch]' | sort)
texts=$(find ./*.md README* configure.ac Makefile.am m4 man completion .ci [a-z]*/Makefile.inc \
    tests/*.sh tests/*/*.sh tests/softroce/run tests/softroce/bin bootstrap quickstart \
    -maxdepth 1 -type f 2> /dev/null)

# The words are put together here so that this file does not hold them.
words="TO""DO|FIX""ME|X""XX|HA""CK|st""ub|st""ubs|place""holder|unimpl""emented|not impl""emented"

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

echo 1..9
# shellcheck disable=SC2016,SC2086
{
    # Columns, not bytes: bytes 128 to 191 only continue a character.
    "$AWK" '{ line = $0; gsub(/[\200-\277]/, "", line) }
        length(line) > 100 { print FILENAME ":" FNR ": " length(line) " columns" }' \
        $c_files $texts | report 1 "lines have at most 100 columns"
    wc -l $c_files | "$AWK" '$2 != "total" && $1 > 900 { print $2 ": " $1 " lines" }' |
        report 2 "files have at most 900 lines"
    "$AWK" 'FNR == 1 { start = 0 }
        /^\{/ { start = FNR }
        /^\}/ && start {
            if (FNR - start - 1 > 70)
                print FILENAME ":" start ": function of " FNR - start - 1 " lines"
            start = 0
        }' $c_files | report 3 "functions have at most 70 lines"
    grep -nH "$(printf '\t')" $c_files | report 4 "no tabs in C files"
    grep -nHE '[[:blank:]]+$' $c_files $texts | report 5 "no blanks at the ends of lines"
    grep -nHwiE "$words" $c_files $texts | report 6 "no unfinished work"
    for file in $c_files; do
        [ "$(head -c 2 "$file")" = '/*' ] || echo "$file: starts without a comment on its purpose"
    done | report 7 "each C file says first what it is for"
    for file in $c_files; do
        [ "$file" = aviary.c ] && continue
        name=${file#*/}
        grep -qE "%D%/${name%.c}( |\.c|\$)" "${file%%/*}/Makefile.inc" ||
            echo "$file is not named in ${file%%/*}/Makefile.inc"
    done | report 8 "each C file takes part in the build"
    grep -nHE '(^|[^_[:alnum:]])(strn?cat|strcpy|strerror) *\(' $c_files |
        report 9 "no strcat and strcpy, which know no bound, nor strerror, not for threads"
}
exit 0
