#!/usr/bin/env bash
# HCRN against HCRN + QGT, CoQo's question-guided transformer in another network, on questions of
# sound and picture, by question type; CoQo and the linear baseline beside them; mean ± deviation
# over seeds. (Of video questions without sound silent.sh prints the same.)
#   VIDEOS=FOLDER ANNOTATIONS=FOLDER examples/tables/hcrn.sh [--quick] [STEP...]
# VIDEOS has the clips; ANNOTATIONS has train.json, val.json and test.json, or avqa-train.json and
# so on. Without these, toyband makes clips and questions.
#   INGEST="--visual swin_b"        switches of ingest
#   HCRN="--clips 8 --frames 16"    further switches of HCRN's trainings; fewer on toyband's clips
#   OPTIONS="--dim 256 --lr 1e-4"   the same of CoQo's
#   SEEDS="1 2 3"  STEPS=1855  JOBS=cores  OUT=build/hcrn
#   BAND=600                        videos that toyband makes
# --quick: 24 videos, two seeds, 20 steps, in OUT-quick: shows that everything runs.
# Steps: ingest, merge, train; without any, ingest and train. What is in OUT is kept, and the same
# command goes on where one was stopped. SHARD=I/N, a Slurm array and MPI's ranks, and AVQA_LAUNCH,
# are used as in backbones.sh; several processes a training need HCRN="--batch-norm off".
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")/../..}" # Slurm runs a copy of this file
me=hcrn.sh
. examples/tables/steps.sh
begin_music hcrn "$@"
make_music

list_runs() {
    local passes hcrn="--network hcrn --sound on ${HCRN:-}"
    passes=$(passes_for "$band" "$budget")
    [ $band = real ] || hcrn="--network hcrn --sound on --clips 6 --frames 6 ${HCRN:-}" # of ten seconds
    while IFS='|' read -r name switches; do
        echo "HCRN and HCRN + QGT$where|$name|$band||$switches|$passes"
    done <<END
HCRN|$hcrn
HCRN + QGT on tokens|$hcrn --qgt tokens
HCRN + QGT on frames|$hcrn --qgt frames
CoQo|${OPTIONS:-}
linear|--network linear
END
}
do_music_steps
