#!/usr/bin/env bash
# HCRN goes the way of the other networks: it is trained alone and with a question-guided
# transformer, stopped and gone on with, evaluated, asked and explained; several processes cannot
# share its batches unless they are not normalised.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 24 --seed 12 --questions 6 --quiet
is "ingest" "$(status "$PIPE" ingest --max-seconds 6 -q band/videos)" 0
small=(--dim 16 --word-dim 8 --clips 6 --frames 6 --heads 2 --tokens 2)
train=(train --network hcrn --annotations band/train.json --val band/val.json -q "${small[@]}")
is "trained" "$(status "$PIPE" "${train[@]}" --epochs 4 --out whole.safetensors --json)" 0
yes_ "the file says what it is" grep -qa '"format":"avqa-pipe hcrn"' whole.safetensors
yes_ "with its subsets' seed" grep -qa 'subset.seed' whole.safetensors
yes_ "and running statistics" grep -qa 'answer.norm.running_var' whole.safetensors
is "two epochs" "$(status "$PIPE" "${train[@]}" --epochs 2 --out parts.safetensors)" 0
is "go on" "$(status "$PIPE" "${train[@]}" --epochs 4 --resume --out parts.safetensors)" 0
yes_ "the same file" cmp whole.safetensors parts.safetensors
for qgt in tokens frames; do
    is "with the transformer on $qgt" "$(status "$PIPE" "${train[@]}" --epochs 2 --qgt $qgt --sound on \
        --questions 3 --out $qgt.safetensors)" 0
done

is "eval" "$(status "$PIPE" eval --model tokens.safetensors --annotations band/test.json --json)" 0
cp out first
is "again" "$(status "$PIPE" eval --model tokens.safetensors --annotations band/test.json --json)" 0
yes_ "the same, whichever subsets" cmp first out
clip=$(find band/videos -name '*.mp4' | sort | head -n 1)
is "ask" "$(status "$PIPE" ask --model frames.safetensors "$clip" "How many instruments are sounding in the video?" \
    -q --json --explain page.html)" 0
yes_ "what hiding costs is told" jq -e '(.occlusion.visual | length) > 0 and .attention.visual == null' out

is "an odd width" "$(status "$PIPE" "${train[@]}" --dim 15 --out no.safetensors)" 2
yes_ "is told" grep -q "an even --dim" err
is "too few clips" "$(status "$PIPE" "${train[@]}" --clips 5 --sound on --out no.safetensors)" 2
yes_ "is told" grep -q "choose more --clips" err
is "a model of another network" "$(status "$PIPE" train --network linear --annotations band/train.json -q \
    --epochs 1 --from whole.safetensors --out no.safetensors)" 1
yes_ "is refused" grep -q "of the network hcrn" err
if [ -n "${MPI:-}" ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
    two=(timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$PIPE" "${train[@]}" --epochs 1)
    is "two processes" "$(status "${two[@]}" --out two.safetensors)" 1
    yes_ "cannot share a batch" grep -q -- "--batch-norm off" err
    is "unless it is not normalised" "$(status "${two[@]}" --batch-norm off --out two.safetensors)" 0
    is "one process" "$(status "$PIPE" "${train[@]}" --epochs 1 --batch-norm off --out one.safetensors)" 0
    is "has the same curve" "$("$PIPE" runs ls --json --kind train | jq -s -c '[.[-2:][].metrics.curve[0] |
        [.loss, .val_loss] | map(. * 1e4 | round)] | .[0] == .[1]')" true
fi
finish
