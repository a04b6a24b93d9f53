#!/usr/bin/env bash
# CoQo against itself with parts taken away, and against the number of questions it reasons
# about: same data, same steps, several seeds. Prints the tables as Markdown.
#   VIDEOS=600  EPOCHS=5 (of seven passes)  SEEDS="1 2 3 4 5"  JOBS=cores  OUT=build/compare
# Results that are already in OUT are kept, so an interrupted run continues.
set -euo pipefail
cd "$(dirname "$0")/.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
videos=${VIDEOS:-600}
epochs=${EPOCHS:-5}
seeds=${SEEDS:-1 2 3 4 5}
jobs=${JOBS:-$(nproc)}
out=$(realpath -m "${OUT:-build/compare}")
mkdir -p "$out"

./setup >&2
[ -f build/release/build.ninja ] ||
    meson setup build/release --buildtype=release -Dtests=disabled >/dev/null
ninja -C build/release >/dev/null
export PIPE=${PIPE:-$PWD/build/release/pipeline/avqa-pipe} OUT=$out EPOCHS=$epochs
export AVQA_STORE=$out/store.db

if [ ! -f "$out/made" ]; then
    build/release/examples/toyband/toyband --out "$out/band" --videos "$videos" --seed 77 \
        --questions 12 --quiet >&2
    "$PIPE" ingest --quiet "$out/band/videos" >&2
    touch "$out/made"
fi

# Name and switches of each; N is the most questions a video and step.
cat >"$out/variants" <<'END'
CoQo (N = 4)|
single question (N = 1)|--questions 1
no learnable tokens|--tokens 0
λ = 0|--lambda 0 --learn-lambda off
no inter|--inter-weight 0
no intra|--intra-weight 0
no spatial QGT|--spatial off
no temporal QGT|--temporal off
question only|--question-only on
N = 2|--questions 2
N = 6|--questions 6
N = 8|--questions 8
END

# Trains and evaluates one variant with one seed: $1 is NAME|SWITCHES|SEED.
one() {
    IFS='|' read -r name switches seed <<<"$1"
    local stem result
    stem=$OUT/$(printf '%s-%s' "$name" "$seed" | tr -c 'A-Za-z0-9=-' '_')
    result=$stem.json
    [ -s "$result" ] && return 0
    # shellcheck disable=SC2086 # switches are a list
    "$PIPE" train --quiet --jobs 1 --annotations "$OUT/band/train.json" --val "$OUT/band/val.json" \
        --dim 64 --ffn 2 --questions 4 --batch 8 --lr 3e-3 --cosine on --dropout 0.05 \
        --inter-weight 0.1 --intra-weight 0.1 --average 0.99 --passes 7 --epochs "$EPOCHS" \
        --seed "$seed" $switches --out "$stem.safetensors" >/dev/null
    "$PIPE" eval --quiet --json --jobs 1 --annotations "$OUT/band/test.json" \
        --model "$stem.safetensors" >"$result.part"
    rm -f "$stem.safetensors.last"
    jq -c --arg name "$name" --argjson seed "$seed" \
        '{name: $name, seed: $seed, overall, types}' "$result.part" >"$result"
    rm -f "$result.part"
}
export -f one

for seed in $seeds; do
    sed "s/\$/|$seed/" "$out/variants"
done | xargs -d '\n' -P "$jobs" -I{} bash -c 'set -euo pipefail; one "$1"' _ {}

cat "$out"/*.json | jq -r -s --rawfile variants "$out/variants" '
    def round2: . * 10 | round / 10;
    def mean: add / length;
    def sd: mean as $m | if length < 2 then 0
        else (map((. - $m) * (. - $m)) | add / (length - 1) | sqrt) end;
    def cell: map(select(. != null) * 100) | "\(mean | round2) ± \(sd | round2)";
    ["Audio Counting", "Audio Comparative", "Audio", "Visual Counting", "Visual Location",
     "Visual", "Audio-Visual Existential", "Audio-Visual Counting", "Audio-Visual Location",
     "Audio-Visual Comparative", "Audio-Visual Temporal", "Audio-Visual"] as $types |
    ["A Count", "A Comp", "**A**", "V Count", "V Loc", "**V**", "AV Exist", "AV Count", "AV Loc",
     "AV Comp", "AV Temp", "**AV**"] as $heads |
    . as $all |
    ($variants | split("\n") | map(select(. != "") | split("|")[0])) as $names |
    def row($name): [$all[] | select(.name == $name)] | select(length > 0) |
        "| \($name) | \(map(.overall.accuracy) | cell) | " +
        ([$types[] as $t | map(.types[$t].accuracy) | cell] | join(" | ")) + " |";
    def head: "| | **Overall** | " + ($heads | join(" | ")) + " |\n|" + ("---|" * 14);
    head,
    ($names[] | select(startswith("N = ") | not) | row(.)),
    ("| majority of each template | \($all[0].overall.floor * 100 | round2) | " +
        ([$types[] as $t | $all[0].types[$t].floor * 100 | round2 | tostring] | join(" | ")) + " |"),
    "",
    "| questions at training | accuracy |", "|---|---|",
    (["single question (N = 1)", "N = 2", "CoQo (N = 4)", "N = 6", "N = 8"][] as $n |
        [$all[] | select(.name == $n)] | select(length > 0) |
        "| \($n | capture("N = (?<n>[0-9]+)").n) | \(map(.overall.accuracy) | cell) |"),
    "",
    "\($all[0].overall.n) questions about unseen videos; \([$all[].seed] | unique | length) seeds; mean ± standard deviation, percent."'
