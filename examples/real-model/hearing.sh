#!/usr/bin/env bash
# Makes the weights of `hearing`: sound from soundfonts, from recorded notes and from packages,
# what YAMNet says of it, and the training. On one free core about two hours and a half.
#   YAMNET=yamnet.h5  the teacher's weights (below)   HOURS=20  of sound from soundfonts
#   PASSES=6  times that each second is learned from   OUT=build/hearing   BUILD=build/release
#   JOBS=2    processes that make sound and inputs, and threads of the training
# Results that are already in OUT are kept, and a training goes on where it was stopped.
# Results: OUT/yamnet_concepts.safetensors, the map from YAMNet's values to the same concepts;
# OUT/hearing.safetensors and its curve, OUT/hearing.jsonl.
#
# The teacher: https://storage.googleapis.com/audioset/yamnet.h5 (tensorflow/models,
# research/audioset/yamnet; Apache-2.0), which the program reads as it is, and so it does its
# TensorFlow Lite form (tfhub.dev/google/lite-model/yamnet/tflite/1). This script was tried with a
# yamnet.tflite of 4,078,224 bytes whose SHA-256 is
# 469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194; it warns of any other file
# of that name.
#
# Soundfonts and sound of Debian, none of it under the GPL:
#   fluid-soundfont-gm            FluidR3, MIT
#   musescore-general-soundfont   MuseScore General, MIT; parts CC0 or public domain
#   asterisk-core-sounds-*-g722   speech, five languages: CC-BY-SA 3.0; Russian CC-BY 3.0
#   singularity-music, fretsonfire-songs-muldjord   music, CC-BY-SA
#   fretsonfire-songs-sectoid     music, MIT
#   0ad-data, megaglest-data      music, voices, beasts, water, work and war, CC-BY-SA 3.0
#   hyperrogue-music              music and sounds, CC-BY-SA 3.0 and 4.0, CC-BY 3.0
#   endless-sky-data              sounds, public domain; two CC-BY-SA 3.0
#   sonic-pi-samples              samples, CC0
# and of npm recordings of single notes of twenty instruments, tonejs-instrument-*-mp3 (CC-BY 3.0).
# They are downloaded to OUT/packages (1.9 GB) and unpacked there, not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
out=$(realpath -m "${OUT:-build/hearing}")
yamnet=$(realpath "${YAMNET:?names the weights of YAMNet (see above)}")
files=$((${HOURS:-20} * 3600 / 896))
jobs=${JOBS:-2}
mkdir -p "$out/packages"

case $yamnet in
*.tflite) sha256sum "$yamnet" | grep -q ^469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194 ||
    echo "$yamnet is not the file that this was tried with" >&2 ;;
esac
build=$(realpath -m "${BUILD:-build/release}")
[ -f "$build/build.ninja" ] ||
    meson setup "$build" --buildtype=release -Dtests=disabled -Dtoyband=enabled >/dev/null
ninja -C "$build" pipeline/avqa-pipe pipeline/avqa-decoder examples/real-model/phrases | tail -n 1
pipe=$build/pipeline/avqa-pipe
phrases=$build/examples/real-model/phrases
cd "$out"

packages=(fluid-soundfont-gm musescore-general-soundfont sonic-pi-samples singularity-music
    fretsonfire-songs-muldjord fretsonfire-songs-sectoid asterisk-core-sounds-{en,fr,es,it,ru}-g722
    0ad-data megaglest-data hyperrogue-music endless-sky-data)
for package in "${packages[@]}"; do
    [ -d "packages/$package" ] && continue
    (cd packages && apt-get download "$package")
    dpkg-deb -x packages/"$package"_*.deb "packages/$package.part"
    rm packages/"$package"_*.deb
    mv "packages/$package.part" "packages/$package"
done
if [ ! -d packages/0ad-audio ]; then
    unzip -q packages/0ad-data/usr/share/games/0ad/mods/public/public.zip 'audio/*.ogg' -d packages/0ad-audio.part
    mv packages/0ad-audio.part packages/0ad-audio
fi

# Recorded notes: a folder of each instrument, of files by the names of the notes.
instruments=(bass-electric bassoon cello clarinet contrabass flute french-horn guitar-acoustic guitar-electric
    guitar-nylon harmonium harp organ piano saxophone trombone trumpet tuba violin xylophone)
