#!/usr/bin/env bash
# What is heard and seen is shown, and "cannot tell" is an answer, where a model's features are
# concepts: with a network of hearing made by hand, which calls loud seconds a violin and quiet
# ones none, and the network of sight that ships.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1

yes_ "a network of hearing" python3 "$here/make_hearing.py" hearing.safetensors violin none
yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 42 --questions 8 --quiet
is "ingest" "$(status "$PIPE" ingest --audio hearing --audio-weights hearing.safetensors --visual sight \
    --visual-options look=once --max-seconds 1 -q band/videos)" 0
is "a model on them" "$(status "$PIPE" train --network linear --annotations band/train.json --val band/val.json \
    --epochs 20 --out m.safetensors -q)" 0

# Eight seconds, of which 2 to 5 are loud; and eight of silence. No instrument in the picture.
yes_ "clips" ffmpeg -nostdin -v error -f lavfi -i testsrc2=s=320x240:r=5:d=8 \
    -f lavfi -i "anoisesrc=d=8:r=16000:seed=1,volume='if(between(t,2,5),1,0)':eval=frame" \
    -f lavfi -i anullsrc=r=16000:d=8 -map 0:v -map 1:a -c:a pcm_s16le noise.mov \
    -map 0:v -map 2:a -c:a pcm_s16le silence.mov
ask() { # clip, question, switches
    status "$PIPE" ask "$1" "$2" --model m.safetensors --audio-weights hearing.safetensors "${@:3}"
}

# ---- shown ----
is "a question" "$(ask noise.mov "which instrument sounds first?" --json)" 0
yes_ "when the violin is heard" jq -e '.concepts.lines == ["violin heard 0:02 to 0:05"]' out
yes_ "as a span" jq -e '.concepts.heard | length == 1 and .[0].what == "violin" and .[0].from == 2 and .[0].to == 5 and
    .[0].likely > 0.9' out
yes_ "nothing is seen" jq -e '.concepts.seen == []' out
yes_ "the evidence" jq -e '.concepts.kinds | length == 22 and .violin.heard > 0 and .tuba.heard < 0 and
    .violin.log_odds > .tuba.log_odds and .erhu.seen == null' out
yes_ "is a violin rather than none" jq -e '.concepts.none < 0.5 and .concepts.kinds.violin.probability > 0.5' out
yes_ "so it can tell" jq -e '.cannot_tell == null' out
is "in text" "$(ask noise.mov "which instrument sounds first?")" 0
is "a line says it" "$(grep -c '^  violin heard 0:02 to 0:05$' out)" 1
is "quiet" "$(ask noise.mov "which instrument sounds first?" --quiet)" 0
is "none does" "$(grep -c 'heard' out)" 0
is "explained" "$(ask noise.mov "which instrument sounds first?" --explain page.html)" 0
yes_ "the page has the track" grep -q 'violin heard 0:02 to 0:05' page.html

# ---- cannot tell ----
is "silence" "$(ask silence.mov "which instrument sounds first?")" 0
is "the first line" "$(head -n 1 out)" \
    "cannot tell: nothing is heard that has a name here; no instrument is seen"
is "no guess stands below" "$(grep -c '%' out)" 0
is "and what was sensed" "$(grep -c '^  nothing that has a name here is heard or seen$' out)" 1
is "as JSON" "$(ask silence.mov "which instrument sounds first?" --json)" 0
yes_ "null, and why" jq -e '.answer == null and .sure == false and (.best_guess | type) == "string" and
    (.cannot_tell | test("nothing is heard")) and .cannot_tell == .warnings[0]' out
is "what neither sense knows" "$(ask noise.mov "is there a theremin?" --json)" 0
yes_ "is said" jq -e '.answer == null and
    .cannot_tell == "neither hearing nor sight knows the theremin; violin is heard 0:02 to 0:05; no instrument is seen"' out
is "explained" "$(ask silence.mov "which instrument sounds first?" --explain page.html)" 0
yes_ "the page says so" grep -q 'class="answer">cannot tell' page.html
is "and has no guesses" "$(grep -c 'class="top"' page.html)" 0

# ---- limits ----
is "a number" "$(ask noise.mov "how many violins are there?" --json)" 0
yes_ "is never sure" jq -e '.probability <= 0.600001 and .sure == false' out
yes_ "and all are one" jq -e '[.top[].probability] | add <= 1.000001' out

# ---- eval ----
is "eval" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors --predictions p.csv --json)" 0
yes_ "counts answers apart" jq -e '.answered | .of >= .n and .of > 0' out
is "so do its predictions" "$(head -n 1 p.csv | tr -d '\r')" \
    question_id,video_id,type,question,truth,answer,probability,right,cannot_tell
is "in the same number" "$(tail -n +2 p.csv | tr -d '\r' | grep -c ',0$')" "$(jq .answered.n out)"
is "as text" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors)" 0
is "too" "$(grep -c 'questions got an answer' out)" 1

# ---- other features ----
is "the usual model" "$(status "$PIPE" ask noise.mov "which instrument sounds first?" --model toyband --json)" 0
yes_ "has none of it" jq -e '.concepts == null and .cannot_tell == null' out
finish
