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

yes_ "questions of many" "$TOYBAND" --out q --videos 600 --seed 9 --annotations-only --quiet
jq -s add q/train.json q/val.json q/test.json >all.json
is "4 to 8 a video" "$(jq -c '[group_by(.video_id)[] | length] | [min, max]' all.json)" "[4,8]"
is "nine types" "$(jq '[.[].type] | unique | length' all.json)" 9
is "split by video" "$(jq -s -c '[.[] | [.[].video_id] | unique] |
    (map(length) | add) == (add | unique | length)' q/train.json q/val.json q/test.json)" true
is "seventy, ten and twenty" "$(jq -r .split q/truth.jsonl | sort | uniq -c | xargs)" \
    "120 test 420 train 60 val"
is "official answers" "$(jq -c '[.[].anser] | unique - ["zero", "one", "two", "three", "four",
    "yes", "no", "left", "middle", "right", "indoor", "outdoor", "simultaneously", "accordion",
    "acoustic_guitar", "banjo", "congas", "drum", "flute", "piano", "saxophone", "trumpet",
    "violin"]' all.json)" "[]"
yes_ "the example is asked" jq -e 'any(.question_content == "which instrument sounds first?")' all.json

# A third in other words: the templates of the paper are these.
jq -r '.[].question_content' all.json >said
others=$(grep -c -i -E '^(How many instruments can you|Can you hear|Do you|Does |Do we|what is the number|How many different|is this inside|Where do they|what stands|Which instrument (do you|is the)|What instrument is shown|How many of the|how many of the|On which|what plays|Is the <Object> at|Is what|which instrument sounds|Where does|Which of|What do we)' said)
total=$(wc -l <said)
yes_ "a third in other words" test $((others * 100 / total)) -ge 28 -a $((others * 100 / total)) -le 39

# Truth: each answer computed anew from truth.jsonl for the forms that jq can follow.
jq -s '[.[] | {key: .video_id, value: .}] | from_entries' q/truth.jsonl >truth.json
wrong() {
    jq --slurpfile t truth.json "[.[] | . as \$q | \$t[0][.video_id].players as \$p |
        (.templ_values | fromjson) as \$v | select($1) | select(.anser != ($2))] | length" all.json
}
words='["zero", "one", "two", "three", "four"]'
has='.question_content | test'
is "heard" "$(wrong "$has(\"^How many (musical )?instruments (were|can you)\")" \
    "$words[[\$p[] | select(.sounds)] | length]")" 0
is "is heard" "$(wrong "$has(\"^(Is there a <Object> sound|Can you hear)\")" \
    "if any(\$p[]; .sounds and .instrument == \$v[0]) then \"yes\" else \"no\" end")" 0
is "seen of a kind" "$(wrong "$has(\"^(How many <Object> are|what is the number)\")" \
    "$words[[\$p[] | select(.seen and .instrument == \$v[0])] | length]")" 0
is "where" "$(wrong "$has(\"^(Where is the performance|is this inside|Where do they)\")" \
    "if \$t[0][.video_id].scene == \"indoor\" then \"indoor\" else \"outdoor\" end")" 0
is "first" "$(wrong "$has(\"^(What is the first instrument|which instrument sounds first)\")" \
    "\$p | map(select(.sounds)) | min_by(.phrases[0][0]).instrument")" 0
is "sounding and seen" "$(wrong "$has(\"^(How many instruments are sounding|how many of the instruments shown)\")" \
    "$words[[\$p[] | select(.sounds and .seen)] | length]")" 0
is "louder" "$(wrong "$has(\"^(Is the <Object> louder than|Does the <Object> sound louder)\")" \
    "(\$p | map(select(.sounds)) | map({key: .instrument, value: .level_db}) | from_entries) as \$l |
     if \$l[\$v[0]] > \$l[\$v[1]] then \"yes\" else \"no\" end")" 0
yes_ "and they were asked" test "$(grep -c -E "^(Is the <Object> louder than|which instrument sounds first)" said)" -gt 20
finish
