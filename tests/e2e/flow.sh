#!/usr/bin/env bash
# The whole way on a small toyband: ingest, again, features, train, eval, ask.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 10 --seed 11 --quiet
is "ingest" "$(status "$PIPE" ingest --json band/videos)" 0
is "all made" "$(jq -s 'map(select(.outcome == "made")) | length' out)" 10
is "ten seconds of both" \
    "$(jq -s '[.[] | select(.video) | [.seconds, .audio_seconds, .picture_seconds]] | unique | tostring' out)" \
    '"[[10,10,10]]"'
is "stages were busy" "$(jq -s '.[-1].summary.stages.networks.busy > 0' out)" true
is "ingest again" "$(status "$PIPE" ingest --json band/videos)" 0
is "nothing made twice" "$(jq -s '.[-1].summary.current' out)" 10
is "a new place is no new clip" "$(mv band/videos band/moved &&
    status "$PIPE" ingest --json band/moved)" 0
is "nothing made again" "$(jq -s '.[-1].summary.current' out)" 10
is "verify" "$(status "$PIPE" store verify)" 0
is "info" "$("$PIPE" store info --json | jq .features)" 20

clip=band/moved/00000002.mp4
is "features" "$(status "$PIPE" features $clip --extractor vggish --weights seeded:1 --out a.npy --json)" 0
is "their shape" "$(jq -c .shape out)" "[10,128]"
is "input" "$(status "$PIPE" features $clip --extractor swin_t --weights seeded:1 --stage input --out v.npy --json)" 0
is "its shape" "$(jq -c .shape out)" "[10,3,224,224]"
is "its size" "$(stat -c %s v.npy)" $((10 * 3 * 224 * 224 * 4 + 128))

is "train" "$(status "$PIPE" train --annotations band/train.json --val band/val.json \
    --out m.safetensors --dim 32 --heads 2 --tokens 2 --epochs 2 --lr 1e-3 --json)" 0
yes_ "two epochs" jq -e '.epochs == 2 and .steps > 0' out
is "train on one thread" "$(status "$PIPE" train --annotations band/train.json --val band/val.json \
    --out m1.safetensors --dim 32 --heads 2 --tokens 2 --epochs 2 --lr 1e-3 --jobs 1)" 0
yes_ "gives the same model" cmp -s m.safetensors m1.safetensors
is "eval" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors --json)" 0
yes_ "the table" jq -e '.overall.n > 0 and (.overall.accuracy | . >= 0 and . <= 1) and
    (.types | has("Audio Counting") and has("Audio-Visual Temporal") and has("Visual"))' out
is "the modalities make up all" \
    "$(jq '([.types["Audio", "Visual", "Audio-Visual"].n] | add) == .overall.n' out)" true
n=$(jq length band/test.json)
is "every question counted" "$(jq .overall.n out)" "$n"
is "eval as a table" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors)" 0
yes_ "types are printed" grep -q "Temporal" out
yes_ "and how sure it is" grep -q "calibration error" out
is "predictions" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors --json \
    --confusion --predictions p.csv)" 0
is "a line a question" "$(wc -l <p.csv)" $((n + 1))
is "in their order" "$(cut -d, -f1 p.csv | tail -n +2 | tr -d '\r' | xargs)" \
    "$(jq -r '.[].question_id' band/test.json | xargs)"
is "as many right as the table says" "$(tr -d '\r' <p.csv | grep -c ',1$')" \
    "$(jq '(.overall.accuracy * .overall.n) | round' out)"
is "all pairs make up all" "$(jq '[.confusion[].n] | add' out)" "$n"
is "the right pairs too" "$(jq '[.confusion[] | select(.truth == .answer) | .n] | add // 0' out)" \
    "$(jq '(.overall.accuracy * .overall.n) | round' out)"
yes_ "calibration" jq -e '([.calibration.bins[].n] | add) == .overall.n and .calibration.error >= 0' out

is "ask" "$(status "$PIPE" ask $clip "which instrument sounds first?" --model m.safetensors --json --top 2)" 0
yes_ "an answer" jq -e '.answer == .top[0].answer and (.top | length) == 2 and
    .probability > 0 and (.attention.audio | length) == 10' out
yes_ "attention sums to one" jq -e '(.attention.visual | add) as $s | $s > 0.999 and $s < 1.001' out
is "explained" "$(status "$PIPE" ask $clip "which <b> sounds first?" --model m.safetensors --json \
    --explain page.html)" 0
is "a picture a second, once" "$(grep -c '^--p[0-9]*:url(data:image/jpeg;base64,' page.html)" 10
yes_ "the same grid as JSON" jq -e '.attention.grid_shape == [5, 5] and (.attention.grid | length) == 10 and
    all(.attention.grid[]; (add | . > 0.999 and . < 1.001) and length == 25)' out
yes_ "the same numbers" grep -qF "$(jq -r '.attention.audio[3] * 1000 | round / 10 |
    "3 s: \(if . == floor then "\(.).0" else . end) %"' out)" page.html
yes_ "nothing from elsewhere" bash -c "! grep -qE '(src|href)=\"(http|//|file)|<script' page.html"
yes_ "markup in a question stays text" bash -c "! grep -q '<b>' page.html"
is "no page of a missing folder" "$(status "$PIPE" ask $clip "which instrument?" --model m.safetensors \
    --explain /proc/none/page.html)" 1
"$TOYBAND" --out other --videos 2 --seed 12 --quiet >/dev/null
before=$("$PIPE" store info --json | jq .asked)
is "ask of a new clip of a known name" \
    "$(status "$PIPE" ask other/videos/00000001.mp4 "how many instruments?" --model m.safetensors)" 0
