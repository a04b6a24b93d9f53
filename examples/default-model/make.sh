#!/usr/bin/env bash
# Makes what ships with the program: trains the two small networks on what is heard and seen in
# toyband, then CoQo on their features, and prints its accuracy on videos of seeds that were
# never trained on. Takes about two hours on two cores.
#   NETWORKS=3000  clips to teach the networks on     VIDEOS=3000  clips to train CoQo on
#   MINUTES=50     of CoQo's training              OUT=build/default
# Results that are already in OUT are kept. Needs npm, for more drawings (drawings.sh).
# Results: OUT/{swin_nano,vggish_nano,toyband}.safetensors, their curves, OUT/tables.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
videos=${VIDEOS:-3000}
out=$(realpath -m "${OUT:-build/default}")
mkdir -p "$out"

./setup --tests # clip art, soundfonts and recordings are there
[ -f build/release-mpi/build.ninja ] ||
    meson setup build/release-mpi --buildtype=release -Dtests=disabled -Dmpi=enabled >/dev/null
ninja -C build/release-mpi | tail -n 1
pipe=$PWD/build/release-mpi/pipeline/avqa-pipe
toyband=$PWD/build/release-mpi/examples/toyband/toyband
home=$PWD/examples/default-model
cd "$out"

make_band() { # name, videos, seed, switches
    [ -f "$1/truth.jsonl" ] || "$toyband" --out "$1" --videos "$2" --seed "$3" "${@:4}"
}
[ -d drawings ] || "$home/drawings.sh" drawings
# Clips for the networks, others for CoQo, which would trust features too much that come
# from clips the networks know by heart.
make_band networks "${NETWORKS:-3000}" 4000 --instruments mixed --drawings drawings
make_band train "$videos" 5000 --instruments mixed --drawings drawings --questions 48
make_band test_midi 300 9001
make_band test_recorded 300 9002 --instruments recorded
sed -i 's/"split":"test"/"split":"train"/' networks/truth.jsonl # its tests are the two above

teach() { # network, switches
    [ -s "$1.safetensors" ] || "$pipe" pretrain --jobs 1 --truth networks/truth.jsonl \
        --extractor "$1" --augment 1 --seed 2 --json --out "$1.safetensors" "${@:2}" >"$1.jsonl"
}
teach swin_nano --seconds 2 --batch 16 --epochs 13 --lr 8e-4 &
teach vggish_nano --seconds 7 --batch 32 --epochs 12 --lr 1e-3
wait

export AVQA_STORE=$out/store.db AVQA_MODEL=$out/toyband.safetensors
"$pipe" ingest --quiet --audio-weights vggish_nano.safetensors --visual-weights swin_nano.safetensors train/videos >/dev/null

# CoQo, in one training by two processes. What is not learned yet, comparisons above all, is
# asked more often (--sample kind).
[ -s toyband.safetensors ] || mpirun --oversubscribe --bind-to none -n 2 "$pipe" train --jobs 1 \
    --annotations train/{train,test}.json --val train/val.json --epochs 1000 --max-minutes "${MINUTES:-50}" \
    --dim 128 --heads 8 --ffn 2 --questions 24 --batch 32 \
    --lr 2e-3 --warmup 100 --cosine on --dropout 0.05 --word-dropout 0.05 --weight-decay 0.05 \
    --sample kind --sample-mix 0.25 --average 0.998 --half on --cache-mb 4000
"$pipe" runs plot --out toyband.svg

# What it knows of its limits, fitted on clips that it was never trained on: on some what clips and
# questions are like, on others how far it can be trusted and from where on a clip is unlike.
# (What train fits at its end, on the validation questions, is replaced.)
make_band calibration 400 7000 --instruments mixed --drawings drawings --questions 48
export AVQA_STORE=$out/store_calibration.db
"$pipe" ingest --quiet --audio-weights vggish_nano.safetensors --visual-weights swin_nano.safetensors \
    calibration/videos >/dev/null
echo "== limits" | tee limits
"$pipe" calibrate --annotations calibration/{val,test}.json --val calibration/train.json | tee -a limits

for test in midi recorded; do
    # shellcheck disable=SC2030 # for this turn of the loop alone
    export AVQA_STORE=$out/store_$test.db
    "$pipe" ingest --quiet --audio-weights vggish_nano.safetensors --visual-weights swin_nano.safetensors \
        "test_$test/videos" >/dev/null
    echo "== $test"
    "$pipe" eval --annotations "test_$test"/{train,val,test}.json --confusion
    "$pipe" eval --quiet --json --annotations "test_$test"/{train,val,test}.json >"test_$test.json"
done | tee tables

# What it says of itself: `ask` tells what it knows where nobody has named a model.
jq -n --slurpfile midi test_midi.json --slurpfile recorded test_recorded.json --arg videos "$videos" '
    def share(name; e): {on: name} + (e.overall | {accuracy, floor, n} | map_values(. * 1e4 | round / 1e4));
    {knows: ("toyband\u0027s ten instruments (accordion, guitar, banjo, congas, drum, flute, piano, saxophone, " +
         "trumpet, violin), where they stand, when and how they play, and nothing else of the world"),
     trained_on: "toyband, \($videos) videos of seed 5000 (--instruments mixed --drawings --questions 48)",
     tested: [share("toyband, 300 videos of seed 9001"; $midi[0]),
         share("toyband, 300 videos of seed 9002 (--instruments recorded)"; $recorded[0])]}' >about.json
"$home/about.py" toyband.safetensors about.json

# One question in several wordings, about every clip of the first test set that it can be
# asked of: the template, the rephrasing as people type it, and words that were never trained on.
# shellcheck disable=SC2031 # what the loop before the pipe exported is not wanted here
export AVQA_STORE=$out/store_midi.db
"$toyband" --out words --videos 300 --seed 9001 --annotations-only --questions 90 --quiet
first=$(jq -s -c 'add | [.[] | select(.question_content | IN("What is the first instrument that comes in?",
    "which instrument sounds first?", "what do we hear first?", "which instrument starts?",
    "which one plays first?", "who begins?"))] | unique_by(.video_id)' words/{train,val,test}.json)
echo "== the first instrument, in several wordings" | tee -a tables
for wording in "What is the first instrument that comes in?" "which instrument sounds first?" \
    "which instrument sounds first" "WHICH INSTRUMENT SOUNDS FIRST???" "which instrument starts?" \
    "hey could you tell me which instrument sounds first please" "what is the earliest instrument"; do
    jq --arg w "$wording" 'map(.question_content = $w)' <<<"$first" >wording.json
    "$pipe" eval --quiet --json --annotations wording.json |
        jq -r --arg w "$wording" '"\(.overall.accuracy * 1000 | round / 10) % of \(.overall.n)  \($w)"'
done | tee -a tables

# Every template in twenty wordings that were never trained on.
echo "== twenty other wordings of each template" | tee -a tables
"$home/wordings.sh" "$pipe" words | tee -a tables
