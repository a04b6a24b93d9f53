#!/usr/bin/env bash
# A short ingest with several workers, made to be run under ThreadSanitizer too.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# The toy set's libraries (pango's start-up thread, FluidSynth's libgomp) are not built for
# ThreadSanitizer, which takes their locks for races; the program under test links neither.
yes_ "toyband" env TSAN_OPTIONS=report_bugs=0 "$TOYBAND" --out band --videos 4 --seed 3 --quiet
is "ingest" "$(status "$PIPE" ingest --jobs 3 --max-seconds 2 --json band/videos)" 0
is "all made" "$(jq -s '.[-1].summary.made' out)" 4
yes_ "nothing to report" bash -c "! grep -q 'ThreadSanitizer' '$work/err'"
is "verify" "$(status "$PIPE" store verify)" 0
finish
