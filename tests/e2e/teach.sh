#!/usr/bin/env bash
# Sound from soundfonts, what a teacher says of it, and a network of hearing that learns from both:
# the same seed gives the same sound, its seconds say what is heard, and the network that comes out
# names its columns, in files and in the store; and a map from the teacher's values to the same.
. "$(dirname "$0")/common.sh"
shipped=$(cd "$(dirname "$0")/../../extract/weights" && pwd)/yamnet_concepts.safetensors
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

# A map of the teacher's values instead of a network, and the concepts by it.
map=(teach --sounds s --val s --batch 16 --passes 20 --jobs 1)
rm s/0001.input.npy
is "a map" "$(status "$PIPE" "${map[@]}" --map map.safetensors --json)" 0
yes_ "which has learned" jq -e '.right > 0.2 and .truth < 0.3 and .slope > 1 and .val_truth_behind < .val_truth' out
is "again" "$(status "$PIPE" "${map[@]}" --map map2.safetensors)" 0
yes_ "is the same" cmp map.safetensors map2.safetensors
is "held smaller" "$(status "$PIPE" "${map[@]}" --map map3.safetensors --ridge 10 --json)" 0
yes_ "has learned less" jq -e '.truth > 0.1' out
is "with a network" "$(status "$PIPE" "${map[@]}" --map map3.safetensors --out c.safetensors --state c.state)" 2
mkdir unknown
cp s/0000.teacher.npy unknown
is "of nothing that is known" "$(status "$PIPE" teach --sounds unknown --map map3.safetensors)" 1
yes_ "is told" grep -q "NAME.heard" err
is "inspected" "$(status "$PIPE" weights inspect map.safetensors)" 0
yes_ "it says what it is" grep -q "a map from YAMNet's values" out

columns="accordion, acoustic_guitar, bagpipe, banjo, bassoon, cello, clarinet, congas, drum, electric_bass, erhu, \
flute, guzheng, piano, pipa, saxophone, suona, trumpet, tuba, ukulele, violin, xylophone, voice, speech, noise, none"
heard() { # OUT OPTIONS
    status "$PIPE" features s/0000.wav --extractor yamnet --weights seeded:1 --options "$2" --out "$1" --json
}
is "concepts by it" "$(heard c.npy out=concepts,map=map.safetensors)" 0
is "26 of them" "$(jq -c .shape out)" "[56,26]"
is "by the map that ships" "$(heard shipped.npy out=concepts)" 0
is "by its name" "$(heard named.npy out=concepts,map=yamnet_concepts)" 0
yes_ "the same" cmp shipped.npy named.npy
yes_ "and not the other" bash -c "! cmp -s shipped.npy c.npy"
is "log-odds by it" "$(heard l.npy out=logodds)" 0
is "by none that there is" "$(heard n.npy out=concepts,map=nowhere)" 1
yes_ "says which" grep -q nowhere err
is "over the map" "$(heard map.safetensors out=concepts,map=map.safetensors)" 2

# In the store: named, and made by this map and no other.
mkdir clips
cp s/0000.wav clips/clip.wav
made() { # WHAT HOW OPTIONS: the clip's outcome
    is "$1" "$(status "$PIPE" ingest --audio yamnet --audio-weights seeded:1 --audio-options "$3" clips --json)" 0
    is "$1: outcome" "$(jq -r '.outcome // empty' out)" "$2"
}
made "stored" made out=concepts
is "exported" "$(status "$PIPE" store export --format npy --kind audio --out told)" 0
digest=$(sha256sum "$shipped" | cut -d' ' -f1)
is "they say what they are, and by which map" "$(find told -name '*.json' -exec jq -r .provenance.sampling {} + |
    grep -cF "; out concepts; map $digest; columns: $columns; options: out=concepts")" 1
made "by the same" current out=concepts,map=on
made "by another map" made out=concepts,map=map.safetensors
made "as log-odds" made out=logodds
finish
