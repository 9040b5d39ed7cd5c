# shellcheck shell=sh
# For test scripts that speak TAP: source it once $scratch, a directory, is there. A script that has
# more to show of a failure than what the command said defines evidence() after that.
: "${scratch:?}"
number=0

evidence() { :; }

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
