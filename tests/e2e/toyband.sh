#!/usr/bin/env bash
# The toy set: the same seed gives the same set however it is cut up, and what its questions
# say is what truth.jsonl says.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1

yes_ "made by two" "$TOYBAND" --out a --videos 5 --seed 5 --jobs 2 --quiet
yes_ "made by one, and fewer" "$TOYBAND" --out b --videos 3 --seed 5 --jobs 1 --quiet
for k in 0 1 2; do
    yes_ "video $k is the same" cmp -s a/videos/0000000$k.mp4 b/videos/0000000$k.mp4
done
yes_ "their truth too" cmp -s <(head -n 3 a/truth.jsonl) b/truth.jsonl
yes_ "another seed" "$TOYBAND" --out c --videos 1 --seed 6 --quiet
yes_ "is another video" bash -c '! cmp -s a/videos/00000000.mp4 c/videos/00000000.mp4'
is "no videos" "$(status "$TOYBAND" --out d --videos 0)" 2
is "no place to write" "$(status "$TOYBAND" --out /proc/none --videos 1)" 1
is "no soundfont" "$(TOYBAND_SOUNDFONT=/none status "$TOYBAND" --out e --videos 1 --quiet)" 1
yes_ "is said" grep -q "/none" err

yes_ "questions of many" "$TOYBAND" --out q --videos 1000 --seed 9 --annotations-only --quiet
jq -s add q/train.json q/val.json q/test.json >all.json
is "4 to 8 a video" "$(jq -c '[group_by(.video_id)[] | length] | [min, max]' all.json)" "[4,8]"
is "nine types" "$(jq '[.[].type] | unique | length' all.json)" 9
is "split by video" "$(jq -s -c '[.[] | [.[].video_id] | unique] |
    (map(length) | add) == (add | unique | length)' q/train.json q/val.json q/test.json)" true
is "seventy, ten and twenty" "$(jq -r .split q/truth.jsonl | sort | uniq -c | xargs)" \
    "200 test 700 train 100 val"
is "official answers" "$(jq -c '[.[].anser] | unique - ["zero", "one", "two", "three", "four",
    "yes", "no", "left", "middle", "right", "indoor", "outdoor", "simultaneously", "accordion",
    "acoustic_guitar", "banjo", "congas", "drum", "flute", "piano", "saxophone", "trumpet",
    "violin"]' all.json)" "[]"
yes_ "the example is asked" jq -e 'any(.question_content == "which instrument sounds first?")' all.json

# Half in other words: the templates of the paper begin with a capital and are these.
jq -r '.[].question_content' all.json >said
cat >templates <<'END'
How many musical instruments were heard throughout the video?
Is there a <Object> sound?
Are there <Object> and <Object> sound?
Is the <Object> louder than the <Object>?
Is the <Object> more rhythmic than the <Object>?
Is the <Object> playing longer than the <Object>?
How many <Object> are in the entire video?
How many types of musical instruments appeared in the entire video?
Is there a <Object> in the entire video?
Are there <Object> and <Object> instruments in the video?
Where is the performance?
What is the instrument on the <LR> of <Object>?
What kind of instrument is the <LRer> instrument?
What kind of musical instrument is it?
Is the <Object> in the video always playing?
Is this sound from the instrument in the video?
How many sounding <Object> in the video？
How many instruments are sounding in the video?
How many types of musical instruments sound in the video?
How many instruments in the video did not sound from beginning to end?
Where is the <LL> instrument?
Is the <FL> sound coming from the <LR> instrument?
What is the <LR> instrument of the <FL> sounding instrument?
Which is the musical instrument that sounds at the same time as the <Object>?
Is the <Object> on the <LR> louder than the <Object> on the <LR>?
Is the instrument on the <LR> louder than the instrument on the <LR>?
Is the <Object> on the <LR> more rhythmic than the <Object> on the <LR>?
Is the instrument on the <LR> more rhythmic than the instrument on the <LR>?
What is the <TH> instrument that comes in?
What is the first instrument that comes in?
Where is the <FL> sounding instrument?
Which <Object> makes the sound <FL>?
Which instrument makes sounds <BA> the <Object>?
END
# Ours, which MUSIC-AVQA does not have.
cat >>templates <<'END'
Which instrument is the loudest?
Which instrument is the fastest?
Which instrument plays the longest?
Where is the <Object>?
What is the instrument in the middle?
Which instrument comes in last?
END
is "every template is asked" "$(grep -x -F -f templates said | sort -u | wc -l)" 39
others=$(grep -c -v -x -F -f templates said)
total=$(wc -l <said)
yes_ "half in other words" test $((others * 100 / total)) -ge 45 -a $((others * 100 / total)) -le 55
yes_ "many questions of a video" "$TOYBAND" --out many --videos 20 --seed 9 --annotations-only \
    --questions 24 --quiet
