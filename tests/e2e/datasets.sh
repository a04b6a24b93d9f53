#!/usr/bin/env bash
# Which video is meant by a name: data sets, clips that were only asked about, and files
# that have other content than the features of their name.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

ingest() { "$PIPE" ingest --max-seconds 2 "$@"; }
sum() { sha256sum <"$1" | cut -d' ' -f1; }
own() { # FILE NAME...
    echo 'video,question,answer,type' >"$1"
    for n in "${@:2}"; do printf '%s,how many?,two,Counting\n' "$n" >>"$1"; done
}
small="--dim 16 --heads 2 --tokens 2 --epochs 1 --quiet"

yes_ "toyband" "$TOYBAND" --out band --videos 4 --seed 5 --quiet
a=band/videos/00000000.mp4 b=band/videos/00000001.mp4 c=band/videos/00000002.mp4
mkdir raw
cp $c raw/5f1d0c

# Data sets: a name is of one video in each; what was only asked about is in none.
mkdir one two
cp $a one/x.mp4
cp $b two/x.mp4
cp $c two/y.mp4
is "a data set" "$(status ingest one --dataset first --store sets.db)" 0
is "the only one goes without saying" "$(status "$PIPE" store export --store sets.db --format npy --out e1)" 0
is "its clip" "$(cd e1/audio && echo *.npy)" x.npy
is "another" "$(status ingest two --dataset second --store sets.db)" 0
is "side by side" "$("$PIPE" store ls --store sets.db | cut -d' ' -f1 | xargs)" "first/x second/x second/y"
is "each with its own" "$(sqlite3 sets.db "SELECT sha256 FROM videos WHERE name = 'x' ORDER BY dataset" | xargs)" \
    "$(sum $a) $(sum $b)"
is "both: which?" "$(status "$PIPE" store export --store sets.db --format npy --out e2)" 1
yes_ "they are named" grep -q "first (1 videos), second (2 videos): say which with --dataset" err
is "that one" "$(status "$PIPE" store export --store sets.db --dataset second --format npy --out e2)" 0
is "its clips" "$(cd e2/audio && echo *.npy)" "x.npy y.npy"
is "no such set" "$(status "$PIPE" store export --store sets.db --dataset third --format npy --out e3)" 1
yes_ "is told" grep -q "has no data set third; it has first" err
own xy.csv x y
# shellcheck disable=SC2086 # words
is "train on one" "$(status "$PIPE" train --annotations xy.csv --val xy.csv --dataset second --store sets.db --out s.safetensors $small)" 0
is "eval on the other" "$(status "$PIPE" eval --annotations xy.csv --dataset first --store sets.db --model s.safetensors)" 3
yes_ "which lacks y" grep -q "1 questions about 1 videos (y)" err
calibrate() { status "$PIPE" calibrate --annotations xy.csv --val xy.csv --model s.safetensors "$@"; }
is "calibrate on one" "$(calibrate --dataset second --store sets.db)" 0
is "and on the other" "$(calibrate --dataset first --store sets.db)" 3
is "both: which?" "$(calibrate --store sets.db)" 1
yes_ "calibrate asks, too" grep -q "say which with --dataset" err
is "two alone" "$(status ingest two --dataset second --store alone.db)" 0
is "goes without saying" "$(calibrate --store alone.db)" 0
is "asked is reserved" "$(status ingest one --dataset asked --store sets.db)" 1
ask() { "$PIPE" ask "$@" --model toyband --json --store sets.db; }
mkdir new
cp band/videos/00000003.mp4 new/x.mp4 # a name that both sets have
is "ask about another x" "$(status ask new/x.mp4 "which instrument sounds first?")" 0
is "stays apart" "$(sqlite3 sets.db "SELECT count(*) FROM videos WHERE dataset = 'asked'")" 1
is "and out of lists" "$("$PIPE" store ls --store sets.db | wc -l)" 3
is "but for --all" "$("$PIPE" store ls --all --store sets.db | cut -d' ' -f1 | head -1)" asked/x
is "and of figures" "$("$PIPE" store info --json --store sets.db | jq -c '[.videos, .asked]')" "[3,1]"
is "ask about a stored one" "$(status ask two/y.mp4 "which instrument sounds first?")" 0
is "by another name" "$(status ask raw/5f1d0c "which instrument sounds first?")" 0
is "reads what is there" "$(sqlite3 sets.db "SELECT count(*) FROM videos")" 4
cp band/videos/00000003.mp4 new/$'x\ny.mp4'
printf '\0\0\0\014freexxxx' >>new/$'x\ny.mp4' # not the same bytes
is "an impossible name" "$(status ask new/$'x\ny.mp4' "which instrument sounds first?")" 0
own new.csv 00000003
cp band/videos/00000003.mp4 new/00000003.mp4
is "ask about it" "$(status ask new/00000003.mp4 "which instrument sounds first?")" 0
is "is no training" "$(status "$PIPE" eval --annotations new.csv --dataset second --store sets.db --model s.safetensors)" 1
is "gc" "$(status "$PIPE" store gc --asked --store sets.db)" 0
is "empties the cache" "$(sqlite3 sets.db "SELECT group_concat(DISTINCT dataset) FROM videos")" first,second
is "it verifies" "$(status "$PIPE" store verify --store sets.db)" 0

