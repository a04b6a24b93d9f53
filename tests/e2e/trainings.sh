#!/usr/bin/env bash
# The scripts that train many variants and print tables of them, with little of everything:
# every row is there, what is done is not done again, and differences are right.
. "$(dirname "$0")/common.sh"
examples=$(realpath "$(dirname "$0")/../../examples")
export VIDEOS=12 LONG_VIDEOS=10 STEPS=5 SEEDS="1 2" JOBS=2 OUT=$work/regimes

is "regimes" "$(REGIMES=noise status "$examples/regimes.sh")" 0
is "a table" "$(grep -c '^###' "$work/out")" 1
is "ten rows and the floor" "$(grep -c '^| [^|*]' "$work/out")" 11
yes_ "says what it stands on" grep -Eq '^[0-9]+ questions about unseen videos; 2 seeds\.$' "$work/out"
is "twenty runs" "$(find "$OUT/runs" -name '*.json' | wc -l)" 20
yes_ "no models are left" test -z "$(find "$OUT/runs" ! -name '*.json' -type f)"
cp "$work/out" "$work/first"
stamp=$(stat -c %Y "$OUT"/runs/*.json | sort | tail -n 1)
sleep 1.1
is "again" "$(REGIMES=noise status "$examples/regimes.sh")" 0
yes_ "the same" cmp "$work/first" "$work/out"
is "nothing trained" "$(stat -c %Y "$OUT"/runs/*.json | sort | tail -n 1)" "$stamp"
is "no such regime" "$(REGIMES=rain status "$examples/regimes.sh")" 2
yes_ "is named" grep -q "there is no regime rain" "$work/err"

# The difference is the mean over seeds of that to the first row, with its standard error.
export OUT=$work/compare
is "compare" "$(STEPS="5 10" TABLES=weights status "$examples/compare.sh")" 0
is "five rows and the floor" "$(grep -c '^| [^|*]' "$work/out")" 6
for f in "$OUT"/runs/*1-1.json; do
    jq '.overall.accuracy = (if input_filename | test("weight_0[.]5") then 0.5 else 0.25 end)' "$f" >"$f.new"
    mv "$f.new" "$f"
    g=${f%-1.json}-2.json
    jq '.overall.accuracy = (if input_filename | test("weight_0[.]5") then 0.7 else 0.25 end)' "$g" >"$g.new"
    mv "$g.new" "$g"
done
is "once more" "$(STEPS="5 10" TABLES=weights status "$examples/compare.sh")" 0
yes_ "mean and deviation, difference and error" grep -q '^| 0.5 | 60 ± 14.1 | +35 ± 10 |' "$work/out"
yes_ "none" grep -q '^| 1 | 25 ± 0 | 0 ± 0 |' "$work/out"
yes_ "the first has none" grep -q '^| 0 | 25 ± 0 |  |' "$work/out"
finish
