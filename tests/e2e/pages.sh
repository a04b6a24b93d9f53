#!/usr/bin/env bash
# Command lines in README.md and docs/ name commands, verbs and options that there are, and the pages name every command.
. "$(dirname "$0")/common.sh"
root=$(cd "$(dirname "$0")/../.." && pwd)

# The command lines of a page, one a line: of blocks of shell, behind "$ " in blocks of text, and in the prose. What is quoted
# becomes Q, and what follows in a pipe begins a line of its own.
list_lines() {
    awk '/^ *```/ {block = block ? "" : $1; next}
        block == "```sh" || (block && sub(/^ *\$ /, "")) || (block && go) {
            line = line $0
            go = sub(/\\$/, "", line)
            if (!go) { print line; line = "" }
            next
        }
        !block { while (match($0, /`avqa-pipe [^`]*`/)) {
            print substr($0, RSTART + 1, RLENGTH - 2)
            $0 = substr($0, RSTART + RLENGTH)
        } }' "$1" | sed -E "s/\"[^\"]*\"/Q/g; s/'[^']*'/Q/g; s/ #.*//; s/&&|\||;/\n/g" |
        sed -nE 's/^(.*[ /])?avqa-pipe //p'
}

# show WORD...: what help says of a command, or of a verb, asked for once
show() {
    local kept="$work/help $*"
    [ -e "$kept" ] || "$PIPE" help "$@" >"$kept" 2>&1 || : >"$kept"
    cat "$kept"
}

commands=$("$PIPE" help | sed -nE 's/^  ([a-z]+)  .*/\1/p')
n_lines=0
# check_line PAGE WORD...: one command line
check_line() {
    local page=$1 command=$2 verb='' word
    shift 2
    case $command in
    -* | COMMAND) return ;; # of the program itself
    esac
    grep -qxF -- "$command" <<<"$commands" || { yes_ "$page: there is no command $command" false; return; }
    n_lines=$((n_lines + 1))
    echo "$command" >>"$work/named"
    if show "$command" | grep -q '^Verbs'; then
        verb=${1:-}
        [ -n "$verb" ] || return # `avqa-pipe runs`: all of its verbs
    fi
    show "$command" ${verb:+"$verb"} >"$work/shown"
    [ -s "$work/shown" ] || { yes_ "$page: $command has no verb $verb" false; return; }
    for word in "$@"; do
        case $word in
        --*)
            word=${word%%=*}
            yes_ "$page: $command $verb has $word" grep -qE -- "(^| )${word%,}( |,|\$)" "$work/shown"
            ;;
        esac
    done
}

for page in "$root/README.md" "$root"/docs/*.md; do
    while read -r -a words; do
        check_line "$(basename "$page")" "${words[@]}"
    done < <(list_lines "$page")
done
yes_ "there are command lines in the pages" test "$n_lines" -gt 60
is "commands that no page names" "$(comm -23 <(sort <<<"$commands") <(sort -u "$work/named"))" ""
for c in $commands; do
    yes_ "README's table has $c" grep -qE "^\\|.*\`$c\`.*\\|.*\\|\$" "$root/README.md"
done
finish
