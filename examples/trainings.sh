# shellcheck shell=bash
# Many trainings and their tables: what compare.sh, regimes.sh and the scripts of tables/ share.
# Source it from the repository's root, with OUT (a folder, absolute) and from the environment
# SEEDS, JOBS, PIPE and TOYBAND (the programs; built if not given), and AVQA_LAUNCH, which starts
# the processes of a training ("mpirun -n 4 --bind-to none").
# A data set is a folder of OUT, with its questions (train.json or train.1.csv and more, val and
# test alike; without val a tenth of the training's videos is taken); its features are in OUT/NAME.db, NAME being
# what comes before the first dash: `plain` and `plain-noise` are the same videos.
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
seeds=${SEEDS:-1 2 3 4 5}
jobs=${JOBS:-$(nproc)}
mkdir -p "$OUT"

if [ -z "${PIPE:-}" ] || [ -z "${TOYBAND:-}" ]; then
    ./setup >&2
    [ -f build/release/build.ninja ] ||
        meson setup build/release --buildtype=release -Dtests=disabled >/dev/null
    ninja -C build/release >/dev/null
fi
export PIPE=${PIPE:-$PWD/build/release/pipeline/avqa-pipe} OUT
toyband=${TOYBAND:-$PWD/build/release/examples/toyband/toyband}

# Makes videos with 48 questions each and stores their features, or with a dash in the name
# asks otherwise about videos that are there.
make_band() { # name, videos, seed, switches of toyband
    [ -f "$OUT/$1/made" ] && return 0
    local only=()
    [[ "$1" == *-* ]] && only=(--annotations-only)
    "$toyband" --out "$OUT/$1" --videos "$2" --seed "$3" \
        --questions 48 --quiet "${only[@]}" "${@:4}" >&2
    [[ "$1" == *-* ]] || AVQA_STORE=$OUT/$1.db "$PIPE" ingest --quiet "$OUT/$1/videos" >&2
    touch "$OUT/$1/made"
}

# Passes over a data set in each of five epochs, so that there are at least as many steps.
passes_for() { # name, steps
    local a_pass
    a_pass=$(jq '[.[].video_id] | unique | length / 8 | ceil' "$OUT/$1/train.json")
    echo $((($2 + a_pass * 5 - 1) / (a_pass * 5)))
}

# The same switches, steps and seed are trained once, whatever table wants them.
stem_of() { # data set, how, switches, passes, seed
    mkdir -p "$OUT/runs"
    printf '%s/runs/%s-%s-%s' "$OUT" \
        "$(printf '%s %s %s' "$1" "$2" "$3" | tr -c 'A-Za-z0-9=.-' '_')" "$4" "$5"
}

# The variants of some tables, lines of TABLE|NAME|SWITCHES: of those that examples/tables/variants
# lists, or of a list of the same form in VARIANTS. OPTIONS of every training come before its own.
variants_of() { # TABLE...
    local wanted table name switches stands_for
    for wanted; do
        while IFS='|' read -r table name switches stands_for; do
            [ "$table" = "$wanted" ] || continue
            [ -z "${OPTIONS:-}" ] || switches="$OPTIONS ${switches:-$stands_for}"
            echo "$table|$name|$switches"
        done <"${VARIANTS:-examples/tables/variants}"
    done
}

# The files of a data set's questions.
questions_of() { # data set, part
    find "$OUT/$1" -maxdepth 1 \( -name "$2.json" -o -name "$2.[0-9].*" \) | sort
}

# Trains and evaluates: $1 is DATASET|HOW|SWITCHES|PASSES|SEED; HOW are switches of both. One that
# was stopped goes on from its last state.
train_one() {
    IFS='|' read -r band how switches passes seed <<<"$1"
    local stem resume='' train val test
    local base="--dim 64 --ffn 2 --questions 12 --batch 8 --lr 3e-3 --warmup 100 --cosine on --dropout 0.05 --average 0.99"
    [[ " $switches" != *" --network linear"* ]] || base="--questions 12 --batch 8"
    mapfile -t train < <(questions_of "$band" train)
    mapfile -t val < <(questions_of "$band" val)
    mapfile -t test < <(questions_of "$band" test)
    stem=$(stem_of "$band" "$how" "$switches" "$passes" "$seed")
    [ -s "$stem.json" ] && return 0
    [ -s "$stem.safetensors.last" ] && resume=--resume
    export AVQA_STORE=$OUT/${band%%-*}.db
    # shellcheck disable=SC2086 # switches are a list
    ${AVQA_LAUNCH:-} "$PIPE" train --quiet --jobs 1 --annotations "${train[@]}" ${val:+--val "${val[@]}"} \
        $base --passes "$passes" --epochs 5 --seed "$seed" $how $switches $resume --out "$stem.safetensors" >/dev/null
    # shellcheck disable=SC2086
    "$PIPE" eval --quiet --json --jobs 1 --annotations "${test[@]}" $how \
        --model "$stem.safetensors" >"$stem.part"
    rm -f "$stem.safetensors"*
    mv "$stem.part" "$stem.json"
}
export -f train_one stem_of questions_of

# The lines of standard input that are for this machine: of SHARD=I/N or a Slurm array every N-th.
share_of_lines() {
    local at=${SHARD:-}
    # shellcheck disable=SC2153 # Slurm sets it
    [ -z "${SLURM_ARRAY_TASK_ID:-}" ] || [ -n "$at" ] ||
        at=$((SLURM_ARRAY_TASK_ID - SLURM_ARRAY_TASK_MIN + 1))/$SLURM_ARRAY_TASK_COUNT
    [ -n "$at" ] || at=1/1
    awk -v i="${at%/*}" -v n="${at#*/}" '(NR - 1) % n == i - 1'
}

# Does the runs on standard input, lines of TABLE|NAME|DATASET|HOW|SWITCHES|PASSES, with every
# seed, and prints their tables. The first seed of all of them comes first. A machine that has a
# share of them prints none: the tables are of those who ask for all.
run_all() {
    local seed table name band how switches passes stem list
    list=$(mktemp "$OUT/list.XXXXXX")
    cat >"$list"
    for seed in $seeds; do
        cut -d '|' -f 3- "$list" | awk '!seen[$0]++' | sed "s/\$/|$seed/"
    done | share_of_lines | xargs -d '\n' -P "$jobs" -I{} bash -c 'set -euo pipefail; train_one "$1"' _ {}
    if [ -n "${SHARD:-}${SLURM_ARRAY_TASK_ID:-}" ]; then
        rm "$list"
        return 0
    fi
    mv "$list" "$OUT/list"
    while IFS='|' read -r table name band how switches passes; do
        for seed in $seeds; do
            stem=$(stem_of "$band" "$how" "$switches" "$passes" "$seed")
            jq -c --arg table "$table" --arg name "$name" --argjson seed "$seed" \
                '{table: $table, name: $name, seed: $seed, overall, types, counts}' "$stem.json"
        done
    done <"$OUT/list" >"$OUT/results.jsonl"
    jq -r -s -f examples/trainings.jq "$OUT/results.jsonl"
}
