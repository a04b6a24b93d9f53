#!/usr/bin/env bash
# CoQo's hyper-parameters: layers, learnable tokens, heads, width, λ and the weights of the losses,
# one at a time; a table of each, mean ± deviation over seeds. examples/compare.sh takes parts away.
#   VIDEOS=FOLDER ANNOTATIONS=FOLDER examples/tables/ablations.sh [--quick] [STEP...]
# VIDEOS has the clips; ANNOTATIONS has train.json, val.json and test.json, or avqa-train.json and
# so on. Without these, toyband makes clips and questions.
#   TABLES="layers tokens heads widths lambda weights inter intra"
#   INGEST="--visual swin_b"        switches of ingest
#   OPTIONS="--dim 256 --lr 1e-4"   further switches of every training; a table's own count
#   VARIANTS=FILE                   a list in place of examples/tables/variants: other widths, say
#   SEEDS="1 2 3"  STEPS=1855  JOBS=cores  OUT=build/ablations
#   BAND=600                        videos that toyband makes
# --quick: 24 videos, two seeds, 20 steps, in OUT-quick: shows that everything runs.
# Steps: ingest, merge, train; without any, ingest and train. What is in OUT is kept, and the same
# command goes on where one was stopped. SHARD=I/N, a Slurm array and MPI's ranks, and AVQA_LAUNCH,
# are used as in backbones.sh.
set -euo pipefail
cd "${SLURM_SUBMIT_DIR:-$(dirname "$0")/../..}" # Slurm runs a copy of this file
me=ablations.sh
. examples/tables/steps.sh
declare -A title=([layers]=Layers [tokens]="Learnable tokens" [heads]=Heads [widths]=Width [lambda]=λ
    [weights]="Weights of L_inter and L_intra" [inter]="Weight of L_inter" [intra]="Weight of L_intra")
tables=${TABLES:-layers tokens heads widths lambda weights inter intra}
for table in $tables; do
    [ -n "${title[$table]:-}" ] || fail "there is no table $table; there are layers, tokens, heads, widths, lambda, weights, inter and intra"
done
begin_music ablations "$@"
make_music

list_runs() {
    local table name switches passes
    passes=$(passes_for "$band" "$budget")
    # shellcheck disable=SC2086 # tables are a list
    variants_of $tables | while IFS='|' read -r table name switches; do
        echo "${title[$table]}$where|$name|$band||$switches|$passes"
    done
}
do_music_steps
