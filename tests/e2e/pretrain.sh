#!/usr/bin/env bash
# Feature networks taught on clips of known truth: they learn, and what is written is read.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 9 --seed 3 --quiet
is "audio" "$(status "$PIPE" pretrain --truth band/truth.jsonl --extractor vggish_nano \
    --out a.safetensors --epochs 4 --batch 16 --json)" 0
yes_ "it learns" jq -s -e 'length == 4 and .[3].loss < 0.8 * .[0].loss' out
is "picture" "$(status "$PIPE" pretrain --truth band/truth.jsonl --extractor swin_nano \
    --out v.safetensors --epochs 2 --seconds 1 --batch 4 --json)" 0
yes_ "it learns" jq -s -e 'length == 2 and .[1].loss < .[0].loss' out
is "they make features" "$(status "$PIPE" ingest --audio vggish_nano --audio-weights a.safetensors \
    --visual swin_nano --visual-weights v.safetensors --json band/videos/00000000.mp4)" 0
yes_ "and are not called random" bash -c '! grep -q "random weights" err'
is "their shapes" "$("$PIPE" store ls --json | jq -s -c '.' | grep -c 00000000)" 1

is "a missing clip is left out" "$(rm band/videos/00000003.mp4
    status "$PIPE" pretrain --truth band/truth.jsonl --extractor vggish_nano --out b.safetensors \
        --epochs 1)" 3
yes_ "and named" grep -q 00000003.mp4 err
is "no truth" "$(status "$PIPE" pretrain --truth none.jsonl --extractor vggish_nano --out c)" 1
sed '4s/"middle"\|"left"\|"right"/"above"/' band/truth.jsonl >bad.jsonl
is "a bad place" "$(status "$PIPE" pretrain --truth bad.jsonl --extractor vggish_nano --out c)" 1
yes_ "with its line" grep -q "bad.jsonl, line 4: has a place" err
is "half a line" "$(head -c 100 band/truth.jsonl >cut.jsonl
    status "$PIPE" pretrain --truth cut.jsonl --extractor vggish_nano --out c)" 1
: >empty.jsonl
is "an empty file" "$(status "$PIPE" pretrain --truth empty.jsonl --extractor vggish_nano --out c)" 1
is "misuse" "$(status "$PIPE" pretrain --truth band/truth.jsonl)" 2
finish
