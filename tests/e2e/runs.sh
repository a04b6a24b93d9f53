#!/usr/bin/env bash
# What the store keeps of runs, and what `runs` says of them.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1
store=$XDG_DATA_HOME/avqa-pipe/store.db
digest() { sha256sum "$1" | cut -d' ' -f1; }
run() { "$PIPE" runs show "$1" --json; }
train() {
    "$PIPE" train --annotations "$1" --out "$2" --dim 32 --heads 2 --tokens 2 --epochs 2 "${@:3}"
}

yes_ "toyband" "$TOYBAND" --out band --videos 8 --seed 11 --quiet
is "nothing yet" "$(status "$PIPE" ingest -q band/videos/00000001.mp4 && "$PIPE" runs rm 1)" "0
run 1 is removed"
is "no runs" "$("$PIPE" runs ls)" "no runs yet"
is "none to compare" "$("$PIPE" runs compare)" "no runs yet"
is "none is the last" "$(status "$PIPE" runs show last)" 1
yes_ "is said" grep -q "no runs yet" err

# ---- each command's run
is "ingest" "$(status "$PIPE" ingest band/videos)" 0
is "train" "$(status train band/train.json m.safetensors --val band/val.json --seed 3)" 0
yes_ "epochs say step of steps and time" grep -Eq \
    'epoch 1 of 2: .* on validation .* %\).*; step 1 of 2 \(50 %\), [0-9.]+ s, ETA [0-9:]+$' err
yes_ "the last has no time to go" grep -Eq 'epoch 2 of 2: .*; step 2 of 2 \(100 %\), [0-9.]+ s$' err
COLUMNS=70 script -qec "$PIPE train --annotations band/train.json --val band/val.json --out t.safetensors --dim 32 \
    --epochs 2" /dev/null >terminal
yes_ "a terminal has share and time to go" grep -q '1/2 steps  50 %  ETA ' terminal
tr '\r\033' '[\n*]' <terminal | sed -n 's/^\[K\([0-9]*\/2 steps.*\)/\1/p' >lines
yes_ "on one line" [ -s lines ]
is "none is wider" "$(awk 'length($0) > 69' lines | wc -l)" 0
is "removed" "$("$PIPE" runs rm last)" "run 3 is removed"
is "eval" "$(status "$PIPE" eval --annotations band/test.json --model m.safetensors --predictions p.csv --json)" 0
cp out table
is "pretrain" "$(status "$PIPE" pretrain --truth band/truth.jsonl --extractor vggish_nano --epochs 1 \
    --seconds 1 --out v.safetensors)" 0
is "their kinds" "$("$PIPE" runs ls --json | jq -r .kind | xargs)" "ingest train eval pretrain"
is "all done" "$("$PIPE" runs ls --json | jq -r .status | sort -u)" "done"
run 2 >r
is "arguments" "$(jq -r '.about.arguments[1:4] | join(" ")' r)" "train --annotations band/train.json"
is "version" "$(jq -r .about.version r)" "$("$PIPE" --version | cut -d' ' -f2)"
is "host" "$(jq -r .about.host r)" "$(uname -n)"
is "store" "$(jq -r .about.store r)" "$store"
is "questions with their digest" "$(jq -r '.about.annotations[0] | .file, .sha256' r | xargs)" \
    "$work/band/train.json $(digest band/train.json)"
is "those of validation" "$(jq -r '.about.validation[0].sha256' r)" "$(digest band/val.json)"
is "makes" "$(jq -r '.about.features | .audio.extractor, .visual.extractor' r | xargs)" \
    "vggish_nano swin_nano"
is "seed" "$(jq -r .config.training.seed r)" 3
is "no parent" "$(jq .about.from r)" null
run 3 >r
is "the model" "$(jq -r .about.model.sha256 r)" "$(digest m.safetensors)"
is "the predictions" "$(jq -r .metrics.predictions.sha256 r)" "$(digest p.csv)"
is "nine types and three" "$(jq '.metrics.types | length' r)" 12
is "as printed" "$(jq -S '[.overall, .types, .calibration]' table)" \
    "$(jq -S '.metrics | [.overall, .types, .calibration]' r)"
run 4 >r
is "the truth" "$(jq -r .about.truth.sha256 r)" "$(digest band/truth.jsonl)"
is "its curve" "$(jq '.metrics.curve | length' r)" 1
is "a parent" "$(status train band/train.json n.safetensors --val band/val.json --from m.safetensors)" 0
is "is kept" "$(run last | jq -r .about.from.sha256)" "$(digest m.safetensors)"
is "eval of one split" "$(status "$PIPE" eval --annotations band/test.json --split test --model m.safetensors)" 0

