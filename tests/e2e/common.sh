# shellcheck shell=bash
# For the end-to-end tests: sourced with PIPE and TOYBAND set to the programs. Everything
# is written below a folder of its own, which goes away at the end.
set -u
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export XDG_DATA_HOME=$work/data XDG_CACHE_HOME=$work/cache XDG_CONFIG_HOME=$work/config
unset AVQA_STORE AVQA_MODEL
n_checks=0
fails=0

# is WHAT HAVE WANT
is() {
    n_checks=$((n_checks + 1))
    if [ "$2" != "$3" ]; then
        fails=$((fails + 1))
        echo "FAILED: $1: have '$2', want '$3'"
    fi
}

# yes WHAT COMMAND...: the command succeeds
yes_() {
    n_checks=$((n_checks + 1))
    what=$1
    shift
    if ! "$@"; then
        fails=$((fails + 1))
        echo "FAILED: $what: $*"
    fi
}

# status COMMAND...: prints the exit status, output goes to $work/out and $work/err
status() {
    "$@" >"$work/out" 2>"$work/err"
    echo $?
}

# ready PID: waits until the program has its signals in hand (it blocks SIGWINCH, which a
# shell before it does not). Before, the system's loader has it, and a signal ends it as
# it ends any program.
ready() {
    local mask
    for _ in $(seq 3000); do
        mask=$(awk '/^SigBlk/ {print $2}' "/proc/$1/status" 2>/dev/null)
        [ $((0x${mask:-0} >> 27 & 1)) -eq 1 ] && break
        sleep 0.01
    done
}

# le N: a 32-bit number's bytes as printf takes them
le() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)); }

# wav FILE SECONDS: a tone, 16 kHz, mono
wav() {
    local bytes=$(($2 * 32000))
    # shellcheck disable=SC2059 # le gives escapes
    printf "RIFF$(le $((bytes + 36)))WAVEfmt $(le 16)\x01\x00\x01\x00$(le 16000)$(le 32000)\x02\x00\x10\x00data$(le $bytes)" >"$1"
    yes "$(printf '\x10\x20\x30\x20\x10\x01\xf0\xe0\xd0\xe0\xf0')" | head -c $bytes >>"$1"
}

# need_serve: ends the test where the program was built without the server; clients of one
# on this machine are to ask no proxy
need_serve() {
    echo 0123456789abcdef >"$work/token"
    chmod 600 "$work/token"
    "$PIPE" serve --listen 203.0.113.1:8642 --token-file "$work/token" >"$work/out" 2>&1 # nobody's address
    if grep -q "built without libmicrohttpd" "$work/out"; then
        echo "skipped: built without libmicrohttpd"
        finish
    fi
    export no_proxy=127.0.0.1
}

finish() {
    echo "$n_checks checks, $fails failed"
    [ "$fails" -eq 0 ]
    exit $?
}
