#!/bin/sh
# Every global symbol of our libraries starts with aq_. $1: a build folder.
set -eu
globals=$(find "$1" -name 'libaq_*.a' -exec nm -g --defined-only {} + |
    awk 'NF == 3 {print $3}' | sort -u)

# Those that have no business to be there, of the symbols on stdin.
find_foreign() {
    grep -v -e '^aq_' -e '^__odr_asan' -e '^__asan' || true
}

[ "$(printf '%s\n' aq_err_text err_text | find_foreign)" = err_text ] ||
    { echo "globals: a symbol without aq_ is not seen" >&2; exit 1; }
[ -n "$globals" ] || { echo "globals: no libraries in $1" >&2; exit 1; }
bad=$(echo "$globals" | find_foreign | tr '\n' ' ')
[ -z "$bad" ] || { echo "global symbols without aq_: $bad" >&2; exit 1; }
