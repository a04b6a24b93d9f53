#!/usr/bin/env bash
# A long ingest: CLIPS different clips [300, or 2000 with --full] with JOBS workers [2], one
# in a hundred broken. Passes if the memory of the process and of its children is at the
# end what it was at the 200th clip (at a quarter of them, where there are fewer than
# 2000), but for GROWTH percent [5; 10 for the short size, which is hardly warm at a
# quarter]; time decides nothing.
#   PIPE, TOYBAND name the built programs    SEED=N [1]    --json FILE
set -u
export SEED=${SEED:-1}
here=$(dirname "$(realpath "$0")")
. "$here/../fault/common.sh"
suite=soak
clips=${CLIPS:-$(size 300 2000)}
jobs=${JOBS:-2}
growth=${GROWTH:-$(size 10 5)}
early=$((clips >= 2000 ? 200 : clips / 4))
python=/usr/bin/python3
[ -x $python ] || python=python3

yes_ "toyband" "$TOYBAND" --out band --videos 8 --seed 5 --quiet >/dev/null
yes_ "clips" $python "$here/make_clips.py" band/videos soak "$clips" "$SEED"

# ---- the run, watched ----

# Resident kB of the process $1 and all below it, and of it alone.
resident() {
    local p all=0 own=0 kb todo=("$1")
    while [ ${#todo[@]} -gt 0 ]; do
        p=${todo[0]}
        todo=("${todo[@]:1}")
        kb=$(awk '/^VmRSS/ {print $2}' "/proc/$p/status" 2>/dev/null)
        all=$((all + ${kb:-0}))
        [ "$p" != "$1" ] || own=${kb:-0}
        # shellcheck disable=SC2207 # numbers
        todo+=($(cat "/proc/$p/task/"*/children 2>/dev/null))
    done
    echo "$all $own"
}

from=$(date +%s%N)
"$PIPE" ingest --store soak.db --jobs "$jobs" --max-seconds 2 --json soak >run.json 2>run.err &
pid=$!
while kill -0 $pid 2>/dev/null; do
    echo "$(wc -l <run.json) $(resident $pid)" >>samples
    sleep 0.1
done
wait $pid
code=$?
took=$((($(date +%s%N) - from) / 1000000))

# ---- what was seen ----

# The median over clips $1..$2 of column $3.
median() {
    awk -v a="$1" -v b="$2" -v c="$3" '$1 >= a && $1 <= b && $c > 0 {print $c}' samples | sort -n |
        awk '{v[NR] = $1} END {print NR ? v[int((NR + 1) / 2)] : 0}'
}
margin=$((early / 4))
at_early=$(median $((early - margin)) $((early + margin)) 2)
at_end=$(median $((clips - 2 * margin)) "$clips" 2)
at_half=$(median $((clips / 2 - margin)) $((clips / 2 + margin)) 2)
own_early=$(median $((early - margin)) $((early + margin)) 3)
own_end=$(median $((clips - 2 * margin)) "$clips" 3)
peak=$(awk '$2 > m {m = $2} END {print m + 0}' samples)
ratio=$(awk -v a="$at_early" -v b="$at_end" 'BEGIN {printf "%.4f", a ? b / a : 0}')
failed=$(jq -s '.[-1].summary.failed' run.json)
made=$(jq -s '.[-1].summary.made' run.json)
broken=$(find soak -name 'broken_*' | wc -l)
rate=$(awk -v n="$clips" -v ms=$took 'BEGIN {printf "%.1f", n * 1000 / ms}')

is "ends with items skipped ($(tail -n 1 run.err))" $code 3
is "failed are the broken ones" "$failed" "$broken"
is "made are the others" "$made" $((clips - broken))
is "verifies" "$(status "$PIPE" store verify --store soak.db)" 0
yes_ "samples at clip $early and at the end ($at_early, $at_end kB)" \
    [ "$at_early" -gt 0 -a "$at_end" -gt 0 ]
yes_ "memory grows by less than $growth % (ratio $ratio)" \
    holds "$ratio <= 1 + $growth / 100"

printf '%-30s %10s %10s %10s\n' "resident kB" "clip $early" "clip $((clips / 2))" "clip $clips"
printf '%-30s %10d %10d %10d   ratio %s, peak %d\n' "the process and its children" \
    "$at_early" "$at_half" "$at_end" "$ratio" "$peak"
printf '%-30s %10d %10s %10d\n' "the process alone" "$own_early" "" "$own_end"
echo "$clips clips in $((took / 1000)) s, $rate a second; $failed failed, of $broken broken"
tally soak "$clips" $((made + failed)) $((clips - made - failed)) 0
finish_counts ", \"early\": $early, \"rss_kb_early\": $at_early, \"rss_kb_half\": $at_half, \"rss_kb_end\": $at_end, \"ratio\": $ratio, \"own_kb_early\": $own_early, \"own_kb_end\": $own_end, \"peak_kb\": $peak, \"clips_a_second\": $rate, \"broken\": $broken, \"refused\": $failed"
