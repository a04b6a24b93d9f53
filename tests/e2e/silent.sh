#!/usr/bin/env bash
# Video questions without sound, from files to answers: toyband's four data sets are counted
# anew, ingested, trained on, evaluated and asked about.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out toy --silent --videos 10 --seed 3 --quiet >/dev/null
yes_ "again" "$TOYBAND" --out again --silent --videos 10 --seed 3 --jobs 1 --quiet >/dev/null
yes_ "is the same" diff -r toy again
rm -r again
yes_ "of many, questions alone" "$TOYBAND" --out many --silent --videos 200 --seed 3 --annotations-only --quiet >/dev/null
is "options that it cannot have" "$(status "$TOYBAND" --out d --silent --videos 1 --label-noise 0.5)" 2
is "files" "$(cd toy && for d in */*/; do echo "$d$(find "$d" -type f | sed 's/.*\.//' | sort | uniq -c | xargs)"; done | xargs)" \
    "activitynet/videos/10 mp4 msrvtt/videos/10 mp4 msvd/YouTubeClips/10 avi tgif/gifs/10 gif"
no_sound() {
    for f in toy/*/*/*; do
        [ "$(ffprobe -v error -show_entries stream=codec_type -of csv=p=0 "$f" | xargs)" = video ] || return 1
    done
}
yes_ "not one has sound" no_sound
yes_ "what is said is true" python3 "$here"/silent.py many >/dev/null

