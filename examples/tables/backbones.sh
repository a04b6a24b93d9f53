#!/usr/bin/env bash
# CoQo on several backbones: one table, mean ± deviation over seeds.
#   VIDEOS=FOLDER ANNOTATIONS=FOLDER WEIGHTS=FOLDER examples/tables/backbones.sh [STEP...]
# VIDEOS has the clips; ANNOTATIONS has train.json, val.json and test.json, or avqa-train.json and
# so on; WEIGHTS has weight files as their publishers wrote them, under whatever names:
# `weights inspect` says which network each fits. A network without a file is left out. Without
# these three, a small toyband and random weights show that everything runs; what the table then
# says means nothing, and it says so.
#   PICTURE="swin_b swin_l clip_vit_b32 clip_vit_l14 internvideo2_b resnet34"
#   SOUND="vggish yamnet"     the first goes with every picture's network, the others with the first
#   BESIDE="swin_b,clip_vit_b32"           two of the pictures' side by side; empty: none
#   ACT=quick_gelu|gelu                    of CLIP's files that do not tell it (not OpenAI's own)
#   SEEDS="1 2 3"  STEPS=1855  JOBS=cores  OUT=build/backbones
#   OPTIONS="--dim 256 --lr 1e-4"          further switches of train, later ones count
#   BAND=12  BAND_SECONDS=1  BAND_STEPS=20     of the toyband: videos, seconds read, steps of training
# Steps: ingest, merge, train; without any, ingest and train. What is in OUT is kept, and the same
# command goes on where one was stopped. Networks that the program does not have are not listed.
#
# On several machines, with OUT in a folder that all of them see: SHARD=I/N, a Slurm array or MPI's
# ranks let `ingest` take a part of the videos into a store of its own, which `merge` joins, and
# `train` a part of the trainings; AVQA_LAUNCH starts each training's processes.
#   sbatch --array=1-8 --cpus-per-task=8 examples/tables/backbones.sh ingest
#   sbatch --dependency=afterok:JOB examples/tables/backbones.sh merge
#   sbatch --array=1-4 --cpus-per-task=8 --dependency=afterok:JOB examples/tables/backbones.sh train
#   examples/tables/backbones.sh train         # the table, and what is missing
#   AVQA_LAUNCH="mpirun -n 4 --bind-to none" JOBS=1 examples/tables/backbones.sh train
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")/../..}" # Slurm runs a copy of this file
me=backbones.sh
. examples/tables/steps.sh
OUT=$(realpath -m "${OUT:-build/backbones}")
SEEDS=${SEEDS:-1 2 3}
steps_of "$@"
. examples/trainings.sh
wanted=${PICTURE:-swin_b swin_l clip_vit_b32 clip_vit_l14 internvideo2_b resnet34}

# ---- what there is ----

# Which weights of a network: those of a file of WEIGHTS, or random ones.
declare -A weights
if [ -n "${VIDEOS:-}${ANNOTATIONS:-}${WEIGHTS:-}" ]; then
    real_music VIDEOS ANNOTATIONS WEIGHTS
    band=real
    limit=()
    title="Backbones"
    budget=${STEPS:-1855}
    while read -r file; do # several files of one network: the first by name
        network=$("$PIPE" weights inspect "$file" --json 2>/dev/null | jq -r '.network // empty' || true)
        [ -z "$network" ] || [ -n "${weights[$network]:-}" ] || weights[$network]=$file
    done < <(find -L "$(realpath "$WEIGHTS")" -maxdepth 1 -type f | sort)
else
    band=toyband
    videos=$OUT/$band/videos
    limit=(--max-seconds "${BAND_SECONDS:-1}")
    title="Backbones with random weights, on a small toyband: these figures mean nothing"
    budget=${BAND_STEPS:-20}
fi

# Those of a list that the program has, and that there are weights of.
there() {
    local known name
    known=$("$PIPE" ingest --help | tr -cs 'A-Za-z0-9_' '\n')
    for name in $1; do
        if ! grep -qx "$name" <<<"$known"; then
            echo "backbones.sh: this program has no network $name: left out" >&2
        elif [ "$band" = real ] && [ -z "${weights[$name]:-}" ]; then
            echo "backbones.sh: $WEIGHTS has no weights of $name: left out" >&2
        else
            echo "$name"
        fi
    done
}
pictures=$(there "$wanted")
sounds=$(there "${SOUND:-vggish yamnet}")
[ -n "$pictures" ] || fail "no network of the picture is left"
[ -n "$sounds" ] || fail "no network of the sound is left"
read -ra pictures <<<"${pictures//$'\n'/ }"
read -ra sounds <<<"${sounds//$'\n'/ }"

# The names that publications use.
title_of() {
    case $1 in
        swin_b) echo Swin-B ;;
        swin_l) echo Swin-L ;;
        clip_vit_b32) echo "CLIP B/32" ;;
        clip_vit_l14) echo "CLIP L/14" ;;
        internvideo2_b) echo InternVideo2-B ;;
        resnet34) echo ResNet-34 ;;
        vggish) echo VGGish ;;
        yamnet) echo YAMNet ;;
        *) echo "$1" ;;
    esac
}

# ---- features ----

ingest_by() { # network of the sound, of the picture
    local options=()
    [[ $2 != clip_vit_* || -z "${ACT:-}" ]] || options=(--visual-options "act=$ACT")
    ingest_part "$band" "${limit[@]}" --annotations "$OUT/$band"/{train,val,test}.json \
        --audio "$1" --audio-weights "${weights[$1]:-seeded:1}" \
        --visual "$2" --visual-weights "${weights[$2]:-seeded:1}" "${options[@]}" "$videos"
}

# Every network once, with one of the other kind; what is there already is not made again.
ingest_all() {
    local k
    for ((k = 0; k < ${#pictures[@]} || k < ${#sounds[@]}; k++)); do
        ingest_by "${sounds[$k]:-${sounds[0]}}" "${pictures[$k]:-${pictures[0]}}"
    done
}

# ---- rows ----

list_rows() { # NAME|SWITCHES
    local v a both
    for v in "${pictures[@]}"; do
        echo "$(title_of "$v"), $(title_of "${sounds[0]}")|--visual $v --audio ${sounds[0]}"
    done
    for a in "${sounds[@]:1}"; do
        echo "$(title_of "${pictures[0]}"), $(title_of "$a")|--visual ${pictures[0]} --audio $a"
    done
    both=${BESIDE-swin_b,clip_vit_b32}
    for v in ${both//,/ }; do
        [[ " ${pictures[*]} " == *" $v "* ]] || both=
    done
    [ -z "$both" ] || echo "$(title_of "${both%%,*}") and $(title_of "${both#*,}"), $(title_of "${sounds[0]}")|--visual $both --audio ${sounds[0]}"
}

list_runs() {
    local passes name switches
    passes=$(passes_for "$band" "$budget")
    list_rows | while IFS='|' read -r name switches; do
        echo "$title|$name|$band||$switches ${OPTIONS:-}|$passes"
    done
}

[ "$band" = real ] || make_toyband toyband --videos "${BAND:-12}"
for step in $steps; do
    case $step in
        ingest) ingest_all ;;
        merge) merge_parts "$band" ;;
        train) list_runs | run_all ;;
    esac
done
