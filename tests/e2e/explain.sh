#!/usr/bin/env bash
# What an answer rests on: in text, JSON and on the page the same numbers; what is not there
# costs nothing; and what is shown depends on the clip, and the answer on it. The limits at the
# end are far from what the model reaches (tests/bench/explain.sh prints it).
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

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
yes_ "and on the page" grep -qF "<title>$second s: $(awk -v d="$drop" 'BEGIN { printf "%+.2f", -d }') without it" page.html
yes_ "named there too" grep -qF "<strong>$name</strong>" page.html
is "a bar for every second" "$(grep -c 'without it</title>' page.html)" 20
yes_ "attention is called that" grep -q '<h2>Attention, for comparison' page.html
yes_ "nothing from elsewhere" bash -c "! grep -qE '(src|href)=\"(http|//|file)|<script' page.html"
is "a word it does not know" "$(status "$PIPE" ask $clip "who plays the violn?" --quiet --explain guess.html)" 0
yes_ "a guess is called that" grep -q '<h2>What its best guess rests on' guess.html
yes_ "and not explained in the text" bash -c '! grep -q "rests" out'

# A clip of sound alone: its pictures cost nothing.
ffmpeg -nostdin -v error -y -i $clip -vn -c:a pcm_s16le blind.wav
is "without picture" "$(status "$PIPE" ask blind.wav "$first" --quiet --json --explain blind.html)" 0
yes_ "no drops of it" jq -e '.occlusion | .streams.visual == null and .cells == null and .grid == null and
    all(.visual[]; . == 0) and any(.audio[]; . != 0)' out
yes_ "no pictures on the page" bash -c "! grep -q 'Where in the picture' blind.html"
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
