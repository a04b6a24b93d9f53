#!/usr/bin/env bash
# Sound from soundfonts, what a teacher says of it, and a network of hearing that learns from both:
# the same seed gives the same sound, its seconds say what is heard, and the network that comes out
# names its columns, in files and in the store.
. "$(dirname "$0")/common.sh"
cd "$work" || exit 1
font=/usr/share/sounds/sf2/FluidR3_GM.sf2
[ -f "$font" ] || exit 77

make=("$PHRASES" --font "$font" --phrases 7)
yes_ "sound" "${make[@]}" --out s --seed 3
yes_ "again" "${make[@]}" --out again --seed 3
yes_ "the same" diff -r s again
yes_ "another seed" "${make[@]}" --out other --seed 4
yes_ "differs" bash -c "! cmp -s s/0000.wav other/0000.wav"
yes_ "and file 1 does" "${make[@]}" --out s --seed 3 --first 1
yes_ "from file 0" bash -c "! cmp -s s/0000.wav s/0001.wav"
yes_ "56 seconds of 16,000 samples" test "$(stat -c %s s/0000.wav)" = $((44 + 56 * 32000))
yes_ "a line each, of 26 signs" test "$(grep -cE '^[01?]{26}$' s/0000.heard)" = 56
yes_ "none of the kinds is known where each kind is" bash -c "! cat s/*.heard other/*.heard |
    grep -vE '^(0{22}...1|[01?]*1[01?]*...0|[0?]*\?[0?]*...\?)$'"
yes_ "kinds are heard" bash -c "cat s/*.heard | grep -qE '^[0?]*1'"
is "no soundfont" "$(status "$PHRASES" --out s)" 2
is "what is none" "$(status "$PHRASES" --out s --font "$0")" 1
yes_ "is told" grep -q "cannot load this soundfont" err

# Recorded notes: what has some sounds otherwise, what has none as it did.
note() { # folder, name, hertz, rate
    mkdir -p "$1"
    ffmpeg -v error -y -f lavfi -i "sine=frequency=$3:duration=4:sample_rate=$4" "$1/$2.wav"
}
for kind in violin cello flute piano trumpet saxophone clarinet; do
    note "notes/$kind" A3 220 32000
    note "notes/$kind" Cs5 554.365 32000
done
yes_ "with notes" "${make[@]}" --out n --seed 3 --samples notes
yes_ "differs from without" bash -c "! cmp -s s/0000.wav n/0000.wav"
yes_ "the same is heard" bash -c "test $(wc -l <s/0000.heard) = $(wc -l <n/0000.heard)"
yes_ "again the same" bash -c '"$@" && cmp n/0000.wav m/0000.wav' - "${make[@]}" --out m --seed 3 --samples notes
is "no folder of notes" "$(status "${make[@]}" --out m --samples s)" 1
yes_ "is told" grep -q "s: has no folder of an instrument" err
note notes/tuba A2 110 16000
is "notes of another rate" "$(status "${make[@]}" --out m --samples notes)" 1
yes_ "are told" grep -q "tuba/A2.wav: has 1 channels of 16000 Hz" err
mv notes/tuba/A2.wav notes/tuba/notes.wav
is "no name of a note" "$(status "${make[@]}" --out m --samples notes)" 1
yes_ "is told" grep -q "tuba: has no files named by notes" err

for n in 0000 0001; do
    is "teacher" "$(status "$PIPE" features s/$n.wav --extractor yamnet --weights seeded:1 --options out=both \
        --out s/$n.teacher.npy -q)" 0
    is "input" "$(status "$PIPE" features s/$n.wav --extractor hearing --weights seeded:1 --stage input \
        --out s/$n.input.npy -q)" 0
done
teach=(teach --sounds s --val s --batch 16 --passes 2 --jobs 1)
is "taught" "$(status "$PIPE" "${teach[@]}" --out a.safetensors --state a.state --json)" 0
yes_ "14 steps, and validation twice" bash -c "jq -se 'map(select(.of == \"val\")) |
    length == 2 and .[1].step == 14 and .[1].values < .[0].values' out"
is "the state is of that" "$(status "$PIPE" "${teach[@]}" --lr 1e-4 --out b.safetensors --state a.state)" 1
yes_ "and of nothing else" grep -q "lr=" err
is "no folder" "$(status "$PIPE" teach --out b.safetensors --state b.state)" 2
is "an empty one" "$(status "$PIPE" teach --sounds again --out b.safetensors --state b.state)" 1
yes_ "is told" grep -q "has no files" err
is "over its state" "$(status "$PIPE" "${teach[@]}" --out a.state --state a.state)" 2

is "recognised" "$(status "$PIPE" weights inspect a.safetensors)" 0
yes_ "as what it is" grep -q "hearing of 48,96,192,384 channels" out
is "used" "$(status "$PIPE" features s/0000.wav --extractor hearing --weights a.safetensors --out h.npy --json -q)" 0
yes_ "26 columns" jq -e '.shape == [56, 26]' out
finish
