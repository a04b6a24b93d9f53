#!/usr/bin/env bash
# data check: what it says of annotation files, over small ones of each published layout.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

# music VIDEO ID MODALITY KIND QUESTION VALUES ANSWER: a record as MUSIC-AVQA has them
music() {
    jq -n -c --arg v "$1" --argjson id "$2" --arg m "$3" --arg k "$4" --arg q "$5" \
        --argjson values "$6" --arg a "$7" '{video_id: $v, question_id: $id,
        type: ([$m, $k] | tojson), question_content: $q, templ_values: ($values | tojson),
        question_deleted: 0, anser: $a}'
}
{
    music a 1 Audio Counting "How many?" '[]' two
    music a 2 Audio Counting "How many?" '[]' two
    music b 3 Audio Counting "How many?" '[]' one
    music b 4 Audio-Visual Existential "Is the <Object> playing?" '["flute"]' yes
    music c 5 Audio-Visual Existential "Is the <Object> playing?" '["flute"]' yes
    music c 6 Audio-Visual Existential "Is the <Object> playing?" '["flute"]' no
    music d 7 Visual Location "Where?" '[]' left
} | jq -s . >avqa-train.json
{
    music a 11 Audio Counting "How many?" '[]' two
    music e 12 Audio Counting "How many?" '[]' three
    music f 13 Visual Location "Where is it?" '[]' two
    music b 14 Audio-Visual Existential "Is the <Object> playing?" '["drum"]' yes
} | jq -s . >set-test-bias.json
music e 21 Visual Location "Where?" '[]' left | jq -s . >latest.json

report() {
    "$PIPE" data check --json "$@"
}
is "sound files" "$(status "$PIPE" data check avqa-train.json set-test-bias.json)" 0
is "nothing on stderr" "$(cat err)" ""
yes_ "the wording is printed" grep -q 'Is the <Object> playing?' out
report avqa-train.json set-test-bias.json latest.json >r.json
is "questions" "$(jq .questions r.json)" 12
is "splits, from the names" "$(jq -c '[.splits[] | [.split, .questions, .videos]]' r.json)" \
    '[["train",7,4],["test",4,4],["latest",1,1]]'
is "types" "$(jq -c '[.types[] | [.modality, .kind, .n]]' r.json)" \
    '[["Audio","Counting",5],["Audio-Visual","Existential",4],["Visual","Location",3]]'
is "templates" "$(jq -c '[.templates[] | .n] | [length, max]' r.json)" '[4,5]'
is "answers" "$(jq -c '.answers[0]' r.json)" '{"answer":"two","n":4}'
is "a video's questions" "$(jq -c '.per_video | [.videos, .min, .median, .max]' r.json)" '[6,1,2,3]'
is "shared videos" "$(jq -c '[.shared[] | [.splits, .of, .videos]]' r.json)" \
    '[[["train","test"],[4,4],["a","b"]],[["test","latest"],[4,1],["e"]]]'
is "two answers" "$(jq -c '[.same_question.contradictions[] | [.video, .question, [.answers[].answer]]]' r.json)" \
    '[["c","Is the flute playing?",["no","yes"]]]'
is "asked again" "$(jq .same_question.repeated r.json)" 2
{
    music a 1 Audio Counting "How many?" '[]' two
    music a 2 Audio Counting "how MANY" '[]' one
    music a 3 Audio Counting "How many, then?" '[]' one
} | jq -s . >words.json
is "the same words" "$(report words.json | jq -c '[.same_question.contradictions[].answers | length]')" '[2]'
is "never in training" "$(jq -c '[.unseen_answers[] | [.answer, .split, .n]]' r.json)" '[["three","test",1]]'
# "How many?" is "two", "Is the ..." "yes", other wordings the commonest of all: "two" of
# "two" and "yes", which are equally many. Three of test's four are right.
is "the floor" "$(jq -c '[.floor[] | [.split, .fitted_on, .right, .n]]' r.json)" \
    '[["test","train",3,4],["latest","train",1,1]]'
is "by type" "$(jq -c '[.floor[0].types[] | [.kind, .right, .n]]' r.json)" \
    '[["Counting",1,2],["Existential",1,1],["Location",1,1]]'
is "one file: itself" "$(report avqa-train.json | jq -c '[.floor[] | [.split, .fitted_on, .right]]')" \
    '[["train","train",5]]'
is "no train: each on itself" "$(report set-test-bias.json latest.json |
    jq -c '[.unseen_answers, [.floor[] | [.split, .fitted_on]]]')" \
    '[null,[["test","test"],["latest","latest"]]]'
"$PIPE" data check latest.json set-test-bias.json >out
yes_ "and says so" grep -q 'learnt from itself' out

jq -n -c '("train", "train", "test", "Validation", "extra") | {video: "x", question: "q",
    answer: "a", type: "b", split: .}' >four.jsonl
is "one video in four splits" "$(report four.jsonl | jq -c '[.shared[] | .splits + .of + .videos]')" \
    '[["train","val",1,1,"x"],["train","test",1,1,"x"],["train","extra",1,1,"x"],["val","test",1,1,"x"],["val","extra",1,1,"x"],["test","extra",1,1,"x"]]'

# ---- AVQA ----
cat >train_qa.json <<'END'
[{"id": 507, "video_name": "-Ab12cd_000010", "video_id": 12, "question_text": "What is seen?",
  "multi_choice": ["raft", "yacht", "bus", "train"], "answer": 3,
  "question_relation": "View", "question_type": "Happening"},
 {"id": 508, "video_name": "-Ab12cd_000010", "video_id": 12, "question_text": "What is it?",
  "multi_choice": ["raft", "yacht"], "answer": 2, "question_relation": "Both"}]