is "none of them twice" "$(jq -s 'add | [group_by(.video_id)[] | map([.question_content, .templ_values])
    | length == (unique | length)] | all' many/train.json many/val.json many/test.json)" true
is "a value for each slot" "$(jq -s 'add | map(select((.question_content | [scan("<")] | length) !=
    (.templ_values | fromjson | length))) | length' many/{train,val,test}.json)" 0
is "in the order of the wording" "$(jq -s 'add | map(select(.question_content | test("^does the <LR> one sound <FL>")) |
    .templ_values | fromjson | select((.[0] | IN("left", "right") | not) or (.[1] | IN("first", "last") | not))) |
    length' q/{train,val,test}.json)" 0
yes_ "which was used" grep -q "^does the <LR> one sound <FL>" said
is "leftmost is on the left" "$(jq -s -c 'add | map(select(.question_content | test("^what\u0027s on the (far )?<LR>")) |
    .templ_values | fromjson[]) | unique' q/{train,val,test}.json)" '["left","right"]'
# Each comparison in both orders, with opposite answers; room for the second may lack once a video.
jq -s 'def named: {guitar: "acoustic_guitar", "acoustic guitar": "acoustic_guitar", sax: "saxophone", drums: "drum",
        "conga drums": "congas", fiddle: "violin"}[.] // .;
    [add | group_by(.video_id)[] | [.[] | select(.type | test("Comparative")) |
        {a: .anser, v: (.templ_values | fromjson | map(named) | [.[:length / 2], .[length / 2:]] | map(sort))} |
        select(.v != [[], []])] | . as $all |
        {n: length, single: map(. as $q | select(all($all[]; .v != ($q.v | reverse) or .a == $q.a))) | length}] |
    {n: map(.n) | add, single: map(.single) | max}' many/{train,val,test}.json >compared
yes_ "comparisons" test "$(jq .n compared)" -ge 40
yes_ "are asked in both orders" test "$(jq .single compared)" -le 1
yes_ "most of them" test "$(jq -s 'add | length' many/train.json many/val.json many/test.json)" -gt 400

# Other worlds: the same scenes and answers, heard and seen otherwise.
for world in varied recorded; do
    yes_ "$world" "$TOYBAND" --out $world --videos 2 --seed 5 --instruments $world --quiet
    yes_ "$world has other videos" bash -c "! cmp -s $world/videos/00000000.mp4 a/videos/00000000.mp4"
    is "$world says so" "$(jq -r .instruments $world/truth.jsonl | sort -u)" $world
    is "$world has the same scenes" "$(jq -c 'del(.instruments)' $world/truth.jsonl)" \
        "$(head -n 2 a/truth.jsonl | jq -c 'del(.instruments)')"
