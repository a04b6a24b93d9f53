#!/usr/bin/env bash
# Options belong to a command or a verb; what is misspelt is told as such; help, manual
# pages and completions know the same options, and the examples are right.
. "$(dirname "$0")/common.sh"
generated=$(dirname "$PIPE")/generated

# refused WHAT SAID LAST COMMAND...: status 2, a sentence and where to read more, no more
refused() {
    local what=$1 said=$2 last=$3
    shift 3
    is "$what" "$(status "$PIPE" "$@")" 2
    yes_ "$what: says so" grep -qF -- "$said" "$work/err"
    is "$what: two lines" "$(wc -l <"$work/err")" 2
    is "$what: and then" "$(tail -n 1 "$work/err")" "Try \`avqa-pipe help$last\`."
    is "$what: nothing on stdout" "$(cat "$work/out")" ""
}

refused "an option of another verb" "--force is an option of \`avqa-pipe weights import\`" " weights ls" weights ls --force
refused "another" "--curve is an option of \`avqa-pipe runs plot\`" " runs ls" runs ls --curve X
refused "no such verb" "no verb 'fly', only ls, show, compare, plot, export or rm" " runs" runs fly
refused "a verb, nearly" "did you mean merge?" " store" store mrege
refused "no verb" "say what to do: import, fetch, ls, inspect or verify" " weights" weights
refused "an option before the verb" "no option --json before the verb" " store" store --json ls
refused "no such command" "there is no command 'fly'" "" fly
refused "a command, nearly" "did you mean ingest?" "" ingets
refused "no command" "say what to do" ""
refused "an option before a command" "no option --quiet before a command" "" --quiet doctor
refused "an option, nearly" "did you mean --max-seconds?" " ingest" ingest --max-secnods 5 x
refused "several begin so" "--max- could be any of" " ingest" ingest --max- 5 x
refused "a value for a flag" "--json takes no value" " doctor" doctor --json=yes
refused "no value" "--store needs a value" " doctor" doctor --store
refused "not one of them" "--format: 'zip' is not npy, npz, h5, safetensors or hcrn" " store export" store export --format zip --out x
refused "a word too many" "'x' means nothing here" " doctor" doctor x
refused "an option of another network" "--dim is an option of --network coqo" " train" train --network linear --dim 8
refused "no such network" "there are coqo, linear" " train" train --network perceptron
refused "a network, nearly" "did you mean linear?" " train" train --network lineer
refused "help of no command" "did you mean store?" "" help stor
refused "help of no verb" "did you mean merge?" " store" help store mreg

is "an extractor, nearly" "$(status "$PIPE" features x.mp4 --extractor swin_s2 --out y.npy)" 1
yes_ "which" grep -q "did you mean swin_s?" "$work/err"
mkdir -p "$XDG_DATA_HOME/avqa-pipe/weights"
touch "$XDG_DATA_HOME/avqa-pipe/weights/mine_large.safetensors"
is "weights, nearly" "$(status "$PIPE" weights inspect mine_lage)" 1
yes_ "which" grep -q "did you mean mine_large?" "$work/err"
is "weights that come with it, nearly" "$(status "$PIPE" weights inspect vggish_nan)" 1
yes_ "which" grep -q "did you mean vggish_nano?" "$work/err"

is "-V" "$("$PIPE" -V)" "$("$PIPE" --version)"
yes_ "the version" grep -qE '^avqa-pipe [0-9.]+$' <("$PIPE" -V)
is "help is --help" "$("$PIPE" help)" "$("$PIPE" --help)"

# ---- every command and verb ----

