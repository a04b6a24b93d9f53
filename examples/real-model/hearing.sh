#!/usr/bin/env bash
# Makes the weights of `hearing`: sound from soundfonts and from packages, what YAMNet says
# of it, and the training. On one free core about two hours.
#   YAMNET=yamnet.h5  the teacher's weights (below)   HOURS=20  of sound from soundfonts
#   PASSES=6  times that each second is learned from   OUT=build/hearing   BUILD=build/release
# Results that are already in OUT are kept, and a training goes on where it was stopped.
# Results: OUT/hearing.safetensors and its curve, OUT/hearing.jsonl.
#
# The teacher: https://storage.googleapis.com/audioset/yamnet.h5 (tensorflow/models,
# research/audioset/yamnet; Apache-2.0), which the program reads as it is, and so it does its
# TensorFlow Lite form (tfhub.dev/google/lite-model/yamnet/tflite/1). This script was tried with a
# yamnet.tflite of 4,078,224 bytes whose SHA-256 is
# 469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194; it warns of any other file
# of that name.
#
# Soundfonts and sound, all of Debian, none of it under the GPL:
#   fluid-soundfont-gm            FluidR3, MIT
#   musescore-general-soundfont   MuseScore General, MIT; parts CC0 or public domain
#   asterisk-core-sounds-*-g722   speech, five languages: CC-BY-SA 3.0; Russian CC-BY 3.0
#   singularity-music, fretsonfire-songs-muldjord   music, CC-BY-SA
#   fretsonfire-songs-sectoid     music, MIT
#   sonic-pi-samples              samples, CC0
# They are downloaded to OUT/packages and unpacked there, not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
out=$(realpath -m "${OUT:-build/hearing}")
yamnet=$(realpath "${YAMNET:?names the weights of YAMNet (see above)}")
files=$((${HOURS:-20} * 3600 / 896))
mkdir -p "$out/packages"

case $yamnet in
*.tflite) sha256sum "$yamnet" | grep -q ^469be6a3421cbc52cf97e9f2f966cba984198e8e7af9854d68b3e3ebb1e04194 ||
    echo "$yamnet is not the file that this was tried with" >&2 ;;
esac
build=$(realpath -m "${BUILD:-build/release}")
[ -f "$build/build.ninja" ] ||
    meson setup "$build" --buildtype=release -Dtests=disabled -Dtoyband=enabled >/dev/null
ninja -C "$build" pipeline/avqa-pipe examples/real-model/phrases | tail -n 1
pipe=$build/pipeline/avqa-pipe
phrases=$build/examples/real-model/phrases
cd "$out"

packages=(fluid-soundfont-gm musescore-general-soundfont sonic-pi-samples singularity-music
    fretsonfire-songs-muldjord fretsonfire-songs-sectoid asterisk-core-sounds-{en,fr,es,it,ru}-g722)
for package in "${packages[@]}"; do
    [ -d "packages/$package" ] && continue
    (cd packages && apt-get download "$package")
    dpkg-deb -x packages/"$package"_*.deb "packages/$package.part"
    mv "packages/$package.part" "packages/$package"
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
    find packages/singularity-music packages/fretsonfire-songs-* -name '*.ogg' -size +100k -print0 | sort -z |
        while IFS= read -r -d '' f; do pcm -ss 5 -t 240 -i "$f"; done | quarters others.part music
    find packages/sonic-pi-samples -name '*.flac' -size +60k -print0 | sort -z |
        while IFS= read -r -d '' f; do pcm -t 12 -i "$f"; done | quarters others.part samples
    mv others.part others
fi

fonts=(--font packages/fluid-soundfont-gm/usr/share/sounds/sf2/FluidR3_GM.sf2
    --font packages/musescore-general-soundfont/usr/share/sounds/sf3/MuseScore_General_Full.sf3)
last() { printf '%s/%04d.heard' "$1" "$2"; }
[ -f "$(last sounds $((files - 1)))" ] ||
    "$phrases" --out sounds "${fonts[@]}" --speech speech/{en,fr,es}.wav --seed 1 --files "$files"
[ -f "$(last val 1)" ] ||
    "$phrases" --out val "${fonts[@]}" --speech speech/en.wav --seed 77 --files 2

for wav in sounds/*.wav others/*.wav val/*.wav; do
    name=${wav%.wav}
    [ -f "$name.teacher.npy" ] || "$pipe" features "$wav" --quiet --max-seconds 36000 --extractor yamnet \
        --weights "$yamnet" --options out=both --out "$name.teacher.npy" >/dev/null
    [ -f "$name.input.npy" ] || "$pipe" features "$wav" --quiet --max-seconds 36000 --extractor hearing \
        --weights seeded:1 --stage input --out "$name.input.npy" >/dev/null
done

"$pipe" teach --json --jobs 1 --sounds sounds others --val val --passes "${PASSES:-6}" --augment 0.6 \
    --out hearing.safetensors --state hearing.state >>hearing.jsonl
tail -n 1 hearing.jsonl
