#!/usr/bin/env bash
# Imported weights: kept, found by name, verified; what features were made with decides
# whether they are current.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1
seeds=$here/../fuzz/seeds
nano=$here/../../extract/weights

is "without anything" "$(status "$PIPE" weights verify)" 0
is "no such file" "$(status "$PIPE" weights import nowhere.pth)" 1
yes_ "is named" grep -q "nowhere.pth" err
is "nothing to import" "$(status "$PIPE" weights import)" 2
is "no verb" "$(status "$PIPE" weights)" 2
is "a pickle that would run" "$(status "$PIPE" weights import "$seeds/hostile/system.pth")" 1
yes_ "is refused by name" grep -q "posix.system" err
is "no network" "$(status "$PIPE" weights import "$seeds/torch_zip/plain.pth")" 1
yes_ "says so" grep -q "not those of any known network" err
is "but can be looked into" "$(status "$PIPE" weights inspect "$seeds/torch_legacy/model.pth")" 0
yes_ "with its format" grep -q "torch-legacy" out
yes_ "what it holds" grep -q "F32  \[2, 3\]  a" out
yes_ "and what is left out" grep -q "epoch" out

is "import" "$(status "$PIPE" weights import "$nano/swin_nano.safetensors" --name band_swin)" 0
yes_ "is kept" test -f data/avqa-pipe/weights/band_swin.safetensors
is "again" "$(status "$PIPE" weights import "$nano/swin_nano.safetensors" --name band_swin --json)" 0
is "is there already" "$(jq -r .was_there out)" true
is "another one under that name" \
    "$(status "$PIPE" weights import "$nano/vggish_nano.safetensors" --name band_swin)" 1
yes_ "says what to do" grep -q -- "--force" err
is "a path for a name" \
    "$(status "$PIPE" weights import "$nano/swin_nano.safetensors" --name ../evil)" 1
is "a hidden name" \
    "$(status "$PIPE" weights import "$nano/swin_nano.safetensors" --name .x)" 1
is "its own name" "$(status "$PIPE" weights import "$nano/vggish_nano.safetensors")" 0
is "an imported one" "$(status "$PIPE" weights import \
    data/avqa-pipe/weights/band_swin.safetensors --name twice)" 0
is "dlib's" "$(status "$PIPE" weights import "$seeds/dlib/resnet.dnn" --name dlib_resnet)" 0
yes_ "is a ResNet" grep -q "basic blocks with pooled shortcuts" out
is "what its layers do is kept" "$(status "$PIPE" weights inspect dlib_resnet --json)" 0
is "with the network" "$(jq -r .network out)" resnet
is "another network of dlib's" \
    "$(status "$PIPE" weights import "$seeds/dlib/plain.dnn" --name dlib_plain)" 1
is "rounded" "$(status "$PIPE" weights import "$seeds/dlib/resnet.dnn" --name dlib_int8 --int8)" 0
is "again, rounded" "$(status "$PIPE" weights import "$seeds/dlib/resnet.dnn" --name dlib_int8 --int8 --json)" 0
is "is there" "$(jq -r .was_there out)" true
is "not rounded, under that name" \
    "$(status "$PIPE" weights import "$seeds/dlib/resnet.dnn" --name dlib_int8)" 1
is "look" "$(status "$PIPE" weights inspect dlib_int8 --json)" 0
is "is the same network" "$(jq -r .network out)" resnet
is "of 8-bit filters" "$(jq -r '[.tensors[] | select(.shape | length > 1) | .dtype] | unique[]' out)" I8
is "each with scales" "$(jq '[.tensors[].name] | (map(select(endswith("_scale"))) | length) ==
    (map(select(endswith(".filters") or . == "fc0.weights")) | length)' out)" true
is "verify" "$(status "$PIPE" weights verify dlib_int8)" 0
is "list it" "$(status "$PIPE" weights ls --json)" 0
is "as made by nobody else" "$(jq -r 'select(.name == "dlib_int8") | .origin_sha256' out)" ""
rm data/avqa-pipe/weights/dlib_resnet.safetensors data/avqa-pipe/weights/dlib_int8.safetensors
is "list" "$(status "$PIPE" weights ls --json)" 0
is "keeps the first origin" \
    "$(jq -r 'select(.name == "twice") | .origin' out)" swin_nano.safetensors
is "and its digest" "$(jq -r 'select(.name == "twice") | .origin_sha256' out)" \
    "$(sha256sum "$nano/swin_nano.safetensors" | cut -d ' ' -f 1)"
cp data/avqa-pipe/weights/band_swin.safetensors before
cp "$nano/swin_nano.safetensors" data/avqa-pipe/weights/plain.safetensors
is "over itself" "$(status "$PIPE" weights import data/avqa-pipe/weights/plain.safetensors --name plain --force)" 2
yes_ "is untouched" cmp -s "$nano/swin_nano.safetensors" data/avqa-pipe/weights/plain.safetensors
rm data/avqa-pipe/weights/plain.safetensors
is "imported weights over themselves" \
    "$(status "$PIPE" weights import data/avqa-pipe/weights/band_swin.safetensors --name band_swin --force)" 0
