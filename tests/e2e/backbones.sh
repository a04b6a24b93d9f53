#!/usr/bin/env bash
# examples/tables/backbones.sh with little of everything: on a toyband with random weights, in
# parts, stopped and gone on with, and on data and weight files of one's own.
. "$(dirname "$0")/common.sh"
script=$(realpath "$(dirname "$0")/../../examples/tables/backbones.sh")
root=$(realpath "$(dirname "$0")/../..")
shipped=$(dirname "$PIPE")/../extract/weights
export SEEDS="1 2" BAND=12 BAND_SECONDS=1 BAND_STEPS=5 JOBS=2 SOUND=vggish_nano PICTURE="swin_nano resnet18 nonet" \
    BESIDE=swin_nano,resnet18 OUT=$work/whole
cd "$work" || exit 1

is "the table" "$(status "$script")" 0
cp out whole.md
is "is one" "$(grep -c '^###' out)" 1
yes_ "and says that it means nothing" grep -q '^### .*random weights.*: these figures mean nothing$' out
is "its rows" "$(grep '^| [^|*]' out | cut -d '|' -f 2 | sed 's/^ *//; s/ *$//' | paste -sd ';')" \
    "swin_nano, vggish_nano;resnet18, vggish_nano;swin_nano and resnet18, vggish_nano;majority of each template"
yes_ "over two seeds" grep -Eq '^[0-9]+ questions about unseen videos; 2 seeds\.$' out
yes_ "a network that is not there is named" grep -q "this program has no network nonet: left out" err
is "six runs" "$(find whole/runs -name '*.json' | wc -l)" 6
stamp=$(stat -c %Y whole/runs/*.json | sort | tail -n 1)
sleep 1.1
is "again" "$(status "$script" train)" 0
yes_ "the same" cmp whole.md out
is "nothing trained" "$(stat -c %Y whole/runs/*.json | sort | tail -n 1)" "$stamp"
rm "$(find whole/runs -name '*.json' | sort | head -n 1)"
is "with one lost" "$(status "$script")" 0
yes_ "the same" cmp whole.md out
is "that one is trained again" "$(find whole/runs -name '*.json' -newer whole.md | wc -l)" 1

# In two parts, on machines that share a folder, one by Slurm; and a training stopped once.
export OUT=$work/parts PICTURE=swin_nano
is "a part of the videos" "$(SHARD=1/2 status "$script" ingest)" 0
# slurm_task N COMMAND...: as the N-th of two tasks of an array, whose script is a copy
slurm_task() {
    cp "$script" spooled
    SLURM_SUBMIT_DIR=$root SLURM_ARRAY_TASK_ID=$1 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=2 \
        SLURM_ARRAY_TASK_COUNT=2 status bash spooled "${@:2}"
}
is "the other" "$(slurm_task 2 ingest)" 0
is "joined" "$(status "$script" merge)" 0
is "all videos" "$("$PIPE" store info --store parts/toyband.db --json | jq .videos)" 12
is "of both parts" "$(for k in 1 2; do "$PIPE" store info --store parts/parts/toyband-$k.db --json; done | jq -s 'map(.videos) | add')" 12
cat >once <<'END'
# Asks the program to stop as soon as it listens.
"$@" &
for _ in $(seq 3000); do
    mask=$(awk '/^SigBlk/ {print $2}' "/proc/$!/status" 2>/dev/null)
    [ $((0x${mask:-0} >> 27 & 1)) -eq 1 ] && break
    sleep 0.01
done
kill -USR1 $!
wait $!
END
yes_ "stopped" test "$(AVQA_LAUNCH="bash $work/once" status "$script" train)" -ne 0
yes_ "with their states" test -n "$(find parts/runs -name '*.last')"
is "a share of the trainings" "$(slurm_task 2 train)" 0
is "is one of two" "$(find parts/runs -name '*.json' | wc -l)" 1
is "and has no table" "$(wc -c <out)" 0
is "the rest" "$(status "$script" train)" 0
is "makes the same of it" "$(grep '^| swin_nano,' out)" "$(grep '^| swin_nano,' whole.md)"
yes_ "no states are left" test -z "$(find parts/runs -name '*.last')"

# Real data: clips, questions and weight files of one's own, here the toyband's and the shipped.
mkdir weights questions
cp "$shipped/swin_nano.safetensors" weights/epoch_299.bin
cp "$shipped/vggish_nano.safetensors" weights/sound.safetensors
for part in train val test; do cp "whole/toyband/$part.json" "questions/avqa-$part.json"; done
export OUT=$work/real VIDEOS=$work/whole/toyband/videos ANNOTATIONS=$work/questions WEIGHTS=$work/weights STEPS=5
is "real data" "$(PICTURE="swin_nano resnet18" status "$script")" 0
yes_ "means something" grep -qx "### Backbones" out
is "by the weights that are there" "$(grep -c '^| swin_nano, vggish_nano |' out)" 1
yes_ "others are named" grep -q "has no weights of resnet18: left out" err
is "whole clips are read" "$("$PIPE" store info --store real/real.db --json | jq '.media_seconds >= 120')" true
yes_ "with the file's weights" grep -q "visual swin_nano 1, weights epoch_299.bin" \
    <("$PIPE" store info --store real/real.db --json | jq -r '.made_by[]')
is "no folder" "$(WEIGHTS=$work/nowhere status "$script")" 2
yes_ "is named" grep -q "WEIGHTS=$work/nowhere is not a folder" err
is "no questions" "$(ANNOTATIONS=$work/weights status "$script")" 2
yes_ "are named" grep -q "has no train.json and no avqa-train.json" err
is "no such step" "$(status "$script" rain)" 2
yes_ "is named" grep -q "there is no step rain" err
finish
