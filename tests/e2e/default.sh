#!/usr/bin/env bash
# The model that comes with the program: asked where none is named; sees and hears on clips of
# a seed of its own; understands other wordings. The limits are far below what it reaches
# (model/default/README.md): they tell whether it works, not how well.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 40 --seed 31 --questions 16 --quiet
clip=band/videos/00000000.mp4
is "ask without a model" "$(status "$PIPE" ask $clip "where is this")" 0
yes_ "says whom it asks" grep -q "toyband's ten instruments" err
is "as JSON" "$(status "$PIPE" ask $clip "where is this" --json --quiet)" 0
is "the truth" "$(jq -r .answer out)" "$(head -n 1 band/truth.jsonl | jq -r .scene)"
is "by its name" "$(status "$PIPE" ask $clip "where is this" --json --quiet --model default)" 0
is "no other" "$(status "$PIPE" ask $clip "where is this" --model /none.safetensors)" 1
yes_ "is said" grep -q "default" err

is "ingest" "$(status "$PIPE" ingest --quiet band/videos)" 0
score() {
    "$PIPE" eval --quiet --json --annotations "$@" >score.json
}
score band/train.json band/val.json band/test.json
yes_ "most are right" jq -e '.overall.accuracy > 0.7' score.json
for modality in Audio Visual Audio-Visual; do
    yes_ "$modality over the floor" jq -e ".types.\"$modality\" | .accuracy > .floor + 0.1" score.json
done
yes_ "as sure as it is right" jq -e '.calibration.error < 0.15' score.json

# One question in several wordings: lower case, no mark, words that nobody trained on.
jq -s 'add | [.[] | select(.question_content == "Where is the performance?" or
    .question_content == "Is there a <Object> in the entire video?")]' \
    band/train.json band/val.json band/test.json >template.json
yes_ "enough of them" jq -e 'length > 15' template.json
score template.json
plain=$(jq '.overall.accuracy * .overall.n | round' score.json)
jq '[.[] | .question_content |= (ascii_downcase | sub("<object>"; "<Object>") | rtrimstr("?"))]' \
    template.json >lower.json
score lower.json
is "lower case, no mark" "$(jq '.overall.accuracy * .overall.n | round' score.json)" "$plain"
jq '[.[] | .question_content |= if startswith("Where") then "um where does this thing happen" else
    "hey is there perhaps a <Object> to see" end]' template.json >typed.json
score typed.json
yes_ "typed by people" test "$(jq '.overall.accuracy * .overall.n | round' score.json)" -ge $((plain * 8 / 10))
finish
