#!/usr/bin/env bash
# examples/tables/{questions,ablations,hcrn}.sh with little of everything: every row is there, one
# training serves all tables that want it, what is done is not done again, parts and real data.
. "$(dirname "$0")/common.sh"
examples=$(realpath "$(dirname "$0")/../../examples")
export BAND=12 STEPS=5 SEEDS=1 JOBS=2 OUT=$work/whole
unset VIDEOS ANNOTATIONS OPTIONS VARIANTS
cd "$work" || exit 1
titles() { sed -n 's/^### //p' out | paste -sd ';'; }
rows() { grep '^| [^|*]' out | cut -d '|' -f 2 | sed 's/^ *//; s/ *$//' | paste -sd ';'; }
n_runs() { find "$1/runs" -name '*.json' | wc -l; }
newest() { stat -c %Y whole/runs/*.json | sort | tail -n 1; }

# ---- N by modality ----
is "numbers of questions" "$(NUMBERS="1 4" status "$examples/tables/questions.sh")" 0
cp out questions.md
is "each modality apart, in two ways" "$(titles)" "$(for k in Audio Visual Audio-visual; do
    for e in steps presentations; do echo "$k questions, at equal $e, toyband's"; done
done | paste -sd ';')"
is "their rows" "$(rows | cut -d ';' -f 1-3)" "N = 1;N = 4;majority of each template"
is "nothing else" "$(grep -c '^| [^|*]' out)" 18
is "columns of one" "$(sed -n '/^| | \*\*/p' out | sort -u | sed 's/ | \*\*[A-Za-z-]*\*\* | Δ//' | paste -sd ';')" \
    "| | A Count | A Comp |;| | AV Exist | AV Count | AV Loc | AV Comp | AV Temp |;| | V Count | V Loc |"
is "four times the steps for a quarter of the questions" "$(find whole/runs -name '*--questions_1-*' |
    sed 's/.*--questions_1-//' | sort -n | paste -sd ' ')" "1-1.json 4-1.json"
is "three runs" "$(n_runs whole)" 3
# The first column is that modality's accuracy, and so is the floor.
one=$(find whole/runs -name '*--questions_4-1-1.json')
percent() { jq -r "$1 * 1000 | round / 10" "$one"; }
for k in Audio Visual Audio-Visual; do
    yes_ "accuracy of $k" grep -q "^| N = 4 | $(percent ".types[\"$k\"].accuracy") ± 0 |" \
        <(grep -A 4 "^| | \*\*$k\*\*" out)
    yes_ "floor of $k" grep -q "^| majority of each template | $(percent ".types[\"$k\"].floor") |" \
        <(grep -A 4 "^| | \*\*$k\*\*" out)
    yes_ "number of $k" grep -q "^$(jq -r ".types[\"$k\"].n" "$one") questions about" <(grep -A 7 "^| | \*\*$k\*\*" out)
done
stamp=$(newest)
sleep 1.1
is "again" "$(NUMBERS="1 4" status "$examples/tables/questions.sh")" 0
yes_ "the same" cmp questions.md out
is "nothing trained" "$(newest)" "$stamp"

# ---- hyper-parameters, beside them ----
is "hyper-parameters" "$(TABLES="layers lambda inter" status "$examples/tables/ablations.sh" train)" 0
is "their tables" "$(titles)" "Layers, toyband's;λ, toyband's;Weight of L_inter, toyband's"
is "and rows" "$(rows)" "1 layer;2 layers;3 layers;majority of each template;learned from 0;learned from 1;for each \
channel;λ = 0;λ = 0.5;λ = 1;majority of each template;0;0.03;0.1;0.5;1;majority of each template"
is "what is the same is trained once" "$(n_runs whole)" $((3 + 3 + 5 + 4))
line=$(grep '^| 1 layer |' out | cut -d '|' -f 3)
is "as it is" "$(grep -c "^| \(learned from 0\|0.03\) |$line|" out)" 2
printf 'layers|one||--layers 1\nlayers|two|--layers 2|\nwidths|wide|--dim 96|\n' >own
is "a list of one's own, with options" "$(VARIANTS=$work/own OPTIONS="--dim 32" TABLES=layers \
    status "$examples/tables/ablations.sh" train)" 0
is "has those rows" "$(rows)" "one;two;majority of each template"
is "with the options before a row's own" "$(find whole/runs -name '*--dim_32*' | sed 's/.*__//' | sort | paste -sd ' ')" \
    "--dim_32_--layers_1-1-1.json --dim_32_--layers_2-1-1.json"
is "no such table" "$(TABLES=rain status "$examples/tables/ablations.sh")" 2
yes_ "is named" grep -q "ablations.sh: there is no table rain; there are layers" err

# ---- HCRN, stopped by a failure and gone on with ----
cat >once <<END
# The first training of HCRN with a transformer fails.
[[ "\$*" != *"--qgt"* || -e $work/tried ]] || { touch $work/tried; exit 1; }
exec "\$@"
END
yes_ "a training that fails" test "$(AVQA_LAUNCH="bash $work/once" status "$examples/tables/hcrn.sh" train)" -ne 0
yes_ "with what was done" test "$(n_runs whole)" -gt 17
is "gone on with" "$(status "$examples/tables/hcrn.sh" train)" 0
is "HCRN" "$(titles)" "HCRN and HCRN + QGT, toyband's"
is "its rows" "$(rows)" "HCRN;HCRN + QGT on tokens;HCRN + QGT on frames;CoQo;linear;majority of each template"
yes_ "by question type" grep -q '^| | \*\*Overall\*\* | Δ | A Count | A Comp | \*\*A\*\* | V Count .* AV Temp | \*\*AV\*\* |$' out
cp out hcrn.md

# ---- in two parts, and on data of one's own ----
export OUT=$work/parts
is "a part of the videos" "$(SHARD=1/2 status "$examples/tables/hcrn.sh" ingest)" 0
is "the other" "$(SHARD=2/2 status "$examples/tables/hcrn.sh" ingest)" 0
is "joined" "$(status "$examples/tables/hcrn.sh" merge)" 0
is "all videos" "$("$PIPE" store info --store parts/toyband.db --json | jq .videos)" 12
is "a share of the trainings" "$(SHARD=2/5 status "$examples/tables/hcrn.sh" train)" 0
is "is one of five" "$(n_runs parts)" 1
is "and has no table" "$(wc -c <out)" 0
yes_ "and the same result" cmp parts/runs/*.json "whole/runs/$(basename parts/runs/*.json)"

mkdir questions
for part in train val test; do cp "whole/toyband/$part.json" "questions/avqa-$part.json"; done
export OUT=$work/real VIDEOS=$work/whole/toyband/videos ANNOTATIONS=$work/questions HCRN="--clips 6 --frames 6"
is "real data" "$(status "$examples/tables/hcrn.sh")" 0
is "are not toyband's" "$(titles)" "HCRN and HCRN + QGT"
is "with the same figures" "$(grep '^| linear' out)" "$(grep '^| linear' hcrn.md)"
for script in questions ablations hcrn; do
    is "$script: no folder" "$(VIDEOS=$work/nowhere status "$examples/tables/$script.sh")" 2
    yes_ "is named" grep -q "^$script.sh: VIDEOS=$work/nowhere is not a folder" err
    is "$script: no questions" "$(ANNOTATIONS=$VIDEOS status "$examples/tables/$script.sh")" 2
    yes_ "are named" grep -q "has no train.json and no avqa-train.json" err
    is "$script: no such step" "$(status "$examples/tables/$script.sh" rain)" 2
    yes_ "is named" grep -q "$script.sh: there is no step rain" err
done
finish
