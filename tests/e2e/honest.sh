#!/usr/bin/env bash
# What ask says when it does not know: words, kinds of answers, clips unlike the training's,
# missing streams. In text, in JSON, on the page, also with --quiet.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
export AVQA_MODEL=toyband

yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 42 --questions 8 --quiet
clip=band/videos/00000000.mp4
ask() { # question, switches
    status "$PIPE" ask $clip "$1" --quiet "${@:2}"
}

# ---- questions that are none ----
for q in "" "   " "?" "?!..." "—"; do
    is "a question of '$q'" "$(ask "$q")" 2
    yes_ "'$q' is said to be empty" grep -q "question is empty" err
    is "'$q' has no answer" "$(cat out)" ""
done
is "no word of it is known" "$(ask "zorgle blix" --json)" 2
is "no answer" "$(cat out)" ""
is "a slip alone" "$(ask violn)" 2
yes_ "what was meant" grep -q 'did you mean "violin"' err
is "known words that say nothing" "$(ask how --json)" 0
yes_ "are not answered" jq -e '.answer == null and .sure == false and
    (.warnings | any(test("says nothing of what is asked about")))' out
is "quiet or not" "$(ask "is it the?")" 0
yes_ "it is said" grep -q "^not sure: the question says nothing of what is asked about; its best guess" out

# ---- words ----
is "a slip" "$(ask "who plays the violn?")" 0
yes_ "nothing is claimed" grep -q '^not sure: .*"violn" (did you mean "violin"?).*best guess' out
is "as JSON" "$(ask "who plays the violn?" --json)" 0
yes_ "null" jq -e '.answer == null and .sure == false and .unknown_words == ["violn"] and
    .did_you_mean.violn == "violin" and (.best_guess | type) == "string" and
    (.model | type) == "string" and (.warnings | length) > 0' out
is "unknown nouns" "$(ask "what colour is the car?" --json)" 0
yes_ "are named" jq -e '.answer == null and .unknown_words == ["colour", "car"]' out
is "plurals" "$(ask "how many accordions are there?" --json)" 0
yes_ "are known" jq -e '.unknown_words == [] and .answer != null' out
is "the other form" "$(ask "how many accordion are there?" --json)" 0
is "gives the same" "$(jq .probability out)" "$(ask "how many accordions are there?" --json >/dev/null; jq .probability out)"
is "verb forms" "$(ask "which instrument started first?" --json)" 0
yes_ "are known too" jq -e '.unknown_words == []' out
is "courtesy" "$(ask "hey, could you tell me which instrument sounds first please?" --json)" 0
yes_ "does not matter" jq -e '.answer != null and .sure' out

# ---- the page ----
is "explained" "$(ask "who plays the violn?" --explain page.html)" 0
yes_ "the page says so" grep -q 'class="answer">not sure' page.html
yes_ "and why" grep -q '<li>.*violn' page.html

# ---- missing streams ----
ffmpeg -nostdin -v error -y -i $clip -an -c copy mute.mp4
is "without sound" "$(status "$PIPE" ask mute.mp4 "where is this?" --quiet --json)" 0
yes_ "is said" jq -e '.warnings | any(test("no sound track; the answer rests on the picture"))' out
yes_ "what the sound does not bear on is answered" jq -e '.answer != null' out
ffmpeg -nostdin -v error -y -i $clip -vn -c:a pcm_s16le blind.wav
is "without a picture" "$(status "$PIPE" ask blind.wav "which instrument sounds first?" --json --quiet)" 0
yes_ "is a warning" jq -e '.warnings | any(test("no picture; the answer rests on the sound"))' out
yes_ "and nothing is claimed of what wants one" jq -e '.answer == null and .sure == false' out
is "the beginning alone" "$(status "$PIPE" ask band/videos/00000001.mp4 "where is this?" --max-seconds 4 --quiet)" 0
yes_ "is told" grep -q "only the first 4 of 10 s were read" out

# ---- kinds: whatever is asked, the answer is one to such a question ----
kind() { # question, the answers there are
    is "$1" "$(ask "$1" --json)" 0
    yes_ "$1: one of $2" jq -e --arg a "$2" '.best_guess as $g | $a | split(" ") | index($g)' out
}
kind "is there any violin to be heard?" "yes no"
kind "do the drums sound louder than the flutes" "yes no"
kind "how many different instruments play" "zero one two three"
kind "so where was it filmed?" "indoor outdoor"
kind "who plays last?" "accordion acoustic_guitar banjo congas drum flute piano saxophone trumpet violin"

