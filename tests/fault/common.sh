# shellcheck shell=bash
# For the fault suites: sourced with the script's own options. On top of e2e/common.sh:
# sizes, a seed, features compared row by row, and counts as a table and as JSON.
#   --full        the long size (FULL=1); without it the size that tests/run.sh takes
#   --json FILE   the counts as JSON too
#   SEED=N        the same choices again
. "$(dirname "${BASH_SOURCE[0]}")/../e2e/common.sh"
FULL=${FULL:-}
json=
while [ $# -gt 0 ]; do
    case "$1" in
    --full) FULL=1 ;;
    --json)
        [ $# -gt 1 ] || { echo "$0: --json needs a file" >&2; exit 2; }
        json=$(realpath -m "$2")
        shift
        ;;
    *)
        echo "usage: $0 [--full] [--json FILE]   (SEED=$SEED)" >&2
        exit 2
        ;;
    esac
    shift
done
for p in PIPE TOYBAND; do
    [ -x "${!p:-}" ] || { echo "$0: $p is to name the built program" >&2; exit 2; }
done
# AddressSanitizer ends a program that asks for too much, unless told otherwise.
# Its own exit status tells its reports from failures that were said.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}allocator_may_return_null=1:exitcode=66
export PIPE TOYBAND OPENBLAS_NUM_THREADS=1
SEED=${SEED:-$$}
RANDOM=$SEED
suite=$(basename "$0" .sh)
echo "$suite: SEED=$SEED${FULL:+, full size}"
cd "$work" || exit 1

# A number from 0 to $1 - 1 into $drawn (no subshell: it would draw the same again).
draw() {
    # shellcheck disable=SC2034 # for the caller
    drawn=$(((RANDOM * 32768 + RANDOM) % $1))
}

# size SHORT FULL
size() {
    if [ -n "$FULL" ]; then echo "$2"; else echo "$1"; fi
}

# Whether a comparison of numbers is true, as jq reads it.
holds() {
    jq -en "$1" >/dev/null
}

# Whether the program has that verb: has store merge
has() {
    "$PIPE" "$@" --help >/dev/null 2>&1
}

# Every feature row of clips that are done, a line each, with all that it holds but when
# it was made.
rows() {
    sqlite3 -readonly "$1" "SELECT v.name, p.kind, f.n_seconds, f.h, f.w, f.c, f.dtype,
        f.sha256, hex(f.presence), hex(sha3(f.data)) FROM features f
        JOIN videos v ON v.id = f.video_id JOIN provenance p ON p.id = f.provenance_id
        WHERE v.status = 'ok' ORDER BY v.name, p.kind, p.id" | sort
}

# Is there a store that has come as far as its tables?
is_store() {
    [ -s "$1" ] && sqlite3 "$1" 'SELECT 1 FROM videos LIMIT 1' >/dev/null 2>&1
}

# Rows of store $1 that are not in the list $2, and the other way round, into $wrong and
# $lost.
compare_rows() {
    rows "$1" >"$work/have.rows" 2>"$work/rows.err" || cat "$work/rows.err"
    wrong=$(comm -23 "$work/have.rows" "$2" | wc -l)
    lost=$(comm -13 "$work/have.rows" "$2" | wc -l)
    lost=$((lost > wrong ? lost - wrong : 0))
}

# ---- counts: a line of the table for each phase ----

declare -A n_injected n_survived n_lost n_wrong
phase_names=()

# tally PHASE INJECTED SURVIVED LOST WRONG: adds
tally() {
    [ -n "${n_injected[$1]:-}" ] || phase_names+=("$1")
    n_injected[$1]=$((${n_injected[$1]:-0} + $2))
    n_survived[$1]=$((${n_survived[$1]:-0} + $3))
    n_lost[$1]=$((${n_lost[$1]:-0} + $4))
    n_wrong[$1]=$((${n_wrong[$1]:-0} + $5))
}

# One injected fault, from the failures counted before it ($2) to now: survived if there
# is none new. $3 lost, $4 wrong rows.
tally_one() {
    tally "$1" 1 $(($2 == fails)) "$3" "$4"
}

# Prints the table, writes the JSON ($1: further members, with a comma in front), ends.
finish_counts() {
    local p i=0 s=0 l=0 w=0 sep=
    printf '%-22s %9s %9s %6s %6s\n' "" injected survived lost wrong
    for p in "${phase_names[@]}"; do
        printf '%-22s %9d %9d %6d %6d\n' "$p" "${n_injected[$p]}" "${n_survived[$p]}" \
            "${n_lost[$p]}" "${n_wrong[$p]}"
        i=$((i + n_injected[$p]))
        s=$((s + n_survived[$p]))
        l=$((l + n_lost[$p]))
        w=$((w + n_wrong[$p]))
    done
    printf '%-22s %9d %9d %6d %6d\n' "$suite" $i $s $l $w
    if [ -n "$json" ]; then
        {
            printf '{"suite": "%s", "seed": %d, "full": %s, "injected": %d, "survived": %d, "lost": %d, "wrong": %d, "checks": %d, "failed": %d, "phases": {' \
                "$suite" "$SEED" "$([ -n "$FULL" ] && echo true || echo false)" $i $s $l $w \
                "$n_checks" "$fails"
            for p in "${phase_names[@]}"; do
                printf '%s"%s": {"injected": %d, "survived": %d, "lost": %d, "wrong": %d}' \
                    "$sep" "$p" "${n_injected[$p]}" "${n_survived[$p]}" "${n_lost[$p]}" "${n_wrong[$p]}"
                sep=', '
            done
            printf '}%s}\n' "${1:-}"
        } >"$json"
    fi
    finish
}
