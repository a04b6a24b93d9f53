#!/usr/bin/env bash
# Signals: no handler runs on a thread that computes, a request to stop ends in 75 at
# whatever moment, and what goes on from there ends in the bytes of an undisturbed run.
#   STOPS=N       interruptions of train and pretrain, half each [4, or 60 with --full]
# Whoever runs this may ignore some (nohup, a background job): no shell can take that back.
[ -n "${SIGNALS_ANEW:-}" ] || SIGNALS_ANEW=1 exec env --default-signal=HUP,INT,QUIT,TERM bash "$0" "$@"
. "$(dirname "$0")/common.sh"
[ -f "${RAIN:-}" ] || { echo "$0: RAIN is to name the built aqrain.so" >&2; exit 2; }
stops=${STOPS:-$(size 4 60)}
export ASAN_OPTIONS=$ASAN_OPTIONS:verify_asan_link_order=0

yes_ "toyband" "$TOYBAND" --out band --videos 8 --seed 5 --quiet >/dev/null

# ---- the commands; $1: the program, with what stands before it ----

ingest_run() { $1 ingest --store "$2.db" --jobs 2 --max-seconds 2 band/videos; }
train_run() {
    $1 train --annotations band/train.json --val band/val.json --store quiet.db --out "$2.model" \
        --dim 128 --heads 2 --tokens 2 --epochs "${epochs:-3}" --jobs 2 ${resume:+"$resume"}
}
pretrain_run() {
    $1 pretrain --truth band/truth.jsonl --extractor swin_nano --seconds 1 --batch 4 \
        --epochs "${epochs:-1}" --seed 3 --jobs 2 --out "$2.weights" ${resume:+"$resume"}
}
eval_run() { $1 eval --annotations band/test.json --store quiet.db --model quiet.model --json; }
ask_run() {
    $1 ask band/videos/00000001.mp4 "which instrument sounds first?" --store "$2.ask.db" \
        --model quiet.model --json
}

# What came out of it, as a digest.
digest_of() {
    case $1 in
    ingest) rows "$2.db" ;;
    train) cat "$2.model" ;;
    pretrain) cat "$2.weights" ;;
    *) jq -cS . out ;;
    esac | sha256sum
}

# ---- rain: handlers for harmless signals, which come all the time on every thread ----

rained="env AQ_RAIN=$work/drops LD_PRELOAD=$RAIN $PIPE"
for c in ingest train pretrain eval ask; do
    before=$fails
    is "$c" "$(status ${c}_run "$PIPE" quiet)" 0
    want=$(digest_of $c quiet)
    rm -f drops
    is "$c in the rain" "$(status ${c}_run "$rained" wet)" 0
    is "$c: the same bytes" "$(digest_of $c wet)" "$want"
    is "$c: handlers that ran" "$(awk '{n += $4} END {print n}' drops)" 0
    yes_ "$c: it rained" awk '{n += $2} END {exit n < 20}' drops
    tally rain 1 $((before == fails)) 0 0
done

# ---- interruptions ----

declare -A took
timed() {
    local from
    resume=
    from=$(date +%s%N)
    is "$1 undisturbed" "$(status "$1_run" "$PIPE" whole)" 0
    took[$1]=$((($(date +%s%N) - from) / 1000000))
}
# COMMAND FILE: goes on where it had begun to learn.
goes_on() {
    if [ -f "cut.$2.last" ]; then resume=--resume; else resume=; fi
    is "goes on ($at)" "$(status "$1_run" "$PIPE" cut)" 0
    cmp -s "cut.$2" "whole.$2"
}
train_is_whole() { goes_on train model; }
pretrain_is_whole() {
    is "a network and a state, or neither ($at)" "$(ls cut.weights* 2>/dev/null | wc -l)" \
        "$(if [ -f cut.weights ]; then echo 2; else echo 0; fi)"
    [ ! -f cut.weights ] || is "what it left is a network ($at)" \
        "$(status "$PIPE" weights inspect cut.weights)" 0
    goes_on pretrain weights
}

