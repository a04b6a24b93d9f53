#!/usr/bin/env bash
# Measures this machine and avqa-pipe on it: builds, runs every bench one after another,
# prints a table and writes bench.json into the build.
#   BUILD=DIR              where to build [build/bench]
#   tests/bench/run.sh     everything, some 15 minutes on two cores
#   tests/bench/run.sh [OPTIONS] [SUBJECT...]     as `bench --help` says: --quick, --runs 21,
#                          --only fc1, gemm networks, ...
# ./setup --tests installs what is needed.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE
export OPENBLAS_NUM_THREADS=1
build=$(realpath -m "${BUILD:-build/bench}")

[ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=release >&2
ninja -C "$build" >&2
export PIPE=$build/pipeline/avqa-pipe
if [ -x "$build/examples/toyband/toyband" ]; then
    export TOYBAND=$build/examples/toyband/toyband
fi
"$build/tests/bench/bench" --work "$build/tests/bench/work" --json "$build/bench.json" "$@"
echo
echo "as JSON: $build/bench.json"
