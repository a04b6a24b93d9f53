#!/usr/bin/env bash
# Do other words change the answer? Asks a toyband's questions as their template and in the twenty
# wordings of wordings.tsv, which were never trained on. Prints for each template, of the questions
# that are answered rightly as the template, how many of a hundred wordings change the answer to a
# wrong one; then the same of all templates, and the wordings that do most.
#   wordings.sh AVQA_PIPE BAND...     AVQA_MODEL, AVQA_STORE: the model, and where BAND's clips are
#   QUESTIONS=40  of each template, at most     WORST=10  wordings shown     PREDICTIONS=FILE.csv  kept
# A wording's slots take the template's values by name, in order: <Objects> an <Object> in the plural,
# <LR> "left" of the <LRer> "leftmost".
set -euo pipefail
[ $# -ge 2 ] || { sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0"; exit 2; }
pipe=$1 table=$(dirname "$0")/wordings.tsv
shift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# One record a question and wording; number 0 of the 21 is the template.
jq -n -c --rawfile table "$table" --argjson most "${QUESTIONS:-40}" '
    def plural: gsub("_"; " ") | if . == "congas" then . else . + "s" end;
    def fill($template; $values): # of a wording
        [$template | scan("<([A-Za-z]+)>")[0]] as $names | . as $text |
        reduce ($text | scan("<([A-Za-z]+)>")[0]) as $slot ({text: $text, left: [range($names | length)]};
            ($slot | rtrimstr("s")) as $name |
            first(.left[] as $k | select($names[$k] | . == $name or . == $name + "er") | $k) as $k |
            $values[$k] as $v | .left -= [$k] |
            .text |= sub("<" + $slot + ">"; if $slot == "Objects" then $v | plural
                elif $names[$k] == $name then $v | gsub("_"; " ") else $v | rtrimstr("most") end)) | .text;
    ($table | [split("\n")[] | select(. != "") | split("\t")] | group_by(.[0]) |
        map({(.[0][0]): map(.[1])}) | add) as $wordings |
    [inputs[] | select($wordings[.question_content])] | group_by(.question_content) | map(.[:$most]) | add // [] |
    to_entries[] | .key as $n | .value as $q | ($q.templ_values | fromjson) as $values |
    $wordings[$q.question_content] | to_entries[] | [.key + 1, .value] |
    (if .[0] == 1 then [0, null] else empty end), . |
    {template: $q.question_content, wording: .[1], record: ($q + {question_id: ($n * 21 + .[0])} +
        if .[0] == 0 then {} else .[1] as $w |
            {question_content: ($w | fill($q.question_content; $values)), templ_values: "[]"} end)}' \
    "${@/%//train.json}" "${@/%//val.json}" "${@/%//test.json}" >"$work/asked"
jq -s -c 'map(.record)' "$work/asked" >"$work/questions.json"
jq -r '[.record.question_id, .template, .wording // ""] | @tsv' "$work/asked" >"$work/ids"
predictions=${PREDICTIONS:-$work/predictions.csv}
"$pipe" eval --quiet --json --annotations "$work/questions.json" --predictions "$predictions" >"$work/eval.json"

tr -d '\r' <"$predictions" | awk -F, 'NR > 1 { print $1 "\t" $NF }' | sort -k 1,1 |
    join -t $'\t' - <(sort -k 1,1 "$work/ids") | sort -n -k 1,1 |
    awk -F'\t' -v worst="${WORST:-10}" '
        function percent(part, whole) { return whole ? sprintf("%5.1f", 100 * part / whole) : "    -" }
        $1 % 21 == 0 { as_is = $2; n[$3]++; right[$3] += as_is; all += 1; all_right += as_is; next }
        as_is { asked[$3]++; changed[$3] += !$2; all_asked++; all_changed += !$2
                key = $3 "\t" $4; of[key]++; wrong[key] += !$2 }
        END {
            print "   n  right %  changed %  template"
            for (t in n) printf "%4d    %s      %s  %s\n", n[t], percent(right[t], n[t]),
                percent(changed[t], asked[t]), t | "sort -k 3,3nr -k 4"
            close("sort -k 3,3nr -k 4")
            printf "%4d    %s      %s  all\n", all, percent(all_right, all), percent(all_changed, all_asked)
            print "\nchanged %  wording"
            command = "sort -k 1,1nr | head -n " worst
            for (w in of) { split(w, part, "\t"); printf "    %s  %s\n", percent(wrong[w], of[w]), part[2] | command }
            close(command)
        }'
