#!/usr/bin/env bash
# What goes out: a full or closed standard output is told and is status 1; JSON is JSON
# and lines are lines, whatever bytes a file's name has.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 2
export AVQA_STORE=$work/store.db

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
    # shellcheck disable=SC2086 # the words of a command
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
    # shellcheck disable=SC2086 # the words of a command
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
finish
