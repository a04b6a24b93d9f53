#!/usr/bin/env bash
# The model that comes with the program: asked where none is named; sees and hears on clips of
# a seed of its own; understands other wordings. The limits are far below what it reaches
# (model/default/README.md): they tell whether it works, not how well.
. "$(dirname "$0")/common.sh"
about=$(realpath "$(dirname "$0")/../../examples/default-model/about.py")
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 40 --seed 31 --questions 16 --quiet
clip=band/videos/00000000.mp4
is "ask without a model" "$(status "$PIPE" ask $clip "where is this")" 0
yes_ "says whom it asks" grep -q "comes with the program: it knows 22 kinds of instrument" err
is "by its name" "$(status "$PIPE" ask $clip "where is this" --json --quiet --model real)" 0
yes_ "is the same" jq -e '.model | endswith("real.safetensors")' out
is "as the default" "$(status "$PIPE" ask $clip "where is this" --json --quiet --model default)" 0
yes_ "is the same" jq -e '.default_model and (.model | endswith("real.safetensors"))' out
is "the other" "$(status "$PIPE" ask $clip "where is this" --model toyband)" 0
yes_ "says whom it asks" grep -q "comes with the program: it knows toyband's ten instruments" err
is "one that is not there" "$(status "$PIPE" ask $clip "where is this" --model toybond)" 1
yes_ "names those that are" grep -q '`real` and `toyband` come with the program' err
export AVQA_MODEL=toyband

# What it knows stands in its file: a program whose model says something else says that.
mkdir -p own/bin own/share/avqa-pipe/default own/share/avqa-pipe/weights
cp "$PIPE" own/bin/
cp "$(dirname "$PIPE")"/../extract/weights/*.safetensors own/share/avqa-pipe/weights/
shipped=$(dirname "$PIPE")/../model/default/toyband.safetensors
own=own/share/avqa-pipe/default/toyband.safetensors
cp "$shipped" $own
chmod u+w $own
ask_own() {
    status own/bin/avqa-pipe ask $clip "where is this"
}
values() {
    python3 -c 'import struct, sys
b = open(sys.argv[1], "rb").read()
sys.stdout.buffer.write(b[8 + struct.unpack("<Q", b[:8])[0]:])' "$1"
}
yes_ "its figures" jq -e '.trained_on and (.tested | all(.accuracy > .floor and .n > 1000))' <<<"$("$about" "$shipped")"
yes_ "inspect shows it" grep -q '^  about  {"knows": "toyband' <("$PIPE" weights inspect "$shipped")
is "another about" "$(status "$about" $own - <<<'{"knows": "penguins\n"}')" 0
is "asked" "$(ask_own)" 0
yes_ "is told, on one line" grep -q 'comes with the program: it knows penguins\\n$' err
yes_ "the tensors are the same bytes" cmp <(values "$shipped") <(values $own)
is "as before" "$(status "$about" $own - <<<"$("$about" "$shipped")")" 0
yes_ "is the file of before" cmp "$shipped" $own
is "none" "$(status "$about" $own - <<<null)" 0
is "asked without" "$(ask_own)" 0
yes_ "is told so" grep -q 'asking the model that comes with the program$' err
for bad in '[1]' '{"knows": 7}' '{"nose": "x"}' '{"tested": [{"on": "x"}]}' '{"tested": 3}' '{"tested": [3]}' '{'; do
    is "about.py refuses $bad" "$(status "$about" $own - <<<"$bad")" 1
    yes_ "in a sentence" grep -q '^about.py: ' err
done
python3 - "$about" $own <<'END'
import importlib.util, sys
spec = importlib.util.spec_from_file_location("about", sys.argv[1])
about = importlib.util.module_from_spec(spec)
spec.loader.exec_module(about)
header, values = about.read_model(sys.argv[2])
header["__metadata__"]["about"] = '{"knows": 7}'
about.write_model(sys.argv[2], header, values)
END
is "a text that is none" "$(ask_own)" 1
yes_ "is named" grep -q 'its metadata "about" is not' err
is "as JSON" "$(status "$PIPE" ask $clip "where is this" --json --quiet)" 0
is "the truth" "$(jq -r .answer out)" "$(head -n 1 band/truth.jsonl | jq -r .scene)"
is "by its name" "$(status "$PIPE" ask $clip "where is this" --json --quiet --model toyband)" 0
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

# Each template in the wordings that nobody trains on: all are asked, and most change nothing.
wordings=$(dirname "$about")/wordings.sh
is "twenty wordings each" "$(AVQA_MODEL=toyband QUESTIONS=1 PREDICTIONS=words.csv status "$wordings" "$PIPE" band)" 0
yes_ "a row for each template" test "$(sed '/^$/,$d' out | grep -c '^ *1 ')" -ge 30
is "every one is asked" "$(($(wc -l <words.csv) - 1))" "$(($(sed '/^$/,$d' out | grep -c '^ *1 ') * 21))"
yes_ "none with a slot left" bash -c '! grep -q "<" words.csv'
yes_ "most change nothing" test "$(awk '$NF == "all" { print $3 < 50 }' out)" = 1
is "wordings of nothing" "$(status "$wordings" "$PIPE")" 2
finish
