#!/usr/bin/env bash
# CoQo against itself: with parts taken away, with other numbers of questions, layers, tokens and
# widths; same data, same steps, several seeds. Prints the tables of docs/comparison.md.
#   VIDEOS=600  SEEDS="1 2 3 4 5"  JOBS=cores  OUT=build/compare
#   STEPS="1855 3710"       budgets of the first table; the others use the first
#   TABLES="parts questions sizes weights"
# Results that are already in OUT are kept, so an interrupted run continues.
set -euo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
videos=${VIDEOS:-600}
seeds=${SEEDS:-1 2 3 4 5}
read -ra budgets <<<"${STEPS:-1855 3710}"
tables=${TABLES:-parts questions sizes weights}
jobs=${JOBS:-$(nproc)}
out=$(realpath -m "${OUT:-build/compare}")
mkdir -p "$out"

./setup >&2
[ -f build/release/build.ninja ] ||
    meson setup build/release --buildtype=release -Dtests=disabled >/dev/null
ninja -C build/release >/dev/null
export PIPE=${PIPE:-$PWD/build/release/pipeline/avqa-pipe} OUT=$out
export AVQA_STORE=$out/store.db

if [ ! -f "$out/made" ]; then
    build/release/examples/toyband/toyband --out "$out/band" --videos "$videos" --seed 77 \
        --questions 48 --quiet >&2
    "$PIPE" ingest --quiet "$out/band/videos" >&2
    touch "$out/made"
fi
per_pass=$(jq '[.[].video_id] | unique | length / 8 | ceil' "$out/band/train.json")

# Table, name and switches of each; a later --questions counts.
cat >"$out/variants" <<'END'
parts|CoQo|
parts|single question (N = 1)|--questions 1
parts|no learnable tokens|--tokens 0
parts|λ = 0|--lambda 0 --learn-lambda off
parts|λ begun at 1|--lambda 1
parts|λ for each channel|--lambda-each on
parts|own asking|--own-asking on
parts|no inter|--inter-weight 0
parts|no intra|--intra-weight 0
parts|no spatial QGT|--spatial off
parts|no temporal QGT|--temporal off
parts|no highlight (α)|--highlight off
parts|last state alone|--keep-words off
parts|no roles|--roles 0
parts|no fusion of each stream|--own-fusion off
parts|no second look|--hop off
parts|no subject|--subject off
parts|no changes|--changes off
parts|N varied from 1 to 12|--vary-questions on --vary-seen off
parts|all questions seen|--vary-seen off
parts|asked evenly|--sample even
parts|question only|--question-only on
questions|N = 1|--questions 1
questions|N = 2|--questions 2
questions|N = 4|--questions 4
questions|N = 6|--questions 6
questions|N = 8|--questions 8
questions|N = 12|
sizes|1 layer|
sizes|2 layers|--layers 2
sizes|3 layers|--layers 3
sizes|0 tokens|--tokens 0
sizes|2 tokens|--tokens 2
sizes|4 tokens|--tokens 4
sizes|8 tokens|
sizes|16 tokens|--tokens 16
sizes|1 head|--heads 1
sizes|2 heads|--heads 2
sizes|4 heads|
sizes|8 heads|--heads 8
sizes|d = 32|--dim 32
sizes|d = 64|
sizes|d = 128|--dim 128 --lr 2e-3
weights|0|--inter-weight 0 --intra-weight 0
weights|0.03|
weights|0.1|--inter-weight 0.1 --intra-weight 0.1
weights|0.5|--inter-weight 0.5 --intra-weight 0.5
weights|1|--inter-weight 1 --intra-weight 1
END

# The same switches, steps and seed are trained once, whatever table wants them.
stem_of() { # switches, passes, seed
    printf '%s/%s-%s-%s' "$OUT" "$(printf '%s' "$1" | tr -c 'A-Za-z0-9=-' '_')" "$2" "$3"
}

# Trains and evaluates: $1 is SWITCHES|PASSES|SEED.
train_one() {
    IFS='|' read -r switches passes seed <<<"$1"
    local stem
    stem=$(stem_of "$switches" "$passes" "$seed")
    [ -s "$stem.json" ] && return 0
    # shellcheck disable=SC2086 # switches are a list
    "$PIPE" train --quiet --jobs 1 --annotations "$OUT/band/train.json" --val "$OUT/band/val.json" \
        --dim 64 --ffn 2 --questions 12 --batch 8 \
        --lr 3e-3 --warmup 100 --cosine on --dropout 0.05 --average 0.99 --sample loss --passes "$passes" --epochs 5 --seed "$seed" $switches --out "$stem.safetensors" >/dev/null
    "$PIPE" eval --quiet --json --jobs 1 --annotations "$OUT/band/test.json" \
        --model "$stem.safetensors" >"$stem.part"
    rm -f "$stem.safetensors"*
    mv "$stem.part" "$stem.json"
}
export -f train_one stem_of

# The variants of a table that is wanted, with the number of passes in each of five epochs:
# TABLE|NAME|SWITCHES|PASSES. At equal presentations N = 1 gets twelve times the steps.
list_runs() {
    local first=$(((budgets[0] + per_pass * 5 - 1) / (per_pass * 5))) table name switches steps n

    while IFS='|' read -r table name switches; do
        [[ " $tables " == *" $table "* ]] || continue
        if [ "$table" = parts ]; then
            for steps in "${budgets[@]}"; do
                echo "parts $steps|$name|$switches|$(((steps + per_pass * 5 - 1) / (per_pass * 5)))"
            done
        else
            echo "$table|$name|$switches|$first"
        fi
        if [ "$table" = questions ]; then
            n=${name#N = }
            echo "presentations|$name|$switches|$((first * 12 / n))"
        fi
    done <"$out/variants"
}
list_runs >"$out/runs"

for seed in $seeds; do
    cut -d '|' -f 3,4 "$out/runs" | awk '!seen[$0]++' | sed "s/\$/|$seed/"
done | xargs -d '\n' -P "$jobs" -I{} bash -c 'set -euo pipefail; train_one "$1"' _ {}

# All results as one list, then the tables.
while IFS='|' read -r table name switches passes; do
    for seed in $seeds; do
        stem=$(stem_of "$switches" "$passes" "$seed")
        jq -c --arg table "$table" --arg name "$name" --argjson seed "$seed" \
            '{table: $table, name: $name, seed: $seed, overall, types}' "$stem.json"
    done
done <"$out/runs" >"$out/results.jsonl"
jq -r -s -f examples/compare.jq "$out/results.jsonl"
