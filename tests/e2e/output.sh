#!/usr/bin/env bash
# What goes out: a full or closed standard output is told and is status 1; JSON is JSON
# and lines are lines, whatever bytes a file's name has.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 2
export AVQA_STORE=$work/store.db

# le N: a 32-bit number's bytes as printf takes them
le() { printf '\\x%02x\\x%02x\\x%02x\\x%02x' $(($1 & 255)) $(($1 >> 8 & 255)) $(($1 >> 16 & 255)) $(($1 >> 24)); }

# wav FILE SECONDS: a tone, 16 kHz, mono
wav() {
    local bytes=$(($2 * 32000))
    printf "RIFF$(le $((bytes + 36)))WAVEfmt $(le 16)\x01\x00\x01\x00$(le 16000)$(le 32000)\x02\x00\x10\x00data$(le $bytes)" >"$1"
    yes "$(printf '\x10\x20\x30\x20\x10\x01\xf0\xe0\xd0\xe0\xf0')" | head -c $bytes >>"$1"
}

# one_sentence: the last command's stderr is one line that says what is wrong
one_sentence() { [ "$(grep -c 'error:' "$work/err")" = 1 ] && grep -q 'standard output: ' "$work/err"; }

# full and closed WHAT ARGS...: the program says it and ends with 1
lost() {
    local what=$1
    shift
    if [ -c /dev/full ]; then
        "$PIPE" "$@" >/dev/full 2>"$work/err"
        is "$what into a full place" $? 1
        yes_ "$what says so" one_sentence
    fi
    "$PIPE" "$@" >&- 2>"$work/err"
    is "$what with stdout closed" $? 1
    yes_ "$what says that" one_sentence
    (trap '' PIPE; "$PIPE" "$@" 2>"$work/err"; echo $? >"$work/rc") | :
    is "$what into a pipe that nobody reads, SIGPIPE ignored" "$(cat "$work/rc")" 1
    yes_ "$what says why" one_sentence
}

wav x.wav 2
is "a clip" "$(status "$PIPE" ingest -q x.wav)" 0
for c in "--help" "--version" "ask --help" "store --help" "doctor --json" "ask x.wav instruments -q" "ask x.wav instruments -q --json" \
    "ingest x.wav -q" "ingest x.wav -q --json" "store ls" "store info --json" "store failures" "store verify" "store gc --dry-run" \
    "runs ls" "runs ls --json" "weights ls" "weights ls --json" "features x.wav --extractor vggish_nano --out f.npy -q"; do
    lost "$c" $c
done
wav y.wav 1
lost "ingest of something new" ingest -q y.wav
is "which is stored all the same" "$("$PIPE" store ls | grep -c '^y ')" 1
is "a command that prints nothing needs no stdout" "$("$PIPE" store gc --no-such 2>/dev/null >&-; echo $?)" 2
set -o pipefail
"$PIPE" store verify 2>"$work/err" | :
is "a reader that leaves ends it by SIGPIPE" "$(($? == 141 || $? == 0))" 1
is "and quietly" "$(cat "$work/err")" ""
set +o pipefail
"$PIPE" features x.wav --extractor vggish_nano --out g.npy -q 2>&- >&- <&-
is "no file becomes stdout" "$(cmp f.npy g.npy && echo same)" same

# ---- names of any bytes ----
mkdir v
odd=$'b\xff\xc3\xa9\xed\xa0\x80.wav'
wav "v/$odd" 1
echo 'this is no sound' >v/$'cut\xfe.wav'
is "names that are no UTF-8" "$(status "$PIPE" ingest v --json)" 3
yes_ "every line is JSON" jq -es . "$work/out" >/dev/null
is "a record each" "$(jq -s 'map(select(.video)) | length' out)" 2
is "no line is empty" "$(grep -c '^$' out)" 0
is "the name, escaped" "$(jq -r 'select(.outcome == "made").video' out)" 'b\xffé\xed\xa0\x80'
is "and its bytes" "$(jq -r 'select(.outcome == "made").video_bytes' out | sed 's/../\\x&/g' | xargs -0 printf | head -c -1)" "${odd%.wav}"
for c in "store ls" "store failures" "store verify" "data check q.csv --videos v"; do
    printf 'video_id,question,answer,type\nx,what?,guitar,Audio Counting\n' >q.csv
    "$PIPE" $c --json >out 2>err
    yes_ "$c gives JSON" jq -es . out >/dev/null
    is "$c leaves no line empty" "$(grep -c '^$' out)" 0
