#!/usr/bin/env bash
# Video questions without sound: files as their publishers write them, counted anew by
# Python; what is said of files that are not sound, or not there.
. "$(dirname "$0")/common.sh"
here=$(cd "$(dirname "$0")" && pwd)
cd "$work" || exit 1

for seed in 1 2 3; do
    yes_ "files, $seed" python3 "$here"/questions.py write set$seed $seed
    for set in msvd msrvtt activitynet tgif just-ask/msvd just-ask/msrvtt just-ask/activitynet; do
        is "$set, $seed" "$(status "$PIPE" data check set$seed/$set/* --json)" 3
        yes_ "$set, $seed: as counted" python3 "$here"/questions.py check set$seed $set <out
    done
done

# ---- videos under the names that they have ----
is_missing() { # WHAT WANT FILE...
    local what=$1 want=$2
    shift 2
    "$PIPE" data check "$@" --videos clips --json >out
    is "$what" "$(jq -c '.folder | [.missing, .not_asked]' out)" "$want"
}
mkdir clips
touch clips/{AbC_1_9.avi,vid2.avi,video7.mp4,v_-Ab_defghij.mp4,tumblr_a_400.gif}
echo '[{"id": 1, "video_id": 1, "question": "who?", "answer": "man"},
    {"id": 2, "video_id": 2, "question": "who?", "answer": "man"},
    {"id": 3, "video_id": 3, "question": "who?", "answer": "man"}]' >msvd.json
echo 'AbC_1_9 vid1' >youtube_mapping.txt
rest='"tumblr_a_400","v_-Ab_defghij","video7"'
is_missing "MSVD without its names" '[["vid1","vid3"],["AbC_1_9",'"$rest"']]' msvd.json
is_missing "and with them" '[["vid3"],['"$rest"']]' msvd.json youtube_mapping.txt
echo '[{"id": 1, "video_id": 7, "category_id": 1, "question": "who?", "answer": "man"}]' >msrvtt.json
echo '[{"video_name": "-Ab_defghij", "question": "is it", "question_id": "x_1"}]' >train_q.json
echo '[{"answer": "no", "type": 3, "question_id": "x_1"}]' >train_a.json
printf 'gif_name\tquestion\tanswer\tvid_id\tkey\ntumblr_a_400\tcount of times ?\t3\tCOUNT1\t5\n' >count.csv
is_missing "the others" '[[],["AbC_1_9","vid2"]]' msrvtt.json train_q.json train_a.json count.csv

# ---- half of two files, files of others ----
is "questions alone" "$(status "$PIPE" data check train_q.json)" 1
yes_ "say what is missing" grep -q "train_q.json: holds ActivityNet-QA's questions without their answers: name the file" err
is "answers alone" "$(status "$PIPE" data check train_a.json msvd.json)" 1
yes_ "too" grep -q "train_a.json: holds ActivityNet-QA's answers without their questions: name the file" err
python3 -c 'import pickle; pickle.dump({"questions": [[1]]}, open("msvd_train_questions.pt", "wb"), 2)'
is "a pickle" "$(status "$PIPE" data check msvd_train_questions.pt)" 1
yes_ "is refused by name" grep -q "msvd_train_questions.pt: is a Python pickle, as HCRN's" err
is "one line" "$(wc -l <err)" 1
is "beside others" "$(status "$PIPE" data check msvd_train_questions.pt msvd.json --json)" 3
is "these are read" "$(jq .questions out)" 3
printf 'gif_name\tquestion\n\xff\xfe' >broken.csv
is "a broken table" "$(status "$PIPE" data check broken.csv)" 3
yes_ "names its line" grep -q "record 0 (line 2): one of its fields is not UTF-8" out
echo '[{"id": 1,' >broken.json
is "broken JSON" "$(status "$PIPE" data check broken.json)" 1
yes_ "names its line" grep -q "broken.json: line 2: is not valid JSON" err
printf 'question,answer,video_id,type\nwhat,"a,b,3\n' >broken.csv
is "an open quote" "$(status "$PIPE" data check broken.csv)" 1
yes_ "names its line" grep -q "broken.csv: line 2: a quote" err
finish
