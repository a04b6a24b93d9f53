#!/usr/bin/env bash
# CoQo against itself: with parts taken away, with other numbers of questions, layers, tokens and
# widths; same data, same steps, several seeds. Prints the tables of docs/comparison.md.
#   VIDEOS=600  SEEDS="1 2 3 4 5"  JOBS=cores  OUT=build/compare
#   STEPS="1855 3710"       budgets of the first table; the others use the first
#   TABLES="parts questions sizes weights"
# Results that are already in OUT are kept, so an interrupted run continues.
set -euo pipefail
cd "$(dirname "$0")/.."
OUT=$(realpath -m "${OUT:-build/compare}")
. examples/trainings.sh
read -ra budgets <<<"${STEPS:-1855 3710}"
tables=${TABLES:-parts questions sizes weights}
unset VARIANTS OPTIONS
make_band plain "${VIDEOS:-600}" 77

# The runs of the tables that are wanted. At equal presentations N = 1 gets twelve times the
# steps.
list_runs() {
    local first kind name switches steps
    first=$(passes_for plain "${budgets[0]}")

    # shellcheck disable=SC2086 # tables are a list
    variants_of ${tables//sizes/layers tokens heads widths} | while IFS='|' read -r kind name switches; do
        case $kind in
            parts)
                for steps in "${budgets[@]}"; do
                    echo "Parts, $steps steps|$name|plain||$switches|$(passes_for plain "$steps")"
                done
                ;;
            questions)
                echo "Questions at a time, at equal steps|$name|plain||$switches|$first"
                echo "Questions at a time, at equal question presentations|$name|plain||$switches|$((first * 12 / ${name#N = }))"
                ;;
            weights) echo "Weights of L_inter and L_intra|$name|plain||$switches|$first" ;;
            *) echo "Layers, tokens, heads, width|$name|plain||$switches|$first" ;;
        esac
    done
}
list_runs | run_all
