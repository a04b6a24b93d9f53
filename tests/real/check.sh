#!/usr/bin/env bash
# How well questions about real clips are answered: prints Markdown tables. Recordings of single
# instruments come from Debian's gcompris-qt-data and qabcs-data, which are downloaded to OUT/packages
# and unpacked there, not installed (GPL: for checks, never to learn from).
#   HEARING=FILE    sound by the network of hearing of these weights, not of those that come with
#                   the program; or
#   YAMNET=FILE     by YAMNet's concepts, of these weights
#   MODEL=FILE      ask this model, with these weights; without, answers come by rules
#   REAL=FOLDER     other clips too: questions.tsv there has lines "file TAB question TAB answer|answer"
#   SIGHT=0         rules on sound alone
#   OUT=build/real  what is downloaded and made   BUILD=build/release
set -euo pipefail
cd "$(dirname "$0")/../.."
out=$(realpath -m "${OUT:-build/real}")
build=$(realpath -m "${BUILD:-build/release}")
here=$PWD/tests/real
python=${PYTHON:-/usr/bin/python3}
pipe=$build/pipeline/avqa-pipe
[ -x "$pipe" ] || {
    echo "$pipe is not there: build the program, or name its build by BUILD" >&2
    exit 1
}
"$python" -c 'import numpy' 2>/dev/null || {
    echo "$python has no numpy: ./setup --tests installs it" >&2
    exit 1
}

args=()
if [ -n "${YAMNET:-}" ]; then
    args+=(--audio yamnet --audio-options out=concepts --audio-weights "$(realpath "$YAMNET")")
elif [ -n "${HEARING:-}" ]; then
    args+=(--audio hearing --audio-weights "$(realpath "$HEARING")")
fi
[ -z "${MODEL:-}" ] || args+=(--model "$(realpath "$MODEL")")
[ -z "${REAL:-}" ] || args+=(--real "$(realpath "$REAL")")
[ "${SIGHT:-1}" != 0 ] || args+=(--no-sight)

mkdir -p "$out/packages"
for package in gcompris-qt-data qabcs-data; do
    [ -f "$out/packages/$package.done" ] && continue
    (cd "$out/packages" && apt-get download "$package" >&2)
    dpkg-deb -x "$out/packages/$package"_*.deb "$out/packages/all"
    rm "$out/packages/$package"_*.deb
    touch "$out/packages/$package.done"
done
export PYTHONDONTWRITEBYTECODE=1
"$python" "$here/check.py" "$pipe" "$out" "$out/packages/all" "${args[@]}"
