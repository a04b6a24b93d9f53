# shellcheck shell=bash disable=SC2034
# What the jobs of this folder share; sourced by them. run COMMAND... passes Slurm's warning
# (SIGUSR1) and a SIGTERM on to the command as SIGUSR1, on which avqa-pipe saves its work and ends
# with status 75. Slurm is then asked to requeue the job, which continues.
set -uo pipefail
avqa=${AVQA:-avqa-pipe}
cpus=${SLURM_CPUS_PER_TASK:-1}
me=$SLURM_JOB_ID
[ -z "${SLURM_ARRAY_JOB_ID:-}" ] || me=${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE

run() {
    local child told='' rc
    # shellcheck disable=SC2317 # the trap calls it
    tell() {
        told=1
        kill -USR1 "$child" 2>/dev/null
    }
    "$@" &
    child=$!
    trap tell USR1 TERM
    while wait "$child"; rc=$?; [ -n "$told" ]; do
        told='' # it was the signal that ended the wait
    done
    trap - USR1 TERM
    if [ "$rc" -eq 75 ]; then
        echo "$(date '+%F %T') stopped with its work saved; requeued"
        scontrol requeue "$me"
        sleep 60 # Slurm ends this script
    fi
    return "$rc"
}