# Features of one video, annotations of another of its name.
mkdir -p mine/annotations mine/videos theirs
cp $a theirs/x.mp4
cp $b theirs/y.mp4
cp $c mine/videos/x.mp4
cp $b mine/videos/y.mp4
touch -d 2020-01-01 mine/videos/y.mp4 # the same content, of another time
own mine/annotations/q.csv x y
is "theirs" "$(status ingest theirs --store mixed.db)" 0
train() {
    # shellcheck disable=SC2086 # words
    status "$PIPE" train --annotations "$1" --val "$1" --store mixed.db --out t.safetensors $small
}
is "train on mine" "$(train mine/annotations/q.csv)" 0
yes_ "warns, with both paths" \
    grep -q "training: x: the features in the store are of $work/theirs/x.mp4, but mine/annotations/../videos/x.mp4" err
is "of x alone" "$(grep -c "training: .* different content" err)" 1
is "eval, too" "$(status "$PIPE" eval --annotations mine/annotations/q.csv --store mixed.db --model t.safetensors)" 0
yes_ "warns" grep -q "evaluation: x: the features in the store are of" err
is "calibrate, too" "$(status "$PIPE" calibrate --annotations mine/annotations/q.csv --val mine/annotations/q.csv \
    --store mixed.db --model t.safetensors)" 0
yes_ "warns" grep -q "validation: x: the features in the store are of" err
own mine/w.csv ../theirs/x.mp4 videos/y.mp4
is "paths as written" "$(train mine/w.csv)" 0
is "settle it" "$(grep -c "different content" err)" 0
own alone.csv x y
is "no files near" "$(train alone.csv)" 0
is "no warning" "$(grep -c "different content" err)" 0
cp $c theirs/y.mp4
is "a file that has changed" "$(train alone.csv)" 0
yes_ "is told" grep -q "training: $work/theirs/y.mp4: the file has different content than when" err
is "ingest it" "$(status ingest theirs --store mixed.db)" 0
yes_ "says so" grep -q "$work/theirs/y.mp4: has different content than when it was ingested" err
is "no more" "$(train alone.csv; grep -c "different content" err)" 0$'\n'0
is "another x" "$(status ingest mine/videos/x.mp4 --store mixed.db)" 3
yes_ "is refused" grep -q "another video, $work/theirs/x.mp4, is in the store's data set default under the name x" err
is "but in a set of its own" "$(status ingest mine/videos --store mixed.db --dataset mine)" 0
# shellcheck disable=SC2086 # words
is "there it is right" "$(status "$PIPE" train --annotations mine/annotations/q.csv --val mine/annotations/q.csv \
    --store mixed.db --dataset mine --out t.safetensors $small)" 0
is "without a warning" "$(grep -c "different content" err)" 0

finish
