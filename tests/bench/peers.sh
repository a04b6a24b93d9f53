#!/usr/bin/env bash
# avqa-pipe beside ONNX Runtime and PyTorch, taking turns on this machine: the networks of
# peers_nets.py, a training step of CoQo. Prints a table and writes peers.json into the build.
#   BUILD=DIR     where to build [build/bench]; models and packages go to peers/ in it
#   ROUNDS=N      rounds of turns [7]
#   THREADS=N     threads of each [every core]
#   ENGINES=A,B   who takes part beside avqa-pipe: how names of peers.py's rows begin [all]
#   tests/bench/peers.sh [NETWORK...] [train]
# Needs node and npm, and what ./setup --tests installs. ONNX Runtime comes from npm, and
# OpenBLAS with OpenMP's threads, which suits PyTorch best, from Debian: both are unpacked
# into the build and not installed.
set -euo pipefail
cd "$(dirname "$0")/../.."
unset OPENBLAS_CORETYPE OPENBLAS_L2_SIZE OPENBLAS_NUM_THREADS
ONNXRUNTIME=1.27.0
build=$(realpath -m "${BUILD:-build/bench}")
peers=$build/peers
export PYTHON=${PYTHON:-/usr/bin/python3} PYTHONDONTWRITEBYTECODE=1

if ! "$PYTHON" -c 'import torch, torchvision' 2>/dev/null; then
    ./setup --tests
fi
mkdir -p "$peers"
if [[ ${ENGINES:-ONNX} == *ONNX* ]] && [ ! -d "$peers/node_modules/onnxruntime-node" ]; then
    for tool in node npm; do
        if ! command -v $tool >/dev/null; then
            echo "peers.sh: there is no $tool (Debian: apt-get install nodejs npm)" >&2
            exit 1
        fi
    done
    # Its install script would fetch GPU libraries; the CPU's is in the package.
    npm install --ignore-scripts --no-audit --no-fund --no-save --prefix "$peers" \
        "onnxruntime-node@$ONNXRUNTIME" >&2
fi
if [ ! -e "$peers/openmp/libopenblas.so.0" ]; then
    (cd "$peers" && apt-get download libopenblas0-openmp >&2 &&
        dpkg -x libopenblas0-openmp_*.deb deb &&
        ln -sfn deb/usr/lib/*/openblas-openmp openmp)
fi

[ -f "$build/build.ninja" ] || meson setup "$build" --buildtype=release >&2
ninja -C "$build" tests/bench/bench tests/run_network >&2
bench=$build/tests/bench/bench
"$PYTHON" tests/bench/peers.py "$peers" "$bench" "$build/tests/run_network" \
    "${THREADS:-$(nproc)}" "${ROUNDS:-7}" "$build/peers.json" "$@"
echo
echo "as JSON: $build/peers.json"