# ---- what a question takes for granted ----
names=$(head -n 1 band/truth.jsonl | jq -r '[.players[].instrument] | join(" ")')
missing=""
for k in accordion banjo congas flute saxophone trumpet violin; do
    case " $names " in *" $k "*) continue ;; esac
    ask "which instrument plays before the $k?" --json >/dev/null
    jq -e --arg k $k '.absent[$k] >= 0.7' out >/dev/null && missing=$k && break
done
yes_ "one that the model does not find" test -n "$missing"
yes_ "is not taken for granted" jq -e '.answer == null and .sure == false and
    (.warnings | any(test("takes for granted")))' out
is "whether it is there" "$(ask "is there a $missing in the entire video?" --json)" 0
yes_ "can be asked" jq -e '.answer == "no"' out

# ---- clips unlike the training's ----
ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=320x240:r=25:d=6 -f lavfi -i anoisesrc=d=6:a=0.5 \
    -shortest -c:v libx264 -preset ultrafast -pix_fmt yuv420p -c:a aac strange.mp4
is "a clip of another kind" "$(status "$PIPE" ask strange.mp4 "which instrument sounds first?" --quiet --explain page.html)" 0
yes_ "is told, quiet or not" grep -q "^not sure: this clip is unlike those that the model was trained on.*its best guess would be" out
yes_ "on the page" grep -q "<li>this clip is unlike" page.html
is "as JSON" "$(status "$PIPE" ask strange.mp4 "which instrument sounds first?" --quiet --json)" 0
yes_ "nothing is claimed" jq -e '.answer == null and .sure == false and .best_guess != null and .unlike.visual > 1' out

# ---- eval ----
is "ingest" "$(status "$PIPE" ingest --quiet band/videos)" 0
is "eval" "$(status "$PIPE" eval --quiet --json --annotations band/train.json)" 0
yes_ "calibrated and not" jq -e '.calibration.error > 0 and .uncalibrated.error > 0' out
yes_ "few of its own kind are unlike" jq -e '.unlike.clips <= 1 and .unlike.of >= 6' out
is "eval" "$(status "$PIPE" eval --quiet --annotations band/train.json)" 0
yes_ "in text" grep -q "expected calibration error .* % (.* % as the network has it)" out

# ---- a model file without any of it, as those of earlier versions ----
cat >strip.py <<'P'
import json, struct, sys
b = open(sys.argv[1], "rb").read()
n = struct.unpack("<Q", b[:8])[0]
h = json.loads(b[8:8 + n])
meta = h.pop("__metadata__")
for k in ("kinds", "temperatures", "presence", "likeness.audio", "likeness.visual", "likeness.cells"):
    del meta[k]
out, data = {"__metadata__": meta}, b""
for k, v in sorted(h.items(), key=lambda e: e[1]["data_offsets"][0]):
    if k.startswith("limits."):
        continue
    part = b[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]]
    out[k] = dict(v, data_offsets=[len(data), len(data) + len(part)])
    data += part
text = json.dumps(out).encode()
text += b" " * (-len(text) % 8)
open(sys.argv[2], "wb").write(struct.pack("<Q", len(text)) + text + data)
P
default=$(ask "where is this?" --json >/dev/null; jq -r .model out)
yes_ "an old file" python3 strip.py "$default" old.safetensors
is "is asked" "$(ask "where is this?" --json --model old.safetensors)" 0
yes_ "answers, and says what it lacks" jq -e '.answer != null and .unlike.visual == null and
    (.warnings | any(test("avqa-pipe calibrate")))' out
is "it learns its limits" "$(status "$PIPE" calibrate --model old.safetensors --out new.safetensors \
    --annotations band/train.json --val band/test.json band/val.json --json)" 0
yes_ "few questions make no kinds that would shut right answers out" jq -e '.kinds | length == 1' out
is "and is asked again" "$(ask "where is this?" --json --model new.safetensors)" 0
yes_ "now it knows" jq -e '.warnings | any(test("avqa-pipe calibrate")) | not' out
is "calibrate needs both" "$(status "$PIPE" calibrate --annotations band/train.json)" 2
finish
