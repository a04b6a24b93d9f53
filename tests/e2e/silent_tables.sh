#!/usr/bin/env bash
# examples/tables/silent.sh with little of everything: on toyband's four data sets, gone on with, in
# parts, and on a folder of one's own.
. "$(dirname "$0")/common.sh"
script=$(realpath "$(dirname "$0")/../../examples/tables/silent.sh")
export SEEDS=1 BAND=12 PASSES=1 JOBS=2 OUT=$work/whole
cd "$work" || exit 1

is "the tables" "$(status "$script")" 0
cp out whole.md
sed -n 's/^### //p' out | cut -d , -f 1 | sort -u | paste -sd ' ' >titles
is "of four data sets" "$(cat titles)" "ActivityNet-QA MSRVTT-QA MSVD-QA TGIF-QA"
yes_ "each says whose they are" bash -c "! grep '^### ' whole.md | grep -v \"toyband's\""
is "in each CoQo, the baseline and the majority" "$(grep -c '^### ' out)" "$(grep -c '^| CoQo, pictures |' out)"
is "HCRN" "$(grep -c '^| HCRN |' out)" "$(grep -c '^| HCRN + QGT |' out)"
yes_ "in each" test "$(grep -c '^### ' out)" -eq "$(grep -c '^| HCRN |' out)"
is "the baseline" "$(grep -c '^| linear |' out)" "$(grep -c '^| majority of each template |' out)"
yes_ "by first words" grep -q '^| | \*\*Overall\*\* | Δ | What | .*Where |$' out
yes_ "ActivityNet-QA's types" grep -q '| Motion | Spatial | Temporal | Free Yes/No |' out
yes_ "counts by their error" grep -q '^| | \*\*Overall\*\* | Δ | squared error |$' out
stamp=$(stat -c %Y whole/runs/*.json | sort | tail -n 1)
sleep 1.1
is "again" "$(status "$script")" 0
yes_ "the same" cmp whole.md out
is "nothing trained" "$(stat -c %Y whole/runs/*.json | sort | tail -n 1)" "$stamp"
rm "$(find whole/runs -name 'msvd*.json' | sort | head -n 1)"
is "with one lost" "$(status "$script" train)" 0
yes_ "the same" cmp whole.md out

# A folder of one's own, in two parts.
export TGIF=$work/whole/toy/tgif OUT=$work/own
is "a part" "$(SHARD=1/2 status "$script" ingest)" 0
is "the other" "$(SHARD=2/2 status "$script" ingest)" 0
is "joined" "$(status "$script" merge train)" 0
is "all videos" "$("$PIPE" store info --store own/tgif.db --json | jq .videos)" 12
is "that set alone" "$(sed -n 's/^### //p' out | cut -d , -f 1 | sort -u)" TGIF-QA
yes_ "not toyband's" bash -c "! grep -q toyband out"
is "with the same figures" "$(grep -A 4 'frame$' out | tail -n 1)" "$(grep -A 4 'TGIF-QA, frame, ' whole.md | tail -n 1)"
is "no folder" "$(TGIF=$work/nowhere status "$script")" 2
yes_ "is named" grep -q "nowhere is not a folder" err
mkdir empty
is "no questions" "$(TGIF=$work/empty status "$script")" 2
yes_ "are named" grep -q "has no Train_action_question.csv" err
is "no such step" "$(status "$script" rain)" 2
yes_ "is named" grep -q "there is no step rain" err
finish