done
yes_ "recorded again" "$TOYBAND" --out again --videos 2 --seed 5 --instruments recorded --quiet --jobs 1
yes_ "is the same" cmp -s recorded/videos/00000001.mp4 again/videos/00000001.mp4
yes_ "mixed" "$TOYBAND" --out mixed --videos 60 --seed 5 --instruments mixed --annotations-only --quiet
is "has both" "$(jq -r .instruments mixed/truth.jsonl | sort -u | xargs)" "midi varied"
is "no such world" "$(status "$TOYBAND" --out d --videos 1 --instruments cardboard)" 2

# Truth: each answer computed anew from truth.jsonl for the forms that jq can follow.
wrong() {
    jq --slurpfile t truth.json "[.[] | . as \$q | \$t[0][.video_id].players as \$p |
        (.templ_values | fromjson) as \$v | select($1) | select(.anser != ($2))] | length" all.json
}
words='["zero", "one", "two", "three", "four"]'
has='.question_content | test'
answer_anew() { # set
    jq -s '[.[] | {key: .video_id, value: .}] | from_entries' "$1/truth.jsonl" >truth.json
    jq -s add "$1"/{train,val,test}.json >all.json
    is "$1: heard" "$(wrong "$has(\"^How many (musical )?instruments (were|can you)\")" \
        "${words}[[\$p[] | select(.sounds)] | length]")" 0
    is "$1: is heard" "$(wrong "$has(\"^Is there a <Object> sound\")" \
        "if any(\$p[]; .sounds and .instrument == \$v[0]) then \"yes\" else \"no\" end")" 0
    is "$1: seen of a kind" "$(wrong "$has(\"^How many <Object> are in\")" \
        "${words}[[\$p[] | select(.seen and .instrument == \$v[0])] | length]")" 0
    is "$1: where" "$(wrong "$has(\"^(Where is the performance|is this inside|Where do they)\")" \
        "if \$t[0][.video_id].scene == \"indoor\" then \"indoor\" else \"outdoor\" end")" 0
    is "$1: first" "$(wrong "$has(\"^(What is the first instrument|which instrument sounds first)\")" \
        "\$p | map(select(.sounds)) | min_by(.phrases[0][0]).instrument")" 0
    is "$1: sounding and seen" "$(wrong "$has(\"^(How many instruments are sounding|how many of the instruments shown can)\")" \
        "${words}[[\$p[] | select(.sounds and .seen)] | length]")" 0
    is "$1: louder" "$(wrong "$has(\"^Is the <Object> louder than\")" \
        "(\$p | map(select(.sounds)) | map({key: .instrument, value: .level_db}) | from_entries) as \$l |
         if \$l[\$v[0]] > \$l[\$v[1]] then \"yes\" else \"no\" end")" 0
    is "$1: the loudest" "$(wrong "$has(\"^Which instrument is the loudest\")" \
        "\$p | map(select(.sounds)) | max_by(.level_db).instrument")" 0
    is "$1: the fastest" "$(wrong "$has(\"^Which instrument is the fastest\")" \
        "\$p | map(select(.sounds)) | min_by(.note_seconds).instrument")" 0
    is "$1: the longest" "$(wrong "$has(\"^Which instrument plays the longest\")" \
        "\$p | map(select(.sounds)) | max_by(.phrases | map(.[1] - .[0]) | add).instrument")" 0
    is "$1: where it stands" "$(wrong "$has(\"^Where is the <Object>.$\")" \
        "\$p | map(select(.instrument == \$v[0])) | if length == 1 then .[0].place else \"one of several\" end")" 0
    is "$1: in the middle" "$(wrong "$has(\"^What is the instrument in the middle\")" \
        "\$p | map(select(.place == \"middle\")) | if (\$p | map(select(.seen)) | length) == 3 then .[0].instrument
         else \"nothing\" end")" 0
}
answer_anew q
yes_ "and they were asked" test "$(grep -c -E "^(Is the <Object> louder than|which instrument sounds first)" said)" -gt 20

