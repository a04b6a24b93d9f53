#!/usr/bin/env bash
# Options from files: which goes before which, what is refused with its line, what is shown.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
ini=$XDG_CONFIG_HOME/avqa-pipe/avqa.ini
value() { # option, words of config show...
    "$PIPE" config show "${@:2}" --json 2>/dev/null | jq -r --arg n "$1" 'select(.name == $n) | .value'
}

is "where it is" "$("$PIPE" config path)" "$ini"
is "without a file" "$(status "$PIPE" config show)" 0
is "nothing" "$(cat out)" ""
is "a default" "$(value lr train)" 0.0001
mkdir -p "$(dirname "$ini")"
printf '\xef\xbb\xbf; mine\r\njobs = 2\r\nlr = 0.5\r\n\r\n[train]\r\nword_dropout = 0.25\r\ncosine = yes\r\nlr = 0.01\r\nannotations = a.json\r\nannotations = b.json\r\n' >"$ini"

# ---- what counts ----
is "a section's before all commands'" "$(value lr train)" 0.01
is "all commands'" "$(value jobs train)" 2
is "of others too" "$(value jobs ingest)" 2
is "dashes or not" "$(value word-dropout train)" 0.25
is "yes is on" "$(value cosine train)" yes
is "several values" "$(value annotations train)" "a.json, b.json"
is "others stay" "$(value epochs train)" 30
is "where from" "$(status "$PIPE" config show train --origin)" 0
yes_ "the line" grep -q "^lr = 0.01  ($ini:8)" out
yes_ "or the default" grep -q "^epochs = 30  (default)" out
printf '[train]\nlr = 0.02\nnetwork = linear\n' >more.ini
is "--config before it" "$(value lr train --config more.ini)" 0.02
is "and its network" "$(value network train --config more.ini)" linear
is "whose options it then has" "$(value tokens train --config more.ini)" ""
printf '[train]\ntokens = 3\nnetwork = linear\n' >more.ini
is "another network's option does no harm" "$(status "$PIPE" config show train --config more.ini)" 0

# ---- they are taken ----
wav clip.wav 2
printf 'json = on\n[probe]\nmax-seconds = 1\n' >"$ini"
is "probe" "$(status "$PIPE" probe clip.wav)" 0
yes_ "as JSON, of one second" jq -e '.read.seconds == 1' out
is "the command line goes before" "$(status "$PIPE" probe clip.wav --max-seconds 2)" 0
yes_ "two" jq -e '.read.seconds == 2' out
printf 'store = %s\n' "$work/of-file.db" >"$ini"
is "a store" "$(status "$PIPE" store info)" 1
yes_ "is the file's" grep -q of-file.db err
is "the environment goes before" "$(AVQA_STORE=$work/of-env.db status "$PIPE" store info)" 1
yes_ "it" grep -q of-env.db err

# ---- what is refused ----
bad() { # what, the text, what is said
    printf '%b' "$2" >bad.ini
    is "$1" "$(status "$PIPE" probe clip.wav --config bad.ini)" "${4:-2}"
    yes_ "$1: said" grep -qF -- "$3" err
}
rm "$ini"
bad "no such option" '[probe]\nmax-secnds = 1\n' "bad.ini:2: probe has no option 'max-secnds'; did you mean max-seconds?"
bad "a value that is none" 'jobs = 2\n\n[probe]\nmax-seconds = some\n' "bad.ini:4: max-seconds: 'some' is not"
bad "a flag that is neither" 'json = perhaps\n' "bad.ini:1: json"
bad "no setting" '[probe]\njust words\n' "bad.ini:2: is no setting" 1
bad "a section without an end" '[probe\n' "bad.ini:1: is no setting" 1
bad "a long line" "max-seconds = $(printf '%0400d' 1)\n" "bad.ini:1: the line is too long" 1
bad "a zero byte" 'json = on\n\0' "zero byte" 1
is "no file" "$(status "$PIPE" probe clip.wav --config none.ini)" 1
printf '[train]\ndimm = 3\n' >bad.ini
is "another command's section" "$(status "$PIPE" probe clip.wav --config bad.ini)" 0
echo "rubbish" >"$ini"
is "a file that is broken" "$(status "$PIPE" probe clip.wav)" 1
yes_ "is named" grep -q "avqa.ini:1: is no setting" err
is "help is to be had" "$(status "$PIPE" help probe)" 0
is "that too" "$(status "$PIPE" probe --help)" 0
printf 'jobs = 1\nnonsense = 1\n[fly]\nx = 1\n[train]\ndimm = 3\n' >"$ini"
is "what nobody looks at" "$(status "$PIPE" config show)" 3
yes_ "an option" grep -q "avqa.ini:2: no command has an option 'nonsense'" err
yes_ "a section" grep -q "avqa.ini:4: there is no command 'fly'" err
yes_ "a section's option" grep -q "avqa.ini:6: train has no option 'dimm'" err
is "of no command" "$(status "$PIPE" config show fly)" 2

finish