END
is "a bad index" "$(status report train_qa.json)" 3
is "its record" "$(jq -c '.malformed[0] | [.record, .id, .video]' out)" '[1,"508","-Ab12cd_000010"]'
is "AVQA" "$(jq -c '[.files[0].layout, .answers[0].answer, .types[0].modality, .splits[0].split]' out)" \
    '["avqa","train","Visual","train"]'

# ---- one's own ----
printf '\xef\xbb\xbfsplit,type,video,"question",answer,question id\r\n' >own.csv
printf 'train,Audio Counting,a,"How ""many"", then?",two,1\r\nDev,Visual,b,What?,x,2\r\n' >>own.csv
printf 'train,Audio Counting,a,"How\nmany?",,3\r\ntrain,Audio Counting,a,short\r\n' >>own.csv
printf 'train,Audio Counting,a/..,How many?,one,5\r\n' >>own.csv
is "CSV" "$(status report own.csv)" 3
is "columns in any order" "$(jq -c '[.questions, .files[0].form, .templates[1].template]' out)" \
    '[2,"CSV","What?"]'
is "quotes" "$(jq -r '.templates[0].template' out)" 'How "many", then?'
is "a split column" "$(jq -c '[.splits[].split]' out)" '["train","val"]'
is "lines" "$(jq -c '[.malformed[] | [.record, .line, .id]]' out)" '[[2,4,"3"],[3,6,null],[4,7,"5"]]'
is "for people" "$(status "$PIPE" data check own.csv)" 3
yes_ "record, line, id, video, reason" \
    grep -q 'own.csv: record 4 (line 7), question 5, video a/..: its video' out
printf '{"video": "a", "question": "q", "answer": "x", "type": "Audio"}\n{"video"\n' >own.jsonl
is "JSON lines" "$(status report own.jsonl)" 3
is "the second is none" "$(jq -c '[.files[0].form, .malformed[0].line]' out)" '["JSON lines",2]'
cp own.csv own.json
is "by content, not by name" "$(report own.json | jq -r '.files[0].form')" CSV

# ---- records that cannot be used ----
jq -n -c '[("x/..", "a/", "", "a\u0000b", "..", ("x" * 5000), 7, "fine") |
    {video_id: ., question_id: 9, type: "[\"Audio\", \"Counting\"]", question_content: "q",
     templ_values: "[]", anser: "a"}] + [{question_deleted: 1}, null]' >names.json
is "names that leave the folder" "$(status report names.json)" 3
is "two are fine" "$(jq -c '[.questions, .per_video.videos, (.malformed | map(.record)), .deleted]' out)" \
    '[2,2,[0,1,2,3,4,5,9],1]'
is "and each is told" "$("$PIPE" data check names.json | grep -c 'names.json: record')" 7
jq -n -c '[range(14) | {anser: "a", question_id: .}]' >many.json
is "ten of many" "$("$PIPE" data check many.json | grep -c 'many.json: record')" 10
yes_ "and how many more" bash -c '"$0" data check many.json | grep -q "and 4 more"' "$PIPE"
is "all of them" "$("$PIPE" data check many.json --all | grep -c 'many.json: record')" 14
music a 1 Audio Counting "$(printf 'bell \033[31m?')" '[]' x | jq -s . >escape.json
"$PIPE" data check escape.json >out
is "no control characters" "$(tr -d '\n' <out | LC_ALL=C grep -c '[[:cntrl:]]')" 0
jq -n -c '[range(70) | {video: "a", question: "q", answer: "a", type: "b", split: "s\(.)"}]' >splits.json
is "too many splits" "$(status "$PIPE" data check splits.json)" 1
is "one sentence" "$(grep -c 'error: there are more than 64 splits' err)" 1
echo '[]' >none.json
is "no questions" "$(status "$PIPE" data check none.json)" 0

# ---- with the videos ----
mkdir -p v/sub
touch v/a.mp4 v/sub/a.mkv v/b.mp4 v/z.wav v/notes.txt
report avqa-train.json --videos v >r.json
is "missing" "$(jq -c .folder.missing r.json)" '["c","d"]'
is "not asked about" "$(jq -c .folder.not_asked r.json)" '["z"]'
is "double" "$(jq -c '[.folder.duplicated[] | [.video, (.files | length)]]' r.json)" '[["a",2]]'
is "counts" "$(jq -c '.folder | [.files, .asked]' r.json)" '[4,4]'
is "for people too" "$(status "$PIPE" data check avqa-train.json --videos v)" 0
yes_ "missing ones" grep -q '2 asked about and missing' out
is "no folder" "$(status "$PIPE" data check avqa-train.json --videos nowhere)" 1
yes_ "is named" grep -q 'nowhere: No such file' err
is "nothing printed" "$(cat out)" ""

# ---- misuse, and files that are none ----
is "no verb" "$(status "$PIPE" data)" 2
is "no such verb" "$(status "$PIPE" data fly)" 2
is "no file" "$(status "$PIPE" data check)" 2
is "help" "$(status "$PIPE" data check --help)" 0
is "a missing file" "$(status "$PIPE" data check gone.json)" 1
for text in '' 'hello' '{"a": 1}' '[1,' 'video,question,answer\na,b,c\n'; do
    printf '%b' "$text" >bad.json
    is "'$text'" "$(status "$PIPE" data check bad.json)" 1
    is "'$text': one sentence" "$(grep -c '^avqa-pipe: error: bad.json: ' err)" 1
done
finish
