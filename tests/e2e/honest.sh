#!/usr/bin/env bash
# What ask says when it does not know: words, kinds of answers, clips unlike the training's,
# missing streams. In text, in JSON, on the page, also with --quiet.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 41 --questions 8 --quiet
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
is "function words alone" "$(ask "is it the?")" 2

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
is "without sound" "$(status "$PIPE" ask mute.mp4 "where is this?" --quiet)" 0
yes_ "is said" grep -q "no sound track; the answer rests on the picture" out
ffmpeg -nostdin -v error -y -i $clip -vn -c:a pcm_s16le blind.wav
is "without a picture" "$(status "$PIPE" ask blind.wav "how many instruments sound?" --json --quiet)" 0
yes_ "is a warning" jq -e '.warnings | any(test("no picture; the answer rests on the sound"))' out
is "the beginning alone" "$(status "$PIPE" ask band/videos/00000001.mp4 "where is this?" --max-seconds 4 --quiet)" 0
yes_ "is told" grep -q "only the first 4 of 10 s were read" out
finish
