#!/usr/bin/env bash
# What is looked for in the text of sources, scripts and pages. Prints what it finds; the exit
# status is 1 then. Each begins with a sample that has to be found.
#   tests/lint.sh format        .clang-format
#   tests/lint.sh scripts       shellcheck, with .shellcheckrc
#   tests/lint.sh spelling      codespell, with .codespellrc
#   tests/lint.sh tidy BUILD    clang-tidy, with .clang-tidy, over the product's sources in a
#                               build folder; JOBS at once [all cores]
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

die() {
    echo "lint: $*" >&2
    exit 1
}

lint_format() {
    echo 'int  x ;' | clang-format --dry-run -Werror 2>/dev/null && die "clang-format finds nothing"
    git ls-files '*.[ch]' '*.inc' | xargs clang-format --dry-run -Werror
}

lint_scripts() {
    echo 'echo $x' | shellcheck --norc -s bash - >/dev/null && die "shellcheck finds nothing"
    git ls-files '*.sh' '*.sbatch' setup .ci/run | xargs shellcheck
}

lint_spelling() {
    echo 'recieve' | codespell - >/dev/null && die "codespell finds nothing"
    git ls-files -- . ':!tests/fuzz/seeds' ':!tests/data' ':!*.safetensors' ':!*.svg' |
        xargs codespell
}

# clang-tidy of one file: all that it says, if it says anything. Some gcc flags are not clang's.
tidy_one() {
    local facts=(--extra-arg=-include "--extra-arg=$PWD/tests/tidy_facts.h" "--extra-arg=-I$PWD")
    [ "$2" = base/err.c ] && facts=()
    clang-tidy --quiet -p "$1" --extra-arg=-Wno-unknown-warning-option "${facts[@]}" "$2" \
        2>"$3/err.$$" || { cat "$3/err.$$"; return 1; }
}

lint_tidy() {
    [ -f "$1/compile_commands.json" ] || die "$1 is not a build folder"
    printf 'int aq_first(const int *p);\nint aq_first(const int *p)\n{\n    p = 0;\n    return *p;\n}\n' \
        >"$scratch/sample.c"
    cp .clang-tidy "$scratch"
    clang-tidy --quiet "$scratch/sample.c" -- >"$scratch/found" 2>/dev/null
    grep -q NullDereference "$scratch/found" ||
        die "clang-tidy finds nothing"
    export -f tidy_one
    # One file a process: the analyzer of LLVM 14 takes va_list amiss in the second.
    jq -r '.[] | select(.output | test("_f64") | not) | .directory + "/" + .file' \
        "$1/compile_commands.json" | xargs -d '\n' realpath --relative-to=. |
        grep -E '^(base|extract|model|store|pipeline|examples)/' | sort -u |
        xargs -d '\n' -P "${JOBS:-$(nproc)}" -I{} bash -c 'tidy_one "$@"' _ "$1" {} "$scratch"
}

case ${1:-} in
format | scripts | spelling) "lint_$1" ;;
tidy) lint_tidy "${2:?the build folder}" ;;
*) die "format, scripts, spelling or tidy BUILD" ;;
esac
