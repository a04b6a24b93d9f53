#!/usr/bin/env bash
# Questions read by CLIP's text tower (train --question clip_text): its weights imported with their
# vocabulary, a training stopped and gone on with, by several processes too, evaluated, calibrated,
# asked in words that no question had; other weights are refused, and so are files that do not fit.
. "$(dirname "$0")/common.sh"
tests=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 16 --seed 34 --questions 10 --quiet
is "ingest" "$(status "$PIPE" ingest --max-seconds 4 -q band/videos)" 0
yes_ "a tower" python3 "$tests/make_tower.py" clip 1
yes_ "another one" python3 "$tests/make_tower.py" other 2 text.
clip=band/videos/00000002.mp4
folder=$XDG_DATA_HOME/avqa-pipe/weights

# ---- weights ----
is "nothing to read with" "$(status "$PIPE" train --annotations band/train.json --question clip_text \
    --out no.safetensors)" 1
yes_ "says what to do" grep -q -- "--question-weights, or import" err
is "inspect" "$(status "$PIPE" weights inspect clip/model.safetensors)" 0
yes_ "it is known" grep -q "clip_text: CLIP's text tower of 128 channels, 2 layers" out
yes_ "and used" grep -q "^29 tensors are used" out
is "import" "$(status "$PIPE" weights import clip/model.safetensors --name clip_text)" 0
yes_ "with its vocabulary" cmp clip/merges.txt "$folder/clip_text.merges.txt"
is "import the other" "$(status "$PIPE" weights import other/model.safetensors --name second \
    --vocabulary clip/merges.txt)" 0
mkdir bare && cp clip/model.safetensors bare
is "import without one" "$(status "$PIPE" weights import bare/model.safetensors --name bare)" 0
yes_ "is told" grep -q "has no vocabulary" err
printf '#version: 0.2\na b\n' >few.txt
is "of another tower" "$(status "$PIPE" weights import bare/model.safetensors --name few --vocabulary few.txt)" 1
yes_ "is refused" grep -q "knows [0-9]* tokens, but the vocabulary few.txt makes 515" err
yes_ "all are sound" "$PIPE" weights verify

# ---- training ----
train=(train --annotations band/train.json --val band/val.json -q --dim 16 --heads 2 --question clip_text)
is "of which activation" "$(status "$PIPE" "${train[@]}" --out no.safetensors)" 1
yes_ "is asked" grep -q "act=quick_gelu.*--question-options" err
train+=(--question-options act=gelu)
is "trained" "$(status "$PIPE" "${train[@]}" --epochs 4 --out whole.safetensors --json)" 0
yes_ "the file says by what" grep -qa 'encoder\\":\\"clip_text.*clip_text.safetensors' whole.safetensors
yes_ "the run too" bash -c "'$PIPE' runs ls --json --kind train | jq -se '.[0].config.question == \"clip_text\"'"
yes_ "it has no LSTM" bash -c "! grep -qa question.lstm whole.safetensors"
is "two epochs" "$(status "$PIPE" "${train[@]}" --epochs 2 --jobs 1 --out parts.safetensors)" 0
is "go on" "$(status "$PIPE" "${train[@]}" --epochs 4 --jobs 2 --resume --out parts.safetensors)" 0
yes_ "the same file" cmp whole.safetensors parts.safetensors
is "go on with another" "$(status "$PIPE" "${train[@]}" --epochs 6 --resume --out parts.safetensors \
    --question-weights second)" 1
yes_ "is refused" grep -q "was trained with question_weights=" err
is "by its file" "$(status "$PIPE" "${train[@]}" --epochs 4 --question-weights clip/model.safetensors \
    --out by-file.safetensors)" 0
yes_ "is the same model" bash -c "'$PIPE' eval --model whole.safetensors --annotations band/test.json --json >a &&
    '$PIPE' eval --model by-file.safetensors --annotations band/test.json --json >b &&
    jq -es '.[0].overall == .[1].overall' a b"
status "$PIPE" "${train[@]}" --epochs 1 --question-options act=gelu,precision=bf16 --out half.safetensors >rc
yes_ "in bfloat16, if the machine has it" bash -c "[ \"\$(cat rc)\" = 0 ] || grep -q bf16 err"
is "from one" "$(status "$PIPE" "${train[@]}" --epochs 1 --from whole.safetensors --out from.safetensors)" 0
is "from one by another" "$(status "$PIPE" "${train[@]}" --epochs 1 --from whole.safetensors \
    --question-weights second --out no.safetensors)" 1
