# shellcheck shell=sh
# For test scripts that speak TAP: source it once $scratch, a directory, is there. A script that has
# more to show of a failure than what the command said defines evidence() after that. What takes
# until something has happened waits for that, not for so many seconds: machines are busy.
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

# bytes_noted JOURNAL: more with everything that its member does.
bytes_noted() { tr -d '\0' < "$1" | wc -c; }

# under_way JOURNAL: its member has much to tell, so the cluster is connected and at work.
under_way() { [ "$(head -c 65536 "$1" 2> /dev/null | tr -d '\0' | wc -c)" -gt 500 ]; }
# Of an emulation on this machine.
clients_work() { under_way "${TMPDIR:-/tmp}"/*/clients.journal; }

# check STORY COMMAND...: ok when the command succeeds.
check() {
    story=$1
    shift
    number=$((number + 1))
    if "$@" > "$scratch/why" 2>&1; then
        echo "ok $number - $story"
    else
        { cat "$scratch/why" && evidence; } | sed 's/^/# /'
        echo "not ok $number - $story"
    fi
}
