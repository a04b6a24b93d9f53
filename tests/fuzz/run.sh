#!/usr/bin/env bash
# Fuzzes each reader of weight files, those of annotations, questions and media, the store,
# and what requests to the server bring, under AddressSanitizer and UBSan.
#   tests/fuzz/run.sh [SECONDS [READER...]]     [600 seconds each, every reader]
# READER.SEED begins with that seed alone, so that a layout of several has the time for
# itself: annotations.tgif. JOBS of them run at once [2]. What was found new stays in
# build/fuzz/corpus, findings in build/fuzz. Needs Debian's clang. Ends with "N readers,
# N findings".
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
seconds=${1:-600}
[ $# -gt 0 ] && shift
readers=("$@")
[ ${#readers[@]} -gt 0 ] ||
    readers=(safetensors torch_zip torch_legacy npy npz tf_v1 tf_v2 hdf5 tflite dlib sharded
        annotations question bpe store media serve)
build=build/fuzz
if [ ! -f $build/build.ninja ]; then
    CC=clang meson setup $build -Dfuzz=true -Dtests=disabled -Dtoyband=disabled \
        -Db_sanitize=address,undefined -Db_lundef=false >/dev/null || exit 1
fi
programs=("${readers[@]%%.*}")
ninja -C $build "${programs[@]/#/tests/fuzz/fuzz_}" | tail -n 1

# The seeds as the target takes them: TensorFlow V2's two files in one; tiny clips of every
# container that the ffmpeg program writes.
seed() {
    mkdir -p $build/corpus/"$1" $build/seeds/"$1"
    if [ "$1" = tf_v2 ]; then
        local index=tests/fuzz/seeds/tf_v2/plain.ckpt.index n
        n=$(stat -c %s $index)
        {
            # shellcheck disable=SC2059 # two bytes
            printf "\\x$(printf %x $((n & 255)))\\x$(printf %x $((n >> 8)))"
            cat $index tests/fuzz/seeds/tf_v2/plain.ckpt.data-00000-of-00001
        } >$build/seeds/tf_v2/plain
    elif [ "$1" = media ]; then
        . tests/fault/bases.sh
        ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=64x48:r=10:d=1 -f lavfi \
            -i sine=440:r=16000:d=1 $build/seeds/clip.mkv || exit 1
        echo "media: $(make_bases $build/seeds/clip.mkv $build/seeds/media 64:48 0.5) seeds"
    elif [ "$1" != "${1%%.*}" ]; then
        cp tests/fuzz/seeds/"${1%%.*}"/"${1#*.}".* $build/seeds/"$1"/ || exit 1
    else
        cp tests/fuzz/seeds/"$1"/* $build/seeds/"$1"/
        [ "$1" != torch_zip ] || cp tests/fuzz/seeds/hostile/* $build/seeds/"$1"/
        [ "$1" != hdf5 ] || cp tests/fuzz/seeds/refused/*.h5 $build/seeds/"$1"/
        [ "$1" != tflite ] || cp tests/fuzz/seeds/refused/*.tflite $build/seeds/"$1"/
    fi
}

fuzz() {
    seed "$1"
    # FFmpeg may ask for as much as a file claims, up to 2 GB, and is told no by the limit.
    local memory=(-rss_limit_mb=1024 -malloc_limit_mb=256) options=detect_leaks=1
    if [ "$1" = media ]; then
        memory=(-rss_limit_mb=3072 -malloc_limit_mb=4096)
        options+=:max_allocation_size_mb=512:allocator_may_return_null=1
    fi
    (cd $build && ASAN_OPTIONS=$options UBSAN_OPTIONS=halt_on_error=1 \
        tests/fuzz/fuzz_"${1%%.*}" -max_total_time="$seconds" -max_len=65536 -timeout=10 \
        "${memory[@]}" -artifact_prefix="$1"- -print_final_stats=1 \
        corpus/"$1" seeds/"$1" >"$1".log 2>&1)
    local status=$?
    local runs
    runs=$(grep -a -o 'number_of_executed_units: .*' $build/"$1".log | grep -o '[0-9]*$')
    echo "$1: ${runs:-?} runs, status $status"
    [ $status -eq 0 ] || tail -n 30 $build/"$1".log
    return $status
}
export -f fuzz seed
export build seconds
printf '%s\n' "${readers[@]}" | xargs -P "${JOBS:-2}" -I{} bash -c 'fuzz {} || echo {} >>'$build/findings
n=0
[ ! -f $build/findings ] || n=$(wc -l <$build/findings)
rm -f $build/findings
echo "${#readers[@]} readers, $n findings"
[ "$n" -eq 0 ]