yes_ "is refused" grep -q "'clip_text.safetensors' (SHA-256 .*but these are 'second.safetensors'" err
if [ -n "${MPI:-}" ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
    is "two processes" "$(status timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$PIPE" "${train[@]}" \
        --epochs 4 --out two.safetensors --json)" 0
    yes_ "train the same" bash -c "'$PIPE' runs ls --json --kind train | jq -se 'max_by(.id) as \$b |
        (map(select(.status == \"done\" and (.metrics.curve | length) == 4)) | min_by(.id)) as \$a |
        [\$a.metrics.curve, \$b.metrics.curve] | transpose | all(.[]; (.[0].loss - .[1].loss | fabs) < 1e-3)'"
fi

# ---- another network, which takes what is pooled alone ----
linear=(train --annotations band/train.json --val band/val.json -q --network linear --question clip_text
    --question-options act=gelu --sound off --picture off)
is "the linear network" "$(status "$PIPE" "${linear[@]}" --epochs 40 --out linear.safetensors --json)" 0
yes_ "learns from questions" jq -e '.val_accuracy > 0.9 * .val_floor and .val_accuracy > 0.2' out
yes_ "by one map" bash -c "grep -qa question.map.weight linear.safetensors && ! grep -qa question.prior linear.safetensors"
is "is evaluated" "$(status "$PIPE" eval --model linear.safetensors --annotations band/test.json --json)" 0
is "and asked" "$(status "$PIPE" ask $clip "Pray, how many fiddles sound?" -q --json --model linear.safetensors)" 0
yes_ "by the same weights" jq -e '.best_guess != null' out

# ---- what does not go together ----
is "no such way" "$(status "$PIPE" train --annotations band/train.json --question clip_txt)" 2
yes_ "the nearest is meant" grep -q "lstm, clip_text\|did you mean clip_text" err
is "the LSTM's weights" "$(status "$PIPE" train --annotations band/train.json --question-weights clip_text)" 2
yes_ "there are none" grep -q -- "--question lstm takes no weights" err
is "a broken vocabulary" "$(status "$PIPE" "${train[@]}" --question-vocabulary clip/model.safetensors)" 1
yes_ "is named" grep -q "clip/model.safetensors: is not a vocabulary of CLIP's tokenizer" err

# ---- asking ----
export AVQA_MODEL=$work/whole.safetensors
is "eval" "$(status "$PIPE" eval --annotations band/test.json --json --explanations)" 0
yes_ "all are asked" jq -e '.overall.n > 20' out
is "calibrate" "$(status "$PIPE" calibrate --annotations band/train.json --val band/val.json --out calm.safetensors)" 0
is "in words of its own" "$(status "$PIPE" ask $clip "Pray, what merry fiddle begins this tune?" -q --json \
    --explain page.html)" 0
yes_ "is answered" jq -e '.best_guess != null and (.warnings | any(test("no question of the training had"))) and
    (.occlusion.audio | length) == 4' out
cp out one
is "of no known word" "$(status "$PIPE" ask $clip "\u4e50\u5668?" -q --json)" 0
yes_ "another answer's odds" bash -c "! [ \"\$(jq .network_probability one)\" = \"\$(jq .network_probability out)\" ]"
is "nothing" "$(status "$PIPE" ask $clip " ?!" -q)" 2
is "other weights" "$(status "$PIPE" ask $clip "how many sound?" -q --question-weights second)" 1
yes_ "both are named" grep -q "read by the weights 'clip_text.safetensors' (SHA-256 .*but these are 'second.safetensors'" err
is "another vocabulary" "$(status "$PIPE" ask $clip "how many sound?" -q --question-vocabulary few.txt)" 1
yes_ "does not fit" grep -q "do not belong together" err
mv "$folder/clip_text.safetensors" "$folder/renamed.safetensors"
mv "$folder/clip_text.merges.txt" "$folder/renamed.merges.txt"
is "by its digest" "$(status "$PIPE" ask $clip "how many sound?" -q)" 0
rm "$folder"/renamed.* "$folder"/bare.*
is "gone" "$(status "$PIPE" ask $clip "how many sound?" -q)" 1
yes_ "is named" grep -q "by the weights 'clip_text.safetensors' (SHA-256 .*not among the imported ones" err
is "by its file" "$(status "$PIPE" ask $clip "how many sound?" -q --question-weights clip/model.safetensors)" 0
is "a model of words" "$(status "$PIPE" ask $clip "how many sound?" -q --model default \
    --question-weights second)" 1
yes_ "takes none" grep -q "reads questions as words of its training" err

# ---- a seeded tower, as large as ViT-B/32's ----
seeded=(--question-weights seeded:1 --question-vocabulary clip/merges.txt)
is "seeded" "$(status "$PIPE" train --annotations band/val.json --dim 16 --heads 2 --epochs 1 -q \
    --question clip_text "${seeded[@]}" --out seeded.safetensors)" 0
yes_ "says that it is random" grep -q "random weights (seeded:1)" err
is "asked" "$(status "$PIPE" ask $clip "how many sound?" -q --model seeded.safetensors \
    --question-vocabulary clip/merges.txt)" 0
is "of another seed" "$(status "$PIPE" ask $clip "how many sound?" -q --model seeded.safetensors \
    --question-vocabulary clip/merges.txt --question-weights seeded:2)" 1
yes_ "is refused" grep -q "'seeded:1'.*but these are 'seeded:2'" err
finish
