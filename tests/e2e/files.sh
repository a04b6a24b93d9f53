#!/usr/bin/env bash
# Files: what is read need not be written, what is written replaces no device, no link and
# nothing that is read, and a model that is replaced is kept.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 2
export AVQA_MODEL=toyband
export AVQA_STORE=$work/store.db
wav x.wav 2
is "a clip" "$(status "$PIPE" ingest -q x.wav)" 0

# ---- reading needs no store that can be written, and no HOME where paths are given ----
mkdir -m 755 shelf
cp x.wav shelf/
wav shelf/new.wav 1
printf 'video_id,question,answer,type\nx,how many instruments sound?,one,Audio Counting\n' >shelf/q.csv
is "a store on a shelf" "$(status "$PIPE" ingest -q shelf/x.wav --store shelf/s.db)" 0
chmod 755 "$work" shelf
homeless() { status env -u HOME -u XDG_DATA_HOME -u XDG_CONFIG_HOME -u XDG_CACHE_HOME -u AVQA_STORE "${as[@]}" "$PIPE" "$@"; }
cd shelf || exit 2
as=()
modes=644
[ "$(id -u)" = 0 ] && as=(setpriv --reuid 65534 --regid 65534 --clear-groups) modes="644 444"
for mode in $modes; do
    chmod "$mode" s.db
    is "ask of a stored clip ($mode)" "$(homeless ask x.wav "how many instruments sound?" --store s.db --model toyband -q)" 0
    yes_ "has an answer ($mode)" test -s ../out
    is "eval ($mode)" "$(homeless eval --annotations q.csv --store s.db --model toyband)" 0
    for c in "store ls" "store info" "store verify" "store failures" "runs ls"; do
        # shellcheck disable=SC2086 # the words of a command
        is "$c ($mode)" "$(homeless $c --store s.db)" 0
    done
    is "no trace ($mode)" "$(ls | tr '\n' ' ')" "new.wav q.csv s.db x.wav "
done
if [ "$(id -u)" = 0 ]; then
    is "a new clip" "$(homeless ask new.wav "how many instruments sound?" --store s.db)" 1
    yes_ "what is wrong" grep -q 'new.wav: its features are not in the store, and s.db: the store cannot be written' ../err
fi
cd "$work" || exit 2
as=()
is "features with no HOME" "$(homeless features x.wav --extractor vggish_nano --out home.npy)" 0
is "ingest" "$(homeless ingest x.wav --store home.db -q)" 0
is "train" "$(homeless train --annotations shelf/q.csv --store home.db --out home.st --epochs 1 --dim 16 --heads 2)" 0
is "weights ls" "$(homeless weights ls)" 0
is "weights verify" "$(homeless weights verify)" 0
is "doctor" "$(homeless doctor --json)" 0
is "a store that nobody named" "$(homeless store ls)" 1
yes_ "is what is missing" grep -q 'neither XDG_DATA_HOME nor HOME is set' err

# ---- files that are written ----
out() { "$PIPE" features "$1" --extractor vggish_nano --out "$2" -q "${@:3}"; }
out x.wav want.npy
mkfifo fifo
(timeout 20 cat fifo >got.npy) &
is "into a FIFO" "$(status out x.wav fifo)" 0
wait $!
is "it stays one" "$(stat -c %F fifo)" fifo
is "its reader has it" "$(cmp want.npy got.npy && echo same)" same
is "a FIFO that nobody reads, until a signal" \
    "$(status timeout -k 20 1 "$PIPE" features x.wav --extractor vggish_nano --out fifo)" 124
is "into a process" "$(status out x.wav >(cat >got2.npy))" 0
ln -s got3.npy link.npy
is "through a link to nothing yet" "$(status out x.wav link.npy)" 0
chmod 604 got3.npy
ln -s "$work/link.npy" link2.npy
is "through two links" "$(status out x.wav link2.npy)" 0
is "they stay links" "$(readlink link.npy)" got3.npy
is "the mode is kept" "$(stat -c %a got3.npy)" 604
is "the file is right" "$(cmp want.npy got3.npy && echo same)" same
"$PIPE" features x.wav --extractor vggish_nano --out /dev/stdout >got4.npy 2>err
is "to stdout" $? 0
is "nothing is mixed into it" "$(cmp want.npy got4.npy && echo same)" same
yes_ "the summary is on stderr" grep -q 'float32, 2 of 2' err
out x.wav /dev/fd/5 5>got5.npy
is "to a descriptor" "$(cmp want.npy got5.npy && echo same)" same
if [ -c /dev/full ]; then
    is "a full place" "$(status out x.wav /dev/full)" 1
    yes_ "is named" grep -q '/dev/full: No space left' err
