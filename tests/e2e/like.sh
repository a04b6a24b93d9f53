#!/usr/bin/env bash
# train --like RUN: the same model from the same options; the command line's count; what is gone
# or changed is told.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 11 --questions 6 --quiet
is "ingest" "$(status "$PIPE" ingest --max-seconds 4 -q band/videos)" 0
is "no run yet" "$(status "$PIPE" train --like last --out no.safetensors)" 1
yes_ "is said" grep -q "the store has no trainings yet" err
small=(--dim 32 --heads 2 --tokens 2 --layers 2 --batch 4 --lr 2e-3 --epochs 2 --cosine on --sample kind --seed 7)
is "a training" "$(status "$PIPE" train --annotations band/train.json --val band/val.json "${small[@]}" -q --visual swin_nano \
    --hide-seconds 0.25 --out first.safetensors)" 0
run=$("$PIPE" runs ls --json --kind train | jq -s 'last.id')
is "as that" "$(status "$PIPE" train --like "$run" --out again.safetensors)" 0
yes_ "is told" grep -Eq "as run $run: [0-9]{2,3} options$" err
config() { "$PIPE" runs ls --json --kind train | jq -s -S "$1 | .config"; }
yes_ "has all its options" test "$(config '.[-1]')" = "$(config '.[-2]')"
# Bytes differ by the model's own record of its training's time alone, if at all: the weights do not.
weights() { /usr/bin/python3 -c 'import sys
raw = open(sys.argv[1], "rb").read(); n = int.from_bytes(raw[:8], "little"); sys.stdout.buffer.write(raw[8 + n:])' "$1"; }
yes_ "and gives the same weights" cmp <(weights first.safetensors) <(weights again.safetensors)

is "the last, at another rate" "$(status "$PIPE" train --like last --lr 1e-3 --out rate.safetensors)" 0
yes_ "is told" grep -q "options; of the command line: --lr$" err
is "that alone differs" "$(jq -n -c --argjson a "$(config '.[-1]')" --argjson b "$(config '.[-2]')" \
    '[$a.training | to_entries[] | select(.value != $b.training[.key]) | .key], $a.model == $b.model, $a.training.lr' |
    paste -sd ' ')" '["lr"] true 0.001'
is "of another file" "$(status "$PIPE" train --like last --annotations band/val.json --out val.safetensors)" 0
is "from there" "$("$PIPE" runs ls --json --kind train | jq -s -r 'last.about.annotations[0].file | split("/") | last')" val.json
printf '[train]\ndim = 16\nlr = 5e-4\n' >more.ini
is "a named file counts before it" "$(status "$PIPE" train --like "$run" --config more.ini --out ini.safetensors)" 0
is "in what it has" "$(config '.[-1]' | jq -c '[.model.dim, .training.lr, .model.layers]')" '[16,0.0005,2]'
mkdir -p config/avqa-pipe
printf '[train]\ndim = 16\nepochs = 1\n' >config/avqa-pipe/avqa.ini
is "before one's own file" "$(status "$PIPE" train --like "$run" --out own.safetensors)" 0
is "it counts itself" "$(config '.[-1]' | jq -c '[.model.dim, .training.epochs]')" '[32,2]'
rm config/avqa-pipe/avqa.ini
is "another network" "$(status "$PIPE" train --like "$run" --network linear --out linear.safetensors)" 0
is "takes what it has" "$(config '.[-1]' | jq -c '[.network, .training.seed]')" '["linear","7"]'
is "several" "$(status "$PIPE" train --like "$run" --seeds 1..2 --epochs 1 --quiet --out many.safetensors)" 0
yes_ "have its options" test "$(config '.[-1]' | jq .model.layers)" = 2
is "their seeds" "$("$PIPE" runs ls --json --kind train | jq -s -c '[.[-2:][].config.training.seed | tonumber]')" "[1,2]"

# ---- what is not so ----
is "several like the last" "$(status "$PIPE" train --like last --seeds 1..2 --out no.safetensors)" 2
yes_ "is refused" grep -q "name a run's number" err
is "no such run" "$(status "$PIPE" train --like 99 --out no.safetensors)" 1
yes_ "is said" grep -q "there is no run 99; .avqa-pipe runs ls --kind train. lists them" err
is "no number" "$(status "$PIPE" train --like first --out no.safetensors)" 2
is "no training" "$(status "$PIPE" train --like "$("$PIPE" runs ls --json --kind ingest | jq -s 'last.id')" --out no.safetensors)" 2
yes_ "is said" grep -q "is no training but an ingest" err
cp band/train.json kept.json
jq '.[1:]' kept.json >band/train.json
is "another file there" "$(status "$PIPE" train --like "$run" --epochs 1 --out other.safetensors)" 0
yes_ "is told" grep -q "train.json: is not what run $run read: its SHA-256 is $(sha256sum <band/train.json | cut -c 1-8)" err
rm band/train.json
is "none there" "$(status "$PIPE" train --like "$run" --out no.safetensors)" 1
yes_ "is told" grep -q "run $run read .*/band/train.json, which is gone: put it back, or say --annotations" err
is "unless another is named" "$(status "$PIPE" train --like "$run" --annotations kept.json --epochs 1 --out kept.safetensors)" 0
is "a store without it" "$(status "$PIPE" train --like "$run" --store none.db --out no.safetensors)" 1
yes_ "nothing was written" [ ! -e no.safetensors ]
is "help" "$(status "$PIPE" train --like 99 --help)" 0
finish
