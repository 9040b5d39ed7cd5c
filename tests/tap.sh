# shellcheck shell=sh
# For test scripts that print TAP: source it once $scratch, a directory, exists. A script that
# prints more about a failure than the command's output defines evidence() after that. Waiting ends
# with an event, not after a fixed time: machines may be busy.
: "${scratch:?}"
number=0

evidence() { :; }

patience_s=60

# until_true COMMAND...: tries until it succeeds, for patience_s seconds at least.
until_true() {
    tries=0
    until "$@"; do
        tries=$((tries + 1))
        [ "$tries" -lt $((10 * patience_s)) ] || { echo "not within $patience_s s: $*"; return 1; }
        sleep 0.1
    done
}

# bytes_logged JOURNAL: grows with each event of its member.
bytes_logged() { tr -d '\0' < "$1" | wc -c; }

# under_way JOURNAL: its member has logged enough events that the cluster is connected and busy.
under_way() { [ "$(head -c 65536 "$1" 2> /dev/null | tr -d '\0' | wc -c)" -gt 500 ]; }
# Of an emulation on this machine.
clients_work() { under_way "${TMPDIR:-/tmp}"/*/clients.journal; }

# check LABEL COMMAND...: ok when the command succeeds.
check() {
    label=$1
    shift
    number=$((number + 1))
    if "$@" > "$scratch/why" 2>&1; then
        echo "ok $number - $label"
    else
        { cat "$scratch/why" && evidence; } | sed 's/^/# /'
        echo "not ok $number - $label"
    fi
}

# For scripts that call the program, $aviary: its output is kept in these files.
: "${out:=$scratch/out}" "${err:=$scratch/err}"

# exits STATUS ARGUMENT...: the program ends with this status.
exits() {
    expected=$1
    shift
    "${aviary:?}" "$@" > "$out" 2> "$err" < /dev/null
    status=$?
    [ "$status" = "$expected" ] && return 0
    echo "aviary $*: status $status, expected $expected"
    cat "$err"
    return 1
}

prints() { grep -e "$1" "$out" || { echo "standard output lacks: $1"; cat "$out"; return 1; }; }
reports() { grep -e "$1" "$err" || { echo "standard error lacks: $1"; cat "$err"; return 1; }; }
silent() { [ ! -s "$1" ] || { echo "unexpected:"; cat "$1"; return 1; }; }
