#!/usr/bin/env bash
# A short ingest with several workers, made to be run under ThreadSanitizer too.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# Under ThreadSanitizer run.sh names a toyband without it: the libraries below that one are not
# built for it, and threads after a fork are forbidden there.
yes_ "toyband" "${TOYBAND_PLAIN:-$TOYBAND}" --out band --videos 4 --seed 3 --quiet
is "ingest" "$(status "$PIPE" ingest --jobs 3 --audio vggish_nano --visual swin_nano --json band/videos)" 0
is "all made" "$(jq -s '.[-1].summary.made' out)" 4
yes_ "nothing to report" bash -c "! grep -q 'ThreadSanitizer' '$work/err'"
is "verify" "$(status "$PIPE" store verify)" 0
finish