is "it was ingested, apart" "$("$PIPE" store info --json | jq .asked)" $((before + 1))
is "a model of other weights" "$(status "$PIPE" ask $clip "how many instruments?" --model m.safetensors \
    --audio-weights seeded:2)" 1
yes_ "is refused with the reason" grep -q "trained on audio features" err
head -c 1000 m.safetensors >cut.safetensors
is "a broken model" "$(status "$PIPE" ask $clip "how many instruments?" --model cut.safetensors)" 1
yes_ "one sentence" grep -q "cut.safetensors" err
is "questions without features" "$(sed 's/"0000000/"9999999/' band/test.json >far.json
    status "$PIPE" eval --annotations far.json --model m.safetensors)" 1
# Questions of one's own: one CSV with all the splits.
own() { jq -r ".[] | [.video_id, (.question_content | gsub(\"[<>]\"; \"\")), .anser, (.type | fromjson | join(\" \")), \"$2\"]
    | @csv" "band/$1.json"; }
{
    echo "video,question,answer,type,split"
    own train train
    own val validation
    own test test
} >own.csv
is "train on it" "$(status "$PIPE" train --annotations own.csv --val own.csv --out own.safetensors \
    --dim 32 --heads 2 --tokens 2 --epochs 1 --lr 1e-3 --json)" 0
yes_ "its training questions alone" grep -q "training on $(jq length band/train.json) questions" err
is "eval on it" "$(status "$PIPE" eval --annotations own.csv --split test --model own.safetensors --json)" 0
is "its test questions alone" "$(jq .overall.n out)" "$n"
is "a split that there is not" "$(status "$PIPE" eval --annotations own.csv --split far --model own.safetensors)" 1
yes_ "is said" grep -q "is of the split far" err
# An interrupted training goes on as if it had not been.
train_to() {
    "${@:2}" "$PIPE" train --annotations band/train.json --val band/val.json -q --out "$1" \
        --dim 64 --heads 2 --tokens 2 --epochs 40 --lr 1e-3 ${resume:+"$resume"} >out 2>err
    echo $?
}
# Sends SIGINT when the first epoch's model is there, however fast the machine is.
interrupt() {
    "$@" &
    until [ -e parts.safetensors ] || ! kill -0 $! 2>/dev/null; do sleep 0.01; done
    kill -INT $!
    wait $!
}
is "training in one go" "$(train_to whole.safetensors)" 0
is "interrupted" "$(train_to parts.safetensors interrupt)" 75
yes_ "says how to go on" grep -q -- "--resume" err
is "goes on" "$(resume=--resume train_to parts.safetensors)" 0
yes_ "to the same bytes" cmp whole.safetensors parts.safetensors
rm parts.safetensors.last
is "nothing to go on from" "$(resume=--resume train_to parts.safetensors)" 1
yes_ "is said" grep -q "parts.safetensors.last" err
# What was run, and how it went.
is "runs" "$(status "$PIPE" runs ls --json --kind train)" 0
first=$(jq -s '[.[] | select(.status == "done") | .id][0]' out)
is "a curve of both epochs" "$(jq -s ".[] | select(.id == $first) | .metrics.curve | length" out)" 2
is "an interrupted one" "$(jq -s '[.[] | select(.status == "interrupted")] | length > 0' out)" true
is "show" "$(status "$PIPE" runs show "$first")" 0
yes_ "settings" grep -q "training.lr  *0.001" out
is "compare" "$(status "$PIPE" runs compare "$first" last)" 0
yes_ "what differs" grep -q "training.epochs  *2  *40" out
yes_ "not what does not" bash -c '! grep -q model.heads out'
is "plot" "$(status "$PIPE" runs plot "$first" --out curve.svg)" 0
is "five lines" "$(grep -c '<path' curve.svg)" 5
printf '{"epoch": %d, "loss": 0.5, "val_loss": 0.25, "val_accuracy": 0.9}\n' 1 2 >curve.jsonl
is "plot of a file" "$(status "$PIPE" runs plot --curve curve.jsonl --out file.svg)" 0
is "the lines that it has" "$(grep -c '<path' file.svg)" 3
echo nonsense >>curve.jsonl
is "which is none" "$(status "$PIPE" runs plot --curve curve.jsonl --out file.svg)" 1
yes_ "names the line" grep -q "line 3" err
is "an unknown run" "$(status "$PIPE" runs show 4711)" 1
is "no run's number" "$(status "$PIPE" runs show x)" 2
is "no verb" "$(status "$PIPE" runs)" 2
# Less precision where the machine has it; it is part of what made the features.
is "a precision that there is not" "$(status "$PIPE" features $clip --extractor vggish_nano --out a.npy --precision f8)" 1
is "OpenBLAS has one" "$(AVQA_BACKEND=openblas status "$PIPE" ingest --store narrow.db --precision bf16 $clip)" 1
if [ "$("$PIPE" doctor --json | jq .products.networks_bf16)" = true ]; then
    is "in bf16" "$(status "$PIPE" ingest --store narrow.db --precision bf16 $clip)" 0
    is "in f32 beside it" "$(status "$PIPE" ingest --store narrow.db $clip)" 0
    is "four features" "$("$PIPE" store info --store narrow.db --json | jq .features)" 4
fi
is "train from a model" "$(status "$PIPE" train --annotations band/train.json --val band/val.json --from m.safetensors \
    --out m2.safetensors --dim 32 --heads 2 --tokens 2 --epochs 1 --lr 1e-3 --json)" 0
yes_ "and little waiting" jq -e '.waited >= 0 and .waited <= .seconds' out
is "of another size" "$(status "$PIPE" train --annotations band/train.json --val band/val.json --from m.safetensors \
    --out m3.safetensors --dim 64 --heads 2 --tokens 2 --epochs 1)" 1
yes_ "is said" grep -q "give train the options" err

finish