yes_ "are untouched" cmp -s before data/avqa-pipe/weights/band_swin.safetensors
is "inspect by name" "$(status "$PIPE" weights inspect band_swin --json)" 0
is "the network" "$(jq -r .network out)" swin_nano
is "all is used" "$(jq '[.tensors[] | select(.used | not)] | length' out)" 0
is "verify" "$(status "$PIPE" weights verify)" 0
is "three of them" "$(grep -c ': sound$' out)" 3

cp data/avqa-pipe/weights/twice.safetensors kept
printf '\125' | dd of=data/avqa-pipe/weights/twice.safetensors bs=1 seek=900000 conv=notrunc 2>/dev/null
is "a byte changed" "$(status "$PIPE" weights verify)" 1
yes_ "says which" grep -q "twice.safetensors: is not what was imported" out
is "the others are sound" "$(grep -c ': sound$' out)" 2
head -c 100000 kept >data/avqa-pipe/weights/twice.safetensors
is "cut" "$(status "$PIPE" weights verify --json)" 1
is "one fault" "$(jq -s '[.[] | select(.sound | not)] | length' out)" 1
rm data/avqa-pipe/weights/twice.safetensors

is "none for this one" "$(status "$PIPE" ingest --visual swin_b x.mp4)" 1
: >x.mp4
is "none for this one" "$(status "$PIPE" ingest --visual swin_b x.mp4)" 1
yes_ "says what to do" grep -q "weights import FILE" err
[ -n "${TOYBAND:-}" ] || finish

yes_ "toyband" "$TOYBAND" --out band --videos 6 --seed 21 --quiet
rm -rf data/avqa-pipe/weights/vggish_nano.safetensors
ingest() {
    is "$1" "$(status "$PIPE" ingest --json -q band/videos "${@:3}")" 0
    is "$1: videos made" "$(jq -s 'map(select(.outcome == "made")) | length' out)" "$2"
}
ingest "by a name" 6 --visual band_swin
ingest "the network's own name is the same" 0 --visual swin_nano
ingest "a path is the same" 0 --visual "$nano/swin_nano.safetensors"
ingest "as weights" 0 --visual swin_nano --visual-weights band_swin
ingest "other preparation is not" 6 --visual-options fit=crop
ingest "nor other weights" 6 --visual-weights seeded:4
yes_ "which is said" grep -q "random weights" err
ingest "what was made is still there" 0 --visual-options fit=crop
ingest "nor without the last ReLU" 6 --audio-options relu=off
ingest "nor by another network" 6 --audio yamnet --audio-weights seeded:1 --audio-options out=scores
is "its second" "$(status "$PIPE" features band/videos/"$(ls band/videos | head -n 1)" --extractor yamnet \
    --weights seeded:1 --options out=both --max-seconds 2 --out both.npy -q)" 0
yes_ "has 1,024 values and 521 scores" grep -a -q "(2, 1545)" both.npy
is "a wrong switch" "$(status "$PIPE" ingest --visual-options fit=stretch band/videos)" 1
yes_ "says which there are" grep -q "squash|crop" err
is "no parameters for it" "$(status "$PIPE" ingest --audio-options pca=on band/videos)" 1
yes_ "says which" grep -q "vggish_pca" err

# The PCA's parameters: imported like weights, all zeros here, which gives 127.5 for all.
head='{"pca_eigen_vectors":{"dtype":"F32","shape":[128,128],"data_offsets":[0,65536]},'
head=$head'"pca_means":{"dtype":"F32","shape":[128,1],"data_offsets":[65536,66048]}}'
{
    printf "\\x$(printf %x ${#head})\\0\\0\\0\\0\\0\\0\\0%s" "$head"
    head -c 66048 /dev/zero
} >pca.safetensors
is "import the PCA" "$(status "$PIPE" weights import pca.safetensors)" 0
yes_ "under its own name" test -f data/avqa-pipe/weights/vggish_pca.safetensors
ingest "with the PCA" 6 --audio-options pca=on
ingest "from the file itself" 0 --audio-options pca=./pca.safetensors
is "its features" "$(status "$PIPE" features "$(find band/videos -name '*.mp4' | head -n 1)" \
    --extractor vggish_nano --options pca=vggish_pca --out pca.npy -q)" 0
is "are the middle's 128" "$(tail -c 5120 pca.npy | od -An -v -t f4 | tr -s ' ' '\n' | sort -u | tr -d '\n')" 128

# A model remembers how its features were made.
train() {
    status "$PIPE" train --annotations band/train.json --val band/val.json -q --out m.safetensors \
        --dim 32 --heads 2 --tokens 2 --epochs 1 "$@"
}
is "train on one of several" "$(train)" 1
yes_ "says which there are" grep -q "fit=crop" err
is "train" "$(train --visual fit=crop --audio 'last relu on; no post')" 0
clip=$(find band/videos -name '*.mp4' | sort | head -n 1)
ask() {
    status "$PIPE" ask "$clip" "which instrument sounds first?" --model m.safetensors --store new.db "$@"
}
is "ask" "$(ask)" 0
is "prepares pictures as in training" "$("$PIPE" store info --store new.db | grep -c fit=crop)" 1
is "asked with other weights" "$(ask --visual-weights seeded:4)" 1
yes_ "says why" grep -q "trained on visual features" err
finish
