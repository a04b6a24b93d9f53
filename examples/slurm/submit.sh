#!/usr/bin/env bash
# Submits the three jobs of this folder, each waiting for the one before it, and prints their
# numbers. WORK is a folder that all nodes can see; options after -- are passed to `train`.
#   examples/slurm/submit.sh VIDEOS WORK TRAIN.json [VAL.json] [-- --epochs 30 ...]
#   AVQA=PROGRAM     avqa-pipe on the nodes; `train` needs one built with -Dmpi=enabled [avqa-pipe]
#   PARTS=8          tasks of the array that ingests
#   RANKS=4          processes of the training
#   AVQA_INGEST=...  options of `ingest`
#   AVQA_LAUNCH=...  what starts the training's processes [srun --mpi=pmix]
#   AVQA_SBATCH=...  further options of sbatch, for all three: --partition=... --account=...
set -euo pipefail
[ $# -ge 3 ] || { sed -n '2,4s/^# //p' "$0" >&2; exit 2; }
AVQA_VIDEOS=$(realpath "$1")
AVQA_WORK=$(realpath -m "$2")
AVQA_TRAIN=$(realpath "$3")
shift 3
AVQA_VAL=
if [ $# -gt 0 ] && [ "$1" != -- ]; then
    AVQA_VAL=$(realpath "$1")
    shift
fi
[ $# -eq 0 ] || shift
AVQA_OPTIONS=$*
AVQA_SLURM=$(cd "$(dirname "$0")" && pwd)
export AVQA_SLURM AVQA_VIDEOS AVQA_WORK AVQA_TRAIN AVQA_VAL AVQA_OPTIONS
mkdir -p "$AVQA_WORK/log"

# shellcheck disable=SC2086 # options
submit() { sbatch --parsable --export=ALL ${AVQA_SBATCH:-} "$@"; }
ingest=$(submit --array="1-${PARTS:-8}" --output="$AVQA_WORK/log/ingest-%a.log" "$AVQA_SLURM/ingest.sbatch")
merge=$(submit --dependency="afterok:$ingest" --output="$AVQA_WORK/log/merge.log" "$AVQA_SLURM/merge.sbatch")
train=$(submit --dependency="afterok:$merge" --ntasks="${RANKS:-4}" --output="$AVQA_WORK/log/train.log" \
    "$AVQA_SLURM/train.sbatch")
echo "ingest $ingest, merge $merge, train $train; logs in $AVQA_WORK/log"
