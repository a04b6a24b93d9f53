#!/usr/bin/env bash
# train --seeds and --grid: each training once, what is there already, what was interrupted,
# parts, and the table.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 10 --seed 8 --questions 8 --quiet
is "ingest" "$(status "$PIPE" ingest --max-seconds 3 -q band/videos)" 0
train=(train --annotations band/train.json --val band/val.json --dim 16 --heads 2 --epochs 2 --quiet)
sweep() { status "$PIPE" "${train[@]}" "$@"; }

# ---- what is trained ----
is "two seeds, two rates" "$(sweep --out m.safetensors --seeds 3..4 --grid 'lr=1e-3,3e-3')" 0
for m in m-lr=1e-3-seed=3 m-lr=1e-3-seed=4 m-lr=3e-3-seed=3 m-lr=3e-3-seed=4; do
    yes_ "$m" test -f $m.safetensors
    yes_ "$m: what came of it" jq -e '.val_accuracy >= 0 and .epochs == 2' $m.safetensors.json >/dev/null
done
is "and no other" "$(find . -name 'm-*.safetensors' | wc -l)" 4
yes_ "a line of each rate" grep -q "^lr=1e-3: 2 trainings, validation [0-9.]* ± [0-9.]* %, best .*m-lr=1e-3-seed=" out
is "with its mean" "$(awk -F '[ ,]+' '/^lr=3e-3/ {print $5}' out)" \
    "$(jq -s '[.[].val_accuracy] | add / length * 1000 | round / 10' m-lr=3e-3-seed=?.safetensors.json |
        awk '{printf "%.1f\n", $1}')"
is "by itself" "$(status "$PIPE" "${train[@]}" --out alone.safetensors --seed 4 --lr 3e-3)" 0
yes_ "it is the same" cmp -s alone.safetensors m-lr=3e-3-seed=4.safetensors

# ---- again ----
touch -d '2001-01-01' m-lr=1e-3-seed=3.safetensors
rm m-lr=1e-3-seed=4.safetensors
is "again" "$(sweep --out m.safetensors --seeds 3,4 --grid 'lr=1e-3,3e-3' --json)" 0
is "what is there stays" "$(date -r m-lr=1e-3-seed=3.safetensors +%Y)" 2001
yes_ "what is missing is made" test -f m-lr=1e-3-seed=4.safetensors
is "a line of each, and of each rate" "$(jq -s length out)" 6
yes_ "with mean and deviation" jq -se '.[4:] | all(.trainings == 2 and .val_accuracy_deviation >= 0 and
    (.options | startswith("lr=")))' out >/dev/null
is "one more seed" "$(sweep --out m.safetensors --seeds 5 --grid 'lr=1e-3')" 0
yes_ "is added" test -f m-lr=1e-3-seed=5.safetensors

# ---- parts ----
for k in 1 2; do
    is "part $k" "$(sweep --out p.safetensors --seeds 1..3 --shard $k/2)" 0
    is "of them" "$(find . -name 'p-*.safetensors' | wc -l)" $((k == 1 ? 2 : 3))
done
is "a task of a Slurm array" "$(SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=3 \
    SLURM_ARRAY_TASK_STEP=1 status "$PIPE" "${train[@]}" --out s.safetensors --seeds 1..3)" 0
is "has its own" "$(echo s-*.safetensors)" s-seed=2.safetensors

# ---- interrupted ----
"$PIPE" "${train[@]}" --epochs 100000 --out i.safetensors --seeds 1..2 2>err &
for _ in $(seq 600); do [ -e i-seed=1.safetensors.last ] && break; sleep 0.1; done
kill -INT $!
wait $!
is "interrupted" $? 75
yes_ "what it has is kept" test -f i-seed=1.safetensors
is "no other was begun" "$(echo i-seed=2*)" "i-seed=2*"
yes_ "it is not done" test ! -e i-seed=1.safetensors.json
is "goes on" "$(sweep --epochs 100000 --max-minutes 0.01 --out i.safetensors --seeds 1..2)" 0
yes_ "from there" jq -e '.epochs > 0' i-seed=1.safetensors.json >/dev/null
yes_ "and with the other" test -f i-seed=2.safetensors.json

# ---- what is refused ----
refuse() { # what, what is said, switches
    is "$1" "$(sweep --out r.safetensors "${@:3}")" 2
    yes_ "$1: said" grep -qF -- "$2" err
}
refuse "no seed" "neither a number nor a range" --seeds one
refuse "an empty range" "is empty" --seeds 5..3
refuse "a seed that is empty" "neither a number nor a range" --seeds 1,,2
refuse "too many" "more than 1000" --seeds 1..2000
refuse "no option" "'rate' is no option of train that takes a value" --grid rate=1
refuse "a flag" "no option of train that takes a value" --grid quiet=1
refuse "--resume" "cannot be one of its options" --grid resume=1
refuse "no values" "is no option with values" --grid lr
refuse "twice" "--lr twice" --grid "lr=1;lr=2"
refuse "its own" "cannot be one of its options" --grid "seed=1,2"
refuse "with --resume" "leave out --resume" --seeds 1..2 --resume
refuse "a part that is none" "3/2" --seeds 1..2 --shard 3/2
is "a value that is none" "$(sweep --out r.safetensors --seeds 1..2 --grid dim=16,x)" 2
yes_ "is told by the training" grep -q "dim: 'x'" err
is "one that fails" "$(sweep --out r.safetensors --grid heads=2,3)" 2
yes_ "is told too" grep -q "cannot be split into 3 heads" err

finish