# Many events: the answers still follow, and few are what there was.
is "too short for many" "$(status "$TOYBAND" --out d --videos 1 --events many --seconds 29)" 2
yes_ "is said" grep -q "needs --seconds 30 or more" err
yes_ "many events" "$TOYBAND" --out events --videos 200 --seed 9 --annotations-only --questions 24 --events many \
    --seconds 40 --quiet
answer_anew events
is "more than five phrases each" "$(jq -s '[.[].players[] | select(.sounds) | .phrases | select(length > 1) | length] |
    add / length > 5' events/truth.jsonl)" true
is "which rest between" "$(jq -s '[.[].players[].phrases | [.[:-1], .[1:]] | transpose[] | .[1][0] - .[0][1] |
    select(. < 1.45)] | length' events/truth.jsonl)" 0
is "who enters last ends last" "$(jq -s '[.[] | .seconds as $s | [.players[] | select(.sounds and .phrases != [[0, $s]])] |
    select(length > 1) | select((max_by(.phrases[0][0]).phrases[-1][1]) < (map(.phrases[-1][1]) | max))] | length' \
    events/truth.jsonl)" 0
is "together or apart" "$(jq -s '[.[] | .seconds as $s | [.players[] | select(.sounds and .phrases != [[0, $s]]) | .phrases] |
    [range(length) as $a | range($a) as $b | [.[$a][] as $x | .[$b][] as $y |
        ([$x[1], $y[1]] | min) - ([$x[0], $y[0]] | max) | select(. > 0)] | add // 0 | select(. > 0)] |
    select(length > 1 or any(. < 1))] | length' events/truth.jsonl)" 0
yes_ "one of many events" "$TOYBAND" --out event --videos 1 --seed 9 --events many --seconds 30 --quiet
yes_ "is a video" test -s event/videos/00000000.mp4

# Labels of training videos: wrong ones, and fewer.
yes_ "noise" "$TOYBAND" --out noise --videos 200 --seed 9 --annotations-only --label-noise 0.3 --quiet
yes_ "clean" "$TOYBAND" --out clean --videos 200 --seed 9 --annotations-only --quiet
yes_ "fewer" "$TOYBAND" --out fewer --videos 200 --seed 9 --annotations-only --labels-per-video 3 --quiet
for set in noise fewer; do
    for split in val test; do
        yes_ "$set: $split is whole and true" cmp -s $set/$split.json clean/$split.json
    done
    yes_ "$set: the same scenes" cmp -s $set/truth.jsonl clean/truth.jsonl
done
is "the same questions" "$(jq -c 'map(del(.anser))' noise/train.json)" "$(jq -c 'map(del(.anser))' clean/train.json)"
share=$(jq -n --slurpfile a noise/train.json --slurpfile b clean/train.json \
    '[$a[0], $b[0]] | transpose | map(select(.[0].anser != .[1].anser)) | length * 100 / ($a[0] | length) | floor')
yes_ "three tenths are wrong" test "$share" -ge 26 -a "$share" -le 34
is "by answers of their kind" "$(jq -n --slurpfile a noise/train.json --slurpfile b clean/train.json '
    def sort_of: if IN("yes", "no") then 1 elif IN("left", "middle", "right", "simultaneously") then 2
        elif IN("zero", "one", "two", "three") then 3 elif IN("indoor", "outdoor") then 4 else 5 end;
    [$a[0], $b[0]] | transpose | map(select((.[0].anser | sort_of) != (.[1].anser | sort_of))) | length')" 0
is "no zero where none can be" "$(jq '[.[] | select(.anser == "zero") | .question_content |
    select(test("heard throughout|types|kinds"))] | length' noise/train.json)" 0
is "three of a video" "$(jq -c '[group_by(.video_id)[] | length] | [min, max]' fewer/train.json)" "[3,3]"
is "of those there were" "$(jq -n --slurpfile a fewer/train.json --slurpfile b clean/train.json \
    '($a[0] - $b[0]) | length')" 0
is "no such share" "$(status "$TOYBAND" --out d --videos 1 --label-noise 1.5)" 2
finish