# listed HEADING: the words of a list in the help on stdin
listed() { awk -v h="$1:" '$0 == h {on = 1; next} /^[^ ]/ || /^$/ {on = 0} on && /^  [a-z]/ {print $1}'; }
mapfile -t commands < <("$PIPE" help | listed Commands)
paths=()
for c in "${commands[@]}"; do
    mapfile -t verbs < <("$PIPE" help "$c" | listed Verbs)
    [ ${#verbs[@]} -gt 0 ] || paths+=("$c")
    for v in "${verbs[@]}"; do paths+=("$c $v"); done
done
yes_ "seventeen commands" [ ${#commands[@]} -eq 17 ]
yes_ "with verbs" [ ${#paths[@]} -ge 28 ]

"$PIPE" help --as bash >"$work/avqa.bash"
"$PIPE" help --as zsh >"$work/_avqa-pipe"
"$PIPE" help --as fish >"$work/avqa.fish"

# names: of options, in order, each once; from text in which they are --name
names() { grep -oE -- '--[a-z0-9][a-z0-9-]*' | sort -u; }
# From the lines of the help in which options stand, and where they are named alone.
in_help() { awk '/^Examples:/ {exit} /^      and, as above/ {on = 1} /^$/ {on = 0} on {print} /^      --/ || /^  -., --/ {print $1, $2}' | names; }
# Of a page of several verbs the section of one.
in_man() {
    "$PIPE" help "${1%% *}" --as man | sed 's/\\-/-/g' |
        awk -v verb="${1#* }" -v has="$1" 'BEGIN {on = verb == has; h = ".SH \"" toupper(has) "\""} /^\.SH/ && verb != has {on = $0 == h} on' |
        awk '/^\.TP/ {getline; print} /s above: / {print}' | names
}
# plain: the words of text, in a line
plain() { tr -cs 'A-Za-z0-9' ' '; }
# The words of what a page says about one, behind its usage and before its options.
about_in_man() {
    "$PIPE" help "${1%% *}" --as man | sed 's/\\f[BR]//g; s/\\[&e]//g; s/\\-/-/g' |
        awk -v h=".SH $([ "$1" = "${1#* }" ] && echo DESCRIPTION || echo "\"${1^^}\"")" \
            '/^\.SH/ {on = $0 == h; next} /^\.SS/ {on = 0} on && !/^\./ && !/^\[OPTIONS\]/ && !/ \[OPTIONS\]$/ {print}' | plain
}
in_bash() { bash -c '. "$0"; _avqa_pipe_table "$1"; echo "$options"' "$work/avqa.bash" "$1" | names; }
in_zsh() { awk -v f="_avqa_pipe_${1// /_}() {" '$0 == f {on = 1} /^}/ {on = 0} on' "$work/_avqa-pipe" | grep -oE "^ +'[^[]*'?\{?[^[]*\[" | names; }
in_fish() {
    local at="'__fish_seen_subcommand_from ${1/ /; and __fish_seen_subcommand_from }'"
    grep -F -- "-n $at " "$work/avqa.fish" | sed -n 's/.* -l \([a-z0-9-]*\).*/--\1/p' | names
}

# Examples are run by a shell that finds these alone: they note what avqa-pipe is asked for.
mkdir "$work/stubs"
cat >"$work/stubs/avqa-pipe" <<'END'
#!/bin/bash
words=("${0##*/}" "$@")
for k in "${!words[@]}"; do
    [ "${words[k]}" = avqa-pipe ] || continue
    asked=("${words[@]:k+1}")
    printf "%s\n" "${asked[*]@Q}" >>"$NOTED"
    break
done
END
chmod +x "$work/stubs/avqa-pipe"
for program in find jq mpirun xargs; do ln -s avqa-pipe "$work/stubs/$program"; done

for p in "${paths[@]}"; do
    read -ra words <<<"$p"
    is "$p --help" "$(status "$PIPE" "${words[@]}" --help)" 0
    is "help $p" "$("$PIPE" help "${words[@]}")" "$(cat "$work/out")"
    in_help <"$work/out" >"$work/want"
    yes_ "$p has options" grep -qx -- --help "$work/want"
    yes_ "$p has groups" grep -q '^Output:' "$work/out"
    about=$(about_in_man "$p")
    yes_ "$p is described" [ ${#about} -gt 20 ]
    yes_ "$p: the same text" grep -qF -- "${about% }" <(plain <"$work/out")
    for kind in man bash zsh fish; do
        "in_$kind" "$p" >"$work/have"
        is "$p: $kind" "$(diff "$work/want" "$work/have")" ""
    done
    # Examples: what each asks the program for is read up to --help behind it.
    awk '/^Examples:/ {on = 1; next} /^[^ ]/ {on = 0} on' "$work/out" | sed -e ':a' -e '/\\$/N; s/ \\\n */ /; ta' |
        grep -E '^  [^ ]' >"$work/examples"
    yes_ "$p has examples" [ -s "$work/examples" ]
    while read -r example; do
        : >"$work/noted"
        is "example: $example: the shell takes it" \
            "$(PATH=$work/stubs NOTED=$work/noted status "$BASH" -o pipefail -c "$example") $(cat "$work/err")" "0 "
        yes_ "example: $example: asks for something" [ -s "$work/noted" ]
        while read -r asked; do
            eval "words=($asked)"
            is "example: $example" "$(status "$PIPE" "${words[@]}" --help)" 0
        done <"$work/noted"
    done <"$work/examples"
done

# ---- what is installed ----

if [ -d "$generated" ]; then
    for c in "${commands[@]}"; do
        is "page of $c" "$(diff "$generated/avqa-pipe-$c.1" <("$PIPE" help "$c" --as man))" ""
    done
    is "page of the program" "$(diff "$generated/avqa-pipe.1" <("$PIPE" help --as man))" ""
    is "pages" "$(find "$generated" -name '*.1' | wc -l)" $((${#commands[@]} + 1))
    is "bash" "$(diff "$generated/avqa-pipe" "$work/avqa.bash")" ""
    is "zsh" "$(diff "$generated/_avqa-pipe" "$work/_avqa-pipe")" ""
    is "fish" "$(diff "$generated/avqa-pipe.fish" "$work/avqa.fish")" ""
fi
for c in "" "${commands[@]}"; do
    "$PIPE" help ${c:+"$c"} --as man >"$work/page.1"
    if command -v mandoc >/dev/null; then
        is "page ${c:-of the program}: no faults" "$(mandoc -Tlint -W warning "$work/page.1" | grep -v 'missing date')" ""
    fi
    if command -v groff >/dev/null; then
        is "page ${c:-of the program}: no warnings" "$(groff -man -Tutf8 -ww "$work/page.1" 2>&1 >/dev/null)" ""
    fi
done

# ---- completing ----

cd "$work" || exit 1
touch clip.mp4 "two words.mp4"
mkdir videos
# completed WORD...: what bash offers for the last word, a line each
completed() {
    bash -c '. "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _avqa_pipe; printf "%s\n" "${COMPREPLY[@]}"' \
        "$work/avqa.bash" avqa-pipe "$@" | sort | tr '\n' ' '
}
is "bash: commands" "$(completed tr)" "train "
is "bash: verbs" "$(completed store m)" "merge "
is "bash: options of a verb" "$(completed store merge --p)" "--prefer --provenance "
is "bash: none of another verb" "$(completed weights ls --f)" " "
is "bash: choices" "$(completed store export --format n)" "npy npz "
is "bash: behind =" "$(completed store export --format = s)" "safetensors "
is "bash: on and off" "$(completed train --spatial o)" "off on "
is "bash: a network's options" "$(completed train --pic)" "--picture "
is "bash: networks" "$(completed ingest --audio vggish_)" "vggish_nano "
is "bash: or files" "$(completed features --extractor cl)" \
    "clip.mp4 clip_vit clip_vit_b16 clip_vit_b32 clip_vit_l14 clip_vit_l14_336 "
is "bash: networks that answer" "$(completed train --network l)" "linear "
is "bash: files" "$(completed ingest c)" "clip.mp4 "
is "bash: a name with a space" "$(completed ingest two)" "two words.mp4 "
is "bash: a folder" "$(completed pretrain --videos v)" "videos "
is "bash: files of a list" "$(completed ingest --list clip.mp4 t)" "two words.mp4 "
is "bash: options behind a list" "$(completed ingest --list clip.mp4 --verb)" "--verbose "
is "bash: a word behind a value" "$(completed store --x)" " "
is "bash: help of" "$(completed help wei)" "weights "
is "bash: program's options" "$(completed --v)" "--version "
is "bash -n" "$(bash -n "$work/avqa.bash" 2>&1)" ""
if command -v zsh >/dev/null; then
    is "zsh -n" "$(zsh -n "$work/_avqa-pipe" 2>&1)" ""
fi
if command -v fish >/dev/null; then
    offered() { fish -c "source $work/avqa.fish; complete -C '$1'" | cut -f 1 | sort | tr '\n' ' '; }
    is "fish: commands" "$(offered 'avqa-pipe tr')" "train "
    is "fish: verbs" "$(offered 'avqa-pipe store m')" "merge "
    is "fish: options of a verb" "$(offered 'avqa-pipe store merge --p')" "--prefer --provenance "
    is "fish: choices" "$(offered 'avqa-pipe store export --format n')" "npy npz "
fi
finish
