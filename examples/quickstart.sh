#!/usr/bin/env bash
# From nothing to answers: installs what is missing, builds, makes a small toyband, ingests
# it, trains for some minutes, prints the accuracy on videos it has not seen beside the
# blind floor, and asks three questions of an unseen clip.
#   VIDEOS=800   videos to make      MINUTES=6   of training      OUT=build/quickstart
set -euo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
videos=${VIDEOS:-800}
minutes=${MINUTES:-6}
out=${OUT:-build/quickstart}
began=$(date +%s)

say() {
    printf '\n== %s (%d s)\n' "$1" $(($(date +%s) - began))
}

say "1. what is missing"
./setup

say "2. building"
[ -f build/release/build.ninja ] ||
    meson setup build/release --buildtype=release -Dtests=false >/dev/null
ninja -C build/release | tail -n 1
pipe=$PWD/build/release/pipeline/avqa-pipe
export AVQA_STORE=$PWD/$out/store.db AVQA_MODEL=$PWD/$out/model.safetensors

say "3. a toyband of $videos videos"
build/release/examples/toyband/toyband --out "$out/band" --videos "$videos" --seed 7

say "4. decoding, networks, store"
"$pipe" ingest --audio vggish_nano --visual swin_nano "$out/band/videos" | tail -n 1

say "5. training for $minutes minutes"
"$pipe" train --annotations "$out/band/train.json" --val "$out/band/val.json" \
    --dim 64 --ffn 2 --questions 8 --batch 8 --lr 3e-3 --cosine on --dropout 0.05 \
    --inter-weight 0.1 --intra-weight 0.1 --average 0.99 --epochs 1000 --max-minutes "$minutes"

say "6. on videos it has not seen"
"$pipe" eval --annotations "$out/band/test.json"

say "7. three questions about one of them"
# A clip of which the test set knows who comes in first, and two more of its questions, with
# the slots of the templates filled.
first='"What is the first instrument that comes in?", "which instrument sounds first?"'
jq -r "[.[] | select(.question_content | IN($first))][0] as \$f |
    [\$f.video_id, \"which instrument sounds first?\", \$f.anser],
    (map(select(.video_id == \$f.video_id and .question_id != \$f.question_id))[0:2][] |
        [.video_id, (reduce (.templ_values | fromjson)[] as \$v (.question_content;
            sub(\"<[A-Za-z]+>\"; \$v))), .anser]) | @tsv" "$out/band/test.json" |
    while IFS=$'\t' read -r clip question truth; do
        echo
        echo "avqa-pipe ask $clip.mp4 \"$question\"        (truth: $truth)"
        "$pipe" ask --quiet "$out/band/videos/$clip.mp4" "$question" 2>/dev/null
    done
say "done"
