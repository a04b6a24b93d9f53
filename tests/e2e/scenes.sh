#!/usr/bin/env bash
# Scenes of the 22 kinds of instrument: the same seed gives the same files, answers are true, and
# what is heard and seen comes into the store as the networks' own features, so that a model trained
# on them is one for clips.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
font=/usr/share/sounds/sf2/FluidR3_GM.sf2
[ -f "$font" ] || exit 77

plan=("$SCENES" --annotations-only --questions 40)
yes_ "questions" "${plan[@]}" --out many --scenes 400 --seed 3
yes_ "again, of fewer" "${plan[@]}" --out few --scenes 50 --seed 3
yes_ "the same truth" cmp few/truth.jsonl <(head -n 50 many/truth.jsonl)
is "the nine types" "$(jq -s 'add | map(.type) | unique | length' many/{train,val,test}.json)" 9
is "of the 22 kinds" "$(jq -s '[.[].players[].instrument] | unique | length' many/truth.jsonl)" 22
is "a few without sound, more without picture, none without both" "$(jq -s '
    [(map(select(.has_sound | not)) | length), (map(select(.has_picture | not)) | length)] |
    .[0] > 4 and .[1] > 2 * .[0]' many/truth.jsonl)" true
jq -s 'INDEX(.video_id)' many/truth.jsonl >truth.json
# what is asked about who plays, against who does; one or none counts too
asked() { # template
    jq -s --arg q "$1" --slurpfile truth truth.json '
        [add[] | select(.question_content == $q) | . + {heard: [$truth[0][.video_id].players[] | select(.sounds)],
            seen: [$truth[0][.video_id].players[] | select(.seen)]}]' many/{train,val,test}.json
}
asked "What is the first instrument that comes in?" >first.json
is "first" "$(jq 'length > 20 and all(.anser == if .heard == [] then "cannot tell"
    else (.heard | min_by(.phrases[0][0]).instrument) end)' first.json)" true
is "of several, of one, of none" "$(jq '[any(.heard == []), any(.heard | length == 1), any(.heard | length > 1)] | all' first.json)" true
asked "What kind of musical instrument is it?" >only.json
is "the one, or none" "$(jq 'any(.seen == []) and all(.anser == (.seen[0].instrument // "cannot tell"))' only.json)" true
asked "How many types of musical instruments appeared in the entire video?" >kinds.json
is "kinds" "$(jq 'length > 20 and all(.anser == (["zero", "one", "two", "three"][.seen | map(.instrument) | unique | length]))' kinds.json)" true

# what the program says beside features of sight
yes_ "a clip" "$TOYBAND" --out band --videos 1 --seed 3 --quiet
made=(--audio hearing --audio-weights seeded:1 --audio-options out=logodds --visual sight --visual-weights seeded:1 --visual-options look=once)
is "seen" "$(status "$PIPE" ingest "${made[@]}" --max-seconds 1 --store band.db band/videos)" 0
is "exported" "$(status "$PIPE" store export --format npy --kind visual --out about --store band.db)" 0
is "exported" "$(status "$PIPE" store export --format npy --kind audio --out about --store band.db)" 0
make=("$SCENES" --font "$font" --seen about/visual/00000000.npy.json --heard about/audio/00000000.npy.json --questions 12)
yes_ "scenes" "${make[@]}" --out s --scenes 20 --seed 10
yes_ "again" "${make[@]}" --out again --scenes 20 --seed 10
yes_ "the same" diff -r s again
yes_ "another seed" "${make[@]}" --out other --scenes 1 --seed 7
yes_ "differs" bash -c "! cmp -s s/videos/00000000.wav other/videos/00000000.wav && ! cmp -s s/seen/00000000.npy other/seen/00000000.npy"
is "sound where there is some" "$(cd s/videos && echo *)" "$(jq -rs 'map(select(.has_sound).video_id + ".wav") | join(" ")' s/truth.jsonl)"
is "and pictures" "$(cd s/seen && echo *.npy)" "$(jq -rs 'map(select(.has_picture).video_id + ".npy") | join(" ")' s/truth.jsonl)"
is "in one store" "$(status "$PIPE" ingest "${made[@]}" --store s.db s/videos)" 0
"$PIPE" store import s/seen --kind visual --force --store s.db >out 2>&1 # 3: some videos have no file
is "with what is seen" "$(grep -c ": $(jq -s 'map(select(.has_picture)) | length' s/truth.jsonl) arrays imported, 0 there already, 0 left out" out)" 1
"$PIPE" store import s/unheard --kind audio --store s.db >out 2>&1
is "and what is not heard" "$(grep -c ": $(jq -s 'map(select(.has_sound | not)) | length' s/truth.jsonl) arrays imported, 0 there already, 0 left out" out)" 1
is "20 videos" "$(status "$PIPE" store ls --store s.db --json)" 0
is "20 videos" "$(jq -s 'if (.[0] | type) == "array" then .[0] else . end | length' out)" 20
is "trained" "$(status "$PIPE" train --annotations s/train.json --val s/val.json --store s.db --dim 8 --heads 2 \
    --epochs 1 --out s.safetensors)" 0
is "a model for clips" "$(status "$PIPE" ask --model s.safetensors --json band/videos/00000000.mp4 "is there a cello?")" 0

is "other features" "$(status "$SCENES" --font "$font" --seen about/audio/00000000.npy.json --heard about/audio/00000000.npy.json --out x --scenes 1)" 1
yes_ "are told" grep -q "of sight" err
is "no soundfont" "$(status "$SCENES" --out x --scenes 1)" 2
finish
