#!/bin/bash
# README and doc/figures.md quote output of the program. Each command of an indented block, after
# "  $ " and continued after "  > ", is run in the order of the page, and its output is compared
# with the lines below it, indented by two. Commands, options, make targets, files and manual pages
# that a page names exist. AVIARY_UPDATE=1 writes the current output into the pages. Prints TAP.
#
# A simulation gives the same figures everywhere. Exceptions from the comparison:
#   "T s of real time (M)"   of aviary run depends on the machine, and is left out of the comparison
#   ./quickstart             shows more than its tables and what they rest on: only that is quoted
#   cat FILE                 writes the quoted lines to that file, for the commands that follow
# shellcheck disable=SC2016,SC2317
: "${top_srcdir:=.}" "${top_builddir:=.}"
srcdir=$(cd "$top_srcdir" && pwd)
builddir=$(cd "$top_builddir" && pwd)
aviary=$builddir/aviary
scratch=$(mktemp -d) || exit 99
trap 'rm -rf "$scratch"' EXIT
# shellcheck source=/dev/null
. "$top_srcdir/tests/tap.sh"
command -v sqlite3 > /dev/null || { echo "1..0 # SKIP sqlite3 is not installed"; exit 0; }

# The tools that quickstart calls: everything is installed and built.
mkdir "$scratch/bin"
for tool in dpkg-query make; do
    printf '#!/bin/sh\necho installed\n' > "$scratch/bin/$tool"
    chmod +x "$scratch/bin/$tool"
done

# built DIRECTORY: makes it look like a clone after quickstart.
built() {
    mkdir -p "$1/build"
    cp "$srcdir/quickstart" "$1"
    printf '#!/bin/sh\n' > "$1/configure"
    chmod +x "$1/configure"
    echo "abs_top_srcdir = $(cd "$1" && pwd)" > "$1/build/Makefile"
    ln -s "$aviary" "$1/build/aviary"
}

# The tables out of quickstart's output.
quickstart_table() {
    PATH=$scratch/bin:$PATH ./quickstart > "$scratch/output" &&
        awk '/^scheme / { shown = 1 } /^results in/ { exit }
            shown && !NF { blank = blank "\n"; next }
            shown { printf "%s%s\n", blank, $0; blank = "" }' "$scratch/output"
}

# The output of $command; the lines quoted below it are its arguments.
printed() {
    case $command in
    'cat '*) printf '%s\n' "$@" | tee "${command#cat }" ;;
    ./quickstart) quickstart_table ;;
    *) eval "$command" 2>&1 < /dev/null ;;
    esac
}

# Replaces the lines in $quoted by the output of $command, except for the empty ones at the end; a
# command that fails is reported on standard error.
replace_quoted() {
    local empty=''
    [ -n "$command" ] || return 0
    while [ ${#quoted[@]} -gt 0 ] && [ -z "${quoted[-1]}" ]; do
        empty+=$'\n'
        unset 'quoted[-1]'
    done
    printed "${quoted[@]#  }" > "$scratch/printed" || echo "status $?: $command" >&2
    sed 's/./  &/' "$scratch/printed"
    printf %s "$empty"
    command='' quoted=()
}

# updated PAGE: the page with the current output of its commands.
updated() {
    local line command='' quoted=()
    built "$scratch/${1##*/}" && cd "$scratch/${1##*/}" || return
    while IFS= read -r line; do
        case $line in
        '  $ '*) replace_quoted; echo "$line"; command=${line#'  $ '} ;;
        '  > '*) echo "$line"; command+=$'\n'${line#'  > '} ;;
        '  '* | '') if [ -n "$command" ]; then quoted+=("$line"); else echo "$line"; fi ;;
        *) replace_quoted; echo "$line" ;;
        esac
    done < "$srcdir/$1"
    replace_quoted
}

comparable() { sed 's/[0-9.]* s of real time (.*/(real time)/' "$1"; }

# quotes_its_output PAGE
quotes_its_output() {
    local new=$scratch/new failures=$scratch/failures
    (updated "$1") > "$new" 2> "$failures"
    grep -q '^  \$ ' "$new" || { echo "no command in $1"; return 1; }
    [ ! -s "$failures" ] || { cat "$failures"; return 1; }
    diff <(comparable "$srcdir/$1") <(comparable "$new") && return
    [ "${AVIARY_UPDATE-}" = 1 ] && cp "$new" "$srcdir/$1"
}

# mentioned PATTERN PAGE: the matches, once each.
mentioned() { grep -oE -e "$1" "$srcdir/$2" | sort -u; }

# help_of WORD...: the help of the command at the beginning of the words, which may have two words.
help_of() {
    "$aviary" "$1" --help options > "$scratch/help" || return
    grep -q '^commands:' "$scratch/help" && [[ ${2-} = [a-z]* ]] || return 0
    "$aviary" "$1" "$2" --help options > "$scratch/help"
}

# The names that a page calls the program by; an option after one is an option of that command.
commands_exist() {
    local line option bad=0
    while read -ra line; do
        help_of "${line[@]}" 2>&1 || bad=1
        for option in $(printf '%s\n' "${line[@]}" | grep -oE -e '^--[a-z][a-z-]+'); do
            grep -qwe "$option" "$scratch/help" && continue
            echo "aviary ${line[*]:0:2} has no option $option"
            bad=1
        done
    done < <(mentioned '(^ +|`)[^`]*aviary [a-z]+[^`]*' "$1" | sed -E 's/.*aviary ([a-z])/\1/')
    return "$bad"
}

# Options in the text, of any command or of configure.
options_exist() {
    local option bad=0
    {
        for command in $("$aviary" --help | sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
            "$aviary" "$command" --help options
        done
        "$srcdir/configure" --help
    } > "$scratch/help"
    for option in $(mentioned '--[a-z][a-z-]+' "$1"); do
        grep -qwe "$option" "$scratch/help" || { echo "there is no option $option"; bad=1; }
    done
    return "$bad"
}

files_exist() {
    local name bad=0
    for name in $(mentioned '(man|doc|tests)/[a-z0-9_./*-]*[a-z0-9*]|[A-Z]{4,}\.md' "$1") \
        $(mentioned 'aviary[a-z-]*\([0-9]\)' "$1" | sed 's|\(.*\)(\(.\))|man/\1.\2|'); do
        compgen -G "$srcdir/$name" > "$scratch/names" || { echo "there is no $name"; bad=1; }
    done
    for name in $(mentioned '(^ +|`)make [a-z-]+' "$1" | sed 's/.*make //'); do
        grep -q "^$name:" "$builddir/Makefile" || { echo "no make $name"; bad=1; }
    done
    return "$bad"
}

pages='README doc/figures.md doc/softroce.md'
quoting='README doc/figures.md'
echo 1..11
for page in $quoting; do
    check "$page quotes the program's output" quotes_its_output "$page"
done
for page in $pages; do
    check "commands that $page calls exist, with their options" commands_exist "$page"
    check "options that $page names exist" options_exist "$page"
    check "files, manual pages and make targets that $page names exist" files_exist "$page"
done
exit 0