# ---- no validation is no number
jq '.[:6]' band/train.json >few.json
is "too few to validate" "$(status train few.json few.safetensors --seed 4)" 0
yes_ "is said" grep -q "no validation" err
yes_ "and no number" bash -c '! grep -qi nan out err'
is "in JSON" "$(run last | jq -c '.metrics | [has("val_accuracy"), .val_accuracy]')" "[true,null]"
yes_ "in the list" bash -c "'$PIPE' runs ls | tail -n 1 | grep -q 'no validation'"
sed 's/"split": *"val"/"split": "train"/' band/truth.jsonl >all.jsonl
is "pretrain without" "$(status "$PIPE" pretrain --truth all.jsonl --videos band/videos --extractor vggish_nano \
    --epochs 1 --seconds 1 --out v.safetensors --json)" 0
is "null" "$(jq -c '[.val_loss, .val_accuracy, .val_floor]' out)" "[null,null,null]"
yes_ "said there too" grep -q "no validation; step" err

# ---- show and compare
is "an unknown run" "$(status "$PIPE" runs show 999)" 1
yes_ "one sentence" grep -q "there is no run 999; .avqa-pipe runs ls. lists them" err
is "no number" "$(status "$PIPE" runs show x)" 2
is "no verb" "$(status "$PIPE" runs fly)" 2
yes_ "is named" grep -q "fly" err
is "show" "$(status "$PIPE" runs show 2)" 0
yes_ "the command" grep -q -- "train --annotations band/train.json --out m.safetensors" out
yes_ "a digest" grep -q "annotations.1.sha256 *$(digest band/train.json)" out
is "other features" "$(status "$PIPE" ingest -q --visual-options fit=crop band/videos)" 0
is "train on these" "$(status train few.json crop.safetensors --visual fit=crop --seed 5)" 0
"$PIPE" runs compare 2 last --json >r
is "files differ" "$(jq -r '.differences.about["annotations.1.sha256"] | join(" ")' r)" \
    "$(digest band/train.json) $(digest few.json)"
is "makes differ" "$(jq -r '.differences.about["features.visual.sampling"] | map(test("fit=crop")) | tostring' r)" \
    "[false,true]"
is "seeds differ" "$(jq -c '.differences.config["training.seed"]' r)" '["3","5"]'
is "arguments differ" "$(jq -c '.differences.arguments["--visual"]' r)" '[null,"fit=crop"]'
is "what is alike is left out" "$(jq '.differences.config | has("model.heads")' r)" false
"$PIPE" runs compare 2 last >r
yes_ "as a table" grep -q "training.seed  *3  *5" r
yes_ "digests by their beginning" grep -Eq "annotations.1.sha256 +$(digest band/train.json | head -c 12) +[0-9a-f]{12}$" r
yes_ "the difference of long values" grep -Eq "visual.sampling.*squash.*crop" r
for k in 6 7; do train few.json "a name long enough to be cut, and then some, number $k" --visual fit=crop -q >/dev/null 2>&1; done
n=$("$PIPE" runs ls --json --kind train | jq -s length)
is "the last five trainings" "$("$PIPE" runs compare --json | jq -c '[.runs[].id]')" \
    "$("$PIPE" runs ls --json --kind train | jq -sc '[.[-5:][].id]')"
yes_ "of six" [ "$n" = 6 ]
is "or of another kind" "$("$PIPE" runs compare --kind eval --json | jq -c '[.runs[].kind]')" '["eval","eval"]'
for columns in 50 80 200; do
    COLUMNS=$columns "$PIPE" runs compare >r
    is "$columns columns" "$(awk -v most=$columns 'length($0) > most' r | wc -l)" 0
    is "$columns columns: all runs" "$(grep '^  run ' r | wc -w)" $((5 + $(grep -c '^  run ' r)))
done
is "80 where nobody says" "$(env -u COLUMNS "$PIPE" runs compare | awk 'length($0) > 80' | wc -l)" 0

# ---- curves out
is "CSV" "$(status "$PIPE" runs export 2 5 --csv c.csv)" 0
is "a line a run and epoch" "$(cut -d, -f1-3 c.csv | xargs)" \
    "run,kind,epoch 2,train,1 2,train,2 5,train,1 5,train,2"
