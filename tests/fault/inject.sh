#!/usr/bin/env bash
# Makes single calls of ingest, train, ask, store verify (and store merge, import, export)
# fail, the first, the second, and so on: memory, writes, reads, SQLite's steps, threads.
# Where a command makes few such calls, each fails once; else a drawn sample, denser at the
# start. After each: an exit status of ours and no signal, no hang, a sentence where it
# failed, a store that verifies, nothing wrong under a done mark; and the same command
# without a fault then ends in the right result. Then a small disk fills up (as root).
#   MOST=N        faults of each command and kind [1, or 60 with --full; the short size
#                 draws one kind of write and one of step]
#   COMMANDS, KINDS: of which [all]
. "$(dirname "$0")/common.sh"
[ -f "${SHIM:-}" ] || { echo "$0: SHIM is to name the built aqfault.so" >&2; exit 2; }
most=${MOST:-$(size 1 60)}
# oneDNN makes most of the allocations of an ingest and ends the process where one fails,
# so that the walk would see little else: AVQA_BACKEND=onednn to walk it too.
export AVQA_BACKEND=${AVQA_BACKEND:-openblas}
# The fault library opens its report in whichever process the call is made, which a confined
# decoder may not (tests/unit/pipeline/test_confine.c tries that one).
export AVQA_CONFINE=off
limit=60 # seconds that a command may take
# Before AddressSanitizer's library, whose malloc the fault library then calls.
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0

yes_ "toyband" "$TOYBAND" --out band --videos 8 --seed 5 --quiet >/dev/null
clips="band/videos/00000000.mp4 band/videos/00000001.mp4"

# ---- the commands: NAME_start, NAME_run, NAME_right (0 where the result is the wanted
# one), NAME_store (what has to verify), NAME_rows (rows that it may hold) ----

ingest_start() { rm -rf now && mkdir now; }
ingest_run() {
    # shellcheck disable=SC2086 # a list
    "$@" "$PIPE" ingest --store now/s.db --jobs 1 --max-seconds 2 $clips
}
ingest_right() { same_rows now/s.db two.rows; }
# shellcheck disable=SC2034 # each is read as ${!allowed}
ingest_rows=two.rows

train_start() { rm -rf now && mkdir now && cp all.db now/s.db; }
train_run() {
    "$@" "$PIPE" train --annotations band/train.json --val band/val.json --store now/s.db \
        --out now/m.safetensors --dim 32 --heads 2 --tokens 2 --epochs 1 --jobs 1
}
train_right() { cmp -s now/m.safetensors m.safetensors; }
# shellcheck disable=SC2034
train_rows=all.rows

ask_start() { train_start; }
ask_run() {
    "$@" "$PIPE" ask band/videos/00000000.mp4 "which instrument sounds first?" \
        --store now/s.db --model m.safetensors --json --jobs 1
}
ask_right() { cmp -s <(jq -cS . out) ask.json; }
# shellcheck disable=SC2034
ask_rows=all.rows

verify_start() { train_start; }
verify_run() { "$@" "$PIPE" store verify --store now/s.db; }
verify_right() { grep -q "all sound" out; }
# shellcheck disable=SC2034
verify_rows=all.rows

merge_start() { rm -rf now && mkdir now && cp one.db two.db now; }
merge_run() { "$@" "$PIPE" store merge now/one.db now/two.db --into now/s.db; }
merge_right() { same_rows now/s.db all.rows; }
# shellcheck disable=SC2034
merge_rows=all.rows

import_start() { train_start; }
import_run() { "$@" "$PIPE" store import arrays --kind audio --name brought --store now/s.db; }
import_right() { same_rows now/s.db import.rows; }
# shellcheck disable=SC2034
import_rows=import.rows

export_start() { train_start; }
export_run() { "$@" "$PIPE" store export --format npy --out now/out --store now/s.db; }
export_right() { diff -r now/out exported >/dev/null; }
# shellcheck disable=SC2034
export_rows=all.rows

same_rows() {
    is_store "$1" || return 1
    compare_rows "$1" "$2"
    [ "$lost $wrong" = "0 0" ]
}

# ---- the references ----

