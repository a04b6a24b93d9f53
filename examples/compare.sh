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
make_band plain "${VIDEOS:-600}" 77

# Table, name and switches of each; a later --questions counts.
cat >"$OUT/variants" <<'END'
parts|CoQo|
parts|single question (N = 1)|--questions 1
parts|no learnable tokens|--tokens 0
parts|λ = 0|--lambda 0 --learn-lambda off
parts|λ begun at 1|--lambda 1
parts|λ for each channel|--lambda-each on
parts|own asking|--own-asking on
parts|no inter|--inter-weight 0
parts|no intra|--intra-weight 0
parts|no spatial QGT|--spatial off
parts|no temporal QGT|--temporal off
parts|no highlight (α)|--highlight off
parts|last state alone|--keep-words off
parts|no roles|--roles 0
parts|no fusion of each stream|--own-fusion off
parts|no second look|--hop off
parts|no subject|--subject off
parts|no changes|--changes off
parts|N varied from 1 to 12|--vary-questions on --vary-seen off
parts|all questions seen|--vary-seen off
parts|asked evenly|--sample even
parts|question only|--question-only on
questions|N = 1|--questions 1
questions|N = 2|--questions 2
questions|N = 4|--questions 4
questions|N = 6|--questions 6
questions|N = 8|--questions 8
questions|N = 12|
sizes|1 layer|
sizes|2 layers|--layers 2
sizes|3 layers|--layers 3
sizes|0 tokens|--tokens 0
sizes|2 tokens|--tokens 2
sizes|4 tokens|--tokens 4
sizes|8 tokens|
sizes|16 tokens|--tokens 16
sizes|1 head|--heads 1
sizes|2 heads|--heads 2
sizes|4 heads|
sizes|8 heads|--heads 8
sizes|d = 32|--dim 32
sizes|d = 64|
sizes|d = 128|--dim 128 --lr 2e-3
weights|0|--inter-weight 0 --intra-weight 0
weights|0.03|
weights|0.1|--inter-weight 0.1 --intra-weight 0.1
weights|0.5|--inter-weight 0.5 --intra-weight 0.5
weights|1|--inter-weight 1 --intra-weight 1
END

# The runs of the tables that are wanted. At equal presentations N = 1 gets twelve times the
# steps.
list_runs() {
    local first table name switches steps n
    first=$(passes_for plain "${budgets[0]}")

    while IFS='|' read -r table name switches; do
        [[ " $tables " == *" $table "* ]] || continue
        if [ "$table" = parts ]; then
            for steps in "${budgets[@]}"; do
                echo "Parts, $steps steps|$name|plain||$switches|$(passes_for plain "$steps")"
            done
        else
            case $table in
                questions) echo -n "Questions at a time, at equal steps" ;;
                sizes) echo -n "Layers, tokens, heads, width" ;;
                weights) echo -n "Weights of L_inter and L_intra" ;;
            esac
            echo "|$name|plain||$switches|$first"
        fi
        if [ "$table" = questions ]; then
            n=${name#N = }
            echo "Questions at a time, at equal question presentations|$name|plain||$switches|$((first * 12 / n))"
        fi
    done <"$OUT/variants"
}
list_runs | run_all