is "its numbers" "$(sed -n 2p c.csv | cut -d, -f7 | xargs printf '%.6g')" "$(run 2 | jq '.metrics.curve[0].loss')"
is "on standard output" "$("$PIPE" runs export 2 5 --csv - -q | cmp - c.csv && echo same)" same
is "events" "$(status "$PIPE" runs export --tensorboard events --csv c.csv)" 0
is "a folder a run" "$(ls events | wc -l)" "$n"
is "they are read" "$(status python3 "$here/events.py" events/run-2/events.out.tfevents.*)" 0
is "the same numbers" "$(awk -F'\t' '$2 == "loss/training" {print $1, $3}' out | xargs)" \
    "$(run 2 | jq -r '.metrics.curve[] | "\(.step) \(.loss)"' | xargs)"
is "no validation, no scalar" "$(python3 "$here/events.py" events/run-7/events* | grep -c validation)" 0
is "one without a curve" "$(status "$PIPE" runs export 1 2 --csv c.csv)" 3
yes_ "is named" grep -q "run 1 (ingest, done) has no curve" err
is "none with a curve" "$(status "$PIPE" runs export 1 --csv none.csv)" 1
yes_ "writes nothing" [ ! -e none.csv ]
is "plot" "$(status "$PIPE" runs plot 2 5 --out c.svg)" 0
is "a colour a run" "$(grep -o '<path[^>]*stroke="#[0-9A-F]*"' c.svg | grep -o '#.*"' | sort -u | wc -l)" 2
is "a dash a kind" "$(grep -o '<path[^>]*dasharray="[^"]*"' c.svg | grep -o 'array.*' | sort -u | wc -l)" 3
is "none to plot" "$(status "$PIPE" runs plot 1 --out none.svg)" 1

# ---- alive, dead, elsewhere
"$PIPE" train --annotations band/train.json --out long.safetensors --dim 32 --visual fit=crop -q \
    --epochs 100000 >/dev/null 2>&1 &
pid=$!
until [ "$("$PIPE" runs ls --json | jq -rs '.[-1].status')" = running ] || ! kill -0 $pid; do sleep 0.05; done
last=$(run last | jq .id)
is "a living run stays" "$(status "$PIPE" runs rm 1 "$last")" 1
yes_ "and why" grep -q "run $last is running, so nothing was removed" err
yes_ "so do the others" "$PIPE" runs show 1 --json >/dev/null
kill -KILL $pid
wait $pid 2>/dev/null
is "died" "$(run last | jq -r .status)" died
yes_ "in the list" bash -c "'$PIPE' runs ls | tail -n 1 | grep -q ' died '"
is "said by the reader alone" "$(sqlite3 "$store" "SELECT status FROM runs WHERE id = $last")" running
set_about() { sqlite3 "$store" "UPDATE runs SET config = json_set(config, '\$.about.$1', '$2') WHERE id = $last"; }
boot=00000000-1111-2222-3333-444444444444
set_about process "$boot pid:[1] 1 1"
is "before the last start" "$(run last | jq -r .status)" died
set_about host elsewhere
is "on another machine" "$(run last | jq -r .status)" running
yes_ "which is named" bash -c "'$PIPE' runs ls | tail -n 1 | grep -q 'running (on host elsewhere)'"
is "it stays too" "$(status "$PIPE" runs rm "$last")" 1
is "but for --force" "$(status "$PIPE" runs rm --force "$last" 1 1)" 0
is "and is gone" "$(status "$PIPE" runs show "$last")" 1
is "not twice" "$(status "$PIPE" runs rm 1)" 1
# What an older program kept.
sqlite3 "$store" "INSERT INTO runs VALUES(50, 'train', 'running', 1, 0, 'old', '{\"training\": {\"lr\": 1}}', '{}', '')"
is "an old run shows" "$(status "$PIPE" runs show 50)" 0
yes_ "as what is known" grep -q "running, or died" out
yes_ "and compares" bash -c "'$PIPE' runs compare 2 50 | grep -q 'training.lr *0.0001 *1'"

# ---- a store that cannot be written
before=$("$PIPE" runs ls --json | wc -l)
# As somebody who may not write what is not theirs to write; root as well.
as() {
    if [ "$(id -u)" = 0 ]; then
        setpriv --inh-caps=-dac_override,-dac_read_search --bounding-set=-dac_override,-dac_read_search "$@"
    else
        "$@"
    fi
}
chmod -R a-w "$XDG_DATA_HOME"
is "eval of it" "$(status as "$PIPE" eval --annotations band/test.json --model m.safetensors)" 0
yes_ "says that no run is kept" grep -q "this run is not kept" err
is "training on it" "$(status as "$PIPE" train --annotations few.json --out theirs.safetensors \
    --visual fit=crop --dim 32 --epochs 1)" 0
yes_ "says so too" grep -q "this run is not kept: .*store.db" err
chmod -R u+w "$XDG_DATA_HOME"
is "and none is" "$("$PIPE" runs ls --json | wc -l)" "$before"

finish