commands=(ingest train ask verify)
ingest_start
is "two clips" "$(status ingest_run)" 0
rows now/s.db >two.rows
is "rows of two clips" "$(wc -l <two.rows)" 4
is "all clips" "$(status "$PIPE" ingest --store all.db --max-seconds 2 band/videos)" 0
rows all.db >all.rows
train_start
is "a training" "$(status train_run)" 0
cp now/m.safetensors m.safetensors
is "an answer" "$(status ask_run)" 0
jq -cS . out >ask.json
if has store merge; then
    commands+=(merge)
    is "one" "$(status "$PIPE" ingest --store one.db --max-seconds 2 band/videos/0000000[0-4]*)" 0
    is "two" "$(status "$PIPE" ingest --store two.db --max-seconds 2 band/videos/0000000[3-7]*)" 0
fi
if has store import; then
    commands+=(import)
    mkdir arrays
    for f in band/videos/*.mp4; do
        is "an array" "$(status "$PIPE" features "$f" --extractor vggish_nano --max-seconds 2 \
            --out arrays/"$(basename "$f" .mp4)".npy)" 0
    done
    import_start
    is "import" "$(status import_run)" 0
    rows now/s.db >import.rows
fi
if has store export; then
    commands+=(export)
    export_start
    is "export" "$(status export_run)" 0
    mv now/out exported
fi

# ---- one fault ----

# The environment that a faulted command runs in; timeout itself stays out of it.
faulted() {
    rm -f report
    status "$1_run" timeout -k 5 $limit env AQ_FAULT="$2" AQ_FAULT_REPORT="$work/report" \
        AQ_FAULT_BELOW="$below" LD_PRELOAD="$SHIM"
}

# Where it was delivered, for the message of a check: the first callers.
delivered_at() {
    head -n 8 report 2>/dev/null | sed 's/^ *//' | paste -sd '<' | cut -c 1-400
}

# Libraries that are not made to go on without memory: C++ exceptions nobody catches,
# pointers nobody looks at. Where the failed allocation was their own they may end the
# process, which then has to be as harmless as a kill. So may a sanitizer that allocates in
# a thread which it starts, before any code of ours runs there.
frail='^(libdnnl|libcrypto|libssl|libopenblas|libgomp|libgcc_s|ld-linux|libstdc|libasan)'
within_frail() {
    awk 'NR > 1 && $1 !~ /^(libc\.so|libstdc|aqfault|libasan)/ {print $1; others = 1; exit}
         NR > 1 && $1 ~ /^libasan/ {own = $1}
         END {if (!others && own) print own}' report | grep -qE "$frail"
}

outcome_of() {
    case $1 in
    0) echo "done" ;;
    1) echo failed ;;
    3) echo skipped ;;
    124 | 137) echo hang ;;
    *) echo "crash ($1)" ;;
    esac
}

declare -A outcomes
# inject COMMAND CLASS:N[:HOW] LABEL
inject() {
    local at="$1 $2" before=$fails code how bad=0
    "$1_start"
    code=$(faulted "$1" "$2")
    grep -q '^delivered' report 2>/dev/null || [[ $2 == *:kill ]] || return 0
    how=$(outcome_of "$code")
    [[ $2 == *:kill && $code -eq 137 ]] && how=killed
    [[ $2 == alloc:* && $how == crash* ]] && within_frail && how="ended by a library"
    outcomes[$how]=$((${outcomes[$how]:-0} + 1))
    case $how in
    failed | skipped)
        yes_ "$at: a sentence (status $code; $(delivered_at))" said "$1"
        ;;
    done)
        "$1_right" || bad=1
        is "$at: done, and right ($(delivered_at))" $bad 0
        ;;
    killed | "ended by a library") ;;
    *) is "$at: $how; $(delivered_at); $(tail -n 1 err)" "$how" "failed" ;;
    esac
    local allowed=$1_rows
    if is_store now/s.db; then
        is "$at: verifies" "$(status "$PIPE" store verify --store now/s.db)" 0
        compare_rows now/s.db "${!allowed}"
        is "$at: rows that are wrong ($(delivered_at))" "$wrong" 0
        bad=$((bad + wrong))
    fi
    is "$at: run again" "$(status "$1_run")" 0
    lost=0
    wrong=0
    "$1_right" || lost=$((lost + wrong ? lost : 1))
    is "$at: right when run again ($(delivered_at))" "$lost $wrong" "0 0"
    tally_one "$3" "$before" "$lost" $((bad + wrong))
}

# ---- the walk ----

