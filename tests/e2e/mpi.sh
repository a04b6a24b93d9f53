#!/usr/bin/env bash
# Training by several processes over MPI (MPI=1: the program is built with it): the curve and
# the weights are those of one process, whatever their number; a stop of one stops all; what
# is wrong is said once. Without MPI: several processes are refused.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# What both builds share: a process that was started as one of three and finds no others.
yes_ "toyband" "$TOYBAND" --out band --videos 12 --seed 11 --quiet
is "ingest" "$(status "$PIPE" ingest --max-seconds 4 band/videos)" 0
train=(train --annotations band/train.json --val band/val.json --heads 2 --tokens 2 --batch 4 --lr 1e-3 -q)
as_one_of_three() {
    OMPI_COMM_WORLD_SIZE=3 OMPI_COMM_WORLD_RANK=$1 "${@:2}" "${train[@]}" --dim 32 --epochs 1 --out no.safetensors
}
if [ -z "${MPI:-}" ]; then
    is "no MPI" "$(status as_one_of_three 0 "$PIPE")" 1
    yes_ "is said" grep -q "started 3 processes.*built without MPI" err
    is "by the first only" "$(status as_one_of_three 1 "$PIPE")" 1
    is "the others are silent" "$(cat out err)" ""
    yes_ "nothing was written" [ ! -e no.safetensors ]
    is "Slurm's too" "$(SLURM_STEP_NUM_TASKS=2 SLURM_PROCID=0 status "$PIPE" "${train[@]}" --epochs 1)" 1
    yes_ "is said too" grep -q "srun started 2" err
    is "one is none" "$(SLURM_STEP_NUM_TASKS=1 SLURM_PROCID=0 status "$PIPE" "${train[@]}" --dim 32 --epochs 1 \
        --out one.safetensors)" 0
    finish
fi

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
export OMPI_MCA_btl=self,vader # shared memory; no network, and none of its interfaces
run=(timeout 120 mpirun --oversubscribe --bind-to none)

# Compares two model files: root of the mean square of what their values differ by.
apart() {
    /usr/bin/python3 - "$1" "$2" <<'END'
import json, sys
import numpy as np

def load(path):
    raw = open(path, "rb").read()
    n = int.from_bytes(raw[:8], "little")
    head, body = json.loads(raw[8:8 + n]), raw[8 + n:]
    return {k: np.frombuffer(body[slice(*v["data_offsets"])], dtype="<f4")
            for k, v in head.items() if k != "__metadata__" and v["dtype"] == "F32"}

a, b = load(sys.argv[1]), load(sys.argv[2])
assert a.keys() == b.keys() and a
d = np.concatenate([a[k] - b[k] for k in sorted(a)])
print(f"{np.sqrt(np.mean(d.astype('f8') ** 2)):.2e}")
END
}
below() { awk -v a="$1" -v b="$2" 'BEGIN {exit !(a < b)}'; }
curve() { # of the last run: "loss val_loss val_accuracy" of each epoch
    "$PIPE" runs ls --json --kind train | jq -s 'max_by(.id) | [.metrics.curve[] | .loss, .val_loss, .val_accuracy]'
}

# Dropout, drawn numbers of questions and uneven batches are all in play: 9 videos to train
# on, batches of 4, 4 and 1, so that of four processes three have nothing to do in the last.
set_of="--dim 32 --epochs 4 --dropout 0.1"
# shellcheck disable=SC2086
is "one process" "$(status "$PIPE" "${train[@]}" $set_of --out one.safetensors)" 0
want=$(curve)
is "four epochs" "$(jq length <<<"$want")" 12
n_runs=$("$PIPE" runs ls --json | jq -s length)
for n in 1 2 4; do
    # shellcheck disable=SC2086
    is "$n processes" "$(status "${run[@]}" -n $n "$PIPE" "${train[@]}" $set_of --out "of$n.safetensors" --json)" 0
    is "$n: one result" "$(wc -l <out)" 1
    is "$n: one run" "$("$PIPE" runs ls --json | jq -s length)" $((n_runs += 1))
    # Sums of floats in another order: 1e-7 a step, and Adam's steps make it somewhat more.
    is "$n: the curve" "$(jq -n --argjson a "$(curve)" --argjson b "$want" '[range($b | length) |
        select(($a[.] - $b[.]) * ($a[.] - $b[.]) > 1e-8 * $b[.] * $b[.])] | length')" 0
    # Where a gradient is all but 0 its sign is chance, and Adam steps by 1e-3 all the same.
    d=$(apart one.safetensors "of$n.safetensors")
    echo "$n processes: weights apart by $d"
    yes_ "$n: the weights" below "$d" 2e-5
