#!/usr/bin/env bash
# Models that choose and models that count, from TGIF-QA's files to answers: which head a training
# takes, that it learns what the pictures show, and that everything works with it that works with
# answers in words.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "toyband" "$TOYBAND" --out toy --silent --videos 40 --seed 3 --quiet
is "ingest" "$(status "$PIPE" ingest toy/tgif/gifs --dataset tgif --max-seconds 4 --store s.db -q)" 0
tgif=toy/tgif

# TGIF-QA's own tables of what toyband's frames show: five choices, of which two are ever right,
# in changing order; and numbers.
for split in Train Test; do
    awk -F'\t' -v OFS='\t' 'BEGIN {
            print "gif_name", "question", "a1", "a2", "a3", "a4", "a5", "answer", "vid_id", "key"
            split("indoors outdoors underwater upstairs nowhere", all, " ")
        }
        /where is the band/ {
            n++
            line = ""
            for (k = 0; k < 5; k++) {
                word = all[(k + n) % 5 + 1]
                line = line OFS word
                if (word == $3) right = k
            }
            print $1, "Where does the band play ?" line, right, "ACTION" n, $6
        }' $tgif/${split}_frameqa_question.csv >$split-where.csv
    awk -F'\t' -v OFS='\t' 'BEGIN {
            print "gif_name", "question", "answer", "vid_id", "key"
            number["one"] = 1; number["two"] = 2; number["three"] = 3
        }
        /how many instruments/ {
            print $1, "How many instruments are there ?", number[$3], "COUNT" ++n, $6
        }' $tgif/${split}_frameqa_question.csv >$split-many.csv
done
declare -A form=([where]=choices [many]=count) options=(
    [linear]="--epochs 40"
    [coqo]="--epochs 30 --dim 32 --heads 2 --tokens 2 --lr 2e-3 --questions 2")
train() { # NETWORK SET OUT OPTIONS...
    # shellcheck disable=SC2086 # words
    status "$PIPE" train --store s.db --dataset tgif --network "$1" --annotations Train-"$2".csv \
        --val Train-"$2".csv --out "$3" -q ${options[$1]} "${@:4}"
}
evaluated() { # MODEL SET OPTIONS...
    status "$PIPE" eval --store s.db --dataset tgif --annotations Test-"$2".csv --model "$1" "${@:3}"
}

# ---- which head it is ----
is "files of several forms" "$(status "$PIPE" train --store s.db --dataset tgif --out no.safetensors -q \
    --annotations $tgif/Train_action_question.csv $tgif/Train_count_question.csv)" 1
yes_ "are refused, with how many have which" \
    grep -Eq "0 questions are answered in words, [0-9]+ with one of the choices .* and [0-9]+ with a number" err
yes_ "and nothing is made" test ! -e no.safetensors
is "unless one is chosen" "$(status "$PIPE" train --store s.db --dataset tgif --out chosen.safetensors -q --head choices \
    --network linear --epochs 1 --annotations $tgif/Train_action_question.csv $tgif/Train_count_question.csv)" 3
yes_ "which leaves the others out" grep -q "questions are left out: the model answers those that are answered with one" err
is "all in words" "$(status "$PIPE" train --store s.db --dataset tgif --out words.safetensors -q --head open \
    --network linear --epochs 1 --annotations $tgif/Train_*.csv)" 0
is "a vocabulary is cut where there is one" "$(train linear where no.safetensors --max-answers 2)" 1
yes_ "and choices are none" grep -q "these answers are choices" err
is "no such head" "$(train linear where no.safetensors --head guess)" 2

# ---- learned from the pictures ----
for network in linear coqo; do
    for set in where many; do
        model=$network-$set.safetensors
        is "$network, $set" "$(train $network $set $model)" 0
        yes_ "$network, $set: the run says which head" bash -c "'$PIPE' runs ls --json --store s.db --kind train |
            jq -se 'max_by(.id).config.head == \"${form[$set]}\"'"
        is "$network, $set: eval" "$(evaluated $model $set --json)" 0
        cp out $network-$set.json
    done
    yes_ "$network chooses, 30 points above the floor" jq -e '.overall.accuracy >= .overall.floor + 0.3' $network-where.json
    is "$network: no table of choices" "$(jq .confusion $network-where.json)" null
done
yes_ "CoQo counts, with half the error of the mean" \
    jq -e '.counts | .mean_squared_error <= 0.5 * .floor' coqo-many.json
yes_ "the file says what it is" grep -qa '"answers_form":"choice"' coqo-where.safetensors
is "for people" "$(evaluated coqo-many.safetensors many)" 0
yes_ "with the error" grep -Eq "mean squared error [0-9.]+ \(blind [0-9.]+\), numbers taken as 1 to 10" out

# ---- stopped, gone on with, by any number of threads ----
for set in where many; do
    is "$set: some epochs" "$(train coqo $set parts.safetensors --epochs 10 --jobs 1)" 0
    is "$set: go on" "$(train coqo $set parts.safetensors --resume --jobs 2)" 0
    yes_ "$set: the same file" cmp coqo-$set.safetensors parts.safetensors
    is "$set: begun from it" "$(train coqo $set more.safetensors --epochs 1 --from coqo-$set.safetensors)" 0
