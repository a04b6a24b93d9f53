#!/usr/bin/env bash
# SIGKILL at a random moment of ingest, train, store merge and store import, KILLS times
# in all [8, or 200 with --full]. After each: the store verifies, what is marked done is
# right, no process is left behind; and the same command, run again, ends in what an
# undisturbed run gives, byte for byte, though with another number of workers.
. "$(dirname "$0")/common.sh"
kills=${KILLS:-$(size 8 200)}

yes_ "toyband" "$TOYBAND" --out band --videos 20 --seed 5 --quiet >/dev/null

# ---- the phases: NAME_start clears, NAME_run is killed and repeated, NAME_left looks at
# what was left, NAME_end compares. $1 of _run: workers ----

ingest_start() { rm -f cut.db*; }
ingest_run() {
    exec "$PIPE" ingest --store cut.db --jobs "$1" --max-seconds 3 band/videos
}
ingest_left() { left_in_store cut.db; }
ingest_end() { end_of_store cut.db whole.rows; }

train_start() { rm -f m.safetensors*; }
train_run() {
    local resume=
    [ -f m.safetensors.last ] && resume=--resume
    # shellcheck disable=SC2086 # no option where there is nothing to go on from
    exec "$PIPE" train --annotations band/train.json --val band/val.json --store whole.db \
        --out m.safetensors --dim 64 --heads 2 --tokens 2 --epochs 30 --lr 1e-3 --jobs "$1" $resume
}
train_left() {
    left_in_store whole.db
    [ ! -f m.safetensors ] || is "the model that is there is whole ($at)" \
        "$(status "$PIPE" eval --annotations band/test.json --store whole.db --model m.safetensors)" 0
}
train_end() {
    lost=0
    wrong=0
    cmp -s m.safetensors whole.safetensors || wrong=1
    is "the same model as without a kill ($at)" "$wrong" 0
}

merge_start() { rm -f cut.db*; }
merge_run() { exec "$PIPE" store merge half1.db half2.db --into cut.db; }
merge_left() { left_in_store cut.db; }
merge_end() { end_of_store cut.db whole.rows; }

import_start() {
    rm -f cut.db*
    cp bare.db cut.db
}
import_run() { exec "$PIPE" store import arrays --kind audio --name brought --store cut.db; }
import_left() { left_in_store cut.db; }
import_end() { end_of_store cut.db import.rows; }

# ---- what is the same for all that write a store ----

left_in_store() {
    is_store "$1" || return 0
    is "verifies after the kill ($at)" "$(status "$PIPE" store verify --store "$1")" 0
    case $phase in
    ingest | merge) compare_rows "$1" whole.rows ;;
    import) compare_rows "$1" import.rows ;;
    *) return 0 ;;
    esac
    n_bad=$wrong
    is "what is done is right ($at)" "$wrong" 0
}

end_of_store() {
    is "verifies at the end ($at)" "$(status "$PIPE" store verify --store "$1")" 0
    compare_rows "$1" "$2"
    is "features as without a kill ($at): lost" "$lost" 0
    is "features as without a kill ($at): wrong" "$wrong" 0
}

# How long a phase takes, undisturbed, in ms.
timed() {
    local from
    from=$(date +%s%N)
    is "$1 undisturbed" "$(status bash_run "$@")" 0
    took[$1]=$((($(date +%s%N) - from) / 1000000))
}
bash_run() { ("$1_run" "$2"); }

# ---- the references ----

declare -A took
phases=(ingest train)
ingest_start
timed ingest 2
mv cut.db whole.db
rows whole.db >whole.rows
is "rows of 20 clips" "$(wc -l <whole.rows)" 40
timed train 2
mv m.safetensors whole.safetensors
if has store merge; then
    phases+=(merge)
    mkdir half1 half2
    cp band/videos/0000000* half1
    cp band/videos/0000000[5-9]* band/videos/0000001* half2
    for h in half1 half2; do
        is "$h" "$(status "$PIPE" ingest --store $h.db --max-seconds 3 $h)" 0
    done
    merge_start
    timed merge 2
    compare_rows cut.db whole.rows
    is "merged without a kill" "$lost $wrong" "0 0"
fi
if has store import; then
    phases+=(import)
    mkdir arrays
    for f in band/videos/*.mp4; do
        is "an array to import" "$(status "$PIPE" features "$f" --extractor vggish_nano \
            --out arrays/"$(basename "$f" .mp4)".npy)" 0
    done
    "$PIPE" ingest --store bare.db --audio vggish_nano --max-seconds 60 band/videos >/dev/null 2>&1
    import_start
    timed import 2
    rows cut.db >import.rows
    is "rows with those brought" "$(wc -l <import.rows)" 60
fi

# ---- kills, until so many hit a running process ----

# The phase that was hit least.
pick() {
    local p
    phase=${phases[0]}
    for p in "${phases[@]}"; do
        [ "${n_injected[$p]:-0}" -ge "${n_injected[$phase]:-0}" ] || phase=$p
    done
}

# Processes of the group $1 that still run, after waiting up to 5 s for them to go.
left_behind() {
    local n=
    for _ in $(seq 50); do
        # shellcheck disable=SC2009 # pgrep does not tell states
        n=$(ps -o stat= -g "$1" 2>/dev/null | grep -vc '^Z')
        [ "$n" -eq 0 ] && break
        sleep 0.1
    done
    echo "$n"
}

set -m # each run is a process group of its own, children and all
n_killed=0
n_tried=0
while [ $n_killed -lt "$kills" ] && [ $n_tried -lt $((6 * kills)) ]; do
    pick
    n_tried=$((n_tried + 1))
    "${phase}_start"
    draw $((took[$phase] + 1))
    ms=$drawn
    at="$phase $n_tried, killed after $ms ms"
    before=$fails
    n_bad=0
    ("${phase}_run" 1) >/dev/null 2>&1 &
    pid=$!
    sleep "$(printf '%d.%03d' $((ms / 1000)) $((ms % 1000)))"
    kill -9 $pid 2>/dev/null
    wait $pid 2>/dev/null
    if [ $? -ne 137 ]; then
        continue # it was done already
    fi
    n_killed=$((n_killed + 1))
    is "no process is left ($at)" "$(left_behind $pid)" 0
    "${phase}_left"
    is "run again ($at)" "$(status bash_run "$phase" 2)" 0
    "${phase}_end"
    tally_one "$phase" "$before" "$lost" $((wrong + n_bad))
done
set +m
is "kills that hit" $n_killed "$kills"

# A polite stop keeps what is done and says 75.
phase=ingest at="a polite stop"
ingest_start
(ingest_run 1) >/dev/null 2>err &
pid=$!
sleep "$(printf '%d.%03d' $((took[ingest] / 2000)) $((took[ingest] / 2 % 1000)))"
if kill -TERM $pid 2>/dev/null; then
    wait $pid
    is "exit status of an interrupt" $? 75
    yes_ "it says how to go on" grep -q "same command" err
fi
is "finished" "$(status bash_run ingest 2)" 0
ingest_end
finish_counts