fi
is "a folder that is not there" "$(status out x.wav none/x.npy)" 1
yes_ "is named" grep -q 'the folder none is not there' err
is "a folder" "$(status out x.wav shelf)" 1
yes_ "is no file" grep -q "shelf: is a folder" err
if [ "$(id -u)" = 0 ]; then
    mkdir -m 755 locked
    cp x.wav locked/
    chmod 755 "$work" . locked
    is "a folder of somebody else's" "$(status setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$PIPE" features locked/x.wav --extractor vggish_nano --out locked/x.npy)" 1
    yes_ "is named" grep -q 'nothing can be put into the folder locked (Permission denied)' err
fi

# ---- what is read is never written over ----
# kept WHAT FILE STATUS ARGS...: misuse, the file as it was, nothing left beside it
kept() {
    local before n
    before=$(sha256sum <"$2") n=$(ls -A | wc -l)
    is "$1" "$(status "$PIPE" "${@:3}")" 2
    yes_ "$1: told" grep -q 'is a file that is read' err
    is "$1: kept" "$(sha256sum <"$2")" "$before"
    is "$1: nothing beside it" "$(ls -A | wc -l)" "$n"
}
printf 'video_id,question,answer,type\nx,how many instruments sound?,one,Audio Counting\n' >q.csv
cp "$AVQA_STORE" s.db
ln x.wav hard.wav
ln -s x.wav soft.wav
echo x >list
for o in x.wav ./x.wav hard.wav soft.wav "$work/x.wav"; do
    kept "the clip as $o" x.wav features x.wav --extractor vggish_nano --out "$o"
    kept "the page over $o" x.wav ask x.wav "how many instruments sound?" --explain "$o"
done
cp want.npy x.npy.part
kept "a clip that is called as the piece" x.npy.part features x.npy.part --extractor vggish_nano --out x.npy
rm x.npy.part
kept "predictions over questions" q.csv eval --annotations q.csv --predictions q.csv
kept "predictions over the store" s.db eval --annotations q.csv --store s.db --predictions s.db
kept "an export over the store" s.db store export --format safetensors --store s.db --out s.db --force
kept "an export over its list" list store export --format h5 --list list --out list --force
kept "a plot over the store" s.db runs plot --store s.db --out s.db
kept "a model over its questions" q.csv train --annotations q.csv --out q.csv
kept "a model over the store" s.db train --annotations q.csv --store s.db --out s.db
kept "a page over one of two files of weights" list ask x.wav "how many sound?" --visual-weights q.csv,list \
    --explain ./list
kept "a page over what reads the question" list ask x.wav "how many sound?" --question-weights list --explain list
kept "predictions over its vocabulary" list eval --annotations q.csv --question-vocabulary list --predictions list
kept "a model over what reads its questions" list train --annotations q.csv --question clip_text \
    --question-weights list --out list
kept "a model over its vocabulary" list calibrate --annotations q.csv --val q.csv \
    --question-vocabulary list --out list
mkdir -p "$XDG_DATA_HOME/avqa-pipe/weights"
cp list "$XDG_DATA_HOME/avqa-pipe/weights/named.safetensors"
kept "a page over weights by their name" list ask x.wav "how many sound?" --audio-weights other,named \
    --explain "$XDG_DATA_HOME/avqa-pipe/weights/named.safetensors"
rm "$XDG_DATA_HOME/avqa-pipe/weights/named.safetensors"
kept "weights over the truth" q.csv pretrain --truth q.csv --extractor vggish_nano --out q.csv

