#!/usr/bin/env bash
# How people ask: without quotes, the clip last, several questions, from a file, at the
# terminal, about a clip that is piped in.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out band --videos 2 --seed 42 --questions 8 --quiet
clip=band/videos/00000000.mp4
one="which instrument sounds first?"
ask() { status "$PIPE" ask --quiet "$@"; }

# ---- words ----
is "in quotes" "$(ask $clip "$one")" 0
cp out quoted
for words in "$clip which instrument sounds first?" "which instrument sounds first? $clip"; do
    # shellcheck disable=SC2086 # word by word
    is "without: $words" "$(ask $words)" 0
    yes_ "gives the same" cmp -s out quoted
done
is "the clip last" "$(ask "$one" $clip)" 0
yes_ "gives the same" cmp -s out quoted
is "without quotes and question mark" "$(ask $clip which instrument sounds first --json)" 0
yes_ "is one question" jq -e '.question == "which instrument sounds first"' out
is "a clip that is not there" "$(ask "$one" there-is-none.mp4)" 1
yes_ "is the one named" grep -q "there-is-none.mp4: No such file" err
is "nothing" "$(ask)" 2

# ---- several ----
is "two" "$(ask $clip "$one" "where is this?")" 0
yes_ "each under its question" grep -qx "$one" out
yes_ "and the other" grep -qx "where is this?" out
is "two without quotes" "$(ask $clip which instrument sounds first? where is this? --json)" 0
is "are two lines" "$(jq -r .question out)" "$one
where is this?"
is "the clip between them" "$(ask "$one" $clip "where is this?" --json)" 0
is "are two lines" "$(jq -s length out)" 2
is "one of them is none" "$(ask $clip "zorgle blix" "$one" --json)" 3
is "the other is answered" "$(jq -r .question out)" "$one"
yes_ "it is said" grep -q "knows no word of the question" err
is "both are none" "$(ask $clip "zorgle blix" "blix zorgle")" 2
is "a page of two" "$(ask $clip "$one" "where is this?" --explain page.html)" 2
yes_ "is refused" grep -q "one question" err

# ---- as one by one ----
is "one by one" "$(ask $clip "where is this?" --json)" 0
jq -S . out >alone
is "behind another" "$(ask $clip "is there a zorgle?" "who plays the violn?" "where is this?" --json)" 0
jq -S 'select(.question == "where is this?")' out >behind
yes_ "nothing is left of those before" cmp -s alone behind

# ---- from a file ----
printf '%s\r\n\r\nwhere is this?\n' "$one" >questions
is "lines" "$(ask $clip --json <questions)" 0
is "each" "$(jq -r .question out)" "$one
where is this?"
is "lines of which one is none" "$(printf 'zorgle\nwhere is this?\n' | ask $clip)" 3
is "no line" "$(ask $clip </dev/null)" 2
yes_ "is told" grep -q "there is no question" err

# ---- a clip that is piped in ----
is "piped" "$(ask - "where is this?" --json <$clip)" 0
is "gives the same" "$(jq -c .top out)" "$(jq -c .top alone)"
yes_ "nothing is left" test -z "$(find "$XDG_CACHE_HOME" -name 'ask-*')"
is "another clip" "$(ask - "where is this?" --json --store two.db <$clip)" 0
is "of the same name" "$(ask - "where is this?" --json --store two.db <band/videos/00000001.mp4)" 0
cp out piped
is "by its file" "$(ask band/videos/00000001.mp4 "where is this?" --json --store three.db)" 0
is "is kept apart" "$(jq -c .top piped)" "$(jq -c .top out)"
is "nothing piped" "$(ask - "where is this?" </dev/null)" 1
yes_ "is told" grep -q "standard input is empty" err
is "both through standard input" "$(ask - <$clip)" 2
is "what is no clip" "$(echo text | ask - "where is this?")" 1
yes_ "nothing is left of it" test -z "$(find "$XDG_CACHE_HOME" -name 'ask-*')"

# ---- at the terminal ----
typed() { # steps -- switches
    local steps=()
    while [ "$1" != -- ]; do steps+=("$1"); shift; done
    python3 "$here/typed.py" "${steps[@]}" -- "$PIPE" ask $clip "${@:2}" >out 2>err
    echo $?
}
is "typed" "$(typed '? ' 'where is this?\n' ' %' '' '? ' '\x04' -- --quiet)" 0
is "is answered" "$(grep -c "log-odds" out)" 1
is "a slip does not end it" "$(typed '? ' 'zorgle\n' 'no word' '' '? ' 'where is this?\n' ' %' '' '? ' '\x04' --)" 0
is "the next is answered" "$(grep -c "rests most" out)" 1
if [ -e "$XDG_DATA_HOME/avqa-pipe/history" ]; then # with libedit
    is "its owner's alone" "$(stat -c %a "$XDG_DATA_HOME/avqa-pipe/history")" 600
    is "again" "$(typed '? ' '\x1b[A\n' '"top"' '' '? ' '\x04' -- --json)" 0
    yes_ "what was typed before" grep -q '"question":"where is this?"' out
    is "Ctrl-C" "$(typed '? ' 'where is\x03' --)" 75
fi

finish