for instrument in "${instruments[@]}"; do
    [ -d "samples/$instrument" ] && continue
    package=tonejs-instrument-$instrument-mp3
    rm -rf "packages/$package" "samples/$instrument.part"
    mkdir -p "packages/$package" "samples/$instrument.part"
    (cd packages && npm pack --silent "$package" >/dev/null)
    tar xzf packages/"$package"-*.tgz -C "packages/$package"
    rm packages/"$package"-*.tgz
    for note in "packages/$package"/package/*[0-9].mp3; do
        case $note in *\ *) continue ;; esac # takes again of a note that is there
        ffmpeg -nostdin -v error -y -i "$note" -ar 32000 -ac 1 -t 8 "samples/$instrument.part/$(basename "$note" .mp3).wav"
    done
    mv "samples/$instrument.part" "samples/$instrument"
done

pcm() { # of one file, its name behind what else ffmpeg is told
    ffmpeg -nostdin -v error "$@" -f s16le -ar 16000 -ac 1 -
}
quarters() { # folder, name: the samples on stdin as files of 896 seconds
    mkdir -p "$1"
    split -a 2 -d -b $((896 * 32000)) - "$1/$2.raw"
    for raw in "$1/$2".raw??; do
        ffmpeg -nostdin -v error -y -f s16le -ar 16000 -ac 1 -i "$raw" "$1/$2${raw##*.raw}.wav"
        rm "$raw"
    done
}
gather() { # folder, name, seconds of a file at most, its size, where
    find "${@:5}" \( -name '*.ogg' -o -name '*.flac' -o -name '*.wav' \) -size "$4" -print0 |
        sort -z | while IFS= read -r -d '' f; do
        pcm -t "$3" -i "$f" || echo "left out: $f" >&2
    done | quarters "$1" "$2"
}
spoken() { # language, smallest size of a prompt
    find "packages/asterisk-core-sounds-$1-g722" -name '*.g722' -size "$2" -print0 | sort -z |
        xargs -0 cat | pcm -f g722 -i -
}

# Speech to mix with instruments, of three languages, and to hear alone, of the others. Of
# that it is known what is heard: speech, and none of the kinds of instrument.
mkdir -p speech
for language in en fr es; do
    [ -f "speech/$language.wav" ] ||
        spoken "$language" +12k | ffmpeg -nostdin -v error -y -f s16le -ar 16000 -ac 1 -i - "speech/$language.wav"
done
if [ ! -d others ]; then
    for language in it ru; do
        spoken "$language" +20k | quarters others.part "speech_$language"
    done
    for wav in others.part/speech_*.wav; do # a second has 32,000 bytes
        yes 00000000000000000000000101 | head -n $(($(stat -c %s "$wav") / 32000 + 1)) >"${wav%.wav}.heard" || true
    done
    gather others.part music 240 +100k packages/{singularity-music,fretsonfire-songs-*,hyperrogue-music,0ad-audio}
    gather others.part megaglest 240 +30k packages/megaglest-data
    gather others.part samples 12 +60k packages/sonic-pi-samples
    gather others.part sounds 12 -100k packages/{0ad-audio,hyperrogue-music,endless-sky-data}
    mv others.part others
fi

fonts=(--font packages/fluid-soundfont-gm/usr/share/sounds/sf2/FluidR3_GM.sf2
    --font packages/musescore-general-soundfont/usr/share/sounds/sf3/MuseScore_General_Full.sf3)
make_sounds() { # folder, seed, files, speech: each process makes a share, from the first file that is missing
    local share=$((($3 + jobs - 1) / jobs)) from to
    for ((from = 0; from < $3; from += share)); do
        to=$((from + share < $3 ? from + share : $3))
        (
            while [ "$from" -lt "$to" ] && [ -f "$1/$(printf '%04d' "$from").heard" ]; do from=$((from + 1)); done
            [ "$from" -ge "$to" ] || "$phrases" --out "$1" "${fonts[@]}" --samples samples --speech "${@:4}" \
                --seed "$2" --first "$from" --files $((to - from))
        ) &
    done
    wait
    [ "$(find "$1" -name '*.heard' | wc -l)" -ge "$3" ] # a process that failed is not asked by wait
}
make_sounds sounds 1 "$files" speech/{en,fr,es}.wav
make_sounds val 77 2 speech/en.wav

make_inputs() { # a sound
    local name=${1%.wav}

    [ -f "$name.teacher.npy" ] || "$pipe" features "$1" --quiet --max-seconds 36000 --extractor yamnet \
        --weights "$yamnet" --options out=both --out "$name.teacher.npy" >/dev/null
    [ -f "$name.input.npy" ] || "$pipe" features "$1" --quiet --max-seconds 36000 --extractor hearing \
        --weights seeded:1 --stage input --out "$name.input.npy" >/dev/null
}
export -f make_inputs
export pipe yamnet
printf '%s\0' sounds/*.wav others/*.wav val/*.wav | xargs -0 -P "$jobs" -I{} bash -c 'make_inputs {}'

[ -f yamnet_concepts.safetensors ] ||
    "$pipe" teach --json --jobs 1 --sounds sounds others --val val --map yamnet_concepts.safetensors
"$pipe" teach --json --jobs "$jobs" --sounds sounds others --val val --passes "${PASSES:-6}" --augment 0.6 \
    --out hearing.safetensors --state hearing.state >>hearing.jsonl
tail -n 1 hearing.jsonl