# ---- a model that is there is kept beside the new one ----
train() { status "$PIPE" train --annotations q.csv --out m.safetensors --epochs 1 --max-seconds 2 --dim 16 --heads 2 "$@"; }
is "a training" "$(train --seed 1)" 0
yes_ "has nothing to keep" test ! -e m.safetensors.old
first=$(sha256sum <m.safetensors)
is "another one" "$(train --seed 2)" 0
yes_ "says where the old model is" grep -q 'm.safetensors: what was there before is now m.safetensors.old' err
is "which is the old one" "$(sha256sum <m.safetensors.old)" "$first"
second=$(sha256sum <m.safetensors)
is "a training that cannot begin" "$(train --seed 3 --store none.db)" 1
is "changes nothing" "$(sha256sum <m.safetensors.old; sha256sum <m.safetensors; find . -maxdepth 1 -name '*old.part*' | wc -l)" "$first
$second
0"
is "going on is no other training" "$(train --seed 2 --resume)" 0
is "so nothing is kept anew" "$(sha256sum <m.safetensors.old)" "$first"
kept "a model over the one it begins with" m.safetensors train --annotations q.csv --from m.safetensors --out m.safetensors
is "a model into a FIFO" "$(train --out fifo)" 1
yes_ "is refused" grep -q 'fifo: is not an ordinary file' err

is "an export into a FIFO that must go back" "$(status "$PIPE" store export --format safetensors --out fifo)" 1
yes_ "is refused" grep -q 'fifo: is not an ordinary file' err

# ---- one bad item ends no job ----
nano=$(cd "$(dirname "$0")/../../extract/weights" && pwd)
mkdir band && cd band || exit 2
export AVQA_STORE=$work/band/s.db
out=$work/out err=$work/err
printf 'video_id,question,answer,type\n' >q.csv
for k in a b c; do
    wav $k.wav 1
    printf '%s,how many instruments sound?,one,Audio Counting\n' $k >>q.csv
done
"$PIPE" ingest -q ./*.wav >/dev/null
echo junk >junk
is "a bad weight file among good ones" "$(status "$PIPE" weights import junk "$nano/swin_nano.safetensors" nothing --json)" 3
is "the good one is imported" "$(jq -r .network "$out")" swin_nano
is "the others are told" "$(grep -c error: "$err")" 2
is "bad ones alone" "$(status "$PIPE" weights import junk nothing)" 1
is "looked into" "$(status "$PIPE" weights inspect junk swin_nano --json)" 3
is "verified" "$(status "$PIPE" weights verify nothing swin_nano --json)" 1
is "each" "$(jq -s -c 'map(.sound)' "$out")" '[false,true]'
mkdir -p npy/audio/b.npy
is "an export where a folder is in the way" "$(status "$PIPE" store export --format npy --out npy)" 3
is "is one without that file" "$(find npy -type f -name '*.npy' | wc -l)" 5
yes_ "which is named" grep -q 'npy/audio/b.npy: is a folder' "$err"
cp s.db whole.db
if python3 -c "
import sqlite3
c = sqlite3.connect('s.db')
c.execute('UPDATE features SET data = zeroblob(length(data)) WHERE video_id = (SELECT id FROM videos WHERE name = \'a\')')
c.commit()"; then
    is "eval with a clip whose features are damaged" \
        "$(status "$PIPE" eval --annotations q.csv --model toyband --json --predictions p.csv)" 3
    is "is of the others" "$(jq '[.. | objects | select(has("n")) | .n] | max' "$out")" 2
    is "in the predictions too" "$(tail -n +2 p.csv | cut -d , -f 2 | tr -d '"\n')" bc
    yes_ "it is named" grep -q 'features of a: the data do not have the digest' "$err"
fi
is "a merge with a file that is no store" "$(status "$PIPE" store merge --into m.db whole.db junk --json)" 3
is "is of the stores" "$(jq -s '.[-1].summary.added' "$out")" 3
yes_ "the file is named" grep -q 'junk: .*is left out' "$err"
is "a file that is not there stops it" "$(status "$PIPE" store merge --into m2.db whole.db none.db)" 1
is "a check with a file that is none" "$(status "$PIPE" data check junk q.csv --json)" 3
is "is of the other" "$(jq .questions "$out")" 3
cd "$work" || exit 2
finish
