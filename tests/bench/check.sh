#!/usr/bin/env bash
# That every bench runs, on small things and a few times; no figure is looked at.
. "$(dirname "$0")/../e2e/common.sh"
subjects="peak gemm packed kernels networks decode store train program"

is "every bench" "$(status "$BENCH" --quick --work "$work/bench" --json "$work/out.json")" 0
cat "$work/err"
is "every subject is in the results" \
    "$(jq -r '[.results[].subject] | unique | join(" ")' "$work/out.json")" \
    "$(echo "$subjects" | tr ' ' '\n' | sort | xargs)"
yes_ "each with its times" jq -e 'all(.results[] | select(.skipped | not);
    .seconds.min > 0 and .seconds.min <= .seconds.median and .seconds.median <= .seconds.max)' \
    "$work/out.json"
# Two small ones, each in every precision that the machine has.
n=$([ "$("$PIPE" doctor --json | jq .products.networks_bf16)" = true ] && echo 4 || echo 2)
yes_ "networks and their peak" jq -e --argjson n "$n" '[.results[] | select(.subject == "networks")] |
    length == $n and all(.ratio.median > 0 and .ratio_cpu.median > 0 and .gflops > 0)' "$work/out.json"
yes_ "the machine and the commit" jq -e '(.cpu.name | length > 0) and .threads > 0 and
    (.commit | length > 0) and .quick' "$work/out.json"
is "one of them" "$("$BENCH" --quick --only "start" --work "$work/bench" program | grep -c ' ms ')" 1
is "a run for each line" "$(printf '\n\n' | "$BENCH" --turns --quick --only "no dropout" \
    --work "$work/bench" train | sed 's/^[0-9. ]*$/figures/' | uniq -c | xargs)" \
    "1 ready train a step, d=32 B=2 N=2 T=4, no dropout 2 figures"
is "an unknown subject" "$(status "$BENCH" dancing)" 2
finish
