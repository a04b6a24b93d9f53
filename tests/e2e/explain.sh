#!/usr/bin/env bash
# What an answer rests on: in text, JSON and on the page the same numbers; what is not there
# costs nothing; and what is shown depends on the clip, and the answer on it. The limits at the
# end are far from what the model reaches (tests/bench/explain.sh prints it).
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
export AVQA_MODEL=toyband

yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 4242 --questions 12 --quiet
clip=band/videos/00000003.mp4
first="which instrument sounds first?"
is "ask" "$(status "$PIPE" ask $clip "$first" --quiet)" 0
cp out text
yes_ "without the sound" grep -q '^  without the sound .* log-odds), without the picture ' text
yes_ "no attention in the text" bash -c '! grep -q "looked most" text'
is "as JSON" "$(status "$PIPE" ask $clip "$first" --quiet --json --explain page.html)" 0
cp out json
yes_ "seconds, streams, cells" jq -e '.occlusion | .unit == "log-odds" and (.audio | length) == 10 and
    (.visual | length) == 10 and (.cells | length) == 25 and .grid_shape == [5, 5] and
    (.grid | length) == 10 and all(.grid[]; length == 25) and
    (.streams.audio.answer | type) == "string" and (.streams.visual.drop | type) == "number"' json
yes_ "attention too" jq -e '(.attention.audio | length) == 10 and (.attention.grid | length) == 10' json
yes_ "of the answer" jq -e '.occlusion.answer == .answer' json
yes_ "as sure as the answer" jq -e '1 / (1 + (-.occlusion.log_odds | exp)) - .network_probability |
    . > -1e-5 and . < 1e-5' json

# The strongest second is the one that text and page name, with its number.
strongest=$(jq -r '.occlusion | [(.audio | to_entries[] | {s: "\(.key) s of sound", d: .value, t: .key}),
    (.visual | to_entries[] | {s: "\(.key) s of picture", d: .value, t: .key})] | max_by(.d) |
    "\(.t) \(.d) \(.s)"' json)
read -r second drop name <<<"$strongest"
yes_ "the strongest in the text" grep -qF "rests most on $name ($(awk -v d="$drop" 'BEGIN { printf "%+.1f", -d }'))" text
yes_ "and on the page" grep -qE "<a title=\"$second s: .*$(awk -v d="$drop" 'BEGIN { printf "%+.2f", -d }') without its ${name##* of }" page.html
yes_ "named there first" bash -c "grep '<strong>[0-9]* s of' page.html | head -n 1 | grep -qF '<strong>$name</strong>'"
is "a link for every second" "$(grep -c '<a title="[0-9]* s: .* without its sound, .* without its picture"' page.html)" 10
is "that goes there" "$(grep '<a title="7 s' page.html | grep -c 'target="clip" href="band/videos/00000003.mp4?7#t=7"')" 1
is "a bar in each band" "$(grep -c '^<rect .*var(--s' page.html)" 40
yes_ "attention is called that" grep -q '<summary>Attention, for comparison' page.html
is "folded" "$(grep -c '<details>' page.html)" 3
yes_ "nothing from elsewhere" bash -c "! grep -qE '(src|href)=\"(http|//|file)|<script' page.html"
yes_ "the model" grep -q 'Answered by <strong>the model that comes with avqa-pipe</strong> (the network coqo) about band/videos' page.html
yes_ "no red over pictures" bash -c "! grep -qi 'ff2000' page.html"
yes_ "a scale beside them" grep -q '<p class="scale">nothing lost<i role="img"' page.html

# The clip: beside the page, wherever that is; inside it; nowhere.
player() { grep -o "<video [^>]*src='[^']*'" "$1" | sed "s/.*src='//; s/#t=0.01'//"; }
is "the clip's place" "$(player page.html)" band/videos/00000003.mp4
mkdir -p pages/deep
cp $clip "pages/a b'&%<\303\244.mp4"
is "from another folder" "$(status "$PIPE" ask "pages/a b'&%<\303\244.mp4" "$first" --quiet --explain pages/deep/p.html)" 0
at=$(player pages/deep/p.html)
is "is encoded" "$at" "../a%20b%27%26%25%3C%5C303%5C244.mp4"
is "and leads there" "$(cd pages/deep && realpath "$(python3 -c 'import sys, urllib.parse; print(urllib.parse.unquote(sys.argv[1]))' "$at")")" \
    "$(realpath "pages/a b'&%<\303\244.mp4")"
