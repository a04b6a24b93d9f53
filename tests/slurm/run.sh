#!/usr/bin/env bash
# The jobs of examples/slurm on a real Slurm: a private cluster of this machine alone, in a
# folder that goes away, with munge. Not part of tests/run.sh. As root:
#   apt-get install slurm-wlm munge openmpi-bin libopenmpi-dev
#   meson setup build/mpi -Dmpi=enabled && ninja -C build/mpi && tests/slurm/run.sh build/mpi
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
build=$(realpath -m "${1:-$here/build/mpi}")
skip() {
    echo "skipped: $1"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip "Slurm's daemons want root"
for p in slurmctld slurmd munged sbatch srun; do
    command -v $p >/dev/null || skip "there is no $p: apt-get install slurm-wlm munge"
done
export PIPE=$build/pipeline/avqa-pipe TOYBAND=$build/examples/toyband/toyband
{ [ -x "$PIPE" ] && [ -x "$TOYBAND" ]; } || skip "$build has no avqa-pipe and toyband: build it with -Dmpi=enabled"
"$PIPE" store merge --help >/dev/null 2>&1 || skip "this avqa-pipe cannot merge stores"
OMPI_COMM_WORLD_SIZE=2 OMPI_COMM_WORLD_RANK=0 "$PIPE" train --annotations none 2>&1 | grep -q "built without MPI" &&
    skip "this avqa-pipe is built without MPI"
. "$here/tests/e2e/common.sh"
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
cd "$work" || exit 1

# ---- the cluster: as many tasks at once as it has processors by its own account, two ----
port=$((20000 + $$ % 20000))
host=$(hostname -s)
mkdir -p state spool run log
chmod 755 "$work" run # munge wants its socket's folders to be open
dd if=/dev/urandom of=munge.key bs=1 count=1024 status=none
chmod 400 munge.key
cat >slurm.conf <<END
ClusterName=avqa
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$work/run/munge.socket,cred_expire=5
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/run/slurmctld.pid
SlurmdPidFile=$work/run/slurmd.pid
SlurmctldLogFile=$work/log/slurmctld
SlurmdLogFile=$work/log/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MpiDefault=none
ReturnToService=2
MinJobAge=3600
NodeName=$host NodeAddr=127.0.0.1 CPUs=2 RealMemory=16000
PartitionName=all Nodes=$host Default=YES MaxTime=INFINITE State=UP
END
export SLURM_CONF=$work/slurm.conf
daemons=()
end_cluster() {
    scancel --user=root --quiet 2>/dev/null
    for ((k = ${#daemons[@]} - 1; k >= 0; k--)); do
        kill "${daemons[k]}" 2>/dev/null
        wait "${daemons[k]}" 2>/dev/null
    done
    rm -rf "$work"
}
trap end_cluster EXIT
munged --foreground --force --key-file=munge.key --socket="$work/run/munge.socket" \
    --pid-file="$work/run/munged.pid" --log-file="$work/log/munged" --seed-file="$work/run/munge.seed" \
    --num-threads=2 >log/munged.out 2>&1 &
daemons+=($!)
for _ in $(seq 50); do [ -S run/munge.socket ] && break; sleep 0.1; done
slurmctld -D >log/slurmctld.out 2>&1 &
daemons+=($!)
slurmd -D >log/slurmd.out 2>&1 &
daemons+=($!)
for _ in $(seq 100); do sinfo -h -o %T 2>/dev/null | grep -qx idle && break; sleep 0.2; done
is "the node is up" "$(sinfo -h -o %T 2>&1)" idle
if [ "$fails" -gt 0 ]; then
    tail -n 20 log/*
    finish
fi

# ---- what to wait for ----
field() { scontrol show job "$1" 2>/dev/null | tr ' ' '\n' | sed -n "s/^$2=//p" | sort -u | paste -sd, -; }
until_over() { # JOB SECONDS: prints its state then
    local state
    for _ in $(seq $((2 * $2))); do
        state=$(field "$1" JobState)
        case $state in *PENDING* | *RUNNING* | *COMPLETING* | *CONFIGURING*) sleep 0.5 ;; *) break ;; esac
    done
    echo "$state"
}
logs() { # of jobs, where a check has failed
    [ "$fails" -eq "$1" ] || tail -n 15 "$2"/log/* log/slurmctld | sed 's/^/    /'
}

# ---- ingest in two parts, merge, train with two processes ----
"$TOYBAND" --out band --videos 12 --seed 11 --quiet >/dev/null
small="--dim 32 --heads 2 --tokens 2 --batch 4 --lr 1e-3"
# The jobs ask for four processors a task; this cluster has two in all.
export AVQA_SBATCH="--cpus-per-task=1 --mem-per-cpu=1G"
# shellcheck disable=SC2086 # options
said=$(AVQA=$PIPE PARTS=2 RANKS=2 AVQA_INGEST="--max-seconds 4" "$here/examples/slurm/submit.sh" \
    band/videos first band/train.json band/val.json -- $small --epochs 3 2>&1)
echo "$said"
read -ra jobs <<<"$(grep -o '[0-9]\+' <<<"${said%%;*}" | xargs)"
is "three jobs" "${#jobs[@]}" 3
is "training is over" "$(until_over "${jobs[2]:-0}" 180)" COMPLETED
is "both parts were ingested" "$(field "${jobs[0]}" JobState)" COMPLETED
is "merged" "$(field "${jobs[1]}" JobState)" COMPLETED
videos() { "$PIPE" store info --store "$1" --json | jq .videos; }
a=$(videos first/parts/1.db)
b=$(videos first/parts/2.db)
yes_ "each part has some" [ "$a" -gt 0 -a "$b" -gt 0 ]
is "the parts make up the whole" $((a + b)) 12
is "and so does what they became" "$(videos first/store.db)" 12
yes_ "by two processes" grep -q "by 2 processes of 1 threads" first/log/train.log
is "one training was noted" "$("$PIPE" runs ls --store first/store.db --json --kind train | jq -r .status)" "done"
is "a model" "$(status "$PIPE" eval --store first/store.db --annotations band/test.json \
    --model first/model.safetensors --json)" 0
# shellcheck disable=SC2086
is "the same from one process" "$(status "$PIPE" train --store first/store.db --annotations band/train.json \
    --val band/val.json $small --epochs 3 --quiet --out alone.safetensors)" 0
is "to 1e-4" "$("$PIPE" runs ls --store first/store.db --json --kind train | jq -s '[.[].metrics.curve |
    map(.loss)] | [range(.[0] | length) as $k | (.[0][$k] / .[1][$k] - 1) | . * . < 1e-8] | [length, all]' -c)" "[3,true]"
logs 0 first

# ---- the warning before the time is up: stopped, requeued, gone on with ----
before=$fails
export AVQA=$PIPE AVQA_SLURM=$here/examples/slurm AVQA_WORK=$work/first AVQA_VIDEOS=$work/band/videos
export AVQA_TRAIN=$work/band/train.json AVQA_VAL=$work/band/val.json
rm -f first/model.safetensors*
export AVQA_OPTIONS="$small --epochs 100000"
# shellcheck disable=SC2086
job=$(sbatch --parsable --export=ALL $AVQA_SBATCH --ntasks=2 --output="$work/first/log/long.log" \
    "$AVQA_SLURM/train.sbatch")
for _ in $(seq 300); do [ -s first/model.safetensors ] && break; sleep 0.2; done
scancel --batch --signal=USR1 "$job"
for _ in $(seq 300); do [ "$(field "$job" Restarts)" = 1 ] && break; sleep 0.2; done
is "started again" "$(field "$job" Restarts)" 1
yes_ "with its work saved" grep -q "stopped with its work saved" first/log/long.log
yes_ "and it is there" [ -s first/model.safetensors.last ]
steps() { "$PIPE" runs ls --store first/store.db --json --kind train | jq -s 'map(select(.status == "interrupted")) | max_by(.id).metrics.steps // 0'; }
was=$(steps)
yes_ "which is some" [ "$was" -gt 0 ]
for _ in $(seq 300); do [ "$(field "$job" JobState)" = RUNNING ] && break; sleep 0.2; done
is "runs again" "$(field "$job" JobState)" RUNNING
for _ in $(seq 300); do [ "$(grep -c 'training on' first/log/long.log)" -ge 2 ] && break; sleep 0.2; done
sleep 3
scontrol update "JobId=$job" Requeue=0
scancel --batch --signal=USR1 "$job"
is "and stops again" "$(until_over "$job" 60)" FAILED
yes_ "further on" [ "$(steps)" -gt "$was" ]
logs "$before" first
finish
