#!/usr/bin/env bash
# --audio-track through ingest, features and ask: what is taken, what is said, what is kept.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

tone() { echo "-f lavfi -i sine=f=$1:d=3"; }
# shellcheck disable=SC2046
ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=64x48:r=25:d=3 $(tone 300) $(tone 900) -map 0 -map 1 -map 2 \
    -c:v libx264 -preset ultrafast -c:a aac -disposition:a 0 -disposition:a:1 default two.mp4
for k in 0 1; do
    ffmpeg -nostdin -v error -y -i two.mp4 -map 0:v -map 0:a:$k -c copy one$k.mp4
done
feature() { # clip, out, switches
    status "$PIPE" features "$1" --extractor vggish_nano --out "$2" "${@:3}"
}

is "as marked" "$(feature two.mp4 two.npy)" 0
yes_ "the choice is said" grep -q "2 sound tracks; number 2, the first marked default, was taken (--audio-track chooses)" err
is "the second alone" "$(feature one1.mp4 one1.npy)" 0
yes_ "it is that" cmp two.npy one1.npy
is "the first" "$(feature two.mp4 first.npy --audio-track 1 --json)" 0
yes_ "the notes are in JSON" jq -e '.notes | any(test("number 1, as asked"))' out
is "the first alone" "$(feature one0.mp4 one0.npy)" 0
yes_ "it is that" cmp first.npy one0.npy
is "a third" "$(feature two.mp4 third.npy --audio-track 3)" 1
yes_ "is an error that counts" grep -q "two.mp4: has 2 sound tracks, and number 3 was asked for" err
is "no number" "$(feature two.mp4 third.npy --audio-track 0)" 2

is "ingest" "$(status "$PIPE" ingest two.mp4 --store s.db --json)" 0
yes_ "notes it" jq -se '.[0].notes | any(test("2 sound tracks; number 2"))' out
is "a track that is not there" "$(status "$PIPE" ingest two.mp4 --store s.db --audio-track 3)" 3
is "is no fault of the clip" "$(status "$PIPE" ingest two.mp4 --store s.db --json)" 0
is "the first track" "$(status "$PIPE" ingest two.mp4 --store s.db --audio-track 1 --json)" 0
yes_ "is made beside" jq -se '.[0].outcome == "made"' out
is "again" "$(status "$PIPE" ingest two.mp4 --store s.db --audio-track 1 --json)" 0
yes_ "is there already" jq -se '.[0].outcome == "current"' out
for k in 1 2; do
    is "ask track $k" "$(status "$PIPE" ask two.mp4 "which instrument sounds?" --store s.db --audio-track $k --json --quiet)" 0
    jq -c .occlusion.audio out >ask$k
done
differ_() { ! cmp -s "$1" "$2"; }
yes_ "are two answers' grounds" differ_ ask1 ask2
is "and the store is sound" "$(status "$PIPE" store verify --store s.db)" 0
finish