done
yes_ "a single one is alone, bit for bit" cmp one.safetensors of1.safetensors
# shellcheck disable=SC2086
is "from a model" "$(status "${run[@]}" -n 2 "$PIPE" "${train[@]}" --dim 32 --epochs 1 --from one.safetensors \
    --out from.safetensors)" 0

# Stopped in the middle by a signal to one of them, or to mpirun, which passes it on.
long="--dim 32 --epochs 100000"
stop_at_model() { # SIGNAL WHOM MODEL
    # shellcheck disable=SC2086
    "${run[@]}" -n 3 "$PIPE" "${train[@]}" $long --out "$3" >out 2>err &
    local job=$! pid
    for _ in $(seq 600); do [ -e "$3" ] && break; sleep 0.1; done
    pid=$(pgrep -P $job)
    [ "$2" = mpirun ] || pid=$(pgrep -P "$pid" avqa-pipe | sed -n "$2p")
    kill -"$1" "$pid"
    wait $job
}
stop_at_model TERM 3 stop.safetensors
is "SIGTERM to the third" $? 75
is "is said once" "$(grep -c "interrupted; stop" err)" 1
is "noted once" "$("$PIPE" runs ls --json | jq -s '[.[] | select(.status == "interrupted")] | length')" 1
yes_ "the state is there" [ -s stop.safetensors.last ]
done_at=$("$PIPE" runs ls --json | jq -s 'max_by(.id) | .metrics.steps')
epochs=$((done_at / 3 + 2))
# shellcheck disable=SC2086
is "two go on" "$(status "${run[@]}" -n 2 "$PIPE" "${train[@]}" $long --epochs $epochs --resume \
    --out stop.safetensors --json)" 0
is "to the end" "$(jq .steps out)" $((3 * epochs))
stop_at_model USR1 mpirun usr1.safetensors
is "SIGUSR1 to mpirun" $? 75
yes_ "its state is there" [ -s usr1.safetensors.last ]
stop_at_model KILL 2 kill.safetensors
is "SIGKILL to the second ends all" $? 137
is "what was there is whole" "$(status "$PIPE" eval --annotations band/test.json --model kill.safetensors)" 0

# What is wrong is said once, and ends all.
ours() { grep -c '^avqa-pipe' err; }
# shellcheck disable=SC2086
is "misuse" "$(status "${run[@]}" -n 3 "$PIPE" "${train[@]}" --frob)" 2
is "is said once" "$(ours)" 1
# shellcheck disable=SC2016
late='[ "$OMPI_COMM_WORLD_RANK" -gt 0 ] || sleep 0.5; exec "$@"'
is "misuse, the leader late" "$(status "${run[@]}" -n 3 bash -c "$late" late "$PIPE" "${train[@]}" --frob)" 2
is "is said all the same" "$(ours)" 1
# shellcheck disable=SC2086
is "no store" "$(status "${run[@]}" -n 3 "$PIPE" "${train[@]}" --store none/none.db)" 1
is "is said once, too" "$(ours)" 1
# shellcheck disable=SC2086
is "options that differ" "$(status "${run[@]}" -n 1 "$PIPE" "${train[@]}" $long --out d.safetensors : \
    -n 1 "$PIPE" "${train[@]}" $long --lr 2e-3 --out d.safetensors)" 1
yes_ "name who differs" grep -q "process 2 of 2: its options" err
is "and that once" "$(ours)" 1
cp data/avqa-pipe/store.db other.db
sqlite3 other.db "DELETE FROM features WHERE video_id =
    (SELECT id FROM videos WHERE name = '$(jq -r '.[0].video_id' band/train.json)')"
# shellcheck disable=SC2086
is "a store that lacks a clip" "$(status "${run[@]}" -n 1 "$PIPE" "${train[@]}" $long --out d.safetensors : \
    -n 1 "$PIPE" "${train[@]}" $long --store other.db --out d.safetensors)" 1
yes_ "names who lacks it" grep -q "process 2 of 2: " err
is "no others to be found" "$(status as_one_of_three 0 "$PIPE")" 1
yes_ "says what to do" grep -q "cannot reach one another" err
finish