done
is "begun from another form" "$(train coqo many no.safetensors --epochs 1 --from coqo-where.safetensors)" 1
yes_ "is refused" grep -q "answers of another form" err
if [ -n "${MPI:-}" ]; then
    export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_btl=self,vader
    for set in where many; do
        # shellcheck disable=SC2086 # words
        is "$set: two processes" "$(status timeout 120 mpirun --oversubscribe --bind-to none -n 2 "$PIPE" train \
            --store s.db --dataset tgif --annotations Train-$set.csv --val Train-$set.csv -q ${options[coqo]} --out two.safetensors --json)" 0
        yes_ "$set: train the same" bash -c "'$PIPE' runs ls --json --store s.db --kind train | jq -se --arg f ${form[$set]} '
            [.[] | select(.config.network == \"coqo\" and .config.head == \$f and (.metrics.curve | length) == 30)
                | .metrics.curve[0].loss] | (.[0] - .[-1] | fabs) < 1e-4'"
    done
fi

# ---- asking ----
gif=$(find $tgif/gifs -type f | sort | head -n 1)
ask() { status "$PIPE" ask "$gif" "$@" --store s.db --quiet; }
is "choose" "$(ask "Where does the band play ?" --model coqo-where.safetensors --json --explain why.html \
    --choices 'indoors | outdoors|underwater')" 0
yes_ "one of these" jq -e '.best_guess | IN("indoors", "outdoors", "underwater")' out
is "all of them are weighed" "$(jq '[.top[].answer] | sort | join(",")' out)" '"indoors,outdoors,underwater"'
yes_ "on a page" grep -q "outdoors" why.html
yes_ "with what it rests on" jq -e '.occlusion.streams.visual.answer | IN("indoors", "outdoors", "underwater")' out
is "without choices" "$(ask "Where does the band play ?" --model coqo-where.safetensors)" 2
yes_ "it asks for them" grep -q "this model chooses: give it what to choose from" err
is "a choice it never heard of" "$(ask "Where does the band play ?" --model coqo-where.safetensors --choices 'indoors|xylophonium')" 0
yes_ "is no answer" grep -q 'not sure: .*the model knows no word of the choice "xylophonium"' out
is "an empty choice" "$(ask "Where does the band play ?" --model coqo-where.safetensors --choices 'indoors||outdoors')" 2
yes_ "is told" grep -q "has an empty choice" err
is "count" "$(ask "How many instruments are there ?" --model coqo-many.safetensors --json)" 0
yes_ "a number" jq -e '.best_guess | tonumber | . >= 1 and . <= 10' out
is "counts are not chosen" "$(ask "How many instruments are there ?" --model coqo-many.safetensors --choices '1|2')" 2
yes_ "it says so" grep -q "this one answers with a number" err
is "nor words" "$(ask "where is the band ?" --model words.safetensors --choices 'a|b')" 2

# ---- what does not belong ----
cat Test-where.csv >both.csv
is "other questions beside" "$(status "$PIPE" eval --store s.db --dataset tgif --model coqo-where.safetensors --json \
    --annotations Test-where.csv Test-many.csv)" 3
yes_ "are left out" grep -Eq "evaluation: [0-9]+ of [0-9]+ questions are left out" err
is "others alone" "$(evaluated coqo-where.safetensors many)" 1
yes_ "are none" grep -q "none of the [0-9]* questions is answered with one of the choices" err
is "predictions" "$(evaluated coqo-where.safetensors where --predictions p.csv)" 0
yes_ "are choices" bash -c "sed 1d p.csv | grep -Evc '\",\"(indoors|outdoors|underwater|upstairs|nowhere)\",[0-9.]+,[01]' | grep -qx 0"
is "calibrate" "$(status "$PIPE" calibrate --store s.db --dataset tgif --annotations Train-many.csv --val Test-many.csv \
    --model coqo-many.safetensors --out calibrated.safetensors --json)" 0
is "knows the numbers" "$(jq -c '.kinds[0].answers' out)" '["1","2","3","4","5","6","7","8","9","10"]'
is "explained on the whole" "$(evaluated coqo-where.safetensors where --explanations --json)" 0

# Choices of other counts, an answer that is none of them, a count that is no number.
awk -F'\t' -v OFS='\t' 'NR == 2 {$7 = ""} NR == 3 {$8 = 5} {print}' Train-where.csv >bad-where.csv
awk -F'\t' -v OFS='\t' 'NR == 2 {$3 = "many"} NR == 3 {$3 = "2.5"} {print}' Train-many.csv >bad-many.csv
for set in where many; do
    is "$set: checked" "$(status "$PIPE" data check bad-$set.csv --json)" 3
    is "$set: two are named" "$(jq '.files[0].malformed // .malformed | if type == "array" then length else . end' out)" 2
    cp Train-$set.csv good.csv
    cp bad-$set.csv Train-$set.csv
    is "$set: trained without" "$(train linear $set bad.safetensors --epochs 1)" 3
    yes_ "$set: and told" grep -q "2 malformed records are left out" err
    mv good.csv Train-$set.csv
done
finish