declare -A files=(
    [msvd]="msvd/train_qa.json msvd/val_qa.json msvd/test_qa.json msvd/youtube_mapping.txt"
    [msrvtt]="msrvtt/train_qa.json msrvtt/val_qa.json msrvtt/test_qa.json"
    [activitynet]="activitynet/train_q.json activitynet/train_a.json activitynet/val_q.json
        activitynet/val_a.json activitynet/test_q.json activitynet/test_a.json"
    [tgif]=$(cd toy && echo tgif/*.csv))
declare -A folder=([msvd]=YouTubeClips [msrvtt]=videos [activitynet]=videos [tgif]=gifs)
for set in msvd msrvtt activitynet tgif; do
    # shellcheck disable=SC2086 # names
    is "$set" "$(cd toy && status "$PIPE" data check ${files[$set]} --videos $set/${folder[$set]} --json)" 0
    yes_ "$set: as counted" python3 "$here"/questions.py check toy $set <out
    is "$set: every video is found" "$(jq -c '.folder | [.missing, .not_asked]' out)" '[[],[]]'
done

# ---- ingest, each into its data set ----
for set in msvd msrvtt activitynet tgif; do
    # shellcheck disable=SC2086 # names
    is "ingest $set" "$(cd toy && status "$PIPE" ingest $set/${folder[$set]} --dataset $set --max-seconds 4 \
        --store "$work"/s.db --json --annotations ${files[$set]})" 0
    is "$set: all" "$(jq -s '.[-1].summary.made' out)" 10
    is "$set: no second has sound" "$(jq -s '[.[] | .sound? // 0] | add' out)" 0
done

# ---- a model of each kind on each ----
trained() { # SET NETWORK OPTIONS... : trains on what SET has to train on
    local set=$1 network=$2
    shift 2
    # shellcheck disable=SC2046 # names
    (cd toy && status "$PIPE" train --annotations $(train_files "$set") $(val_files "$set") --dataset "$set" --quiet \
        --store "$work"/s.db --network "$network" --out "$work/$set-$network.safetensors" "$@")
}
train_files() {
    case $1 in
    msvd) echo msvd/train_qa.json msvd/youtube_mapping.txt ;;
    msrvtt) echo msrvtt/train_qa.json ;;
    activitynet) echo activitynet/train_q.json activitynet/train_a.json ;;
    tgif) echo tgif/Train_*.csv --head open ;; # each form alone: heads.sh
    esac
}
val_files() {
    case $1 in
    msvd) echo --val msvd/val_qa.json msvd/youtube_mapping.txt ;;
    msrvtt) echo --val msrvtt/val_qa.json ;;
    activitynet) echo --val activitynet/val_q.json activitynet/val_a.json ;;
    esac
}
test_files() {
    case $1 in
    msvd) echo msvd/test_qa.json msvd/youtube_mapping.txt ;;
    msrvtt) echo msrvtt/test_qa.json ;;
    activitynet) echo activitynet/test_q.json activitynet/test_a.json ;;
    tgif) echo tgif/Test_*.csv ;;
    esac
}
evaluated() { # SET NETWORK OPTIONS...
    local set=$1 network=$2
    shift 2
    # shellcheck disable=SC2046 # names
    (cd toy && status "$PIPE" eval --annotations $(test_files "$set") --dataset "$set" --store "$work"/s.db \
        --model "$work/$set-$network.safetensors" "$@")
}
for set in msvd msrvtt activitynet tgif; do
    is "$set: linear" "$(trained $set linear --epochs 3)" 0
    is "$set: CoQo" "$(trained $set coqo --epochs 2 --dim 16 --heads 2 --tokens 2)" 0
    for network in linear coqo; do
        is "$set, $network: eval" "$(evaluated $set $network --json)" 0
        is "$set, $network: its types alone add up" "$(jq '([.types | to_entries[] |
            select(.key | IN("Audio", "Visual", "Audio-Visual", "Visual Free", "Visual Frame") | not) | .value.n] | add)
            == .overall.n' out)" true
    done
    cp out $set.json
done
is "first words" "$(jq -c '.types | [.["Visual What", "Visual Who", "Visual How", "Visual When", "Visual Where"].n > 0] |
    all' msvd.json)" true
is "the free average is by questions" "$(jq '.types | (([to_entries[] | select(.key | startswith("Visual Free ")) |
    .value | .n * .accuracy] | add) / ([to_entries[] | select(.key | startswith("Visual Free ")) | .value.n] | add)
    - .["Visual Free"].accuracy) | fabs < 1e-9' activitynet.json)" true
is "counts have an error of their own" "$(jq '.counts | .n > 0 and .mean_squared_error >= 0' tgif.json)" true
is "others have none" "$(jq .counts msvd.json)" null
is "for people" "$(evaluated activitynet coqo)" 0
yes_ "in the paper's order" test "$(grep -o '^Visual [A-Z][a-z]* *[A-Z/a-z]*' out | sed 's/ *$//' | xargs -d'\n' | tr '\n' ' ')" = \
    "Visual Motion Visual Spatial Visual Temporal Visual Free Yes/No Visual Free Object Visual Free Location Visual Free Number Visual Free Other Visual Free Average "
is "no table of others" "$(grep -c Existential out)" 0

# ---- vocabularies: what is cut is not trained on, and counts as wrong ----
is "two answers" "$(trained msvd linear --epochs 1 --max-answers 2 --verbose)" 0
is "eval" "$(evaluated msvd linear --json --predictions "$work"/p.csv)" 0
is "gives two at most" "$(sed 1d p.csv | awk -F'","' '{print $NF}' | cut -d'"' -f1 | sort -u | wc -l | xargs -I{} test {} -le 2; echo $?)" 0
is "the others count as wrong" "$(jq '.unknown_answers > 0 and .overall.accuracy * .overall.n <= .overall.n - .unknown_answers' out)" true
is "answers that occur often" "$(trained msvd linear --epochs 1 --min-answer-count 1000)" 1
yes_ "are too few" grep -q "min-answer-count" err

# ---- asking ----
gif=$(find toy/tgif/gifs -type f | sort | head -n 1)
for network in linear coqo; do
    is "ask a GIF, $network" "$(status "$PIPE" ask "$gif" "where is the band ?" --store s.db \
        --model tgif-$network.safetensors --json --quiet)" 0
    is "it has no sound" "$(jq .clip.sound_track out 2>/dev/null | grep -c true)" 0
done
avi=$(find toy/msvd/YouTubeClips -type f | sort | head -n 1)
is "ask an AVI" "$(status "$PIPE" ask "$avi" "what is on the left?" --store s.db --model msvd-coqo.safetensors --quiet)" 0
yes_ "rests on the picture" grep -q "it has no sound track" out
is "the store is sound" "$(status "$PIPE" store verify --store s.db)" 0
finish
