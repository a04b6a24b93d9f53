#!/usr/bin/env bash
# Another answering network than CoQo, chosen by --network, goes the same way: it is trained,
# stopped and gone on with, by several processes too; evaluated, calibrated, asked and explained.
# Its answers are those that NumPy makes of the file's numbers and the exported features.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 60 --seed 33 --questions 12 --quiet
is "ingest" "$(status "$PIPE" ingest --max-seconds 5 -q band/videos)" 0
train=(train --network linear --annotations band/train.json --val band/val.json -q)
is "trained" "$(status "$PIPE" "${train[@]}" --epochs 25 --out whole.safetensors --json)" 0
yes_ "above the blind floor" jq -e '.val_accuracy > .val_floor' out
yes_ "the file says what it is" grep -qa '"format":"avqa-pipe linear"' whole.safetensors
yes_ "the run says it" bash -c "'$PIPE' runs ls --json --kind train | jq -se '.[0].config.network == \"linear\"'"
yes_ "its one loss is kept" bash -c "'$PIPE' runs ls --json --kind train |
    jq -se '.[0].metrics.curve | length == 25 and all(.[]; .qa == .loss and (has(\"avm\") | not))'"

# Which options there are follows the network.
is "an option of coqo's" "$(status "$PIPE" "${train[@]}" --heads 2)" 2
yes_ "is told" grep -q -- "--heads" err
is "no such network" "$(status "$PIPE" train --network linaer --annotations band/train.json)" 2
yes_ "the nearest is meant" grep -q "did you mean linear" err
is "nor this" "$(status "$PIPE" train --network zzzz --annotations band/train.json)" 2
yes_ "says which there are" grep -q "coqo, linear" err
yes_ "help has its options" bash -c "'$PIPE' train --help | sed -n '/^Network linear/,/^\$/p' | grep -q -- '--picture on'"
is "the words alone" "$(status "$PIPE" "${train[@]}" --sound off --picture off --epochs 2 \
    --out words.safetensors)" 0
yes_ "have one tensor" bash -c "! grep -qa map.weight words.safetensors"

# Stopped and gone on with: the same bytes.
is "three epochs" "$(status "$PIPE" "${train[@]}" --epochs 3 --out parts.safetensors)" 0
is "go on" "$(status "$PIPE" "${train[@]}" --epochs 25 --resume --out parts.safetensors)" 0
yes_ "the same file" cmp whole.safetensors parts.safetensors
for sample in kind loss; do # which questions are hard goes on too, whatever the number of threads
    by=("${train[@]}" --questions 4 --sample "$sample")
    is "by $sample" "$(status "$PIPE" "${by[@]}" --epochs 6 --jobs 1 --out by-$sample.safetensors --json)" 0
    is "three epochs" "$(status "$PIPE" "${by[@]}" --epochs 3 --jobs 2 --out parts.safetensors)" 0
    is "go on" "$(status "$PIPE" "${by[@]}" --epochs 6 --jobs 2 --resume --out parts.safetensors)" 0
    yes_ "the same file" cmp by-$sample.safetensors parts.safetensors
done
is "evenly" "$(status "$PIPE" "${by[@]}" --sample even --epochs 6 --resume --out parts.safetensors)" 1
yes_ "is not how it began" grep -q "sample=loss, and here it is the default" err
yes_ "nor the same numbers" bash -c "! cmp -s by-kind.safetensors by-loss.safetensors"
is "no such way" "$(status "$PIPE" "${train[@]}" --sample hard)" 2
yes_ "says which there are" grep -q "even.*kind.*loss" err
is "from one" "$(status "$PIPE" "${train[@]}" --epochs 1 --from whole.safetensors --out from.safetensors)" 0
is "coqo from it" "$(status "$PIPE" train --annotations band/train.json -q --dim 16 --heads 2 --epochs 1 \
    --from whole.safetensors --out no.safetensors)" 1