is "inside" "$(status "$PIPE" ask $clip "$first" --quiet --explain inside.html --embed)" 0
grep -o 'src="data:video/mp4;base64,[^"]*' inside.html | sed 's/.*base64,//' | base64 -d >inside.mp4
yes_ "is all of it" cmp $clip inside.mp4
is "its seconds" "$(grep -c '<a title.*href="#clip" data-t="' inside.html)" 10
is "by a script" "$(grep -c '<script' inside.html)" 1
truncate -s 33M large.mp4
is "too large" "$(status "$PIPE" ask large.mp4 "$first" --quiet --explain no.html --embed)" 2
yes_ "is said" grep -q "large.mp4: has 33.0 MB; a page takes clips of at most 32 MB" err
yes_ "nothing is written" [ ! -e no.html ]
is "inside what" "$(status "$PIPE" ask $clip "$first" --embed)" 2
yes_ "is asked" grep -q -- "--embed puts the clip into the page of --explain" err
is "from standard input" "$(status "$PIPE" ask - "$first" --quiet --explain piped.html <$clip)" 0
yes_ "there is nothing to play" bash -c "! grep -qE '<iframe|<video|href=' piped.html && grep -q 'a clip from standard input' piped.html"
is "to standard output" "$(status "$PIPE" ask $clip "$first" --quiet --explain /dev/stdout)" 0
is "plays from here" "$(player out)" band/videos/00000003.mp4
is "a word it does not know" "$(status "$PIPE" ask $clip "who plays the violn?" --quiet --explain guess.html)" 0
yes_ "a guess is called that" grep -q '<h2>What its best guess rests on' guess.html
is "with every remark" "$(grep -c '^<li>' guess.html)" \
    "$("$PIPE" ask $clip "who plays the violn?" --quiet --json | jq '.warnings | length')"
yes_ "and not explained in the text" bash -c '! grep -q "rests" out'

# A clip of sound alone: its pictures cost nothing.
ffmpeg -nostdin -v error -y -i $clip -vn -c:a pcm_s16le blind.wav
is "without picture" "$(status "$PIPE" ask blind.wav "$first" --quiet --json --explain blind.html)" 0
yes_ "no drops of it" jq -e '.occlusion | .streams.visual == null and .cells == null and .grid == null and
    all(.visual[]; . == 0) and any(.audio[]; . != 0)' out
yes_ "no pictures on the page" bash -c "! grep -qE 'Where in the picture|class=.pic|--p0' blind.html"
yes_ "but a player" grep -q "style=.height:60px" blind.html
is "text" "$(status "$PIPE" ask blind.wav "$first" --quiet)" 0
yes_ "says nothing of it" bash -c "! grep -q 'without the picture' out"

# One question about all clips, and all questions.
is "ingest" "$(status "$PIPE" ingest --quiet band/videos)" 0
jq -s --arg w "$first" 'add | unique_by(.video_id) | map(.question_content = $w | .templ_values = "[]")' \
    band/{train,val,test}.json >one.json
is "measured" "$(status "$PIPE" eval --quiet --json --explanations --annotations one.json)" 0
cp out one
yes_ "depends on the clip" jq -e '.explanations.occlusion.correlation | .audio < 0.45 and .visual < 0.45' one
yes_ "attention hardly does" jq -e '.explanations | .attention.correlation.visual > 0.8 and .n == 12' one
is "as text" "$(status "$PIPE" eval --quiet --explanations --annotations band/{train,val,test}.json)" 0
yes_ "a table" grep -q '^correlation between clips, sound' out
is "all" "$(status "$PIPE" eval --quiet --json --explanations --annotations band/{train,val,test}.json)" 0
yes_ "answers depend on it" jq -e '.explanations | .occlusion.changed > 1.5 * .changed_at_random and
    .n_hidden == .n and .changed_at_random > 0' out
finish