done
is "store ls has both" "$("$PIPE" store ls --json | jq -s 'map(select(.path_bytes)) | length')" 2
is "an ordinary name has no bytes beside it" "$("$PIPE" store ls --json | jq -c 'select(.video == "x") | has("video_bytes")')" false
is "a question that is no UTF-8" "$("$PIPE" ask x.wav $'how many \xff instruments' -q --json 2>/dev/null | jq -r .question)" 'how many \xff instruments'

# ---- names that would write on the terminal ----
esc=$'e\e[31mred\nline'
mkdir "$esc"
echo "this is no sound" >"$esc/cut2.wav"
cp x.wav "$esc/whole.wav"
"$PIPE" ingest -q "$esc" >out 2>err
"$PIPE" store failures >>out 2>>err
"$PIPE" features "$esc/whole.wav" --extractor vggish_nano --out "$esc/f.npy" >>out 2>>err
"$PIPE" features "$esc/none.wav" --extractor vggish_nano --out f2.npy >>out 2>>err
"$PIPE" "$esc" 2>>err
"$PIPE" store "$esc" 2>>err
is "no control characters in text" "$(cat out err | tr -d '\n\t\r -~' | wc -c)" 0
is "nor lines of a name's own" "$(grep -c '^line' out err | grep -vc ':0')" 0
yes_ "they are shown" grep -qF 'e\x1b[31mred\nline/cut2.wav' out
"$PIPE" store failures --paths0 | tr '\0' '\n' >out
yes_ "but --paths0 is the path itself" grep -q $'e\e\\[31mred' out

# ---- files that are written ----
out() { "$PIPE" features "$1" --extractor vggish_nano --out "$2" -q "${@:3}"; }
out x.wav want.npy
mkfifo fifo
(timeout 20 cat fifo >got.npy) &
is "into a FIFO" "$(status out x.wav fifo)" 0
wait $!
is "it stays one" "$(stat -c %F fifo)" fifo
is "its reader has it" "$(cmp want.npy got.npy && echo same)" same
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
is "a folder" "$(status out x.wav v)" 1
yes_ "is no file" grep -q 'v: is a folder' err
if [ "$(id -u)" = 0 ]; then
    mkdir -m 755 locked
    cp x.wav locked/
    chmod 755 "$work" . locked
    is "a folder of somebody else's" "$(status setpriv --reuid 65534 --regid 65534 --clear-groups \
        "$PIPE" features locked/x.wav --extractor vggish_nano --out locked/x.npy)" 1
    yes_ "is named" grep -q 'the folder locked must not be changed (Permission denied)' err
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
    kept "the clip as $o" x.wav features x.wav --extractor vggish_nano --out $o
    kept "the page over $o" x.wav ask x.wav "how many instruments sound?" --explain $o
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
is "changes nothing" "$(sha256sum <m.safetensors.old; sha256sum <m.safetensors; ls | grep -c 'old.part')" "$first
$second
0"
is "going on is no other training" "$(train --seed 2 --resume)" 0
is "so nothing is kept anew" "$(sha256sum <m.safetensors.old)" "$first"
kept "a model over the one it begins with" m.safetensors train --annotations q.csv --from m.safetensors --out m.safetensors
is "a model into a FIFO" "$(train --out fifo)" 1
yes_ "is refused" grep -q 'fifo: is no ordinary file' err

is "an export into a FIFO that must go back" "$(status "$PIPE" store export --format safetensors --out fifo)" 1
yes_ "is refused" grep -q 'fifo: is no ordinary file' err
finish