yes_ "is refused" grep -q "of the network linear" err
if [ -n "${MPI:-}" ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
    is "two processes" "$(status timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$PIPE" "${train[@]}" \
        --epochs 25 --out two.safetensors --json)" 0
    yes_ "train the same" bash -c "'$PIPE' runs ls --json --kind train | jq -se 'max_by(.id) as \$b |
        (map(select(.status == \"done\" and (.metrics.curve | length) == 25)) | min_by(.id)) as \$a |
        [\$a.metrics.curve, \$b.metrics.curve] | transpose | all(.[]; (.[0].loss - .[1].loss | fabs) < 1e-4)'"
    is "two by kind" "$(status timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$PIPE" "${train[@]}" \
        --questions 4 --sample kind --epochs 6 --out two.safetensors --json)" 0
    yes_ "draw the same" bash -c "'$PIPE' runs ls --json --kind train | jq -se 'max_by(.id) as \$b |
        (map(select(.config.training.sample == \"kind\" and (.metrics.curve | length) == 6)) | min_by(.id)) as \$a |
        \$a.id != \$b.id and ([\$a.metrics.curve, \$b.metrics.curve] | transpose |
        all(.[]; (.[0].loss - .[1].loss | fabs) < 1e-4))'"
fi

# Asked.
export AVQA_MODEL=$work/whole.safetensors
is "eval" "$(status "$PIPE" eval --annotations band/test.json --json --explanations)" 0
yes_ "all are asked" jq -e '.overall.n == 144' out
yes_ "hiding seconds is measured" jq -e '.explanations | .occlusion.changed != null and .attention.changed == null
    and .attention.correlation.audio == null' out
is "as text" "$(status "$PIPE" eval --annotations band/test.json --explanations)" 0
for run in "0 none" "0.6 some" "0.6 again"; do
    is "hiding $run" "$(status "$PIPE" eval --annotations band/test.json --hide-seconds "${run% *}" \
        --predictions "${run#* }.csv")" 0
done
yes_ "what is left answers otherwise" bash -c "! cmp -s none.csv some.csv"
yes_ "the same seconds" cmp some.csv again.csv
is "all of them" "$(status "$PIPE" eval --annotations band/test.json --hide-seconds 1)" 2
is "trained on a part" "$(status "$PIPE" "${train[@]}" --epochs 2 --hide-seconds 0.5 --out part.safetensors)" 0
is "trained on all" "$(status "$PIPE" "${train[@]}" --epochs 2 --out parts.safetensors)" 0
yes_ "is another model" bash -c "! cmp -s part.safetensors parts.safetensors"
is "calibrate" "$(status "$PIPE" calibrate --annotations band/train.json --val band/val.json --out calm.safetensors)" 0
question="How many instruments are sounding in the video?"
clip=band/videos/00000002.mp4
is "ask" "$(status "$PIPE" ask $clip "$question" -q)" 0
is "as JSON" "$(status "$PIPE" ask $clip "$question" -q --json --explain page.html)" 0
cp out json
yes_ "no attention, all else" jq -e '.attention.audio == null and .attention.grid == null and
    (.occlusion.audio | length) == 5' json
yes_ "nor on the page" bash -c "! grep -q '<summary>Attention' page.html && grep -q 'without its sound, ' page.html"

# NumPy's answer.
is "features" "$(status "$PIPE" store export --format npy --out features)" 0
/usr/bin/python3 - whole.safetensors features "$question" >numpy <<'END'
import json, sys
import numpy as np

raw = open(sys.argv[1], "rb").read()
n = int.from_bytes(raw[:8], "little")
head, body = json.loads(raw[8:8 + n]), raw[8 + n:]
t = {k: np.frombuffer(body[slice(*v["data_offsets"])], "<f4").reshape(v["shape"]).astype("f8")
     for k, v in head.items() if k != "__metadata__" and v["dtype"] == "F32"}
words = json.loads(head["__metadata__"]["words"])
ids = [words.index(w) + 2 if w in words else 1 for w in sys.argv[3].lower().rstrip("?").split()]
logits = t["question.prior"][ids].sum(0)
for stream in ("audio", "visual"):
    x = np.load(f"{sys.argv[2]}/{stream}/00000002.npy").astype("f8")
    x = x.reshape(len(x), -1, x.shape[-1])
    x = np.clip((x - t[f"stats.{stream}.mean"]) * t[f"stats.{stream}.inv_std"], -8, 8).mean((0, 1))
    logits += t[f"{stream}.map.weight"] @ x / np.sqrt(len(x)) + t[f"{stream}.map.bias"]
p = np.exp(logits - logits.max())
print(p.max() / p.sum())
END
yes_ "is the program's" bash -c 'awk -v a="$(cat numpy)" -v b="$(jq .network_probability json)" \
    "BEGIN {d = a - b; exit !(d < 1e-5 && d > -1e-5 && a > 0)}"'
finish
