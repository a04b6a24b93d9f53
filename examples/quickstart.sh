#!/usr/bin/env bash
# First part, two minutes after the build: asks the model for real clips about sound that it makes
# from a soundfont, and toyband's model about clips of a toyband. Second part, a model of your own: generates a small toyband, ingests it,
# trains for some minutes, and prints the accuracy on videos that it has not seen.
#   VIDEOS=800   videos to train on   MINUTES=6   of training   OUT=build/quickstart
#   PART=1       the first part only
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

# Three questions about clips of a band: "which instrument sounds first?" as people type it,
# and two of the set, with the slots of the templates filled.
ask_three() { # band, split, further arguments of ask
    local first='"What is the first instrument that comes in?", "which instrument sounds first?"'
    jq -r "[.[] | select(.question_content | IN($first))][0] as \$f |
        [\$f.video_id, \"which instrument sounds first?\", \$f.anser],
        (map(select(.video_id == \$f.video_id and .question_id != \$f.question_id))[0:2][] |
            [.video_id, (reduce (.templ_values | fromjson)[] as \$v (.question_content;
                sub(\"<[A-Za-z]+>\"; \$v))), .anser]) | @tsv" "$1/$2.json" |
        while IFS=$'\t' read -r clip question truth; do
            echo
            echo "avqa-pipe ask $clip.mp4 \"$question\"        (truth: $truth)"
            "$pipe" ask --quiet "${@:3}" "$1/videos/$clip.mp4" "$question"
        done
}

say "1. installing missing packages"
./setup

say "2. building"
[ -f build/release/build.ninja ] ||
    meson setup build/release --buildtype=release -Dtests=disabled >/dev/null
ninja -C build/release | tail -n 1
build=$PWD/build/release
pipe=$build/pipeline/avqa-pipe
toyband=$build/examples/toyband/toyband
export AVQA_STORE=$PWD/$out/store.db

say "3. asking the model for real clips about sound from a soundfont"
# Phrases of one to three instruments, in a room, with noise; of each second it is written what sounds.
"$build/examples/real-model/phrases" --out "$out/phrases" --font /usr/share/sounds/sf2/FluidR3_GM.sf2 \
    --phrases 1 --files 4 --seed 12
for heard in "$out"/phrases/*.heard; do
    truth=$(awk 'BEGIN { split("accordion acoustic_guitar bagpipe banjo bassoon cello clarinet congas drum electric_bass " \
            "erhu flute guzheng piano pipa saxophone suona trumpet tuba ukulele violin xylophone", name, " ") }
        { for (k = 1; k <= 22; k++) if (substr($0, k, 1) == "1") sounds[k] }
        END { for (k = 1; k <= 22; k++) if (k in sounds) said = said (said ? ", " : "") name[k]
            print said ? said : "none of the 22 kinds" }' "$heard")
    echo
    echo "avqa-pipe ask ${heard%.heard}.wav \"which instrument is it?\"        (truth: $truth)"
    "$pipe" ask --model real "${heard%.heard}.wav" "which instrument is it?"
done

say "4. asking toyband's model about clips of a toyband"
"$toyband" --out "$out/clips" --videos 10 --seed 20 --questions 24 --quiet
ask_three "$out/clips" train --model toyband --explain "$out/explained.html"
echo
echo "This one knows toyband's ten instruments and nothing else of the world, and it says so:"
for question in "who plays the violn?" "what colour is the car?"; do
    echo
    echo "avqa-pipe ask 00000000.mp4 \"$question\""
    "$pipe" ask --quiet --model toyband "$out/clips/videos/00000000.mp4" "$question"
done
echo
echo "$out/explained.html shows what the last answer rests on"
[ "${PART:-}" = 1 ] && exit 0

export AVQA_MODEL=$PWD/$out/model.safetensors
say "5. a model of your own: a toyband of $videos videos"
"$toyband" --out "$out/band" --videos "$videos" --seed 7 --questions 48

say "6. decoding the clips, extracting features, storing them"
rm -f "$AVQA_STORE"* # the clips above have the same names as this band's
"$pipe" ingest "$out/band/videos" | tail -n 1

say "7. training for $minutes minutes"
"$pipe" train --annotations "$out/band/train.json" --val "$out/band/val.json" \
    --dim 64 --ffn 2 --questions 12 --batch 8 --lr 3e-3 --warmup 100 --cosine on --dropout 0.05 \
    --sample loss --average 0.99 --passes 3 --epochs 1000 \
    --max-minutes "$minutes"

say "8. on videos it has not seen"
"$pipe" eval --annotations "$out/band/test.json"

say "9. three questions about one of them"
ask_three "$out/band" test
say "done"
