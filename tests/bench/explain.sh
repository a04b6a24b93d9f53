#!/usr/bin/env bash
# What ask shows of an answer, over 20 toyband clips of a seed that nothing was trained on: the
# mean correlation between two clips that were asked the same question, of what hiding each second
# costs and of attention, for sound and picture; and how often the answer is another without the
# three strongest seconds, or three at random. A line a question, about all clips; the last line is
# all the clips' own questions.
#   PIPE=, TOYBAND=  the programs [build/release's or build/dev's]     SEED=7301  CLIPS=20
#   AVQA_MODEL=toyband  the model
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
build=$root/build/release
[ -x "$build/pipeline/avqa-pipe" ] || build=$root/build/dev
pipe=${PIPE:-$build/pipeline/avqa-pipe}
toyband=${TOYBAND:-$build/examples/toyband/toyband}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export AVQA_MODEL=${AVQA_MODEL:-toyband} AVQA_STORE=$work/store.db XDG_DATA_HOME=$work/data
cd "$work"

"$toyband" --out band --videos "${CLIPS:-20}" --seed "${SEED:-7301}" --questions 24 --quiet
"$pipe" ingest --quiet band/videos >/dev/null

row() { # name, annotations
    "$pipe" eval --quiet --json --explanations --annotations "${@:2}" | jq -r --arg name "$1" '
        def two: if . == null then "-" else . * 100 | round / 100 | tostring end;
        def percent: if . == null then "-" else . * 1000 | round / 10 | "\(.) %" end;
        .explanations | [$name, .n, (.occlusion.correlation | .audio, .visual | two),
            (.attention.correlation | .audio, .visual | two),
            (.occlusion.changed, .attention.changed, .changed_at_random | percent)] | @tsv'
}

{
    printf '\t\tcorrelation between clips\t\t\t\tanother answer without 3 seconds\t\t\n'
    printf 'question\tn\thidden: sound\tpicture\tattention: sound\tpicture\tstrongest\tby attention\tat random\n'
    while read -r wording; do
        jq -s --arg w "$wording" 'add | unique_by(.video_id) |
            map(.question_content = $w | .templ_values = "[]")' band/{train,val,test}.json >one.json
        row "$wording" one.json
    done <<'QUESTIONS'
which instrument sounds first?
which instrument sounds last?
how many instruments are sounding?
how many instruments do we see
which instrument is the loudest?
which instrument plays the fastest?
is the sound from the instrument on the left?
where is this
QUESTIONS
    row "all questions of the clips" band/{train,val,test}.json
} | column -t -s $'\t'
