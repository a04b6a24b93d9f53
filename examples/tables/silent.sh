#!/usr/bin/env bash
# Video questions without sound: CoQo on pictures alone, HCRN with and without a question-guided
# transformer, the linear baseline and the majority, by question type; a table of each data set,
# mean ± deviation over seeds.
#   MSVD=FOLDER MSRVTT=FOLDER ACTIVITYNET=FOLDER TGIF=FOLDER examples/tables/silent.sh [--quick] [STEP...]
# A folder has the files of questions as they are published, and the videos, anywhere below it; a
# data set without a folder is left out. Without any, toyband makes small ones. TGIF-QA gives four
# tables: frames are answered in words, actions and transitions chosen, counts counted.
#   MSVD=FOLDER  MSRVTT=FOLDER  ACTIVITYNET=FOLDER  TGIF=FOLDER
#   INGEST="--visual swin_b --visual-weights swin_b.pth"   switches of ingest
#   ANSWERS="--max-answers 4000"    the vocabulary of answers in words; empty: all
#   SEEDS="1 2 3"  PASSES=8 (of toyband's 24)  JOBS=cores  OUT=build/silent
#   OPTIONS="--dim 256 --lr 1e-4"   further switches of CoQo's training, later ones count
#   HCRN="--clips 8 --frames 16"    the same of HCRN's; it has fewer clips and frames on toyband's
#   BAND=60                         videos that toyband makes for each set
# --quick: 24 videos, two seeds and one pass over them in each of five epochs, in OUT-quick.
# Steps: ingest, merge, train; without any, ingest and train. What is in OUT is kept, and the same
# command goes on where one was stopped. SHARD=I/N, a Slurm array and MPI's ranks, and AVQA_LAUNCH,
# are used as in backbones.sh.
#   SHARD=1/2 examples/tables/silent.sh ingest        # and 2/2 on another machine
#   examples/tables/silent.sh merge train
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")/../..}" # Slurm runs a copy of this file
me=silent.sh
. examples/tables/steps.sh
OUT=$(realpath -m "${OUT:-build/silent}")
SEEDS=${SEEDS:-1 2 3}
if [ "${1:-}" = --quick ]; then
    shift
    OUT=$OUT-quick SEEDS="1 2" PASSES=${PASSES:-1} BAND=${BAND:-24}
fi
steps_of "$@"
. examples/trainings.sh

declare -A title=([msvd]=MSVD-QA [msrvtt]=MSRVTT-QA [activitynet]=ActivityNet-QA [tgif]=TGIF-QA) folder=()
for set in msvd msrvtt activitynet tgif; do
    name=${set^^}
    [ -z "${!name:-}" ] || folder[$set]=${!name}
done
where=
if [ ${#folder[@]} -eq 0 ]; then
    where=", toyband's"
    HCRN=${HCRN:---clips 6 --frames 6} # of ten seconds
    PASSES=${PASSES:-24}
    make_toyband toy --silent --videos "${BAND:-60}"
    for set in "${!title[@]}"; do folder[$set]=$OUT/toy/$set; done
fi

# ---- the files of questions ----

# The published files NAME... of a set, as PART.1.EXT and so on in the folder of a band.
link_questions() { # band, set, part, NAME...
    local band=$1 set=$2 part=$3 name file n=0
    mkdir -p "$OUT/$band"
    for name in "${@:4}"; do
        file=$(find -L "${folder[$set]}" -name "$name" -type f | sort | head -n 1)
        if [ -n "$file" ]; then
            ln -sfn "$(realpath "$file")" "$OUT/$band/$part.$((++n)).${name##*.}"
        elif [ "$name" != youtube_mapping.txt ]; then
            fail "${folder[$set]} has no $name"
        fi
    done
}
link_set() { # set
    local part kind
    case $1 in
        msvd | msrvtt)
            for part in train val test; do
                link_questions "$1" "$1" $part ${part}_qa.json youtube_mapping.txt
            done
            ;;
        activitynet)
            for part in train val test; do
                link_questions "$1" "$1" $part ${part}_q.json ${part}_a.json
            done
            ;;
        tgif) # a tenth of the videos validates
            for kind in action transition count frameqa; do
                link_questions tgif-$kind tgif train Train_${kind}_question.csv
                link_questions tgif-$kind tgif test Test_${kind}_question.csv
            done
            ;;
    esac
}
sets=()
for set in msvd msrvtt activitynet tgif; do
    [ -n "${folder[$set]:-}" ] || continue
    [ -d "${folder[$set]}" ] || fail "${folder[$set]} is not a folder"
    sets+=("$set")
    link_set "$set"
done

# ---- features ----

ingest_set() { # set
    local questions
    mapfile -t questions < <(find "$OUT/$1" "$OUT/$1"-* -maxdepth 1 -name '*.[0-9].*' 2>/dev/null | sort)
    # shellcheck disable=SC2086 # switches are a list
    ingest_part "$1" ${INGEST:-} --annotations "${questions[@]}" -- "${folder[$1]}"
}

# ---- rows ----

tables_of() { # set: TITLE|BAND|SWITCHES of its answers
    local kind switches
    case $1 in
        tgif)
            for kind in action transition frameqa count; do
                if [ "$(wc -l <"$OUT/tgif-$kind/test.1.csv")" -lt 2 ]; then # a heading at most
                    echo "silent.sh: TGIF-QA has no test question of $kind: left out" >&2
                    continue
                fi
                switches=
                [ $kind != frameqa ] || switches=${ANSWERS:-}
                echo "TGIF-QA, ${kind%qa}$where|tgif-$kind|$switches"
            done
            ;;
        *) echo "${title[$1]}$where|$1|${ANSWERS:-}" ;;
    esac
}
list_runs() {
    local set name band switches
    for set in "${sets[@]}"; do
        while IFS='|' read -r name band switches; do
            echo "$name|CoQo, pictures|$band||$switches ${OPTIONS:-}|${PASSES:-8}"
            echo "$name|HCRN|$band||--network hcrn $switches ${HCRN:-}|${PASSES:-8}"
            echo "$name|HCRN + QGT|$band||--network hcrn --qgt tokens $switches ${HCRN:-}|${PASSES:-8}"
            echo "$name|linear|$band||--network linear $switches|${PASSES:-8}"
        done < <(tables_of "$set")
    done
}
for step in $steps; do
    case $step in
        ingest) for set in "${sets[@]}"; do ingest_set "$set"; done ;;
        merge) for set in "${sets[@]}"; do merge_parts "$set"; done ;;
        train) list_runs | run_all ;;
    esac
done
