#!/usr/bin/env bash
# How many questions are reasoned about at a time: CoQo trained with N = 1, 2, 4, 6 and 8, and what
# each is worth for questions of sound, of picture and of both; a table of each of these by question
# type, at equal steps and at equal presentations of questions, mean ± deviation over seeds.
#   VIDEOS=FOLDER ANNOTATIONS=FOLDER examples/tables/questions.sh [--quick] [STEP...]
# VIDEOS has the clips; ANNOTATIONS has train.json, val.json and test.json, or avqa-train.json and
# so on. Without these, toyband makes clips and questions. However many are trained on together, in
# evaluation questions are asked one at a time.
#   INGEST="--visual swin_b"        switches of ingest
#   OPTIONS="--dim 256 --lr 1e-4"   further switches of every training
#   VARIANTS=FILE                   a list in place of examples/tables/variants; its rows `questions`
#   NUMBERS="1 2 4 6 8"             those of its rows that are wanted
#   SEEDS="1 2 3"  STEPS=1855  JOBS=cores  OUT=build/questions
#   BAND=600                        videos that toyband makes
# At equal presentations the largest number gets STEPS, and N = 1 eight times as many as N = 8.
# --quick: 24 videos, two seeds, 20 steps, in OUT-quick: shows that everything runs.
# Steps: ingest, merge, train; without any, ingest and train. What is in OUT is kept, and the same
# command goes on where one was stopped. SHARD=I/N, a Slurm array and MPI's ranks, and AVQA_LAUNCH,
# are used as in backbones.sh.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")/../..}" # Slurm runs a copy of this file
me=questions.sh
. examples/tables/steps.sh
begin_music questions "$@"
make_music

numbers=${NUMBERS:-1 2 4 6 8}
most=$(tr ' ' '\n' <<<"$numbers" | sort -n | tail -n 1)

list_runs() {
    local first kind equal name switches n passes
    first=$(passes_for "$band" "$budget")
    for kind in Audio Visual Audio-visual; do
        for equal in steps presentations; do
            variants_of questions | while IFS='|' read -r _ name switches; do
                n=${name#N = } passes=$first
                [[ " $numbers " == *" $n "* ]] || continue
                [ $equal = steps ] || passes=$((first * most / n))
                echo "$kind questions, at equal $equal$where|$name|$band||$switches|$passes"
            done
        done
    done
}
do_music_steps
