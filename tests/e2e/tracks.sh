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
# ---- probe ----
is "probe" "$(status "$PIPE" probe two.mp4 --json)" 0
yes_ "tells the tracks" jq -e '[.tracks[] | [.kind, .number, .taken]] ==
    [["picture", 1, true], ["sound", 1, false], ["sound", 2, true]] and
    .tracks[0].width == 64 and .tracks[0].height == 48 and .tracks[0].frames_per_second == 25 and
    .tracks[1].channels == 1 and .tracks[1].codec == "aac" and .tracks[1].begins == null and
    (.tracks[2].begins | fabs) < 0.1' out
yes_ "and what is read" jq -e '.read.seconds == 3 and .read.sound == 3 and .read.picture == 3 and
    (.notes | any(test("number 2, the first marked default")))' out
is "another track" "$(status "$PIPE" probe two.mp4 --audio-track 1)" 0
yes_ "is read" grep -q "sound 1: aac, 44100 Hz, mono, from" out
yes_ "and the other not" grep -q "sound 2: aac, 44100 Hz, mono (not read)" out
ffmpeg -nostdin -v error -y -i one0.mp4 -vn -c:a flac -metadata:s:a title=$'a\033[31mb' \
    -metadata:s:a language=deu late.mka
is "only sound" "$(status "$PIPE" probe late.mka)" 0
yes_ "is told" grep -q "sound 1: flac, 44100 Hz, mono, .*\"a.*b\"" out
yes_ "its picture too" grep -q "read: 3 seconds, sound in 3, picture in 0" out
is "no control character gets through" "$(grep -c $'\033' out)" 0
is "a part" "$(status "$PIPE" probe two.mp4 --max-seconds 2)" 0
yes_ "is said to be one" grep -q "only the first 2 of 3 s were read" out
echo text >no-clip.mp4
is "no clip" "$(status "$PIPE" probe no-clip.mp4)" 1
is "one of two" "$(status "$PIPE" probe no-clip.mp4 two.mp4 --json)" 3
is "the other is told" "$(jq -r .clip out)" two.mp4
is "nothing" "$(status "$PIPE" probe)" 2

finish
