#!/usr/bin/env bash
# Is the model fooled by questions about things that are not there? Asks N of a toyband's questions that
# name an instrument and have one as their answer: as they are, and with the name of an instrument that
# is not in the clip. Prints how many of each are rejected for naming something absent.
#   presence.sh AVQA_PIPE BAND [N=60] [MODEL=toyband]     AVQA_STORE: where BAND's clips are
set -euo pipefail
pipe=$1 band=$2 n=${3:-60} model=${4:-toyband}
all='["accordion","acoustic_guitar","banjo","congas","drum","flute","piano","saxophone","trumpet","violin"]'

jq -s -r --argjson all "$all" --argjson n "$n" --slurpfile truth "$band/truth.jsonl" '
    def fill(t): reduce (.templ_values | fromjson)[] as $v (.question_content;
        sub("<[A-Za-z]+>"; if $all | index($v) then t // $v else $v end));
    ($truth | map({(.video_id): [.players[].instrument]}) | add) as $there |
    add | map(select((.anser as $a | $all | index($a)) and (.question_content | test("<Object>"))))[0:$n][] |
    . as $q | ($all - $there[.video_id]) as $missing |
    [.video_id, fill(null), fill($missing[$q.question_id % ($missing | length)])] | @tsv' \
    "$band"/{train,val,test}.json |
    while IFS=$'\t' read -r clip there missing; do
        for question in "$there" "$missing"; do
            "$pipe" ask --quiet --model "$model" "$band/videos/$clip.mp4" "$question" </dev/null |
                head -n 1 | grep -c "takes for granted" || true
        done | paste -s
    done | awk '{ a += $1; b += $2 } END {
        printf "called groundless: %d of %d as they are, %d of %d that name what is not there\n", a, NR, b, NR }'
