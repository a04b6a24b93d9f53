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

# ---- going on ----
learn() {
    ${go:-} "$PIPE" pretrain --truth band/truth.jsonl --extractor vggish_nano --epochs 6 --batch 4 --seconds 5 \
        --jobs 1 --json "$@"
}
is "nothing to go on with" "$(status learn --out cut --resume)" 1
yes_ "is said" grep -q "cut.last: is not there" err
is "through a device there is none" "$(status learn --out /dev/null --resume)" 1
is "at once" "$(status learn --out whole)" 3
mv out epochs
{ go="exec"; learn --out cut; } >out 2>err &
pid=$!
for _ in $(seq 6000); do # the first epoch's line
    [ -s out ] && break
    sleep 0.01
done
kill -INT $pid
wait $pid
is "interrupted" $? 75
n=$(wc -l <out)
yes_ "before its end" [ "$n" -lt 6 ]
yes_ "that it can go on is said" grep -q "with --resume goes on" err
yes_ "it left a network" "$PIPE" weights inspect cut >/dev/null
is "other settings" "$(status learn --out cut --resume --seed 2)" 1
yes_ "are named" grep -q "seed=1, and here it is seed=2" err
is "other seconds" "$(status learn --out cut --resume --seconds 2)" 1
yes_ "are told" grep -q "other clips or another truth" err
is "going on" "$(status learn --out cut --resume)" 3
yes_ "gives the same file" cmp -s cut whole
is "and the same epochs" "$(jq -c 'del(.seconds)' out)" "$(tail -n +$((n + 1)) epochs | jq -c 'del(.seconds)')"
yes_ "nothing else was replaced" [ ! -e cut.old ]
cp a.safetensors cut # a kill leaves the last whole epoch, and loses nothing that was there
rm cut.last
{ go="exec"; learn --out cut; } >out 2>err &
pid=$!
for _ in $(seq 6000); do
    [ -s cut.last ] && break
    sleep 0.01
done
kill -KILL $pid
wait $pid 2>/dev/null
is "killed" $? 137
is "going on with that" "$(status learn --out cut --resume)" 3
yes_ "gives the same file too" cmp -s cut whole
yes_ "what was there is kept" cmp -s cut.old a.safetensors
is "what is done stays done" "$(status learn --out cut --resume)" 3
yes_ "the same file" cmp -s cut whole

is "misuse" "$(status "$PIPE" pretrain --truth band/truth.jsonl)" 2
finish