# epochs: enough to be hit; ended: by which status the one that was hit ended.
interrupt_once() {
    local signals=(INT TERM USR1 HUP) pid
    rm -f cut.*
    draw $((took[$1] * 9 / 10))
    at="$1, ${signals[n_stopped % 4]} after $drawn ms"
    resume=
    { "$1_run" "exec $PIPE" cut; } >out 2>err &
    pid=$!
    ready $pid
    sleep "$(printf '%d.%03d' $((drawn / 1000)) $((drawn % 1000)))"
    kill -"${signals[n_stopped % 4]}" $pid 2>/dev/null
    wait $pid
    ended=$?
}

n_stopped=0
for c in train pretrain; do
    if [ $c = train ]; then epochs=30; else epochs=2; fi
    timed $c
    for ((k = 0, tries = 0; k < stops / 2 && tries < 3 * stops; tries++)); do
        before=$fails
        wrong=0
        interrupt_once $c
        [ $ended -ne 0 ] || continue # it was done already
        k=$((k + 1))
        n_stopped=$((n_stopped + 1))
        is "status ($at)" $ended 75
        "${c}_is_whole" || wrong=1
        is "the same bytes ($at)" $wrong 0
        tally_one $c "$before" 0 $wrong
    done
done
is "interruptions that hit" $n_stopped $((stops / 2 * 2))
unset epochs

# ---- what a signal does otherwise ----

# Commands that wait: for room in a pipe that nobody empties, and for names that nobody
# writes into one.
mkfifo full names
exec 8<>full 9<>names
head -c 65536 /dev/zero >&8
waiting() { # FILE COMMAND...
    set -m # as at a terminal: without, QUIT is ignored, and so is TSTP where nobody looks on
    "${@:2}" >"$1" 2>err &
    pid=$!
    set +m
    for _ in $(seq 1000); do
        [ "$(find /proc/$pid/task -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" -gt 1 ] && break
        sleep 0.01
    done
}
look() { waiting full "$PIPE" store ls --store quiet.db; }
# Whether it comes to be in a state, or in none but that.
comes_to() {
    for _ in $(seq 500); do
        # shellcheck disable=SC2053 # a pattern
        [[ $(state_of) == $1 ]] && return
        sleep 0.01
    done
    false
}
state_of() { awk '/^State/ {print $2}' /proc/$pid/status 2>/dev/null; }
ends_with() { # SIGNAL WANT
    kill -"$1" $pid
    wait $pid 2>/dev/null
    is "$1 ends it" $? "$2"
}

# All but KILL QUIT ILL TRAP ABRT BUS FPE SEGV STOP TSTP TTIN TTOU XCPU SYS PIPE; the thread
# that waits for HUP INT USR1 TERM shows without these.
look
for _ in $(seq 100); do # while a thread is being made, it and its maker block all
    masks=$(awk '/^SigBlk/ {print substr($2, 9)}' /proc/$pid/task/*/status | sort | xargs)
    [ "$masks" = "3f43a800 3f43ea03" ] && break
    sleep 0.05
done
is "blocked in every thread" "$masks" "3f43a800 3f43ea03"
for sig in USR2 ALRM PROF WINCH CHLD; do kill -$sig $pid; done # no harm
kill -TSTP $pid
yes_ "it can be halted" comes_to T
kill -CONT $pid
yes_ "and goes on" comes_to '[!T]'
ends_with TERM 143 # it has nothing to save
look
ends_with USR1 138
ulimit -c 0
look
ends_with QUIT 131
trap '' HUP
look
trap - HUP
kill -HUP $pid # as nohup leaves it
ends_with INT 130

# One that saves its work, and does not come to look: the second signal ends it.
waiting out "$PIPE" ingest --list names --store no.db
kill -TERM $pid
sleep 0.5
is "the first leaves it to it" "$(state_of)" S
ends_with TERM 143

finish_counts
