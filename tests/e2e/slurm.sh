#!/usr/bin/env bash
# The job scripts of examples/slurm as Slurm starts them, but without Slurm (tests/slurm/run.sh
# has one): what they pass on, and what they make of the program's status.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")/../.." && pwd)
cd "$work" || exit 1
mkdir bin
printf '#!/bin/sh\necho "$@" >>"%s/asked"\n' "$work" >bin/scontrol # what Slurm is asked to do
chmod +x bin/scontrol
export PATH=$work/bin:$PATH AVQA=$PIPE AVQA_SLURM=$here/examples/slurm AVQA_WORK=$work/w AVQA_VIDEOS=$work/band/videos
export SLURM_JOB_ID=17 SLURM_ARRAY_JOB_ID=15 SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=2 SLURM_ARRAY_TASK_MAX=2 \
    SLURM_ARRAY_TASK_COUNT=1 SLURM_CPUS_PER_TASK=2
slurm=$here/examples/slurm

yes_ "toyband" "$TOYBAND" --out band --videos 20 --seed 5 --quiet
is "a task of the array" "$(AVQA_INGEST="--max-seconds 1" status bash "$slurm/ingest.sbatch")" 0
is "has a store of its own" "$("$PIPE" store info --store w/parts/2.db --json | jq .videos)" 20
echo "no video" >band/videos/broken.mp4
is "a video that cannot be used" "$(AVQA_INGEST="--max-seconds 1" status bash "$slurm/ingest.sbatch")" 0
yes_ "is said" grep -q "some videos could not be used" out
rm band/videos/broken.mp4
is "a task that fails" "$(AVQA_INGEST="--audio nowhere" status bash "$slurm/ingest.sbatch")" 1
yes_ "asks for nothing" [ ! -e asked ]

# The warning goes to the script alone; avqa-pipe gets it from there.
rm -rf w
SLURM_CPUS_PER_TASK=1 bash "$slurm/ingest.sbatch" >out 2>err &
job=$!
some() { sqlite3 w/parts/2.db 'SELECT 1 FROM features LIMIT 1' 2>/dev/null | grep -q 1; }
for _ in $(seq 300); do some && break; sleep 0.05; done
kill -USR1 $job
for _ in $(seq 300); do [ -e asked ] && break; sleep 0.05; done
is "the task is to be started again" "$(cat asked)" "requeue 15_2"
yes_ "its work is saved" grep -q "stopped with its work saved" out
kill $job 2>/dev/null # as Slurm does
wait $job 2>/dev/null
n=$("$PIPE" store info --store w/parts/2.db --json | jq .videos)
yes_ "some of it ($n)" [ "$n" -ge 1 ]
is "and the rest then" "$(status bash "$slurm/ingest.sbatch")" 0
is "makes it all" "$("$PIPE" store info --store w/parts/2.db --json | jq .videos)" 20

# Training: the launcher is one's choice, and a job that was requeued goes on.
cp w/parts/2.db w/store.db
unset SLURM_ARRAY_JOB_ID SLURM_ARRAY_TASK_ID SLURM_ARRAY_TASK_MIN SLURM_ARRAY_TASK_MAX SLURM_ARRAY_TASK_COUNT
export AVQA_TRAIN=$work/band/train.json AVQA_VAL=$work/band/val.json AVQA_LAUNCH=env
small="--dim 32 --heads 2 --tokens 2 --json"
is "training" "$(AVQA_OPTIONS="$small --epochs 2" status bash "$slurm/train.sbatch")" 0
is "two epochs" "$(jq .epochs out)" 2
is "again, from the start" "$(AVQA_OPTIONS="$small --epochs 3" status bash "$slurm/train.sbatch")" 0
first=$(jq .steps out)
is "started again by Slurm" "$(SLURM_RESTART_COUNT=1 AVQA_OPTIONS="$small --epochs 4" \
    status bash "$slurm/train.sbatch")" 0
is "it went on" "$(jq .epochs out)" 4
is "and only on" "$("$PIPE" runs ls --store w/store.db --json --kind train | jq -s 'max_by(.id).metrics.curve | length')" 1
yes_ "from what was done" [ "$(jq .steps out)" -gt "$first" ]
is "submitting nothing" "$(status "$slurm/submit.sh")" 2
finish