# How many calls of that class the command makes.
calls_of() {
    "$1_start"
    faulted "$1" "$2:0" >/dev/null
    awk '/^calls/ {if ($2 > n) n = $2} END {print n + 0}' report
}

# Was there a sentence? What verify finds wrong is its result, and goes to its output.
said() {
    grep -q '^avqa-pipe: \(error\|warning\): ..........' err ||
        { [ "$1" = verify ] && grep -q 'faults were found' out; }
}

# Which of 1..$1: all, or $2 of them, half of these growing geometrically, half anywhere.
choose() {
    local k
    if [ "$1" -le "$2" ]; then
        seq "$1"
        return
    fi
    for ((k = 0; k < ($2 + 1) / 2; k++)); do
        draw 1000
        awk -v n="$1" -v k="$k" -v m="$2" -v r="$drawn" \
            'BEGIN {print int(exp(log(n) * (k + r / 1000) / int((m + 1) / 2))) }'
    done
    for ((k = 0; k < $2 / 2; k++)); do
        draw "$1"
        echo $((drawn + 1))
    done
}

kinds=(alloc write:ENOSPC write:EIO write:short write:kill read step:NOMEM step:FULL step:IOERR step:BUSY thread)
if [ -z "$FULL" ]; then # of each class one
    draw 4
    how=${kinds[1 + drawn]}
    draw 4
    kinds=(alloc "$how" read "${kinds[6 + drawn]}" thread)
fi
[ -z "${COMMANDS:-}" ] || read -ra commands <<<"$COMMANDS"
[ -z "${KINDS:-}" ] || read -ra kinds <<<"$KINDS"
for command in "${commands[@]}"; do
    class=
    for kind in "${kinds[@]}"; do
        how=${kind#*:}
        [ "$how" != "$kind" ] || how=
        below=
        case $kind in
        write*) below=$work/now ;;
        read) below=$work/ ;;
        esac
        if [ "$class" != "${kind%%:*}" ]; then
            class=${kind%%:*}
            n=$(calls_of "$command" "$class")
        fi
        choose "$n" "$most" >drawn_ones # not in a subshell: it draws
        sort -nu drawn_ones >chosen
        while read -r -u 3 k; do
            inject "$command" "$class:$k${how:+:$how}" "$command $class"
        done 3<chosen
        echo "$command $kind: $(wc -l <chosen) of $n calls failed, $fails checks failed so far"
    done
done

# ---- a disk that fills up: all sizes from nothing to enough, in steps ----

if [ "$(id -u)" -eq 0 ] && mkdir disk && mount -t tmpfs -o size=64k none disk 2>/dev/null; then
    trap 'umount -l "$work/disk" 2>/dev/null; rm -rf "$work"' EXIT
    for command in ingest train; do
        sizes=$(size "96 700" "$(seq -s ' ' 32 32 2200)")
        for kb in $sizes; do
            at="$command on a disk of $kb kB"
            before=$fails
            mount -o remount,size=64m disk
            "${command}_start"
            rm -rf disk/*
            mv now disk/now
            ln -s disk/now now
            room=$(($(du -sk disk | cut -f 1) + kb))
            mount -o remount,size=${room}k disk
            code=$(status "${command}_run" timeout -k 5 $limit)
            how=$(outcome_of "$code")
            yes_ "$at: $how" [ "$code" -le 1 ]
            if [ "$code" -eq 1 ]; then
                yes_ "$at: says so" grep -qiE 'full|no space|disk' err
            fi
            mount -o remount,size=64m disk
            allowed=${command}_rows
            wrong=0
            if is_store now/s.db; then
                is "$at: verifies" "$(status "$PIPE" store verify --store now/s.db)" 0
                compare_rows now/s.db "${!allowed}"
                is "$at: rows that are wrong" "$wrong" 0
            fi
            bad=$wrong
            is "$at: run again with room" "$(status "${command}_run")" 0
            lost=0
            wrong=0
            "${command}_right" || lost=$((lost + wrong ? lost : 1))
            is "$at: right when run again" "$lost $wrong" "0 0"
            tally_one "$command full disk" "$before" "$lost" $((bad + wrong))
        done
    done
else
    echo "the full disk was left out: it takes root and mount"
fi

members=
for how in "${!outcomes[@]}"; do
    echo "$how: ${outcomes[$how]}"
    members+="${members:+, }\"$how\": ${outcomes[$how]}"
done
finish_counts ", \"outcomes\": {$members}"
