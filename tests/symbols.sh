#!/bin/sh
# Every global symbol of our libraries starts with aq_. $1: a build folder.
set -eu
bad=$(find "$1" -name 'libaq_*.a' -exec nm -g --defined-only {} + 2>/dev/null |
    awk 'NF == 3 && $3 !~ /^(aq_|__odr_asan)/ {print $3}' | sort -u)
if [ -n "$bad" ]; then
    echo "global symbols without aq_:" $bad >&2
    exit 1
fi
